/**
 * A broker is given the same batches, whoever it is, and asked where offsets, times and leader epochs are: times in odd
 * orders over several segments and leader epochs, every codec, the time of the append, a log that starts inside a batch,
 * and a log with transactions, whose files take the place of an empty one while the broker is stopped.
 */
import { cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ErrorCode } from '../../../src/protocol/index.ts';
import { buildBatch, COMPRESSION_TYPES, type CompressionType } from '../../../src/records/index.ts';
import {
  CREATE_TOPICS,
  DELETE_RECORDS,
  LEADER_AND_ISR,
  LIST_OFFSETS,
  METADATA,
  OFFSET_FOR_LEADER_EPOCH,
  PRODUCE,
} from '../bad-input/apis.ts';
import { World } from '../bad-input/world.ts';

const BROKER = 0;
const CONTROLLER_EPOCH = 1;
const NOW = 1_700_000_000_000;
const CONSUMER = -1;
const DEBUGGING_CLIENT = -2;
const NEWEST_VERSION = 9;
const TRANSACTIONS = join(import.meta.dirname, '../../golden/disk/transactions/golden-transactions-0');

/** A broker alone at its ZooKeeper, which can be stopped and started again. */
export interface OneBroker {
  readonly bootstrap: string;
  readonly dataDir: string;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Record times after NOW, batch by batch; a number begins a leader epoch. */
const ODD: readonly (number | readonly number[])[] = [
  ...[[50, 10, 30], [20], [70, 70, 65], [5]],
  ...[3, [70], [90, 80], [15, 16]],
  ...[5, 7, [60], [85, 1], [90], [90, 92, 91]],
  ...[8, [40]],
];
const PLAIN: readonly (readonly number[])[] = [[50, 10, 30], [20], [70, 70, 65], [5], [90, 80]];
const SMALL_SEGMENTS = { 'segment.bytes': '260', 'index.interval.bytes': '100', 'retention.ms': '-1' };

const TOPICS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  odd: SMALL_SEGMENTS,
  ...Object.fromEntries(COMPRESSION_TYPES.map((codec) => [codec, SMALL_SEGMENTS])),
  'append-time': { ...SMALL_SEGMENTS, 'message.timestamp.type': 'LogAppendTime' },
  shortened: SMALL_SEGMENTS,
  timeless: SMALL_SEGMENTS,
  empty: {},
  transactions: { 'retention.ms': '-1' },
};

/** What is asked, and the answers. */
export async function tell(broker: OneBroker): Promise<Record<string, unknown>> {
  const world = await World.open(broker.bootstrap, 1);
  const ids = await createTopics(world);
  const answers: Record<string, unknown> = {};
  await write(world, ids);
  for (const topic of Object.keys(TOPICS).filter((name) => name !== 'transactions'))
    await ask(world, topic, timesOf(topic), answers);
  await broker.stop();
  await putTransactions(broker.dataDir);
  await broker.start();
  await world.until('the partition of transactions has its leader', async () => {
    const { topics } = await world.send(BROKER, LIST_OFFSETS, NEWEST_VERSION, toList('transactions', -2));
    return topics[0]?.partitions[0]?.errorCode === ErrorCode.NONE;
  });
  await ask(world, 'transactions', transactionTimes(), answers);
  return answers;
}

async function createTopics(world: World): Promise<ReadonlyMap<string, string>> {
  const answer = await world.send('controller', CREATE_TOPICS, 7, {
    topics: Object.entries(TOPICS).map(([name, configs]) => ({
      name,
      numPartitions: 1,
      replicationFactor: 1,
      assignments: [],
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    })),
    timeoutMs: 30_000,
  });
  await world.until('all topics have leaders', async () => {
    const asked = {
      topics: Object.keys(TOPICS).map((name) => ({ name })),
      includeTopicAuthorizedOperations: false,
    };
    const { topics } = await world.send(BROKER, METADATA, 9, asked);
    return topics.every(({ partitions }) => partitions[0]?.leaderId === BROKER);
  });
  return new Map(answer.topics.map(({ name, topicId }) => [name, topicId]));
}

async function write(world: World, ids: ReadonlyMap<string, string>): Promise<void> {
  for (const step of ODD)
    if (typeof step === 'number') await lead(world, 'odd', ids.get('odd') ?? '', step);
    else await produce(world, 'odd', step);
  for (const codec of COMPRESSION_TYPES) for (const times of PLAIN) await produce(world, codec, times, codec);
  for (const times of PLAIN) await produce(world, 'append-time', times);
  for (const times of PLAIN) await produce(world, 'shortened', times);
  await world.send(BROKER, DELETE_RECORDS, 2, {
    topics: [{ name: 'shortened', partitions: [{ partitionIndex: 0, offset: 5 }] }],
    timeoutMs: 30_000,
  });
  for (let batch = 0; batch < 3; batch++) await produce(world, 'timeless', [-NOW - 1, -NOW - 1]);
}

async function produce(
  world: World,
  topic: string,
  times: readonly number[],
  compression: CompressionType = 'none',
): Promise<void> {
  const records = buildBatch({
    compression,
    records: times.map((time) => ({ key: null, value: Buffer.from('value'), timestamp: NOW + time })),
  });
  let stampedMs = -1;
  await world.until(`a batch in ${topic}`, async () => {
    const { responses } = await world.send(BROKER, PRODUCE, 11, {
      acks: -1,
      timeoutMs: 30_000,
      topicData: [{ name: topic, partitionData: [{ index: 0, records }] }],
    });
    const [partition] = responses[0]?.partitionResponses ?? [];
    stampedMs = partition?.logAppendTimeMs ?? -1;
    return partition?.errorCode === ErrorCode.NONE;
  });
  // Two batches of one millisecond would both have the largest time.
  await world.until('the next millisecond', () => Promise.resolve(Date.now() > stampedMs));
}

