/**
 * What a service needs that reads records, decides, writes records, and must do each exactly once: the offset of what it
 * has read is part of the transaction with what it writes, and no other process writes under its name.
 */
import { setTimeout as sleep } from 'node:timers/promises';

const RETRY_MS = 10;

/** Of all the producers with one transactional id, the one that took office last is the only one. */
export async function takeOffice(kafka, transactionalId) {
  const producer = kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  // The first transaction of a producer asks the coordinator for its epoch. By that whoever was in office before is
  // fenced, should it still live, and what it left open is aborted; when the answer comes, nothing is open any more.
  const nothing = await producer.transaction();
  await nothing.abort();
  return producer;
}

/** Where a group stands in a topic, `[{ topic, partition, offset }]`, without partitions it has never committed. */
export async function committedOffsets(kafka, groupId, topic) {
  const admin = kafka.admin();
  await admin.connect();
  const [{ partitions }] = await admin.fetchOffsets({ groupId, topics: [topic] });
  await admin.disconnect();
  return partitions
    .filter(({ offset }) => offset !== '-1')
    .map(({ partition, offset }) => ({ topic, partition, offset }));
}

/** Marks a record as done, as part of the transaction: the committed offset is that of the next one to be read. */
export async function sendOffsetBehind(transaction, groupId, { topic, partition, message }) {
  const offset = String(BigInt(message.offset) + 1n);
  const topics = [{ topic, partitions: [{ partition, offset }] }];
  for (;;) {
    try {
      return await transaction.sendOffsets({ consumerGroupId: groupId, topics });
    } catch (error) {
      // The markers of the transaction before are on their way; kafkajs repeats this for `send` only.
      if (error.type !== 'CONCURRENT_TRANSACTIONS') throw error;
      await sleep(RETRY_MS);
    }
  }
}
