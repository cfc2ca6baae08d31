/**
 * DeleteRecords in a cluster of three, through kafka-delete-records: the records are gone on every replica, the files
 * wholly below with them, and stay gone through a crash and on a replica that was away.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';
import { errorNameOf } from '../../../src/protocol/index.ts';
import { buildBatch } from '../../../src/records/index.ts';
import { deleteRecordsTool } from '../../../src/tools/delete-records.ts';
import { eventually } from '../../support/zookeeper.ts';
import { run } from '../../unit/tools/support.ts';
import { CREATE_TOPICS, FETCH, LIST_OFFSETS, METADATA, PRODUCE } from '../bad-input/apis.ts';
import { World } from '../bad-input/world.ts';

jest.setTimeout(180_000);

const TOPIC = 'shortened';
const BATCHES = 20;
/** A batch is 168 bytes: five to a segment. */
const CONFIGS = { 'segment.bytes': '900', 'file.delete.delay.ms': '0' };
const BROKERS = [0, 1, 2];
const LATEST = -1;
const EARLIEST = -2;
const DEBUGGING_CLIENT = -2;

let dir: string;
let cluster: Cluster;
let world: World;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-delete-records-'));
  cluster = await startCluster({
    dir,
    port: 0,
    zookeeperPort: 0,
    host: '127.0.0.1',
    overrides: {
      'zookeeper.session.timeout.ms': '3000',
      'log.initial.task.delay.ms': '100',
      'log.retention.check.interval.ms': '200',
      'log.flush.start.offset.checkpoint.interval.ms': '200',
    },
  });
  world = await World.open(cluster.bootstrap, BROKERS.length);
  await world.send('controller', CREATE_TOPICS, 7, {
    topics: [
      {
        name: TOPIC,
        numPartitions: -1,
        replicationFactor: -1,
        assignments: [{ partitionIndex: 0, brokerIds: BROKERS }],
        configs: Object.entries(CONFIGS).map(([name, value]) => ({ name, value })),
      },
    ],
    timeoutMs: 30_000,
  });
  await untilInSync();
  for (let batch = 0; batch < BATCHES; batch++) expect(await produce()).toBe('NONE');
});
afterAll(async () => {
  await cluster.stop();
  await rm(dir, { recursive: true, force: true });
});

function untilInSync(): Promise<void> {
  return world.until('three replicas in sync', async () => {
    const asked = { topics: [{ name: TOPIC }], includeTopicAuthorizedOperations: false };
    const { topics } = await world.send(0, METADATA, 9, asked);
    const [partition] = topics[0]?.partitions ?? [];
    return partition?.leaderId === 0 && partition.isrNodes.length === BROKERS.length;
  });
}

async function produce(): Promise<string> {
  const records = buildBatch({ records: [{ key: null, value: Buffer.alloc(100), timestamp: Date.now() }] });
  const { responses } = await world.send(0, PRODUCE, 11, {
    acks: -1,
    timeoutMs: 30_000,
    topicData: [{ name: TOPIC, partitionData: [{ index: 0, records }] }],
  });
  return errorNameOf(responses[0]?.partitionResponses[0]?.errorCode ?? -1);
}

/** Where a broker's own log starts or ends, leader or not. */
async function offsetAt(broker: number, timestamp: number): Promise<number | undefined> {
  const answer = await world.send(broker, LIST_OFFSETS, 9, {
    replicaId: DEBUGGING_CLIENT,
    isolationLevel: 0,
    topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp }] }],
  });
  return answer.topics[0]?.partitions[0]?.offset;
}

const startsOf = (brokers = BROKERS): Promise<(number | undefined)[]> =>
  Promise.all(brokers.map((broker) => offsetAt(broker, EARLIEST)));

const untilStartsAre = (offset: number): Promise<void> =>
  eventually(
    async () => (await startsOf()).every((start) => start === offset),
    `all logs start at ${offset}`,
  );

async function fetchAt(fetchOffset: number): Promise<string> {
  const answer = await world.send(0, FETCH, 12, {
    maxWaitMs: 0,
    minBytes: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [
      { topic: TOPIC, topicId: '', partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 1000 }] },
    ],
    forgottenTopicsData: [],
  });
  return errorNameOf(answer.responses[0]?.partitions[0]?.errorCode ?? -1);
}

