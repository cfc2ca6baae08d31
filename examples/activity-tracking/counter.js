/**
 * A counter: one of several that share the partitions of page views as a consumer group. It keeps its counts in memory and
 * may die at any time. Whoever gets its partitions counts the open windows again and comes to the same.
 *
 *     node examples/activity-tracking/counter.js HOST:PORT,... [GRACE_MS]
 */
import { beChild } from '../lib/child.js';
import { endWithConsumer } from '../lib/end-process.js';
import { COUNTS, GROUP, VIEWS } from './names.js';
import { WindowedCounts } from './windows.js';

const { kafka, args, tell } = beChild('counter');
const graceMs = Number(args[0] ?? 20_000);
const admin = kafka.admin();
const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
const consumer = kafka.consumer({
  groupId: GROUP,
  sessionTimeout: 6000,
  heartbeatInterval: 500,
  maxWaitTimeInMs: 100,
});
process.once('SIGTERM', async () => {
  await consumer.disconnect(); // Leaves the group, so that nobody waits for us.
  process.exit(0);
});

/** By partition, `{ counts, closed }`; forgotten whenever partitions are shared anew: others may have counted meanwhile. */
const work = new Map();
consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
  work.clear();
  tell({ partitions: payload.memberAssignment[VIEWS] ?? [] });
});
endWithConsumer(consumer);
await Promise.all([admin.connect(), producer.connect(), consumer.connect()]);
await consumer.subscribe({ topic: VIEWS, fromBeginning: true });
await consumer.run({ autoCommit: false, eachBatch: ({ batch }) => count(batch) });

/** Whatever fails in here kafkajs tries again, with the same views or as a new member. No view is counted twice by that. */
async function count({ partition, messages }) {
  const ours = await workOn(partition);
  for (const { key, timestamp, offset } of messages) {
    const view = { user: key.toString(), at: Number(timestamp), offset: BigInt(offset) };
    ours.closed.push(...ours.counts.add(view));
  }
  // First tell, then commit: who dies in between has it told again.
  if (ours.closed.length > 0)
    await producer.send({ topic: COUNTS, acks: -1, messages: ours.closed.map(toMessage) });
  ours.closed = [];
  const { offset, closedUntil } = ours.counts.bookmark;
  await consumer.commitOffsets([
    { topic: VIEWS, partition, offset: String(offset), metadata: String(closedUntil) },
  ]);
  tell({ partition, next: Number(messages.at(-1).offset) + 1 });
}

/** Takes up a partition where the bookmark says: kafkajs reads from its offset on, its metadata tells what is closed. */
async function workOn(partition) {
  if (!work.has(partition)) {
    const [{ partitions }] = await admin.fetchOffsets({ groupId: GROUP, topics: [VIEWS] });
    const { metadata } = partitions.find((one) => one.partition === partition);
    const counts = new WindowedCounts(graceMs, Number(metadata ?? 0));
    work.set(partition, { counts, closed: [] });
  }
  return work.get(partition);
}

function toMessage({ user, start, views }) {
  return { key: `${user} ${start}`, value: JSON.stringify({ user, start, views }) };
}
