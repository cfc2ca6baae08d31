/**
 * Requests, the tail cache and reads from disk lie in memory that is used again and again (docs/adr/005). Here all of
 * it is under way at once: producers of small, middling and large batches, consumers at the end and one that starts
 * over from the beginning, until the cache has gone round. What is read must be what was written.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel, type Consumer, type Producer } from 'kafkajs';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';
import { eventually } from '../../support/zookeeper.ts';

jest.setTimeout(120_000);

const TOPIC = 'orders';
const PARTITIONS = 3;
/** Bytes of a value; each producer has its own. The first share memory with other small Buffers of Node's. */
const VALUE_BYTES = [20, 900, 6_000, 30_000, 200_000];
/** Of each size: together more than the tail cache holds. */
const BYTES_OF_EACH_SIZE = 40_000_000;
const RECORDS_MAX = 2000;
const IN_FLIGHT = 4;
const READ_TIMEOUT_MS = 60_000;

let dir: string;
let cluster: Cluster;
let kafka: Kafka;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-reused-memory-'));
  cluster = await startCluster({
    dir,
    brokers: 2,
    port: 0,
    zookeeperPort: 0,
    host: '127.0.0.1',
    overrides: { 'offsets.topic.num.partitions': '1' },
  });
  kafka = new Kafka({
    clientId: 'reused-memory',
    brokers: cluster.bootstrap.split(','),
    logLevel: logLevel.NOTHING,
  });
});
afterAll(async () => {
  await cluster.stop();
  await rm(dir, { recursive: true, force: true });
});

/** Told from the key alone: a record that got bytes of another does not match. */
function valueOf(key: string, bytes: number): Buffer {
  const seed = Buffer.from(`${key};`);
  return Buffer.alloc(bytes, seed);
}

async function produceAll(producer: Producer, bytes: number, told: Set<string>): Promise<void> {
  const count = Math.min(RECORDS_MAX, BYTES_OF_EACH_SIZE / bytes);
  let next = 0;
  const send = async (): Promise<void> => {
    while (next < count) {
      const key = `${bytes}-${next++}`;
      await producer.send({ topic: TOPIC, messages: [{ key, value: valueOf(key, bytes) }] });
      told.add(key);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, send));
}

/** What is not as it was sent, and all that came. */
interface Seen {
  readonly keys: Set<string>;
  readonly wrong: string[];
}

async function follow(groupId: string): Promise<{ readonly consumer: Consumer; readonly seen: Seen }> {
  const consumer = kafka.consumer({ groupId, maxBytesPerPartition: 300_000 });
  const seen: Seen = { keys: new Set(), wrong: [] };
  await consumer.connect();
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message: { key, value } }) => {
      const name = String(key);
      const bytes = Number(name.split('-')[0]);
      if (value?.equals(valueOf(name, bytes)) === true) seen.keys.add(name);
      else seen.wrong.push(name);
      return Promise.resolve();
    },
  });
  return { consumer, seen };
}

test('every record is read as it was sent, at the end and from the beginning, from leaders and after replication', async () => {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    waitForLeaders: true,
    topics: [{ topic: TOPIC, numPartitions: PARTITIONS, replicationFactor: 2 }],
  });
  await admin.disconnect();
  const atTheEnd = await Promise.all(['one', 'two'].map((name) => follow(name)));
  const told = new Set<string>();
  const producers = await Promise.all(
    VALUE_BYTES.map(async (bytes) => {
      const producer = kafka.producer();
      await producer.connect();
      return { producer, bytes };
    }),
  );
  await Promise.all(producers.map(({ producer, bytes }) => produceAll(producer, bytes, told)));
  const fromTheBeginning = await follow('three');
  const readers = [...atTheEnd, fromTheBeginning];
  await eventually(
    () => readers.every(({ seen }) => seen.keys.size + seen.wrong.length >= told.size),
    'everybody has read everything',
    READ_TIMEOUT_MS,
  );
  for (const { seen } of readers) {
    expect(seen.wrong).toEqual([]);
    expect(seen.keys).toEqual(told);
  }
  for (const { producer } of producers) await producer.disconnect();
  for (const { consumer } of readers) await consumer.disconnect();
});
