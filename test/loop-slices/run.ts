/**
 * How long a broker's event loop stands still at most while its storage has much to do: recovery of large and of tiny
 * batches, rolls with many producers in the log, two passes of compaction; and while three brokers take over two
 * thousand partitions, one of them stops and comes back, and all stop. Each is a life of its own of a real broker, which
 * says at its stop how much CPU its longest turn took.
 *
 *     npm run test:loop-slices
 *
 * It fails when one took more than 20 ms. A busy machine does not matter: what is counted is CPU.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BrokerProcess, dataDir } from '../../bench/side-by-side/broker.ts';
import { cleanedUpTo, PreparedLogs } from '../../bench/side-by-side/prepared-logs.ts';
import { klassikCommand } from '../../bench/side-by-side/sides.ts';
import { startCluster, startZooKeeper } from '../../src/kit/index.ts';
import { ProduceRequest, ProduceResponse } from '../../src/protocol/messages/00-produce.ts';
import { buildBatch } from '../../src/records/index.ts';
import { alterConfigs, ClusterClient, createTopic } from '../../src/tools/client/index.ts';

const LIMIT_MS = 20;
const TOPIC = 'slices';
const PATIENCE_MS = 120_000;
const POLL_MS = 20;
const PRODUCE = { request: ProduceRequest, response: ProduceResponse };

interface Phase {
  readonly name: string;
  readonly logs?: () => Promise<PreparedLogs>;
  readonly state?: 'stopped' | 'killed';
  readonly overrides?: Readonly<Record<string, string | number>>;
  readonly task?: (broker: BrokerProcess, folder: string, logs: PreparedLogs | undefined) => Promise<void>;
}

const dir = await mkdtemp(join(tmpdir(), 'klassik-loop-slices-'));
const zookeeper = await startZooKeeper({ dir: join(dir, 'zookeeper'), port: 0, onProgress: progress });
process.exitCode = 1;
try {
  const slices: number[] = [];
  for (const [index, phase] of phases().entries()) slices.push(await live(phase, `life-${index}`));
  slices.push(...(await manyPartitions()));
  process.exitCode = slices.every((slice) => slice <= LIMIT_MS) ? 0 : 1;
} finally {
  await zookeeper.stop();
  await rm(dir, { recursive: true, force: true, maxRetries: 20 });
}

async function live(phase: Phase, name: string): Promise<number> {
  const { logs, state = 'stopped', overrides = {}, task } = phase;
  const home = join(dir, name);
  const prepared = await logs?.();
  await prepared?.linkTo(dataDir(home, 0), state);
  const broker = await BrokerProcess.spawn({
    id: 0,
    brokers: 1,
    dir: home,
    zookeeperConnect: `${zookeeper.connect}/${name}`,
    overrides,
    command: klassikCommand(),
  });
  try {
    await broker.serving();
    await task?.(broker, dataDir(home, 0), prepared);
    await broker.end('SIGTERM');
    const slice = await broker.longestSliceMs();
    return told(slice, phase.name);
  } finally {
    await broker.end('SIGKILL');
    await rm(home, { recursive: true, force: true });
    if (prepared !== undefined) await prepared.remove();
  }
}

function told(slice: number, name: string): number {
  console.log(`${slice.toFixed(1).padStart(7)} ms  ${name}${slice <= LIMIT_MS ? '' : '   TOO LONG'}`);
  return slice;
}

/** What a broker's log says of the lives it tells of. */
async function slicesOf(logFile: string): Promise<number[]> {
  const log = await readFile(logFile, 'utf8');
  return [...log.matchAll(/The longest slice took (\S+) ms of CPU/g)].map(([, slice]) => Number(slice));
}

/** Elections, LeaderAndIsr, UpdateMetadata and first fetches over two thousand partitions. */
async function manyPartitions(): Promise<number[]> {
  const cluster = await startCluster({
    dir: join(dir, 'many'),
    brokers: 3,
    port: 0,
    zookeeper: `${zookeeper.connect}/many`,
    host: '127.0.0.1',
    onProgress: progress,
  });
  const client = new ClusterClient({
    bootstrapServers: cluster.bootstrap.split(','),
    timeoutMs: PATIENCE_MS,
  });
  const topics = Array.from({ length: 20 }, (_, index) => `${TOPIC}-${index}`);
  try {
    for (const name of topics) await create(client, name, { partitions: 100, replicas: 3 });
    await inSync(client, topics);
    await cluster.stopBroker(2);
    await cluster.startBroker(2);
    await inSync(client, topics);
  } finally {
    await client.close();
    await cluster.stop();
  }
  const status = await cluster.status();
  const slices = await Promise.all(status.map(({ logFile }) => slicesOf(logFile)));
  return slices.map((lives, id) =>
    told(lives.length === 0 ? NaN : Math.max(...lives), `2,000 partitions on three brokers: broker ${id}`),
  );
}

async function inSync(client: ClusterClient, topics: readonly string[]): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const metadata = await client.metadata(topics);
    const partitions = metadata.topics.flatMap((topic) => topic.partitions);
    const isInSync = ({ isrNodes }: (typeof partitions)[number]): boolean => isrNodes.length === 3;
    if (partitions.length === 100 * topics.length && partitions.every(isInSync)) return;
    if (performance.now() > deadline) throw new Error('the partitions do not come into sync');
    await sleep(10 * POLL_MS);
  }
}

