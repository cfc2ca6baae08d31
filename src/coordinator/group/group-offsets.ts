/**
 * The offsets committed under one group's name. Three stages: pending while the record is on its way to the log,
 * committed once it is there, and, for offsets committed inside a transaction, pending per producer until the
 * transaction's marker arrives.
 *
 * Invariant: a committed offset carries the log offset of the batch that committed it, and a commit never replaces one
 * from a later batch. Transactional commits become visible out of order, so without this rule memory and a reload from
 * the compacted log could disagree.
 */
import {
  inScalaMutableOrder,
  PartitionMap,
  topicPartition,
  topicPartitionHashCode,
  type TopicPartition,
} from '../../common/index.ts';

export interface OffsetAndMetadata {
  readonly offset: number;
  /** The leader epoch of the last consumed record, -1 if the client did not say. */
  readonly leaderEpoch: number;
  readonly metadata: string;
  readonly commitTimestampMs: number;
  /** Only where the client asked for a retention of its own (OffsetCommit v2-4). */
  readonly expireTimestampMs: number | null;
}

export interface CommittedOffset {
  readonly value: OffsetAndMetadata;
  /** Where the batch with the commit begins in `__consumer_offsets`. */
  readonly batchBaseOffset: number;
}

interface PendingTransactionalOffset {
  readonly value: OffsetAndMetadata;
  /** Null until the append is done. */
  batchBaseOffset: number | null;
}

export type OffsetEntry = readonly [TopicPartition, OffsetAndMetadata];

export class GroupOffsets {
  readonly #committed = new PartitionMap<CommittedOffset>();
  readonly #pending = new PartitionMap<OffsetAndMetadata>();
  readonly #pendingOfProducer = new Map<number, PartitionMap<PendingTransactionalOffset>>();

  get count(): number {
    return this.#committed.size;
  }

  get isEmpty(): boolean {
    return this.#committed.size === 0 && this.#pending.size === 0 && this.#pendingOfProducer.size === 0;
  }

  get(topic: string, partition: number): OffsetAndMetadata | undefined {
    return this.#committed.get(topic, partition)?.value;
  }

