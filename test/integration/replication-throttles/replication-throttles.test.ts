/**
 * A replica that comes back and is throttled takes as long as the rate says, also between real brokers, by configs that
 * are changed while they run; lifted, it catches up at once, and kafka-replica-verification finds the replicas equal.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import { ProduceRequest, ProduceResponse } from '../../../src/protocol/messages/00-produce.ts';
import { buildBatch } from '../../../src/records/index.ts';
import { ClusterClient, createTopic } from '../../../src/tools/client/index.ts';
import { runTool } from '../../../src/tools/cli/index.ts';
import { replicaVerificationTool } from '../../../src/tools/replica-verification.ts';
import { connectKafkaZkClient, entityPath, type KafkaZkClient } from '../../../src/zookeeper/index.ts';
import { eventually } from '../../support/zookeeper.ts';

jest.setTimeout(120_000);

const TOPIC = 'filled';
const RATE = 200_000;
const BYTES = 800_000;
/** What was not taken in the last two samples of a second may go at once, and something goes while the broker starts. */
const SAMPLES = 2;
const AT_ONCE_MS = SAMPLES * 1000 + 500;
const runtime = createNodeRuntime();

let dir: string;
let cluster: Cluster;
let zkClient: KafkaZkClient;
let client: ClusterClient;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-throttles-'));
  cluster = await startCluster({
    dir,
    brokers: 2,
    port: 0,
    zookeeperPort: 0,
    host: '127.0.0.1',
    overrides: {
      'replica.fetch.max.bytes': '20000',
      'replica.fetch.backoff.ms': '100',
      'replication.quota.window.num': String(SAMPLES),
    },
  });
  zkClient = await connectKafkaZkClient({
    connect: cluster.zookeeperConnect,
    sessionTimeoutMs: 10_000,
    runtime,
  });
  client = new ClusterClient({ bootstrapServers: cluster.bootstrap.split(',') });
});
afterAll(async () => {
  await client.close();
  await zkClient.close();
  await cluster.stop();
  await rm(dir, { recursive: true, force: true });
});

async function change(
  type: 'topics' | 'brokers',
  name: string,
  configs: Record<string, string>,
): Promise<void> {
  const path = entityPath(type, name);
  await zkClient.configs.setOrCreateEntityConfigs(path, new Map(Object.entries(configs)));
  await zkClient.configs.createConfigChangeNotification(path);
}

/** What broker 1 has of the partition. */
async function copiedBytes(): Promise<number> {
  const file = join(dir, 'data-1', `${TOPIC}-0`, '00000000000000000000.log');
  return (await stat(file).catch(() => ({ size: 0 }))).size;
}

async function produce(): Promise<void> {
  const api = { request: ProduceRequest, response: ProduceResponse };
  const value = Buffer.alloc(10_000, 'x');
  for (let sent = 0; sent < BYTES; sent += value.length) {
    const records = buildBatch({ records: [{ value, timestamp: 1 }] });
    const topicData = [{ name: TOPIC, partitionData: [{ index: 0, records }] }];
    const { responses } = await client.toBroker(0, api, { acks: 1, timeoutMs: 5000, topicData });
    expect(responses[0]?.partitionResponses[0]?.errorCode).toBe(0);
  }
}

test.each(['leader', 'follower'] as const)('throttled on the side of the %s', async (side) => {
  const before = await copiedBytes();
  if (before === 0)
    await createTopic(client, {
      name: TOPIC,
      numPartitions: -1,
      replicationFactor: -1,
      assignments: new Map([[0, [0, 1]]]),
      configs: {},
    });
  await eventually(async () => (await copiedBytes()) === before, 'the replica is there');
  await cluster.stopBroker(1);
  await produce();
  await change('brokers', side === 'leader' ? '0' : '1', {
    [`${side}.replication.throttled.rate`]: String(RATE),
  });
  await change('topics', TOPIC, { [`${side}.replication.throttled.replicas`]: '0:0,0:1' });
  await cluster.startBroker(1);
  const startedMs = performance.now();
  await eventually(async () => (await copiedBytes()) >= before + BYTES, 'everything is copied', 30_000);
  expect(performance.now() - startedMs).toBeGreaterThan((BYTES * 1000) / RATE - AT_ONCE_MS);
  await change('topics', TOPIC, {});
});

test('kafka-replica-verification finds no difference, from the start of the log to its end', async () => {
  let out = '';
  const stopped = new AbortController();
  const exitCode = await runTool(
    replicaVerificationTool,
    [
      '--broker-list',
      cluster.bootstrap,
      '--time',
      '-2',
      '--report-interval-ms',
      '0',
      '--topics-include',
      TOPIC,
    ],
    {
      spelling: 'legacy',
      format: 'text',
      stdin: process.stdin,
      out: (text) => {
        out += text.toString();
        if (out.includes('max lag is 0 ')) stopped.abort();
      },
      err: () => undefined,
      drained: () => Promise.resolve(),
      signal: stopped.signal,
    },
  );
  expect(exitCode).toBe(0);
  const date = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}`;
  const lines = out.trim().split('\n');
  expect(lines[0]).toMatch(new RegExp(`^${date}: verification process is started$`));
  expect(lines.at(-1)).toMatch(
    new RegExp(`^${date}: max lag is 0 for partition ${TOPIC}-0 at offset \\d+ among 1 partitions$`),
  );
});