function phases(): readonly Phase[] {
  return [
    { name: 'start and stop of an empty broker' },
    {
      name: 'recovery of 1 GB in batches of 16 KB',
      state: 'killed',
      logs: () => written({ partitions: 5, records: 200_000, keys: 0, valueBytes: 1000 }),
    },
    {
      name: 'recovery of a million batches of one small record',
      state: 'killed',
      logs: () => written({ partitions: 2, records: 500_000, keys: 0, valueBytes: 10, batchBytes: 1 }),
    },
    {
      name: 'four hundred rolls with ten thousand producers in the log',
      overrides: { 'log.segment.bytes': 1024 * 1024 },
      task: ({ address }, folder) => rolls(address, folder),
    },
    {
      name: 'two passes of compaction over 500,000 keys',
      overrides: { 'log.cleaner.backoff.ms': 100 },
      logs: () => written({ partitions: 1, records: 1_000_000, keys: 500_000, valueBytes: 100 }),
      task: ({ address }, folder, logs) => compactTwice(address, folder, logs?.activeOffsets[0] ?? NaN),
    },
  ];
}

interface Written {
  readonly partitions: number;
  readonly records: number;
  /** 0: the records have none. */
  readonly keys: number;
  readonly valueBytes: number;
  readonly batchBytes?: number;
}

function written({ partitions, records, keys, valueBytes, batchBytes }: Written): Promise<PreparedLogs> {
  const value = Buffer.alloc(valueBytes, 'x');
  return PreparedLogs.write(join(dir, 'prepared'), {
    topic: TOPIC,
    partitions,
    config: { segmentBytes: 50 * 1024 * 1024 },
    ...(batchBytes === undefined ? {} : { batchBytes }),
    *recordsOf() {
      for (let index = 0; index < records; index++)
        yield keys === 0 ? { value } : { key: Buffer.from(`key-${(index * 7919) % keys}`), value };
    },
  });
}

/** Each batch is of another producer, and a twenty-fifth part of a segment. */
async function rolls(address: string, folder: string): Promise<void> {
  const client = new ClusterClient({ bootstrapServers: [address] });
  const value = Buffer.alloc(1000, 'x');
  try {
    await create(client);
    for (let producerId = 0; producerId < 10_000; producerId++) {
      const records = Array.from({ length: 40 }, () => ({ timestamp: Date.now(), value }));
      await produced(client, buildBatch({ records, producerId, producerEpoch: 0, baseSequence: 0 }));
    }
    const names = await readdir(join(folder, `${TOPIC}-0`));
    const segments = names.filter((name) => name.endsWith('.log')).length;
    if (segments < 300) throw new Error(`there are ${segments} segments only`);
  } finally {
    await client.close();
  }
}

async function produced(client: ClusterClient, records: Buffer): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const { responses } = await client.toBroker(0, PRODUCE, {
      acks: 1,
      timeoutMs: PATIENCE_MS,
      topicData: [{ name: TOPIC, partitionData: [{ index: 0, records }] }],
    });
    const errorCode = responses[0]?.partitionResponses[0]?.errorCode;
    if (errorCode === 0) return;
    if (performance.now() > deadline) throw new Error(`the broker answers error ${errorCode}`);
    await sleep(POLL_MS);
  }
}

/** The second pass is over what came after the first: a table that was used has to be cleared for it. */
async function compactTwice(address: string, folder: string, endOffset: number): Promise<void> {
  const client = new ClusterClient({ bootstrapServers: [address] });
  try {
    await create(client);
    await alterConfigs(
      client,
      { type: 'topics', name: TOPIC },
      new Map([
        ['cleanup.policy', 'compact'],
        ['min.cleanable.dirty.ratio', '0'],
        ['segment.bytes', '10000'],
      ]),
      [],
    );
    await cleaned(folder, endOffset);
    const records = Array.from({ length: 200 }, (_, index) => ({
      timestamp: Date.now(),
      key: Buffer.from(`key-${index}`),
      value: Buffer.alloc(20, 'y'),
    }));
    for (let batch = 0; batch < 3; batch++) await produced(client, buildBatch({ records }));
    await cleaned(folder, endOffset + 1);
  } finally {
    await client.close();
  }
}

async function cleaned(folder: string, atLeast: number): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (((await cleanedUpTo(folder, TOPIC)) ?? -1) < atLeast) {
    if (performance.now() > deadline) throw new Error(`the log is not cleaned up to ${atLeast}`);
    await sleep(POLL_MS);
  }
}

function create(
  client: ClusterClient,
  name = TOPIC,
  { partitions = 1, replicas = 1 }: { readonly partitions?: number; readonly replicas?: number } = {},
): Promise<void> {
  const configs = {};
  return createTopic(client, {
    name,
    numPartitions: partitions,
    replicationFactor: replicas,
    assignments: new Map(),
    configs,
  });
}

function progress(message: string): void {
  console.error(message);
}
