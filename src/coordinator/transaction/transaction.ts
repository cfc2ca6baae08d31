/**
 * What the coordinator knows of one transactional id (Kafka's TransactionMetadata): the producer that owns it, where its
 * transaction stands, and which partitions are part of it.
 *
 * Every change takes two steps. `prepare*` says what the state shall become and marks it as pending; the log is written;
 * `complete` takes it over, or `abandon` drops it. Invariants: while one change is pending no other begins, but for an
 * abort that takes the place of the fence before it; only what is in the log is complete.
 */
import { assert, type TopicPartition } from '../../common/index.ts';
import { NO_PRODUCER_EPOCH, NO_PRODUCER_ID } from '../../records/index.ts';
import { PartitionSet } from './partition-set.ts';
import type { ProducerEpochs } from './producer-epoch.ts';
import { canTransition, isPrepared, type TransactionState } from './transaction-state.ts';

const NO_START = -1;

/** A state to be, as it is written (Kafka's TxnTransitMetadata). Plain values, taken when it was prepared. */
export interface TransactionTransition {
  readonly state: TransactionState;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly lastProducerEpoch: number;
  readonly timeoutMs: number;
  readonly partitions: readonly TopicPartition[];
  /** When the first partition was added; -1 without a transaction. */
  readonly startMs: number;
  readonly lastUpdateMs: number;
}

export type TransactionSnapshot = Omit<TransactionTransition, 'lastProducerEpoch'>;

export class Transaction {
  readonly transactionalId: string;
  readonly #partitions: PartitionSet;
  #now: Omit<TransactionTransition, 'partitions'>;
  #lastProducerId = NO_PRODUCER_ID;
  #pending: TransactionState | undefined;
  /** The log may or may not have the epoch that was to fence a producer: it is not raised once more. */
  #hasFailedEpochFence = false;

  private constructor(transactionalId: string, snapshot: TransactionSnapshot) {
    const { partitions, ...rest } = snapshot;
    this.transactionalId = transactionalId;
    this.#partitions = new PartitionSet(partitions);
    this.#now = { ...rest, lastProducerEpoch: NO_PRODUCER_EPOCH };
  }

  /** An id nobody has used before. It has no epoch until its first InitProducerId is in the log. */
  static create(transactionalId: string, producerId: number, timeoutMs: number, nowMs: number): Transaction {
    return new Transaction(transactionalId, {
      state: 'Empty',
      producerId,
      producerEpoch: NO_PRODUCER_EPOCH,
      timeoutMs,
      partitions: [],
      startMs: NO_START,
      lastUpdateMs: nowMs,
    });
  }

  /** As a record of the log tells. Which epoch was before stands nowhere: a retry across coordinators is fenced. */
  static restore(transactionalId: string, snapshot: TransactionSnapshot): Transaction {
    return new Transaction(transactionalId, snapshot);
  }

  get state(): TransactionState {
    return this.#now.state;
  }

  get pendingState(): TransactionState | undefined {
    return this.#pending;
  }

  get producerId(): number {
    return this.#now.producerId;
  }

  /** Before the last InitProducerId: another one, if that replaced an id whose epochs were used up. */
  get lastProducerId(): number {
    return this.#lastProducerId;
  }

  get producerEpoch(): number {
    return this.#now.producerEpoch;
  }

