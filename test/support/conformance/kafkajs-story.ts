/**
 * kafkajs through the life of a topic. It brings gzip only; the other codecs are Klassik's own, so that each side's
 * compression is read by the other. Old protocol versions throughout: no flexible one, no topic ids.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type Admin, type Consumer, type EachBatchPayload, type Kafka } from 'kafkajs';
import { codecOf } from '../../../src/records/compression/index.ts';
import { DECOMPRESSED_BYTES_MAX, prepareCompression } from '../../../src/records/index.ts';
import { numberedRecords, Seen } from './numbered-records.ts';
import { RECORDS, type Codec, type StoryResult } from './story.ts';

const { CompressionCodecs, CompressionTypes } = kafkajs;
const STEP_TIMEOUT_MS = 60_000;
const BATCH_RECORDS = 500;

const TYPES = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
} as const;

/** Once per process, before the first story. */
export async function registerCodecs(): Promise<void> {
  await prepareCompression();
  for (const name of ['snappy', 'lz4', 'zstd'] as const) {
    const codec = codecOf(name);
    CompressionCodecs[TYPES[name]] = () => ({
      compress: (encoder: { readonly buffer: Buffer }) => Promise.resolve(codec.compress(encoder.buffer)),
      decompress: (bytes: Buffer) => Promise.resolve(codec.decompress(bytes, DECOMPRESSED_BYTES_MAX)),
    });
  }
}

export async function kafkajsStory(kafka: Kafka, codec: Codec): Promise<StoryResult> {
  const topic = `kafkajs-${codec}-${randomUUID()}`;
  const groupId = `${topic}-group`;
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.createTopics({
      topics: [{ topic, numPartitions: 3, replicationFactor: 3 }],
      waitForLeaders: true,
    });
    await until('all replicas in sync', () => isInSync(admin, topic));

    const seen = new Seen(RECORDS);
    const group = await startGroup(kafka, groupId, topic, seen, RECORDS / 2);
    await until('two members with partitions', () => hasMembers(admin, groupId, 2));
    await produce(kafka, topic, codec);
    await until('half of the records', () => seen.records >= RECORDS / 2);
    await endGroup(group);
    const first = seen.records;

    const restarted = await startGroup(kafka, groupId, topic, seen, Infinity);
    await until('the other half', () => seen.records >= RECORDS);
    await until('two members with partitions', () => hasMembers(admin, groupId, 2));
    await endGroup(restarted);

    const offsets = await admin.fetchOffsets({ groupId, topics: [topic] });
    const committed = offsets
      .flatMap(({ partitions }) => partitions)
      .reduce((sum, { offset }) => sum + Number(offset), 0);
    await admin.deleteGroups([groupId]);
    await admin.deleteTopics({ topics: [topic] });
    await until('the topic is gone', async () => !(await admin.listTopics()).includes(topic));
    const { records, missing, duplicates, reordered } = seen;
    return { codec, first, records, missing, duplicates, reordered, committed, deleted: true };
  } finally {
    await admin.disconnect();
  }
}

async function produce(kafka: Kafka, topic: string, codec: Codec): Promise<void> {
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  for (let number = 0; number < RECORDS; number += BATCH_RECORDS)
    await producer.send({
      topic,
      acks: -1,
      compression: TYPES[codec],
      messages: numberedRecords(number, BATCH_RECORDS),
    });
  await producer.disconnect();
}

async function subscribed(member: Consumer, topic: string): Promise<boolean> {
  try {
    await member.subscribe({ topic, fromBeginning: true });
    return true;
  } catch (error) {
    if (error instanceof Error && error.message.includes('does not host this topic-partition')) return false;
    throw error;
  }
}

/** Two members that take no more once `limit` records have been seen, and have committed all they took. */
async function startGroup(
  kafka: Kafka,
  groupId: string,
  topic: string,
  seen: Seen,
  limit: number,
): Promise<Consumer[]> {
  const members = [0, 1].map(() => kafka.consumer({ groupId, heartbeatInterval: 200, maxWaitTimeInMs: 100 }));
  try {
    await Promise.all(
      members.map(async (member) => {
        await member.connect();
        // It may have asked a broker that has not heard of the topic yet.
        await until('the topic is known everywhere', () => subscribed(member, topic));
        await member.run({
          autoCommit: false,
          eachBatchAutoResolve: false,
          eachBatch: (payload) => consume(member, payload, seen, limit),
        });
      }),
    );
  } catch (error) {
    // A member that goes on would keep the test's process from ending.
    await endGroup(members);
    throw error;
  }
  return members;
}

async function consume(
  member: Consumer,
  payload: EachBatchPayload,
  seen: Seen,
  limit: number,
): Promise<void> {
  const { batch } = payload;
  let next: number | undefined;
  for (const { offset, key, value } of batch.messages) {
    if (seen.records >= limit) break;
    seen.add(batch.partition, key?.toString() ?? '', value?.toString() ?? '');
    payload.resolveOffset(offset);
    next = Number(offset) + 1;
  }
  if (next !== undefined)
    await member.commitOffsets([{ topic: batch.topic, partition: batch.partition, offset: String(next) }]);
  else await sleep(10);
}

async function endGroup(members: readonly Consumer[]): Promise<void> {
  await Promise.all(members.map((member) => member.disconnect()));
}

async function hasMembers(admin: Admin, groupId: string, count: number): Promise<boolean> {
  const { groups } = await admin.describeGroups([groupId]);
  return groups[0]?.state === 'Stable' && groups[0].members.length === count;
}

/** Whether every partition has a leader and all its replicas in sync. */
export async function isInSync(admin: Admin, topic: string): Promise<boolean> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const partitions = topics[0]?.partitions ?? [];
  return (
    partitions.length > 0 &&
    partitions.every(({ leader, isr, replicas }) => leader >= 0 && isr.length === replicas.length)
  );
}

export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = STEP_TIMEOUT_MS,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`did not come within ${timeoutMs / 1000} s: ${what}`);
    await sleep(20);
  }
}
