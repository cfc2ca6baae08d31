/**
 * Hosts are measured. Every reading goes into two topics: one that keeps the history for some time, and one that keeps the
 * latest of each kind for ever. A dashboard that starts later reads the second and knows how things are. README.md says
 * what there is to learn.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

import { openLogReader } from '../lib/log-reader.js';
import { runExample } from '../lib/run-example.js';
import { createFreshTopics } from '../lib/topics.js';
import { until } from '../lib/until.js';
import { HISTORY, HOSTS, HOSTS_LEFT, keyOf, LATEST, METRICS, RETIRED } from './names.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const SEGMENT_MS = 1000;
const KEYS = HOSTS.length * METRICS.length;
/** Compacted well enough: a record of each key in what is compacted, and again in what is still being written. */
const COMPACTED_RECORDS = 3 * KEYS;

const TOPICS = [
  {
    topic: HISTORY,
    numPartitions: 3,
    configEntries: [{ name: 'retention.ms', value: String(7 * DAY_MS) }],
  },
  {
    topic: LATEST,
    numPartitions: 3,
    configEntries: [
      { name: 'cleanup.policy', value: 'compact' },
      // Small and eager, so that there is something to be seen: the segment that is being written is never compacted.
      { name: 'segment.bytes', value: '16384' },
      { name: 'segment.ms', value: String(SEGMENT_MS) },
      { name: 'min.cleanable.dirty.ratio', value: '0.01' },
    ],
  },
];

await runExample({
  name: 'metrics',
  summary: 'a compacted topic of latest values beside a retained history',
  counts: { rounds: [200, 'how often every host is measured'] },
  // By default a cleaner that finds nothing to do comes back after 15 s.
  overrides: { 'log.cleaner.backoff.ms': '500' },
  run,
});

async function run({ kafka, counts: { rounds }, say }) {
  await createFreshTopics(kafka, TOPICS);
  say(`\n${HOSTS.length} hosts are measured ${rounds} times, ${METRICS.length} values each.\n`);
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  let values = new Map();
  for (let round = 0; round < rounds; round++) values = await measureAll(producer, HOSTS, values);
  say(`  ${RETIRED} is taken out of service: a tombstone, a record without a value, for each of its keys.\n`);
  const tombstones = METRICS.map((metric) => ({ key: keyOf(RETIRED, metric), value: null }));
  await producer.send({ topic: LATEST, acks: -1, messages: tombstones });
  await sleep(SEGMENT_MS);
  // The first record behind the age of a segment begins the next one, and the cleaner may have all before it.
  await measureAll(producer, HOSTS_LEFT, values);

  say(row('', 'written', 'left to read', 'to know keys'));
  const history = await readTopic(kafka, HISTORY);
  say(row(HISTORY, history.written, history.records, history.values.size));
  const latest = await readUntilCompacted(kafka, say);
  checkLatest(latest, history);
  say(`\nWhat a dashboard knows that has read ${latest.records} records of ${LATEST}, and nothing else:\n`);
  say(dashboard(latest.values));
  say(`\nThe ${history.records} records of ${HISTORY} end with the same values.`);
}

async function measureAll(producer, hosts, before) {
  const keys = hosts.flatMap((host) => METRICS.map((metric) => keyOf(host, metric)));
  const values = new Map(keys.map((key) => [key, wander(before.get(key) ?? 50)]));
  const messages = [...values].map(([key, value]) => ({ key, value: String(value) }));
  // Both topics in one request. For both or none, even if we die in the middle, see the example of transfers.
  const topicMessages = [HISTORY, LATEST].map((topic) => ({ topic, messages }));
  await producer.sendBatch({ acks: -1, topicMessages });
  return values;
}

function wander(value) {
  return Math.max(0, Math.min(100, Math.round(value + (Math.random() - 0.5) * 20)));
}

/** The last value of each key; how many records had to be read to know it, of how many that were written. */
async function readTopic(kafka, topic) {
  const values = new Map();
  const ends = new Map();
  let records = 0;
  const reader = await openLogReader(kafka, { topics: [topic] }, ({ partition, message }) => {
    records += 1;
    ends.set(partition, Number(message.offset) + 1); // Compaction leaves holes: every record keeps its offset.
    if (message.value === null) values.delete(message.key.toString());
    else values.set(message.key.toString(), Number(message.value));
  });
  await reader.caughtUp();
  await reader.close();
  const written = [...ends.values()].reduce((sum, end) => sum + end, 0);
  return { values, records, written };
}

async function readUntilCompacted(kafka, say) {
  let read = { records: 0 };
  await until('the cleaner has been here', async () => {
    const before = read.records;
    read = await readTopic(kafka, LATEST);
    if (read.records !== before) say(row(LATEST, read.written, read.records, read.values.size));
    return read.records <= COMPACTED_RECORDS;
  });
  return read;
}

/** Of each key the last one is left, whatever the cleaner took; and nothing is left of the host that is gone. */
function checkLatest(latest, history) {
  const isLeft = ([key]) => HOSTS_LEFT.some((host) => key.startsWith(`${host} `));
  const expected = new Map([...history.values].filter(isLeft));
  if (!isDeepStrictEqual(latest.values, expected))
    throw new Error(`${LATEST} does not hold the last values of ${HISTORY}`);
}

function row(topic, ...cells) {
  return `  ${topic.padEnd(16)}${cells.map((cell) => String(cell).padStart(14)).join('')}`;
}

function dashboard(values) {
  const line = (name, cells) =>
    `  ${name.padEnd(10)}${cells.map((cell) => String(cell).padStart(8)).join('')}`;
  const rows = HOSTS.map((host) =>
    line(
      host,
      METRICS.map((metric) => values.get(keyOf(host, metric)) ?? '-'),
    ),
  );
  return [line('', METRICS), ...rows].join('\n');
}
