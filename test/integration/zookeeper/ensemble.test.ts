import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startZooKeeper } from '../../../src/kit/zookeeper/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import { connectKafkaZkClient } from '../../../src/zookeeper/index.ts';
import type { RunningZooKeeper } from '../../../src/kit/zookeeper/index.ts';
import { PARTITIONS, startProxiedCluster } from './proxied-cluster.ts';

/** Long enough for an election among the servers, on a busy machine too. */
const SESSION_TIMEOUT_MS = 15_000;

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

test('when one server of three is killed, brokers serve on and keep their sessions, offices and partitions', async () => {
  const chroot = '/kafka';
  const runtime = createNodeRuntime();
  const connect = ensemble.connect + chroot;
  const zk = await connectKafkaZkClient({ connect, sessionTimeoutMs: 20_000, runtime });
  await zk.createTopLevelPaths();
  const cluster = await startProxiedCluster({
    zookeeper: {
      server: ensemble.connect,
      chroot,
      connectKafka: () => Promise.resolve(zk),
      close: () => zk.close(),
    },
    settings: { 'zookeeper.session.timeout.ms': String(SESSION_TIMEOUT_MS) },
  });
  try {
    const standing = async (): Promise<unknown> => ({
      epochs: (await zk.brokers.getAllBrokersInCluster()).map(({ id, epoch }) => [id, epoch]),
      controller: await zk.controller.getControllerEpoch(),
      partitions: await Promise.all(PARTITIONS.map((partition) => cluster.state(partition))),
    });
    const before = await standing();
    const { sessionId } = zk.client;
    // The leader among them, most likely: the last server wins the first election.
    process.kill(ensemble.pids[2]!, 'SIGKILL');
    for (let round = 0; round < 20; round++)
      for (const partition of PARTITIONS)
        expect(await cluster.produce(partition, partition, `meanwhile ${round}`)).toBe('NONE');
    await cluster.createTopic('afterwards');
    expect(await standing()).toEqual(before);
    expect(zk.client.sessionId).toBe(sessionId);
    const sessions = cluster.brokers.flatMap(({ facts }) =>
      facts.flatMap((fact) => (fact.kind === 'zookeeper-session' ? [fact.state] : [])),
    );
    expect(sessions).not.toContain('expired');
    expect(cluster.brokers.flatMap(({ fatal }) => fatal)).toEqual([]);
  } finally {
    await cluster.close();
  }
}, 90_000);
