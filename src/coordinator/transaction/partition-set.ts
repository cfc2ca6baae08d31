/**
 * The partitions of one transaction. Few as a rule, many where a stream application writes to all its topics at once:
 * membership is looked up, not searched.
 */
import { PartitionMap, type TopicPartition } from '../../common/index.ts';

export class PartitionSet {
  readonly #partitions = new PartitionMap<TopicPartition>();

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
  }

  delete({ topic, partition }: TopicPartition): boolean {
    return this.#partitions.delete(topic, partition);
  }

  clear(): void {
    this.#partitions.clear();
  }

  [Symbol.iterator](): IterableIterator<TopicPartition> {
    return this.#partitions.values();
  }
}
