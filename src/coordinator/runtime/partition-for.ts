/**
 * Which partition of a coordinator's topic a key (group id, transactional id) belongs to, and with it which broker
 * coordinates it. Every broker and client of the cluster must agree, and the answer must not change while the topic
 * exists: Kafka's own hash, with its own idea of an absolute value (contract 5.1).
 */
import { javaHashCode, kafkaAbs } from '../../common/index.ts';

export function partitionFor(key: string, partitionCount: number): number {
  return kafkaAbs(javaHashCode(key)) % partitionCount;
}
