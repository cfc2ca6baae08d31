/**
 * Who may touch a partition's segments: a pass of the cleaner, or somebody who needs it to keep away (a truncation, a
 * deletion). A partition that nobody works on has no state.
 *
 *     nobody     --start--> in progress --finish--> nobody
 *     in progress --pause--> aborted     --finish--> paused   (the pass sees `isAborted` at its next step)
 *     nobody     --pause--> paused      --resume--> nobody   (pauses are counted)
 */
import { assert, Deferred, PartitionMap, type TopicPartition } from '../../common/index.ts';

type CleaningState =
  | { readonly kind: 'in-progress' }
  | { readonly kind: 'aborted'; pauses: number; readonly ended: Deferred<void> }
  | { readonly kind: 'paused'; pauses: number };

export class CleaningStates {
  readonly #states = new PartitionMap<CleaningState>();

  /** False when somebody else has the partition. */
  start({ topic, partition }: TopicPartition): boolean {
    if (this.#states.has(topic, partition)) return false;
    this.#states.set(topic, partition, { kind: 'in-progress' });
    return true;
  }

  isBusy({ topic, partition }: TopicPartition): boolean {
    return this.#states.has(topic, partition);
  }

  isAborted({ topic, partition }: TopicPartition): boolean {
    return this.#states.get(topic, partition)?.kind === 'aborted';
  }

  finish({ topic, partition }: TopicPartition): void {
    const state = this.#states.get(topic, partition);
    assert(state !== undefined && state.kind !== 'paused', 'only a pass under way ends');
    if (state.kind === 'in-progress') {
      this.#states.delete(topic, partition);
      return;
    }
    this.#states.set(topic, partition, { kind: 'paused', pauses: state.pauses });
    state.ended.resolve();
  }

  /** Keeps passes away until `resume`. Undefined when none is under way; otherwise resolves when it has ended. */
  pause({ topic, partition }: TopicPartition): Promise<void> | undefined {
    const state = this.#states.get(topic, partition);
    if (state === undefined) this.#states.set(topic, partition, { kind: 'paused', pauses: 1 });
    else if (state.kind === 'in-progress') {
      const ended = new Deferred<void>();
      this.#states.set(topic, partition, { kind: 'aborted', pauses: 1, ended });
      return ended.promise;
    } else {
      state.pauses += 1;
      return state.kind === 'aborted' ? state.ended.promise : undefined;
    }
    return undefined;
  }

  resume({ topic, partition }: TopicPartition): void {
    const state = this.#states.get(topic, partition);
    assert(state?.kind === 'paused', 'only what is paused is resumed');
    state.pauses -= 1;
    if (state.pauses === 0) this.#states.delete(topic, partition);
  }
}
