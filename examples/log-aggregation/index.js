/**
 * Many instances of some services send what they log to one topic per service, and each topic keeps it as long as that
 * service's lines are worth. This file starts the services, kills one, reads along as an alarm would, and waits for
 * retention. README.md says what there is to learn.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import kafkajs from 'kafkajs';

import { openLogReader } from '../lib/log-reader.js';
import { runExample } from '../lib/run-example.js';
import { createFreshTopics } from '../lib/topics.js';
import { until } from '../lib/until.js';
import { SERVICES, topicOf } from './names.js';

const { ConfigResourceTypes } = kafkajs;
const SERVICE = fileURLToPath(new URL('service.js', import.meta.url));
const TOPICS = SERVICES.map(({ name }) => topicOf(name));
const PARTITIONS = 2;
/** Its topic keeps everything, so we can look whether all of it is there. */
const KILLED = 'payments';
const ALARMS_SHOWN = 5;
/** Brokers that look at retention more seldom than this are not waited for. */
const CHECK_INTERVAL_MAX_MS = 10_000;

await runExample({
  name: 'log-aggregation',
  summary: 'many producers, one topic per service, retention per topic',
  counts: {
    instances: [4, 'how many instances each service has'],
    lines: [600, 'how many lines each instance logs'],
  },
  // A broker's defaults are five minutes and half a minute.
  overrides: { 'log.retention.check.interval.ms': '500', 'log.initial.task.delay.ms': '500' },
  run,
});

async function run({ kafka, bootstrap, counts: { instances, lines }, say }) {
  await createFreshTopics(
    kafka,
    SERVICES.map(({ name, configEntries }) => ({
      topic: topicOf(name),
      numPartitions: PARTITIONS,
      configEntries,
    })),
  );
  say(`\n${SERVICES.length} services of ${instances} instances log ${lines} lines each.\n`);
  await soundAlarms(kafka, say);
  const stored = await runServices({ bootstrap, instances, lines, say });

  const isWaitedFor = (await checkIntervalMs(kafka)) <= CHECK_INTERVAL_MAX_MS;
  say(`\nEverything has been sent. ${isWaitedFor ? 'Waiting for retention ...' : ''}\n`);
  if (isWaitedFor) await untilRetentionIsDone(kafka);
  else say('These brokers look at retention too seldom to wait for it (log.retention.check.interval.ms).\n');
  say(`  ${'topic'.padEnd(28)}${'keeps'.padEnd(32)}${'written'.padStart(8)}${'kept'.padStart(8)}`);
  for (const { name, keeps } of SERVICES) {
    const { written, kept } = await sizeOf(kafka, topicOf(name));
    const numbers = String(written).padStart(8) + String(kept).padStart(8);
    say(`  ${topicOf(name).padEnd(28)}${keeps.padEnd(32)}${numbers}`);
  }
  await checkLines(kafka, stored);
  say(`\nOf what is kept no line is missing, none is there twice, and those of an instance are in order.`);
}

/** An alarm reads the logs of all services as one stream, whoever writes them. */
async function soundAlarms(kafka, say) {
  let alarms = 0;
  await openLogReader(kafka, { topics: TOPICS }, ({ topic, partition, message }) => {
    const { instance, number, level, text } = JSON.parse(message.value);
    if (level !== 'ERROR' || ++alarms > ALARMS_SHOWN) return;
    say(`  alarm: ${topic}-${partition}@${message.offset}  ${instance} line ${number}: ${text}`);
  });
}

/** Resolves to how many lines each instance was told to be stored, when all have sent all of theirs. */
async function runServices({ bootstrap, instances, lines, say }) {
  const stored = new Map();
  const run = async (name, isToDie) => {
    const service = fork(SERVICE, [bootstrap, name, String(instances), String(lines)]);
    service.on('message', ({ instance, stored: count }) => {
      stored.set(instance, { service: name, count });
      if (isToDie && count >= lines / 2) service.kill('SIGKILL');
    });
    const [code] = await once(service, 'exit');
    if (code === 0) return;
    if (!isToDie) throw new Error(`${name} gave up`);
    say(`  kill -9 ${name}, all ${instances} instances; others take their place`);
    await run(name, false);
  };
  await Promise.all(SERVICES.map(({ name }) => run(name, name === KILLED)));
  return stored;
}

async function checkIntervalMs(kafka) {
  const admin = kafka.admin();
  await admin.connect();
  const { controller } = await admin.describeCluster();
  const configNames = ['log.retention.check.interval.ms'];
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.BROKER, name: String(controller), configNames }],
  });
  await admin.disconnect();
  return Number(resources[0].configEntries[0].configValue);
}

async function untilRetentionIsDone(kafka) {
  await until('old segments of search are deleted', async () => {
    const { written, kept } = await sizeOf(kafka, topicOf('search'));
    return kept < written;
  });
  await until('heartbeats are deleted', async () => (await sizeOf(kafka, topicOf('heartbeats'))).kept === 0);
}

async function sizeOf(kafka, topic) {
  const admin = kafka.admin();
  await admin.connect();
  const partitions = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  return {
    written: partitions.reduce((sum, { high }) => sum + Number(high), 0),
    kept: partitions.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0),
  };
}

/** Retention takes whole segments from the start of a log: what is left has no holes, and its end is the end. */
async function checkLines(kafka, stored) {
  const kept = new Map();
  const reader = await openLogReader(kafka, { topics: TOPICS }, ({ message }) => {
    const { instance, number } = JSON.parse(message.value);
    kept.set(instance, [...(kept.get(instance) ?? []), number]);
  });
  await reader.caughtUp();
  await reader.close();
  for (const [instance, numbers] of kept)
    if (numbers.some((number, index) => number !== numbers[0] + index))
      throw new Error(`lines of ${instance} are missing, repeated or out of order`);
  for (const [instance, { service, count }] of stored) {
    if (service !== KILLED) continue;
    const numbers = kept.get(instance) ?? [];
    if (numbers[0] !== 0 || numbers.length < count)
      throw new Error(`stored lines of ${instance} are missing`);
  }
}
