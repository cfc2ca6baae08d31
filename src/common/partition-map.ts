/**
 * A map from topic and partition to a value, in two levels, so that a look-up on a hot path builds no string.
 * Iteration follows insertion order of topics, then of partitions.
 */
import type { TopicPartition } from './topic-partition.ts';

export class PartitionMap<T> {
  readonly #topics = new Map<string, Map<number, T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(topic: string, partition: number): T | undefined {
    return this.#topics.get(topic)?.get(partition);
  }

  has(topic: string, partition: number): boolean {
    return this.#topics.get(topic)?.has(partition) ?? false;
  }

  set(topic: string, partition: number, value: T): this {
    let partitions = this.#topics.get(topic);
    if (partitions === undefined) this.#topics.set(topic, (partitions = new Map<number, T>()));
    if (!partitions.has(partition)) this.#size += 1;
    partitions.set(partition, value);
    return this;
  }

  delete(topic: string, partition: number): boolean {
    const partitions = this.#topics.get(topic);
    if (!partitions?.delete(partition)) return false;
    this.#size -= 1;
    if (partitions.size === 0) this.#topics.delete(topic);
    return true;
  }

  /** Removes a topic with all its partitions; returns how many there were. */
  deleteTopic(topic: string): number {
    const count = this.#topics.get(topic)?.size ?? 0;
    this.#topics.delete(topic);
    this.#size -= count;
    return count;
  }

  clear(): void {
    this.#topics.clear();
    this.#size = 0;
  }

  topics(): IterableIterator<string> {
    return this.#topics.keys();
  }

  /** The partitions of one topic, empty when the topic is unknown. */
  partitionsOf(topic: string): ReadonlyMap<number, T> {
    return this.#topics.get(topic) ?? new Map<number, T>();
  }

  *values(): IterableIterator<T> {
    for (const partitions of this.#topics.values()) yield* partitions.values();
  }

  *entries(): IterableIterator<[TopicPartition, T]> {
    for (const [topic, partitions] of this.#topics)
      for (const [partition, value] of partitions) yield [{ topic, partition }, value];
  }

  [Symbol.iterator](): IterableIterator<[TopicPartition, T]> {
    return this.entries();
  }
}
