/**
 * Brokers whose ZooKeeper is an ensemble that gets hurt: its servers are killed, cut off from each other and slowed
 * down, also the one that leads, and brokers die meanwhile. Nothing acknowledged is lost; sessions outlive an election.
 */
import { describe, expect, test } from '@jest/globals';
import { hostOf, startCluster } from './cluster.ts';
import type { SimulatedCluster } from './cluster.ts';
import { SimulatedClient } from './simulated-client.ts';

const TOPIC = 'orders';
const PARTITIONS = 3;
const BROKERS = [0, 1, 2];
const SERVERS = [1, 2, 3];
const SEEDS = Number(process.env['SEEDS'] ?? 2);
const OVERRIDES = { 'zookeeper.session.timeout.ms': '12000' };

async function withTopic(seed: string): Promise<{ cluster: SimulatedCluster; client: SimulatedClient }> {
  const cluster = await startCluster(seed, { zookeepers: 3, overrides: OVERRIDES });
  const client = new SimulatedClient(cluster);
  await cluster.world.settle(client.createTopic(TOPIC, { 'min.insync.replicas': '2' }, PARTITIONS));
  await cluster.world.runUntil(() => isWhole(cluster));
  return { cluster, client };
}

/** Every broker is registered, somebody is the controller, every replica is in sync. */
function isWhole(cluster: SimulatedCluster): boolean {
  const { tree } = cluster.zooKeeper;
  const states = cluster.partitionStates(TOPIC);
  return (
    tree.find('/brokers/ids')?.children.size === BROKERS.length &&
    tree.find('/controller') !== undefined &&
    states.length === PARTITIONS &&
    states.every(({ leader, isr }) => leader >= 0 && isr.length === BROKERS.length)
  );
}

/** Writes to every partition until `stop`, which gives what was acknowledged, by partition. */
function produceAll(cluster: SimulatedCluster): { stop: () => Promise<string[][]> } {
  const { world } = cluster;
  const { timers } = world.runtimeFor('client');
  let stopped = false;
  const producing = Array.from({ length: PARTITIONS }, async (_, partition) => {
    const client = new SimulatedClient(cluster);
    const acknowledged: string[] = [];
    for (let index = 0; !stopped; index++) {
      await client.produce(TOPIC, `record ${index}`, partition);
      acknowledged.push(`record ${index}`);
      await timers.sleep(world.random.below(400));
    }
    return acknowledged;
  });
  const stop = (): Promise<string[][]> => {
    stopped = true;
    return Promise.all(producing);
  };
  return { stop };
}

async function expectNothingLost(
  { world }: SimulatedCluster,
  client: SimulatedClient,
  acknowledged: readonly (readonly string[])[],
): Promise<void> {
  for (const [partition, values] of acknowledged.entries()) {
    const read = new Set(await world.settle(client.readAll(TOPIC, partition)));
    expect(values.filter((value) => !read.has(value))).toEqual([]);
  }
}

/** One after the other, each undone before the next. */
async function hurt(cluster: SimulatedCluster, rounds: number): Promise<void> {
  const { world, zooKeeper } = cluster;
  const { timers } = world.runtimeFor('chaos');
  const pause = (ms: number): Promise<void> => timers.sleep(1000 + world.random.below(ms));
  const hostOfServer = (n: number): string => zooKeeper.hosts[n - 1]!;
  const faults = [
    async (n: number) => {
      world.kill(hostOfServer(n));
      await pause(8000);
      await zooKeeper.startServer(n);
    },
    async (n: number) => {
      for (const other of SERVERS) if (other !== n) world.network.cut(hostOfServer(n), hostOfServer(other));
      await pause(10_000);
      for (const other of SERVERS) if (other !== n) world.network.mend(hostOfServer(n), hostOfServer(other));
    },
    async (n: number) => {
      zooKeeper.lag(n, 3000);
      await pause(8000);
      zooKeeper.lag(n, 0);
    },
    async () => {
      zooKeeper.loseLeader();
      await pause(4000);
    },
    async () => {
      const victim = world.random.below(BROKERS.length);
      world.crash(hostOf(victim));
      zooKeeper.loseLeader();
      await pause(8000);
      await cluster.startBroker(victim);
    },
  ];
  for (let round = 0; round < rounds; round++) {
    // The leader, as often as the other two together.
    const victim = world.random.chance(0.5) ? zooKeeper.leader : undefined;
    await faults[world.random.below(faults.length)]!(victim ?? 1 + world.random.below(SERVERS.length));
    await pause(5000);
  }
}

describe.each(Array.from({ length: SEEDS }, (_, index) => `seed ${index + 1}`))('%s', (seed) => {
  test('servers of the ensemble and brokers are hurt in turn: nothing is lost and everything comes back', async () => {
    const { cluster, client } = await withTopic(seed);
    const { world } = cluster;
    const producing = produceAll(cluster);
    await world.settle(hurt(cluster, 10), 600_000);
    await world.runUntil(() => isWhole(cluster), 120_000);
    const acknowledged = await world.settle(producing.stop());
    for (const values of acknowledged) expect(values.length).toBeGreaterThan(50);
    await expectNothingLost(cluster, client, acknowledged);
    expect(cluster.leaders.violations).toEqual([]);
    expect(cluster.fatal).toEqual([]);
  }, 120_000);

  test('an election among the servers moves nothing among the brokers', async () => {
    const { cluster, client } = await withTopic(seed);
    const { world, zooKeeper } = cluster;
    await world.run(10_000);
    const standing = (): unknown => ({
      registrations: BROKERS.map((id) => zooKeeper.tree.find(`/brokers/ids/${id}`)?.czxid),
      controllerEpoch: zooKeeper.tree.find('/controller_epoch')?.data?.toString(),
      partitions: cluster.partitionStates(TOPIC),
    });
    const before = standing();
    const producing = produceAll(cluster);
    for (let round = 0; round < 4; round++) {
      const { leader } = zooKeeper;
      if (leader !== undefined) world.kill(zooKeeper.hosts[leader - 1]!);
      await world.run(5000);
      if (leader !== undefined) await world.settle(zooKeeper.startServer(leader));
      await world.run(3000);
    }
    const acknowledged = await world.settle(producing.stop());
    expect(standing()).toEqual(before);
    await expectNothingLost(cluster, client, acknowledged);
    expect(cluster.fatal).toEqual([]);
  }, 120_000);
});
