/**
 * What is left of compacted topics, story by story, is what Apache Kafka 3.9.1 left of them (test/golden/compaction,
 * recorded by record.ts). Then the whole thing once more as a user sees it: written and read by kafkajs, over a restart.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';
import { describeNeeding, KAFKA_JARS } from '../../support/conformance/requirements.ts';
import { runProgram } from '../../support/conformance/run-program.ts';
import { jvmArguments } from '../../support/jvm-program.ts';
import { eventually } from '../../support/zookeeper.ts';
import { STORIES } from './stories.ts';
import { BROKER_CONFIGS, type Told, topicOf, World } from './world.ts';

jest.setTimeout(240_000);
/** The cleaner has had its turns by then. */
const CLEANED_MS = 120_000;

const FIXTURE = new URL('../../golden/compaction/kafka-3.9.1.json', import.meta.url);
const original = (
  JSON.parse(readFileSync(FIXTURE, 'utf8')) as { readonly left: Readonly<Record<string, Told>> }
).left;

let dir: string;
let cluster: Cluster;
let left: Readonly<Record<string, Told>>;
let readers = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-compaction-'));
  cluster = await startCluster({
    dir,
    brokers: 1,
    port: 0,
    zookeeperPort: 0,
    host: '127.0.0.1',
    startTimeoutMs: 120_000,
    // Small segments for the offsets that groups commit, too.
    overrides: {
      ...BROKER_CONFIGS,
      'offsets.topic.segment.bytes': '5000',
      'offsets.topic.num.partitions': '1',
    },
  });
  const world = await World.create(cluster.bootstrap, cluster.dataDirs[0]!);
  left = await world.tellAll();
  world.close();
});
afterAll(async () => {
  await cluster.stop();
  await rm(dir, { recursive: true, force: true });
});

describe('of what was written to a compacted topic the original left the same', () => {
  test('and was told the same stories', () => {
    expect(Object.keys(original)).toEqual(Object.keys(STORIES));
  });

  test.each(Object.keys(STORIES))('%s', (story) => {
    expect(left[story]).toEqual(original[story]);
  });
});

describe('a compacted topic', () => {
  const topic = 'latest-values';
  const connect = (): Kafka =>
    new Kafka({ clientId: 'compaction', brokers: cluster.bootstrap.split(','), logLevel: logLevel.NOTHING });

  async function readAll(): Promise<{
    readonly records: number;
    readonly latest: Map<string, string | null>;
  }> {
    const kafka = connect();
    const admin = kafka.admin();
    await admin.connect();
    const [{ high } = { high: '0' }] = await admin.fetchTopicOffsets(topic);
    await admin.disconnect();
    const consumer = kafka.consumer({ groupId: `reader-${readers++}` });
    const latest = new Map<string, string | null>();
    let records = 0;
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve) => {
      void consumer.run({
        eachMessage: ({ message }) => {
          records += 1;
          latest.set(message.key?.toString() ?? '', message.value?.toString() ?? null);
          if (Number(message.offset) === Number(high) - 1) resolve();
          return Promise.resolve();
        },
      });
    });
    await consumer.disconnect();
    return { records, latest };
  }

  test('keeps its latest values through kafkajs, cleaning and a restart', async () => {
    const kafka = connect();
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({
      topics: [
        {
          topic,
          numPartitions: 1,
          configEntries: [
            { name: 'cleanup.policy', value: 'compact' },
            { name: 'segment.bytes', value: '20000' },
            { name: 'min.cleanable.dirty.ratio', value: '0.1' },
          ],
        },
      ],
    });
    await admin.disconnect();
    const expected = new Map<string, string>();
    const producer = kafka.producer();
    await producer.connect();
    for (let round = 0; round < 60; round++) {
      const messages = Array.from({ length: 50 }, (_, index) => ({
        key: `key-${(round * 7 + index) % 100}`,
        value: `round ${round}, record ${index}`,
      }));
      for (const { key, value } of messages) expected.set(key, value);
      await producer.send({ topic, messages });
    }
    await producer.disconnect();
    let found = await readAll();
    await eventually(
      async () => found.records <= 1500 || (found = await readAll()).records <= 1500,
      'the topic is compacted',
      CLEANED_MS,
    );
    expect(found.latest).toEqual(expected);

    await cluster.stopBroker(0);
    await cluster.startBroker(0);
    found = await readAll();
    expect(found.latest).toEqual(expected);
    expect(found.records).toBeLessThanOrEqual(1500);
    const names = await readdir(join(cluster.dataDirs[0]!, `${topic}-0`));
    expect(names.filter((name) => /\.(cleaned|swap)$/.test(name))).toEqual([]);
  });

  test('and what a group has committed is found after its topic was cleaned, too', async () => {
    const groupId = 'committing-often';
    const kafka = connect();
    const consumer = kafka.consumer({ groupId });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic] });
    const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
    await consumer.run({ autoCommit: false, eachMessage: () => Promise.resolve() });
    await joined;
    for (let offset = 1; offset <= 300; offset++)
      await consumer.commitOffsets([{ topic, partition: 0, offset: String(offset) }]);
    await consumer.disconnect();
    const offsetsDir = join(cluster.dataDirs[0]!, '__consumer_offsets-0');
    const sizeInBytes = async (): Promise<number> => {
      const names = (await readdir(offsetsDir)).filter((name) => name.endsWith('.log'));
      const sizes = await Promise.all(names.map(async (name) => (await stat(join(offsetsDir, name))).size));
      return sizes.reduce((sum, size) => sum + size, 0);
    };
    await eventually(async () => (await sizeInBytes()) <= 15_000, 'the commits are compacted', CLEANED_MS);

    await cluster.stopBroker(0);
    await cluster.startBroker(0);
    const admin = connect().admin();
    await admin.connect();
    const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
    await admin.disconnect();
    expect(offsets?.partitions).toMatchObject([{ partition: 0, offset: '300' }]);
  });
});

describeNeeding(KAFKA_JARS, "the original's kafka-dump-log", (libraries) => {
  test('reads every cleaned segment and its indexes without complaint', async () => {
    const folders = [...Object.keys(STORIES).map(topicOf), 'latest-values'].map((topic) =>
      join(cluster.dataDirs[0]!, `${topic}-0`),
    );
    const files: string[] = [];
    for (const folder of folders)
      for (const name of await readdir(folder))
        if (/\.(log|index|timeindex)$/.test(name)) files.push(join(folder, name));
    const printed = await runProgram('java', [
      ...jvmArguments(libraries, 'kafka.tools.DumpLogSegments'),
      '--deep-iteration',
      '--files',
      files.join(','),
    ]);
    // Gaps between offsets are what compaction is about.
    expect(printed).not.toMatch(/Mismatches|isvalid: false|Found timestamp mismatch|Found out of order/);
    expect(printed.match(/isvalid: true/g)?.length).toBeGreaterThan(100);
  });
});
