import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startZooKeeper } from '../../../src/kit/zookeeper/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import { connectKafkaZkClient } from '../../../src/zookeeper/index.ts';
import type { RunningZooKeeper } from '../../../src/kit/zookeeper/index.ts';

let dir: string;
let ensemble: RunningZooKeeper;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-ensemble-'));
  ensemble = await startZooKeeper({ dir, servers: 3 });
}, 90_000);

afterAll(async () => {
  await ensemble.kill();
  await rm(dir, { recursive: true, force: true });
});

test('a session and its broker live on when any one server of three is killed', async () => {
  const runtime = createNodeRuntime();
  const zk = await connectKafkaZkClient({
    connect: `${ensemble.connect}/kafka`,
    sessionTimeoutMs: 20_000,
    runtime,
  });
  await zk.createTopLevelPaths();
  const { sessionId } = zk.client;
  await zk.brokers.registerBroker({ id: 1, endpoints: [], rack: null, features: new Map(), jmxPort: -1 });
  // The leader among them, most likely: the last server wins the first election.
  process.kill(ensemble.pids[2]!, 'SIGKILL');
  await zk.znodes.create('/after', Buffer.from('1'));
  expect(await zk.brokers.getSortedBrokerList()).toEqual([1]);
  expect(zk.client.sessionId).toBe(sessionId);
  await zk.close();
}, 60_000);
