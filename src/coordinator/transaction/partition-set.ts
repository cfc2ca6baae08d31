/**
 * The partitions of one transaction. Few as a rule, many where a stream application writes to all its topics at once:
 * membership is looked up, not searched.
 *
 * They come in the order of the original's set, a Scala hash table: that is the order in which up to four of them are
 * written to `__transaction_state`, and in which all are described.
 */
import {
  inScalaMutableOrder,
  inScalaUnionOrder,
  PartitionMap,
  topicPartitionHashCode,
  type TopicPartition,
} from '../../common/index.ts';

export class PartitionSet {
  readonly #partitions = new PartitionMap<TopicPartition>();
  /** As many as there ever were: the original's table does not shrink when it is cleared. */
  #most = 0;

  constructor(partitions: Iterable<TopicPartition> = []) {
    this.addAll(partitions);
  }

  get size(): number {
    return this.#partitions.size;
  }

  has({ topic, partition }: TopicPartition): boolean {
    return this.#partitions.has(topic, partition);
  }

  hasAll(partitions: Iterable<TopicPartition>): boolean {
    for (const partition of partitions) if (!this.has(partition)) return false;
    return true;
  }

  addAll(partitions: Iterable<TopicPartition>): void {
    for (const { topic, partition } of partitions)
      this.#partitions.set(topic, partition, { topic, partition });
    this.#most = Math.max(this.#most, this.size);
  }

  /** These and those, in the order of a set that is made of both. */
  union(added: PartitionSet): TopicPartition[] {
    const all = new PartitionSet(this.#partitions.values());
    all.addAll(added.#partitions.values());
    return inScalaUnionOrder([...all.#partitions.values()], topicPartitionHashCode, this.size + added.size);
  }

  delete({ topic, partition }: TopicPartition): boolean {
    return this.#partitions.delete(topic, partition);
  }

  clear(): void {
    this.#partitions.clear();
  }

  [Symbol.iterator](): IterableIterator<TopicPartition> {
    const partitions = [...this.#partitions.values()];
    return inScalaMutableOrder(partitions, topicPartitionHashCode, this.#most).values();
  }
}