/** What the tool prints. */
async function deleteUpTo(offset: number, settings: Readonly<Record<string, string>> = {}): Promise<string> {
  const [offsets, properties] = [join(dir, 'offsets.json'), join(dir, 'client.properties')];
  await writeFile(offsets, JSON.stringify({ partitions: [{ topic: TOPIC, partition: 0, offset }] }));
  await writeFile(
    properties,
    Object.entries(settings)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
  const asked = ['--bootstrap-server', cluster.bootstrap, '--offset-json-file', offsets];
  const { exitCode, out, err } = await run(deleteRecordsTool, [...asked, '--command-config', properties]);
  expect([exitCode, err]).toEqual([0, '']);
  return out;
}

const printed = (line: string): string =>
  `Executing records delete operation\nRecords delete operation completed:\npartition: ${TOPIC}-0\t${line}\n`;

const fileOf = (broker: number, name: string): Promise<string> =>
  readFile(join(cluster.dataDirs[broker]!, name), 'utf8');

async function segmentsOf(broker: number): Promise<number[]> {
  const names = await readdir(join(cluster.dataDirs[broker]!, `${TOPIC}-0`));
  return names.filter((name) => name.endsWith('.log')).map((name) => Number.parseInt(name, 10));
}

test('the records are gone on every replica before the tool says so', async () => {
  expect(await deleteUpTo(12)).toBe(printed('low_watermark: 12'));
  expect(await startsOf()).toEqual([12, 12, 12]);
  expect(await fetchAt(11)).toBe('OFFSET_OUT_OF_RANGE');
  expect(await fetchAt(12)).toBe('NONE');
});

test('segments wholly below are removed, and the files beside them say where the log starts', async () => {
  for (const broker of BROKERS) {
    await eventually(
      async () => (await segmentsOf(broker)).join() === '10,15',
      `broker ${broker} removed two segments`,
    );
    await eventually(
      async () => (await fileOf(broker, 'log-start-offset-checkpoint')) === `0\n1\n${TOPIC} 0 12\n`,
      `broker ${broker} wrote the log start down`,
    );
    expect(await fileOf(broker, `${TOPIC}-0/leader-epoch-checkpoint`)).toBe('0\n1\n0 12\n');
  }
});

test('what cannot be done is told per partition, with the exit code of success', async () => {
  const text =
    'error: org.apache.kafka.common.errors.OffsetOutOfRangeException: The requested offset is not within the range of offsets maintained by the server.';
  expect(await deleteUpTo(21)).toBe(printed(text));
  expect(await startsOf()).toEqual([12, 12, 12]);
});

test('a replica that is away is not waited for, and follows when it comes back', async () => {
  await cluster.stopBroker(2);
  expect(await fileOf(2, 'log-start-offset-checkpoint')).toBe(`0\n1\n${TOPIC} 0 12\n`);
  expect(await deleteUpTo(16)).toBe(printed('low_watermark: 16'));
  expect(await startsOf([0, 1])).toEqual([16, 16]);
  await cluster.startBroker(2);
  await untilStartsAre(16);
  await untilInSync();
});

test('a replica that is alive and does not follow holds it up until the time for the command is over', async () => {
  const pid = (await cluster.status()).find(({ id }) => id === 2)?.pid ?? 0;
  process.kill(pid, 'SIGSTOP');
  try {
    const out = await deleteUpTo(17, { 'default.api.timeout.ms': '1500' });
    expect(out).toMatch(
      /error: org\.apache\.kafka\.common\.errors\.TimeoutException: Call\(callName=deleteRecords\(api=DELETE_RECORDS\), deadlineMs=\d+, tries=\d+, nextAllowedTryMs=\d+\) timed out at \d+ after \d+ attempt\(s\)\n$/,
    );
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await untilStartsAre(17);
});

test('after a crash of all they are still gone, and the last can go too', async () => {
  for (const broker of BROKERS)
    await eventually(
      async () => (await fileOf(broker, 'log-start-offset-checkpoint')).includes(`${TOPIC} 0 17\n`),
      `broker ${broker} wrote the log start down`,
    );
  await Promise.all(BROKERS.map((broker) => cluster.killBroker(broker)));
  await Promise.all(BROKERS.map((broker) => cluster.startBroker(broker)));
  await untilInSync();
  expect(await startsOf()).toEqual([17, 17, 17]);

  expect(await deleteUpTo(-1)).toBe(printed(`low_watermark: ${BATCHES}`));
  expect(await startsOf()).toEqual([BATCHES, BATCHES, BATCHES]);
  expect(await produce()).toBe('NONE');
  expect(await offsetAt(0, LATEST)).toBe(BATCHES + 1);
});
