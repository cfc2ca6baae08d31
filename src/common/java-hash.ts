/**
 * The hash codes of Java. Kafka places groups, transactional ids and replica fetchers by them, so a broker that computed
 * one differently would look for them on other brokers; and the original's tools print maps in the order they give.
 */
import type { TopicPartition } from './topic-partition.ts';

/** Java's String.hashCode over UTF-16 code units, as a signed 32-bit number. */
export function javaHashCode(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return hash;
}

/** Java's Long.hashCode: the two halves, laid over each other. */
export function javaHashCodeOfLong(value: number): number {
  return (Math.floor(value / 0x1_0000_0000) ^ value) | 0;
}

/** Of Kafka's TopicPartition. */
export function topicPartitionHashCode({ topic, partition }: TopicPartition): number {
  return (Math.imul(31, (31 + partition) | 0) + javaHashCode(topic)) | 0;
}

const DEFAULT_CAPACITY = 16;

/**
 * The order in which a java.util.HashMap would go through entries that were put in this order: tools print maps, and
 * scripts compare what they print. `initialCapacity` is what the map was made with.
 */
export function inJavaHashOrder<T>(
  entries: readonly T[],
  hashCodeOf: (entry: T) => number,
  initialCapacity: number = DEFAULT_CAPACITY,
): T[] {
  let capacity = 1;
  while (capacity < initialCapacity) capacity *= 2;
  while (entries.length > capacity * 0.75) capacity *= 2;
  const bucketOf = (entry: T): number => {
    const hash = hashCodeOf(entry);
    return (hash ^ (hash >>> 16)) & (capacity - 1);
  };
  // Growing keeps the order within a bucket, and so does sorting.
  return entries.toSorted((left, right) => bucketOf(left) - bucketOf(right));
}

/** Kafka's Utils.abs: like Math.abs, but the smallest int has no positive twin and becomes 0. */
export function kafkaAbs(value: number): number {
  return value === -0x80000000 ? 0 : Math.abs(value);
}