  get epochs(): ProducerEpochs {
    return { current: this.#now.producerEpoch, last: this.#now.lastProducerEpoch };
  }

  get timeoutMs(): number {
    return this.#now.timeoutMs;
  }

  get startMs(): number {
    return this.#now.startMs;
  }

  get lastUpdateMs(): number {
    return this.#now.lastUpdateMs;
  }

  /** Once the outcome is decided: those whose marker is still to be written. */
  get partitions(): Readonly<Pick<PartitionSet, 'size' | 'has' | 'hasAll' | typeof Symbol.iterator>> {
    return this.#partitions;
  }

  // ---- what it shall become

  /** InitProducerId under the same producer id. */
  prepareEpochs(epochs: ProducerEpochs, timeoutMs: number, nowMs: number): TransactionTransition {
    return this.#prepare('Empty', {
      producerEpoch: epochs.current,
      lastProducerEpoch: epochs.last,
      timeoutMs,
      partitions: [],
      startMs: NO_START,
      lastUpdateMs: nowMs,
    });
  }

  /** InitProducerId when the epochs of the producer id are used up. `lastEpoch`: of a producer that named it. */
  prepareProducerIdRotation(
    producerId: number,
    lastEpoch: number,
    timeoutMs: number,
    nowMs: number,
  ): TransactionTransition {
    return this.#prepare('Empty', {
      producerId,
      producerEpoch: 0,
      lastProducerEpoch: lastEpoch,
      timeoutMs,
      partitions: [],
      startMs: NO_START,
      lastUpdateMs: nowMs,
    });
  }

  prepareAddPartitions(added: Iterable<TopicPartition>, nowMs: number): TransactionTransition {
    const partitions = this.#partitions.union(new PartitionSet(added));
    const startMs = this.state === 'Ongoing' ? this.startMs : nowMs;
    return this.#prepare('Ongoing', { partitions, startMs, lastUpdateMs: nowMs });
  }

  /** Shuts out the producer before its transaction is aborted; returns the epoch that the abort is written with. */
  prepareEpochFence(): number {
    const { producerEpoch } = this.#now;
    const fencing = this.#hasFailedEpochFence ? producerEpoch : producerEpoch + 1;
    this.#prepare('PrepareEpochFence', { producerEpoch: fencing });
    return fencing;
  }

  /** `fencingEpoch`: what `prepareEpochFence` returned, if the abort takes the fence's place. */
  prepareEnd(
    to: 'PrepareCommit' | 'PrepareAbort',
    nowMs: number,
    fencingEpoch?: number,
  ): TransactionTransition {
    if (fencingEpoch !== undefined) {
      assert(this.#pending === 'PrepareEpochFence', 'only a fence makes way for the abort');
      this.#pending = undefined;
      this.#now = { ...this.#now, producerEpoch: fencingEpoch, lastProducerEpoch: NO_PRODUCER_EPOCH };
    }
    return this.#prepare(to, { lastUpdateMs: nowMs });
  }

  prepareComplete(nowMs: number): TransactionTransition {
    this.#hasFailedEpochFence = false;
    const to = this.state === 'PrepareCommit' ? 'CompleteCommit' : 'CompleteAbort';
    return this.#prepare(to, { partitions: [], lastUpdateMs: nowMs });
  }

  prepareDead(): TransactionTransition {
    return this.#prepare('Dead', { partitions: [] });
  }

  // ---- what became of it

  /** It is in the log. Dead is never completed: the id is removed instead. */
  complete(transition: TransactionTransition): void {
    const { state, producerId, partitions, ...rest } = transition;
    assert(
      state === this.#pending,
      `${this.transactionalId} waits for ${this.#pending ?? 'nothing'}, not ${state}`,
    );
    assert(state !== 'Dead' && state !== 'PrepareEpochFence', `nothing is ever ${state} in the log`);
    if (state === 'Empty') this.#lastProducerId = this.producerId;
    this.#pending = undefined;
    this.#now = { ...rest, state, producerId };
    if (state === 'Ongoing') this.#partitions.addAll(partitions);
    else if (!isPrepared(state)) this.#partitions.clear();
  }

  /** It did not get into the log, as far as is known. */
  abandon(): void {
    this.#pending = undefined;
  }

  /** The abort that was to fence a producer did not get into the log, as far as is known. */
  noteFailedEpochFence(): void {
    this.#hasFailedEpochFence = true;
  }

  /** The partition's marker is written, or the partition is gone. */
  markerWritten(partition: TopicPartition): void {
    assert(isPrepared(this.state), 'markers are written once the outcome is decided');
    this.#partitions.delete(partition);
  }

  #prepare(state: TransactionState, changes: Partial<TransactionTransition>): TransactionTransition {
    assert(
      this.#pending === undefined,
      `${this.transactionalId} is to be ${state} and ${this.#pending ?? ''} at once`,
    );
    assert(canTransition(this.state, state), `${this.transactionalId} goes from ${this.state} to ${state}`);
    const transition = { ...this.#now, partitions: [...this.#partitions], ...changes, state };
    assert(transition.producerId >= 0, 'a transaction has a producer');
    assert(state === 'Dead' || transition.producerEpoch >= 0, 'a producer has an epoch');
    assert(transition.producerEpoch <= 0x7fff, 'epochs do not overflow');
    this.#pending = state;
    return transition;
  }
}
