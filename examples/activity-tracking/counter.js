/**
 * A counter: one of several that share the partitions of page views as a consumer group. It keeps its counts in memory and
 * may die at any time. Whoever gets its partitions counts the open windows again and comes to the same.
 *
 *     node examples/activity-tracking/counter.js HOST:PORT,... [NAME [GRACE_MS]]
 */
import { beChild } from '../lib/child.js';
import { COUNTS, GROUP, VIEWS } from './names.js';
import { WindowedCounts } from './windows.js';

/** Not ours any more: kafkajs joins the group again, and is told what is ours now. */
const REBALANCE = ['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID'];

const { kafka, args, tell } = beChild('counter');
const [name = 'counter', graceMs = '20000'] = args;
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

/** By partition; forgotten whenever partitions are shared anew, since others may have counted meanwhile. */
const counts = new Map();
consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
  counts.clear();
  tell({ partitions: payload.memberAssignment[VIEWS] ?? [] });
});
await Promise.all([admin.connect(), producer.connect(), consumer.connect()]);
await consumer.subscribe({ topic: VIEWS, fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachBatch: ({ batch }) => count(batch).catch(giveUpUnlessRebalanced),
});

async function count({ partition, messages }) {
  const ours = await countsOf(partition);
  const closed = messages.flatMap(({ key, timestamp, offset }) =>
    ours.add({ user: key.toString(), at: Number(timestamp), offset: BigInt(offset) }),
  );
  // First tell, then commit: who dies in between has it told again.
  if (closed.length > 0) await producer.send({ topic: COUNTS, acks: -1, messages: closed.map(toMessage) });
  const { offset, closedUntil } = ours.bookmark;
  await consumer.commitOffsets([
    { topic: VIEWS, partition, offset: String(offset), metadata: String(closedUntil) },
  ]);
  tell({ partition, next: Number(messages.at(-1).offset) + 1 });
}

/** Takes up a partition where the bookmark says: kafkajs reads from its offset on, its metadata tells what is closed. */
async function countsOf(partition) {
  if (!counts.has(partition)) {
    const [{ partitions }] = await admin.fetchOffsets({ groupId: GROUP, topics: [VIEWS] });
    const { metadata } = partitions.find((one) => one.partition === partition);
    counts.set(partition, new WindowedCounts(Number(graceMs), Number(metadata ?? 0)));
  }
  return counts.get(partition);
}

function toMessage({ user, start, views }) {
  return { key: `${user} ${start}`, value: JSON.stringify({ user, start, views }) };
}

function giveUpUnlessRebalanced(error) {
  if (REBALANCE.includes(error.type)) throw error;
  console.error(`${name}: ${error.message}`);
  process.exit(1);
}