  /** Whether a commit of this partition is under way: its offset is not stable yet (KIP-447). */
  isUnstable(topic: string, partition: number): boolean {
    if (this.#pending.has(topic, partition)) return true;
    for (const offsets of this.#pendingOfProducer.values()) if (offsets.has(topic, partition)) return true;
    return false;
  }

  isPending(topic: string, partition: number): boolean {
    return this.#pending.has(topic, partition);
  }

  /** Whether there are offsets of these topics in any stage. */
  hasAnyOf(topics: ReadonlySet<string>): boolean {
    const stages = [this.#committed, this.#pending, ...this.#pendingOfProducer.values()];
    for (const stage of stages) for (const topic of stage.topics()) if (topics.has(topic)) return true;
    return false;
  }

  entries(): IterableIterator<[TopicPartition, CommittedOffset]> {
    return this.#committed.entries();
  }

  /** What a record of the log says; null for a tombstone. Records come in the order of the log. */
  restore(topic: string, partition: number, committed: CommittedOffset | null): void {
    if (committed === null) this.#committed.delete(topic, partition);
    else this.#committed.set(topic, partition, committed);
  }

  prepareCommit(offsets: readonly OffsetEntry[]): void {
    for (const [{ topic, partition }, value] of offsets) this.#pending.set(topic, partition, value);
  }

  /** The commit is in the log. One whose topic was deleted meanwhile is no longer pending, and stays forgotten. */
  completeCommit(offsets: readonly OffsetEntry[], batchBaseOffset: number): void {
    for (const [{ topic, partition }, value] of offsets) {
      const pending = this.#pending.get(topic, partition);
      if (pending === undefined) continue;
      this.#put(topic, partition, { value, batchBaseOffset });
      if (pending === value) this.#pending.delete(topic, partition);
    }
  }

  failCommit(offsets: readonly OffsetEntry[]): void {
    for (const [{ topic, partition }, value] of offsets)
      if (this.#pending.get(topic, partition) === value) this.#pending.delete(topic, partition);
  }

  prepareTransactionalCommit(producerId: number, offsets: readonly OffsetEntry[]): void {
    for (const [{ topic, partition }, value] of offsets)
      this.#offsetsOfProducer(producerId).set(topic, partition, { value, batchBaseOffset: null });
  }

  completeTransactionalAppend(
    producerId: number,
    offsets: readonly OffsetEntry[],
    batchBaseOffset: number,
  ): void {
    const pendingOffsets = this.#pendingOfProducer.get(producerId);
    for (const [{ topic, partition }, value] of offsets) {
      const pending = pendingOffsets?.get(topic, partition);
      if (pending?.value === value) pending.batchBaseOffset = batchBaseOffset;
    }
  }

  failTransactionalCommit(producerId: number, partitions: readonly TopicPartition[]): void {
    const pendingOffsets = this.#pendingOfProducer.get(producerId);
    if (pendingOffsets === undefined) return;
    for (const { topic, partition } of partitions) pendingOffsets.delete(topic, partition);
    if (pendingOffsets.size === 0) this.#pendingOfProducer.delete(producerId);
  }

  restoreTransactional(
    producerId: number,
    topic: string,
    partition: number,
    committed: CommittedOffset | null,
  ): void {
    if (committed !== null) this.#offsetsOfProducer(producerId).set(topic, partition, { ...committed });
    else this.failTransactionalCommit(producerId, [topicPartition(topic, partition)]);
  }

  hasPendingOfProducer(producerId: number): boolean {
    return this.#pendingOfProducer.has(producerId);
  }

  producersWithPendingOffsets(): IterableIterator<number> {
    return this.#pendingOfProducer.keys();
  }

  /** The transaction's marker is in the log: its offsets become visible, or were never there. */
  completeTransaction(producerId: number, isCommit: boolean): void {
    const pendingOffsets = this.#pendingOfProducer.get(producerId);
    this.#pendingOfProducer.delete(producerId);
    if (!isCommit || pendingOffsets === undefined) return;
    for (const [{ topic, partition }, { value, batchBaseOffset }] of pendingOffsets)
      if (batchBaseOffset !== null) this.#put(topic, partition, { value, batchBaseOffset });
  }

  /** Forgets the partitions in every stage; returns those that were committed and so need a tombstone. */
  remove(partitions: Iterable<TopicPartition>): TopicPartition[] {
    const removed: TopicPartition[] = [];
    for (const { topic, partition } of [...partitions]) {
      this.#pending.delete(topic, partition);
      for (const offsets of this.#pendingOfProducer.values()) offsets.delete(topic, partition);
      if (this.#committed.delete(topic, partition)) removed.push({ topic, partition });
    }
    return removed;
  }

  removeAll(): TopicPartition[] {
    const partitions = [...this.#committed.entries()].map(([topicPartition]) => topicPartition);
    return this.remove(inScalaMutableOrder(partitions, topicPartitionHashCode));
  }

  /** Forgets what is committed, and leaves alone what a transaction is about to commit. */
  expire(partitions: readonly TopicPartition[]): void {
    for (const { topic, partition } of partitions) this.#committed.delete(topic, partition);
  }

  #put(topic: string, partition: number, committed: CommittedOffset): void {
    const current = this.#committed.get(topic, partition);
    if (current === undefined || current.batchBaseOffset <= committed.batchBaseOffset)
      this.#committed.set(topic, partition, committed);
  }

  #offsetsOfProducer(producerId: number): PartitionMap<PendingTransactionalOffset> {
    let offsets = this.#pendingOfProducer.get(producerId);
    if (offsets === undefined) this.#pendingOfProducer.set(producerId, (offsets = new PartitionMap()));
    return offsets;
  }
}
