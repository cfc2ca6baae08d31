/**
 * The hash by which Kafka's clients choose a key's partition: murmur2 with Kafka's seed. All clients must agree on it,
 * or records of one key would land in different partitions.
 */
const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;
const SHIFT = 24;

/** As Java's signed int. */
export function murmur2(data: Buffer): number {
  let hash = SEED ^ data.length;
  const words = data.length >> 2;
  for (let index = 0; index < words; index++) {
    let word = Math.imul(data.readInt32LE(index * 4), MULTIPLIER);
    word = Math.imul(word ^ (word >>> SHIFT), MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ word;
  }
  const tail = data.subarray(words * 4);
  if (tail.length > 0) {
    for (let index = tail.length - 1; index >= 0; index--) hash ^= (tail[index] ?? 0) << (8 * index);
    hash = Math.imul(hash, MULTIPLIER);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return (hash ^ (hash >>> 15)) | 0;
}

/** The partition of a key, as every Kafka client computes it. */
export function partitionForKey(key: Buffer, partitionCount: number): number {
  return (murmur2(key) & 0x7fff_ffff) % partitionCount;
}
