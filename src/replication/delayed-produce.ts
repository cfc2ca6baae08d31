/**
 * A produce with acks=-1 that waits in the purgatory until every partition's records are committed, or lost their
 * leader, or time is up (contract 3.11, 8.1). The records are in the leader's log whatever comes of it: an error here
 * means "not known to be committed", never "not written".
 */
import { DelayedOperation } from '../purgatory/index.ts';
import type { ErrorName } from '../protocol/index.ts';
import type { PartitionAppendResult } from './append-types.ts';
import type { Partition } from './partition.ts';

/** What a DelayedProduce needs of the ReplicaManager. */
export interface DelayedProduceHost {
  getPartition(topic: string, partition: number): Partition | undefined;
  onProduceExpired(topic: string, partition: number): void;
}

export class DelayedProduce extends DelayedOperation {
  readonly #results: PartitionAppendResult[];
  readonly #requiredOffsets: readonly number[];
  readonly #waiting = new Set<number>();
  readonly #host: DelayedProduceHost;
  readonly #answer: (results: readonly PartitionAppendResult[]) => void;

  /** `requiredOffsets` goes with `results`: the high watermark each needs. Those with an error wait for nothing. */
  constructor(
    timeoutMs: number,
    results: readonly PartitionAppendResult[],
    requiredOffsets: readonly number[],
    host: DelayedProduceHost,
    answer: (results: readonly PartitionAppendResult[]) => void,
  ) {
    super(timeoutMs);
    this.#results = [...results];
    this.#requiredOffsets = requiredOffsets;
    this.#host = host;
    this.#answer = answer;
    for (const [index, result] of results.entries()) if (result.error === 'NONE') this.#waiting.add(index);
  }

  override tryComplete(): boolean {
    for (const index of this.#waiting) {
      const state = this.#check(index);
      if (state === 'WAITING') continue;
      this.#waiting.delete(index);
      if (state !== 'NONE') this.#fail(index, state);
    }
    return this.#waiting.size === 0 && this.forceComplete();
  }

  override onComplete(): void {
    for (const index of this.#waiting) this.#fail(index, 'REQUEST_TIMED_OUT');
    this.#answer(this.#results);
  }

  override onExpiration(): void {
    for (const index of this.#waiting) {
      const result = this.#results[index];
      if (result !== undefined) this.#host.onProduceExpired(result.topic, result.partition);
    }
  }

  #check(index: number): ErrorName | 'WAITING' {
    const result = this.#results[index];
    const requiredOffset = this.#requiredOffsets[index];
    if (result === undefined || requiredOffset === undefined) return 'NONE';
    const partition = this.#host.getPartition(result.topic, result.partition);
    return partition?.checkCommitted(requiredOffset) ?? 'NOT_LEADER_OR_FOLLOWER';
  }

  #fail(index: number, error: ErrorName): void {
    const result = this.#results[index];
    if (result === undefined) return;
    const partition = this.#host.getPartition(result.topic, result.partition);
    const named = error === 'NOT_LEADER_OR_FOLLOWER' && partition !== undefined;
    this.#results[index] = { ...result, error, ...(named ? { currentLeader: partition.currentLeader } : {}) };
  }
}