/** A leader epoch begins, as if the controller had elected the broker again. */
async function lead(world: World, topic: string, topicId: string, leaderEpoch: number): Promise<void> {
  const state = {
    partitionIndex: 0,
    controllerEpoch: CONTROLLER_EPOCH,
    leader: BROKER,
    leaderEpoch,
    isr: [BROKER],
    partitionEpoch: leaderEpoch,
    replicas: [BROKER],
    addingReplicas: [],
    removingReplicas: [],
  };
  const answer = await world.send(BROKER, LEADER_AND_ISR, 7, {
    controllerId: BROKER,
    controllerEpoch: CONTROLLER_EPOCH,
    type: 0,
    ungroupedPartitionStates: [],
    topicStates: [{ topicName: topic, topicId, partitionStates: [state] }],
    liveLeaders: [],
  });
  const errors = [answer.errorCode, answer.topics[0]?.partitionErrors[0]?.errorCode];
  if (errors.some((code) => code !== ErrorCode.NONE))
    throw new Error(`LeaderAndIsr answered ${errors.join()}`);
}

/** The topic keeps its id; the files are those of the golden log. */
async function putTransactions(dataDir: string): Promise<void> {
  const folder = join(dataDir, 'transactions-0');
  for (const name of await readdir(folder)) if (name !== 'partition.metadata') await rm(join(folder, name));
  for (const name of await readdir(TRANSACTIONS))
    if (name !== 'partition.metadata') await cp(join(TRANSACTIONS, name), join(folder, name));
  // What the checkpoints say of the empty log would cut the new one off: without them everything is read.
  for (const name of ['.kafka_cleanshutdown', 'recovery-point-offset-checkpoint'])
    await rm(join(dataDir, name), { force: true });
}

const MARKS = [-1, -2, -3, -4, -5, -6];

function timesOf(topic: string): number[] {
  if (topic === 'append-time') return [0, 1, 2 ** 52];
  const around =
    topic === 'odd' ? [0, 1, 2, 5, 6, 10, 15, 16, 17, 30, 41, 60, 65, 66, 70, 71] : [0, 10, 20, 51];
  return [0, 1, ...[...around, 80, 85, 86, 90, 91, 92, 93].map((time) => NOW + time), 2 ** 52];
}

function transactionTimes(): number[] {
  return [0, 1, ...Array.from({ length: 14 }, (_, index) => NOW + index * 10), 2 ** 52];
}

const toList = (
  topic: string,
  timestamp: number,
  { replicaId = CONSUMER, isolationLevel = 0, currentLeaderEpoch = -1, maxNumOffsets = 1 } = {},
) => ({
  replicaId,
  isolationLevel,
  topics: [
    { name: topic, partitions: [{ partitionIndex: 0, currentLeaderEpoch, timestamp, maxNumOffsets }] },
  ],
});

async function ask(
  world: World,
  topic: string,
  times: readonly number[],
  answers: Record<string, unknown>,
): Promise<void> {
  const list = async (
    says: string,
    timestamp: number,
    version = NEWEST_VERSION,
    more: Parameters<typeof toList>[2] = {},
  ): Promise<void> => {
    const answer = await world.send(BROKER, LIST_OFFSETS, version, toList(topic, timestamp, more));
    const [partition] = answer.topics[0]?.partitions ?? [];
    const { errorCode = -1, timestamp: time = -1, offset, leaderEpoch, oldStyleOffsets } = partition ?? {};
    const isStamped = topic === 'append-time' && time > NOW;
    answers[`${topic}: ListOffsets ${timestamp}, version ${version}${says}`] =
      version === 0
        ? [errorCode, oldStyleOffsets]
        : [errorCode, isStamped ? 'append time' : time, offset, leaderEpoch];
  };
  for (const timestamp of [...MARKS, ...times]) {
    await list('', timestamp);
    await list(', read committed', timestamp, NEWEST_VERSION, { isolationLevel: 1 });
    await list(', by a debugging client', timestamp, NEWEST_VERSION, { replicaId: DEBUGGING_CLIENT });
  }
  for (let version = 1; version < NEWEST_VERSION; version++)
    for (const timestamp of [...MARKS, NOW + 20]) await list('', timestamp, version);
  for (const timestamp of [-1, -2])
    for (const maxNumOffsets of [1, 2, 100])
      await list(`, ${maxNumOffsets} of them`, timestamp, 0, { maxNumOffsets });
  for (const currentLeaderEpoch of [0, 8, 9])
    await list(`, in leader epoch ${currentLeaderEpoch}`, -1, NEWEST_VERSION, { currentLeaderEpoch });
  await askEpochs(world, topic, answers);
}

async function askEpochs(world: World, topic: string, answers: Record<string, unknown>): Promise<void> {
  for (let version = 0; version <= 4; version++)
    for (let leaderEpoch = -2; leaderEpoch <= 10; leaderEpoch++) {
      const answer = await world.send(BROKER, OFFSET_FOR_LEADER_EPOCH, version, {
        replicaId: DEBUGGING_CLIENT,
        topics: [{ topic, partitions: [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch }] }],
      });
      const { errorCode, leaderEpoch: found, endOffset } = answer.topics[0]?.partitions[0] ?? {};
      answers[`${topic}: OffsetForLeaderEpoch ${leaderEpoch}, version ${version}`] = [
        errorCode,
        found,
        endOffset,
      ];
    }
}
