/**
 * A site's page views are counted per user and minute by counters that share the work, come late and are killed. This file
 * is the site and the story around it; at the end it counts again, alone and from the start, and compares.
 * README.md says what there is to learn.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';

import { openLogReader } from '../lib/log-reader.js';
import { runExample } from '../lib/run-example.js';
import { createFreshTopics } from '../lib/topics.js';
import { until } from '../lib/until.js';
import { COUNTS, PAGES, USERS, VIEWS } from './names.js';
import { WINDOW_MS, WindowedCounts } from './windows.js';

const COUNTER = fileURLToPath(new URL('counter.js', import.meta.url));
const PARTITIONS = 6;
/** The site's day is this long, and is over in some seconds of ours. */
const DAY_MS = 20 * WINDOW_MS;
/** Views are heard of up to so much later than others that were later: phones in tunnels. */
const DELAY_MAX_MS = 15_000;
const ROUNDS = 40;
const ROUND_MS = 50;

await runExample({
  name: 'activity-tracking',
  summary: 'page views keyed by user, counted in windows by a group that changes',
  counts: {
    views: [4000, 'how many pages are viewed'],
    grace: [20, 'how many seconds a window waits for late views; below 15 some come too late'],
  },
  run,
});

async function run({ kafka, bootstrap, counts: { views, grace }, say }) {
  await createFreshTopics(kafka, [
    { topic: VIEWS, numPartitions: PARTITIONS },
    { topic: COUNTS, numPartitions: 3, configEntries: [{ name: 'cleanup.policy', value: 'compact' }] },
  ]);
  const graceMs = grace * 1000;
  say(`\n${USERS.length} users view ${views} pages within ${DAY_MS / WINDOW_MS} minutes of theirs.\n`);
  const progress = new Map();
  const employ = (name) => startCounter({ bootstrap, name, graceMs, progress, say });

  const first = await employ('counter A');
  const site = openSite(kafka, views);
  await site.untilPart(0.25);
  const second = await employ('counter B');
  await site.untilPart(0.5);
  first.kill('SIGKILL');
  say('  kill -9 counter A. Its partitions wait for its session to end ...');
  await site.untilPart(1);
  const ends = await endsOf(kafka, VIEWS);
  await until('everything is counted', () =>
    ends.every(({ partition, high }) => (progress.get(partition) ?? 0) === Number(high)),
  );
  second.kill('SIGTERM');

  const told = await readCounts(kafka);
  const { expected, late } = await countAgain(kafka, graceMs);
  if (!isDeepStrictEqual(told, expected))
    throw new Error('counted again from the start it comes out otherwise');
  say(`\nViews per minute, as the counters told them; each row is one user, each column one minute:\n`);
  say(chart(told));
  const sum = [...told.values()].reduce((total, count) => total + count, 0);
  say(
    `\n${sum} views are counted in ${told.size} windows, ${late} came too late, ${views - sum - late} are in windows ` +
      `that are still open.\nCounted again, from the start and by one alone: the same.`,
  );
}

/** Resolves when the counter has its partitions. */
async function startCounter({ bootstrap, name, graceMs, progress, say }) {
  const counter = fork(COUNTER, [bootstrap, String(graceMs)]);
  counter.on('exit', (code) => {
    if (code > 0) throw new Error(`${name} gave up`);
  });
  counter.on('message', ({ partitions, partition, next }) => {
    if (counter.killed) return;
    if (partitions === undefined) progress.set(partition, next);
    else say(`  ${name} counts partitions ${partitions.toSorted().join(', ')}`);
  });
  await once(counter, 'message');
  return counter;
}

async function endsOf(kafka, topic) {
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  return ends;
}

/** Sends what users view, in rounds, in the order in which it is heard of; `untilPart(0.5)` resolves at half of the day. */
function openSite(kafka, views) {
  const start = Date.now() - DAY_MS;
  let round = 0;
  const sendAll = async () => {
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    while (round < ROUNDS) {
      const heard = Array.from({ length: share(views, round, ROUNDS) }, () => randomTime(start, round));
      const messages = heard.toSorted((one, other) => one - other).map(randomView);
      if (messages.length > 0) await producer.send({ topic: VIEWS, acks: -1, messages });
      round += 1;
      await sleep(ROUND_MS);
    }
  };
  void sendAll();
  return { untilPart: (part) => until('the site has sent its views', () => round >= part * ROUNDS) };
}

/** How many of `total` fall into one of so many equal parts. */
function share(total, part, parts) {
  return Math.floor((total * (part + 1)) / parts) - Math.floor((total * part) / parts);
}

function randomTime(start, round) {
  return start + ((round + Math.random()) * DAY_MS) / ROUNDS;
}

function randomView(heardAt) {
  const at = Math.floor(heardAt - Math.random() * DELAY_MAX_MS);
  // The first users are the keenest.
  const user = USERS[Math.floor(USERS.length * Math.random() ** 2)];
  return { key: user, value: pick(PAGES), timestamp: String(at) };
}

function pick(list) {
  return list[Math.floor(Math.random() * list.length)];
}

async function readCounts(kafka) {
  const counts = new Map();
  const reader = await openLogReader(kafka, { topics: [COUNTS] }, ({ message }) =>
    counts.set(message.key.toString(), JSON.parse(message.value).views),
  );
  await reader.caughtUp();
  await reader.close();
  return counts;
}

/** The same rule over the same log, by one process that nobody disturbs. */
async function countAgain(kafka, graceMs) {
  const expected = new Map();
  const counts = Array.from({ length: PARTITIONS }, () => new WindowedCounts(graceMs));
  const reader = await openLogReader(kafka, { topics: [VIEWS] }, ({ partition, message }) => {
    const { key, timestamp, offset } = message;
    const view = { user: key.toString(), at: Number(timestamp), offset: BigInt(offset) };
    for (const { user, start, views } of counts[partition].add(view)) expected.set(`${user} ${start}`, views);
  });
  await reader.caughtUp();
  await reader.close();
  return { expected, late: counts.reduce((sum, { late }) => sum + late, 0) };
}

function chart(counts) {
  const BARS = ' ▁▂▃▄▅▆▇█';
  const most = Math.max(...counts.values(), 1);
  const starts = [...counts.keys()].map((key) => Number(key.split(' ')[1]));
  const [first, last] = [Math.min(...starts), Math.max(...starts)];
  const rows = USERS.map((user) => {
    let [bars, sum] = ['', 0];
    for (let start = first; start <= last; start += WINDOW_MS) {
      const views = counts.get(`${user} ${start}`) ?? 0;
      bars += BARS[Math.ceil((views / most) * (BARS.length - 1))];
      sum += views;
    }
    return `  ${user.padEnd(6)} ${bars}  ${String(sum).padStart(5)}`;
  });
  return rows.join('\n');
}
