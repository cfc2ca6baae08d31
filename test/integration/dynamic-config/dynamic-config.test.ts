/** Settings of a broker that others change in ZooKeeper hold at once; those that make no valid config do not. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';
import { NetworkClient } from '../../../src/network/index.ts';
import {
  DescribeConfigsRequest,
  DescribeConfigsResponse,
} from '../../../src/protocol/messages/32-describe-configs.ts';
import { buildBatch } from '../../../src/records/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import {
  connectKafkaZkClient,
  DEFAULT_ENTITY_NAME,
  entityPath,
  type KafkaZkClient,
} from '../../../src/zookeeper/index.ts';
import { eventually } from '../../support/zookeeper.ts';
import { CREATE_TOPICS, PRODUCE } from '../bad-input/apis.ts';

jest.setTimeout(120_000);

const BROKER = 4;
const runtime = createNodeRuntime();

let dir: string;
let cluster: Cluster;
let zkClient: KafkaZkClient;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-dynamic-config-'));
  cluster = await startCluster({
    dir,
    brokers: 1,
    port: 0,
    zookeeperPort: 0,
    host: '127.0.0.1',
    overrides: { 'log.cleaner.backoff.ms': '3600000', 'log.cleaner.dedupe.buffer.size': '4194304' },
  });
  zkClient = await connectKafkaZkClient({
    connect: cluster.zookeeperConnect,
    sessionTimeoutMs: 10_000,
    runtime,
  });
});
afterAll(async () => {
  await zkClient.close();
  await cluster.stop();
  await rm(dir, { recursive: true, force: true });
});

function connect(): Promise<NetworkClient> {
  const [host = '', port = ''] = cluster.bootstrap.split(':');
  return NetworkClient.connect(runtime, { host, port: Number(port) }, { clientId: 'dynamic-config' });
}

async function valueOf(
  client: NetworkClient,
  name: string,
): Promise<{ readonly value: string | null; readonly source: number } | undefined> {
  const answer = await client.send(DescribeConfigsRequest, DescribeConfigsResponse, 4, {
    resources: [{ resourceType: BROKER, resourceName: '0', configurationKeys: [name] }],
  });
  const config = answer.results[0]?.configs[0];
  return config === undefined ? undefined : { value: config.value, source: config.configSource };
}

async function change(entity: string, configs: Readonly<Record<string, string>>): Promise<void> {
  const path = entityPath('brokers', entity);
  await zkClient.configs.setOrCreateEntityConfigs(path, new Map(Object.entries(configs)));
  await zkClient.configs.createConfigChangeNotification(path);
}

const OF_THE_CLUSTER = 3;
const OF_THE_BROKER = 2;
const DEFAULT = 5;

test('a default of the cluster, a value of the broker above it, a value that is refused', async () => {
  const client = await connect();
  const perIpIs = (value: string, source: number): Promise<void> =>
    eventually(async () => {
      const found = await valueOf(client, 'max.connections.per.ip');
      return found?.value === value && found.source === source;
    }, `max.connections.per.ip ${value}`);

  await change(DEFAULT_ENTITY_NAME, { 'max.connections.per.ip': '50' });
  await perIpIs('50', OF_THE_CLUSTER);
  await change('0', { 'max.connections.per.ip': '2', 'log.retention.ms': '1234' });
  await perIpIs('2', OF_THE_BROKER);

  // The broker's own connections to itself count, too: there is no place for two more.
  const turnedAway = await Promise.allSettled(
    [1, 2].map(async () => valueOf(await connect(), 'log.retention.ms')),
  );
  expect(turnedAway.some(({ status }) => status === 'rejected')).toBe(true);

  await change('0', { 'log.retention.ms': '0' });
  await change(DEFAULT_ENTITY_NAME, { 'max.connections.per.ip': '60' });
  // Still not valid with the broker's own part, so nothing of it holds.
  await change('0', {});
  await perIpIs('60', OF_THE_CLUSTER);
  client.close();
});

test('a value that is none is left out, and the others hold', async () => {
  const client = await connect();
  await change('0', { 'num.io.threads': 'many', 'broker.rack': 'r', 'log.retention.ms': '5678' });
  await eventually(
    async () => (await valueOf(client, 'log.retention.ms'))?.value === '5678',
    'the retention',
  );
  expect(await valueOf(client, 'num.io.threads')).toEqual({ value: '8', source: DEFAULT });
  expect((await valueOf(client, 'broker.rack'))?.value).toBeNull();
  client.close();
});

test('what cannot follow on what is in force leaves that in force, until it is mended', async () => {
  const client = await connect();
  await change('0', { 'num.io.threads': '100' });
  await change(DEFAULT_ENTITY_NAME, { 'log.retention.ms': '1234' });
  await change('0', { 'log.retention.bytes': '99' });
  await eventually(
    async () => (await valueOf(client, 'log.retention.bytes'))?.value === '99',
    'what is mended',
  );
  expect(await valueOf(client, 'num.io.threads')).toEqual({ value: '8', source: DEFAULT });
  expect(await valueOf(client, 'log.retention.ms')).toEqual({ value: '1234', source: OF_THE_CLUSTER });
  client.close();
});

test('the cleaner does not sleep over the change of its pause', async () => {
  const client = await connect();
  await client.send(...CREATE_TOPICS, 5, {
    topics: [
      {
        name: 'compacted',
        numPartitions: 1,
        replicationFactor: 1,
        assignments: [],
        configs: [
          { name: 'cleanup.policy', value: 'compact' },
          { name: 'segment.bytes', value: '200' },
        ],
      },
    ],
    timeoutMs: 30_000,
  });
  const record = { key: Buffer.from('key'), value: Buffer.alloc(100), timestamp: Date.now() };
  const produce = async (): Promise<boolean> => {
    const records = buildBatch({ records: [record] });
    const { responses } = await client.send(...PRODUCE, 8, {
      acks: -1,
      timeoutMs: 30_000,
      topicData: [{ name: 'compacted', partitionData: [{ index: 0, records }] }],
    });
    return responses[0]?.partitionResponses[0]?.errorCode === 0;
  };
  for (let count = 0; count < 3; count++) await eventually(produce, 'a record');
  await change(DEFAULT_ENTITY_NAME, { 'log.cleaner.backoff.ms': '10', 'log.cleaner.threads': '2' });
  const checkpoint = join(cluster.dataDirs[0]!, 'cleaner-offset-checkpoint');
  await eventually(
    async () => (await readFile(checkpoint, 'utf8').catch(() => '')).includes('compacted 0 2'),
    'it is cleaned',
  );
  client.close();
});
