/**
 * Java's String.hashCode over UTF-16 code units, as a signed 32-bit number. Kafka places groups, transactional ids
 * and replica fetchers by it, so a broker that computed it differently would look for them on other brokers.
 */
export function javaHashCode(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return hash;
}

/** Kafka's Utils.abs: like Math.abs, but the smallest int has no positive twin and becomes 0. */
export function kafkaAbs(value: number): number {
  return value === -0x80000000 ? 0 : Math.abs(value);
}
