/**
 * Reads topics as a log and not as a queue: all partitions, from their start or from given offsets, shared with nobody,
 * each record once. In other clients that is `assign` and `seek`. kafkajs reads as a member of a group only, so each
 * reader is alone in a group of its own, which commits no offsets and is forgotten when the reader has gone.
 */
import { randomUUID } from 'node:crypto';

import { endProcess, endWithConsumer } from './end-process.js';
import { until } from './until.js';

/**
 * @param options.topics names
 * @param options.readUncommitted also what belongs to open and aborted transactions
 * @param options.offsets where to begin, `[{ topic, partition, offset }]`; without them at the start of the log
 * @param onRecord called with kafkajs's `{ topic, partition, message }`, one after another
 */
export async function openLogReader(kafka, { topics, readUncommitted = false, offsets = [] }, onRecord) {
  const consumer = kafka.consumer({
    groupId: `log-reader-${randomUUID()}`,
    readUncommitted,
    maxWaitTimeInMs: 100,
    retry: { retries: 30 },
  });
  const position = new Positions(offsets);
  const eachMessage = async (record) => {
    // A client that had to join its group again begins at the start again, since the group has no offsets.
    if (position.isBehind(record)) return;
    await onRecord(record);
    position.moveBehind(record, record.message.offset);
  };
  // Markers that end transactions are offsets too, and no handler sees them.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) =>
    position.moveBehind(payload, payload.lastOffset),
  );
  endWithConsumer(consumer);
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  // kafkajs would hand a record once more to a handler that failed, and that may have done half of its work.
  await consumer.run({ autoCommit: false, eachMessage: (record) => eachMessage(record).catch(endProcess) });
  for (const offset of offsets) consumer.seek(offset);

  return {
    /** Waits until everything has been read that readers of committed records could see when this was called. */
    async caughtUp() {
      const ends = await endOffsets(kafka, topics);
      await until(`${topics.join(', ')} are read to their ends`, () =>
        ends.every((end) => end.low === end.high || position.of(end) >= BigInt(end.high)),
      );
    },
    close: () => consumer.disconnect(),
  };
}

/** For each partition the offset of the record that comes next. */
class Positions {
  #next = new Map();

  constructor(offsets) {
    for (const { topic, partition, offset } of offsets)
      this.#next.set(`${topic}-${partition}`, BigInt(offset));
  }

  of({ topic, partition }) {
    return this.#next.get(`${topic}-${partition}`) ?? 0n;
  }

  isBehind(record) {
    return this.of(record) > BigInt(record.message.offset);
  }

  moveBehind({ topic, partition }, offset) {
    const next = BigInt(offset) + 1n;
    if (next > this.of({ topic, partition })) this.#next.set(`${topic}-${partition}`, next);
  }
}

/** kafkajs asks for the last stable offset, the one before the first record of an open transaction. */
async function endOffsets(kafka, topics) {
  const admin = kafka.admin();
  await admin.connect();
  const ends = await Promise.all(
    topics.map(async (topic) =>
      (await admin.fetchTopicOffsets(topic)).map((partition) => ({ topic, ...partition })),
    ),
  );
  await admin.disconnect();
  return ends.flat();
}
