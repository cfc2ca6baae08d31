/**
 * The whole cluster down at once and up again, with real processes, files and ZooKeeper. That nobody loops afterwards,
 * whatever the seed, is told by test/simulation/whole-restart.test.ts; here it is that no follower cuts on and on.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';
import type { KafkaZkClient } from '../../../src/zookeeper/index.ts';
import { eventually, freshZooKeeper, type FreshZooKeeper } from '../../support/zookeeper.ts';

jest.setTimeout(180_000);

const TOPIC = 'orders';
const INTERNAL_TOPIC = '__consumer_offsets';
/** Of each. */
const PARTITIONS = 6;
const RECORDS = 60;
const WHOLE_TIMEOUT_MS = 60_000;
const QUIET_MS = 2000;

let zookeeper: FreshZooKeeper;
let zk: KafkaZkClient;
let dir: string;
let cluster: Cluster;

beforeAll(async () => {
  zookeeper = await freshZooKeeper();
  zk = await zookeeper.connectKafka();
  dir = await mkdtemp(join(tmpdir(), 'klassik-whole-restart-'));
  cluster = await startCluster({
    dir,
    port: 0,
    host: '127.0.0.1',
    zookeeper: zookeeper.connect,
    // A killed broker's registration is waited out when it comes back.
    overrides: { 'zookeeper.session.timeout.ms': '4000', 'offsets.topic.num.partitions': String(PARTITIONS) },
    startTimeoutMs: 120_000,
  });
});
afterAll(async () => {
  await cluster.stop();
  await zookeeper.close();
  await rm(dir, { recursive: true, force: true });
});

/** Brokers choose new ports of their own only once: they come back where they were. */
async function client(): Promise<Kafka> {
  const brokers = (await cluster.status()).map(({ port }) => `127.0.0.1:${port}`);
  return new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { retries: 20, maxRetryTime: 1000 } });
}

/** A broker that has just started may not have heard of the topic yet: it is not to create it, but to be asked again. */
const KNOWN_TOPICS = { allowAutoTopicCreation: false };

async function produce(round: string): Promise<string[]> {
  const producer = (await client()).producer(KNOWN_TOPICS);
  await producer.connect();
  const values = Array.from({ length: RECORDS }, (_, index) => `${round} ${index}`);
  for (const [index, value] of values.entries())
    await producer.send({ topic: TOPIC, acks: -1, messages: [{ value, partition: index % PARTITIONS }] });
  await producer.disconnect();
  return values;
}

async function readAll(count: number): Promise<string[]> {
  const consumer = (await client()).consumer({ groupId: `reader of ${count}`, ...KNOWN_TOPICS });
  await consumer.connect();
  await consumer.subscribe({ topics: [TOPIC], fromBeginning: true });
  const values: string[] = [];
  await consumer.run({
    eachMessage: ({ message }) => {
      values.push(message.value?.toString() ?? '');
      return Promise.resolve();
    },
  });
  await eventually(() => values.length >= count, `${count} records are read`, WHOLE_TIMEOUT_MS);
  await consumer.disconnect();
  return values;
}

/** Of every topic: the partitions in which groups keep their offsets are cut as well. */
async function everyIsrIsFull(): Promise<boolean> {
  const partitions = [TOPIC, INTERNAL_TOPIC].flatMap((topic) =>
    Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition })),
  );
  const topics = await zk.topics.getAllTopicsInCluster();
  const states = await Promise.all(
    partitions
      .filter(({ topic }) => topics.has(topic))
      .map((topicPartition) => zk.partitions.getTopicPartitionState(topicPartition)),
  );
  return states.every((state) => state?.isr.length === 3 && state.leader >= 0);
}

async function cutsTold(): Promise<number> {
  const logs = await Promise.all(
    (await cluster.status()).map(({ logFile }) => readFile(logFile, 'utf8').catch(() => '')),
  );
  return logs.join('\n').split('Truncating').length - 1;
}

test('all brokers stopped at once, then all killed at once: every ISR is full again, nobody cuts on, nothing is lost', async () => {
  const admin = (await client()).admin();
  await admin.connect();
  await admin.createTopics({
    topics: [{ topic: TOPIC, numPartitions: PARTITIONS, replicationFactor: 3 }],
    waitForLeaders: true,
  });
  await admin.disconnect();
  const written = await produce('before');
  for (const ending of ['stopBroker', 'killBroker'] as const) {
    await Promise.all(cluster.brokerIds.map((id) => cluster[ending](id)));
    await Promise.all(cluster.brokerIds.map((id) => cluster.startBroker(id)));
    // Before anybody has written, ZooKeeper may still say what was true before the end.
    written.push(...(await produce(`after ${ending}`)));
    await eventually(everyIsrIsFull, 'every ISR is full', WHOLE_TIMEOUT_MS);
    const before = await cutsTold();
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    expect(await cutsTold()).toBe(before);
    expect((await readAll(written.length)).sort()).toEqual([...written].sort());
  }
});
