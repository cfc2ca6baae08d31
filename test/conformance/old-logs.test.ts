/**
 * Logs of brokers before 3.0 in a cluster of both kinds: whoever took one over, the other copies it byte for byte, leads
 * it, and is followed in turn. And kafka-dump-log prints of them what the original's prints.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import kafkajs, { type Admin } from 'kafkajs';
import { existsSync } from 'node:fs';
import { cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInSync, until } from '../support/conformance/kafkajs-story.ts';
import { JVM_ID, KLASSIK_IDS, MixedCluster } from '../support/conformance/mixed-cluster.ts';
import { describeNeeding, KAFKA_JARS } from '../support/conformance/requirements.ts';
import { runProgram } from '../support/conformance/run-program.ts';
import { jvmArguments } from '../support/jvm-program.ts';

jest.setTimeout(180_000);

const WRITTEN = fileURLToPath(new URL('../golden/old-logs/written/', import.meta.url));
const DUMP_LOG = fileURLToPath(new URL('../../bin/kafka-dump-log', import.meta.url));
const LOGS = ['old-v0', 'old-v1', 'old-mixed'];
const ALL_IDS = [...KLASSIK_IDS, JVM_ID];
const [KLASSIK_ID = 0] = KLASSIK_IDS;

describeNeeding(KAFKA_JARS, 'old logs at two brokers of Klassik and one of the original', (libraries) => {
  let cluster: MixedCluster;
  let kafka: kafkajs.Kafka;
  let admin: Admin;

  beforeAll(async () => {
    cluster = await MixedCluster.create(libraries);
    await cluster.broker(JVM_ID).start();
    kafka = new kafkajs.Kafka({
      brokers: cluster.bootstrap.split(','),
      logLevel: kafkajs.logLevel.NOTHING,
      retry: { retries: 20, maxRetryTime: 1000 },
    });
    admin = kafka.admin();
    await admin.connect();
  });

  afterAll(async () => {
    await admin.disconnect();
    await cluster.close();
  });

  const topicOf = (log: string, leader: number): string => `${log}-of-${leader}`;
  const followersOf = (leader: number): number[] => ALL_IDS.filter((id) => id !== leader);

  async function leaderOf(topic: string): Promise<number> {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions[0]?.leader ?? -1;
  }

  async function sameBytes(topic: string): Promise<boolean> {
    const [first, ...others] = await Promise.all(ALL_IDS.map((id) => cluster.replicaBytes(id, topic, 0)));
    return first!.length > 0 && others.every((other) => first!.equals(other));
  }

  async function untilSame(topic: string): Promise<void> {
    await until(`all replicas of ${topic} in sync`, () => isInSync(admin, topic));
    await until(`the replicas of ${topic} are the same bytes`, () => sameBytes(topic));
  }

  /** Alone in the ISR, the leader is stopped, finds the log where its own was, and is followed from nothing. */
  async function takeOver(leader: number): Promise<void> {
    for (const log of LOGS) {
      const replicas = [leader, ...followersOf(leader)];
      const topic = topicOf(log, leader);
      await admin.createTopics({ topics: [{ topic, replicaAssignment: [{ partition: 0, replicas }] }] });
      await until(`${topic} in sync`, () => isInSync(admin, topic));
      // A new partition's ISR is full before its replicas are made.
      await until('every broker has its replica', () =>
        ALL_IDS.every((id) => existsSync(cluster.replicaFolder(id, topic, 0))),
      );
    }
    for (const id of followersOf(leader)) await cluster.broker(id).stop();
    await until('the leader leads alone', async () => (await leaderOf(topicOf('old-v0', leader))) === leader);
    await cluster.broker(leader).stop();
    for (const log of LOGS)
      for (const id of ALL_IDS) {
        const folder = cluster.replicaFolder(id, topicOf(log, leader), 0);
        for (const name of await readdir(folder))
          if (name !== 'partition.metadata') await rm(join(folder, name));
        if (id === leader) await cp(join(WRITTEN, `${log}-0`), folder, { recursive: true });
      }
    for (const id of ALL_IDS) await rm(join(cluster.broker(id).dataDir, '.kafka_cleanshutdown'));
    for (const id of [leader, ...followersOf(leader)]) await cluster.broker(id).start();
  }

  test.each([
    ['the original copies what Klassik took over', KLASSIK_ID],
    ['Klassik copies what the original took over', JVM_ID],
  ])('%s, leads it, writes to it and is followed', async (_name, leader) => {
    await takeOver(leader);
    for (const log of LOGS) await untilSame(topicOf(log, leader));

    await cluster.broker(leader).stop();
    const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
    await producer.connect();
    for (const log of LOGS) {
      const topic = topicOf(log, leader);
      await until('another leads', async () => ![-1, leader].includes(await leaderOf(topic)));
      await producer.send({ topic, acks: -1, messages: [{ key: 'new', value: 'times' }] });
    }
    await producer.disconnect();
    await cluster.broker(leader).start();
    for (const log of LOGS) await untilSame(topicOf(log, leader));
  });

  test('kafka-dump-log prints the same of them', async () => {
    const files: string[] = [];
    for (const partition of await readdir(WRITTEN))
      for (const name of await readdir(join(WRITTEN, partition))) files.push(join(WRITTEN, partition, name));
    const options = ['--deep-iteration', '--print-data-log', '--files', files.join(',')];
    const program = jvmArguments(libraries, 'kafka.tools.DumpLogSegments');
    const original = await runProgram('java', [...program, ...options]);
    expect(await runProgram(DUMP_LOG, options)).toBe(original);
    expect(original).toContain('NoTimestampType');
  });
});
