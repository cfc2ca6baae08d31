/**
 * Brokers that cannot reach ZooKeeper while everybody else can still reach them (contract 2.7). Past its session a
 * broker is dead to the controller, though it does not know: nothing may be acknowledged by it that the others have
 * not got, and when it is back it has a new registration and its replicas. Within its session nothing moves at all.
 */
import { describe, expect, test } from '@jest/globals';
import { hostOf, startCluster } from './cluster.ts';
import type { SimulatedCluster } from './cluster.ts';
import { SimulatedClient } from './simulated-client.ts';

const TOPIC = 'orders';
const PARTITIONS = 6;
const SEEDS = Number(process.env['SEEDS'] ?? 2);
const BROKERS = [0, 1, 2];
const SESSION_TIMEOUT_MS = 6000;
const OVERRIDES = { 'zookeeper.session.timeout.ms': String(SESSION_TIMEOUT_MS) };

type Acknowledged = { readonly partition: number; readonly value: string }[];

async function withTopic(seed: string): Promise<{ cluster: SimulatedCluster; client: SimulatedClient }> {
  const cluster = await startCluster(seed, { overrides: OVERRIDES });
  const client = new SimulatedClient(cluster);
  await cluster.world.settle(client.createTopic(TOPIC, { 'min.insync.replicas': '2' }, PARTITIONS));
  await cluster.world.runUntil(() => isWhole(cluster));
  return { cluster, client };
}

/** A producer per partition, until `stop`; `slowestMs` is the longest that an acknowledgement took. */
function produceAll(cluster: SimulatedCluster): {
  slowestMs: () => number;
  stop: () => Promise<Acknowledged>;
} {
  const { world } = cluster;
  const { timers } = world.runtimeFor('client');
  const acknowledged: Acknowledged = [];
  let stopped = false;
  let slowestMs = 0;
  const producing = Array.from({ length: PARTITIONS }, async (_, partition) => {
    const client = new SimulatedClient(cluster);
    for (let index = 0; !stopped; index++) {
      const beganMs = world.nowMs;
      const value = `record ${index} of ${partition}`;
      await client.produce(TOPIC, value, partition);
      slowestMs = Math.max(slowestMs, world.nowMs - beganMs);
      acknowledged.push({ partition, value });
      await timers.sleep(world.random.below(400));
    }
  });
  const stop = async (): Promise<Acknowledged> => {
    stopped = true;
    await Promise.all(producing);
    return acknowledged;
  };
  return { slowestMs: () => slowestMs, stop };
}

function setReachable(
  { world, zooKeeper }: SimulatedCluster,
  ids: readonly number[],
  reachable: boolean,
): void {
  for (const id of ids)
    if (reachable) world.network.mend(hostOf(id), zooKeeper.host);
    else world.network.cut(hostOf(id), zooKeeper.host);
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

/** What must not move while the sessions live. */
function standing(cluster: SimulatedCluster): unknown {
  const { tree } = cluster.zooKeeper;
  const registrations = BROKERS.map((id) => tree.find(`/brokers/ids/${id}`)?.czxid);
  return {
    registrations,
    controller: tree.find('/controller')?.czxid,
    controllerEpoch: tree.find('/controller_epoch')?.data?.toString(),
    partitions: cluster.partitionStates(TOPIC),
  };
}

async function expectNothingLost(
  { world }: SimulatedCluster,
  client: SimulatedClient,
  acknowledged: Acknowledged,
): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const read = new Set(await world.settle(client.readAll(TOPIC, partition)));
    const lost = acknowledged.filter((one) => one.partition === partition && !read.has(one.value));
    expect(lost).toEqual([]);
  }
}

describe.each(Array.from({ length: SEEDS }, (_, index) => `seed ${index + 1}`))('%s', (seed) => {
  test('brokers lose ZooKeeper for some time, and sessions expire: nothing is lost and everything comes back', async () => {
    const { cluster, client } = await withTopic(seed);
    const { world, zooKeeper } = cluster;
    const { timers } = world.runtimeFor('chaos');
    const producing = produceAll(cluster);
    const faults = async (): Promise<void> => {
      for (let round = 0; round < 6; round++) {
        await timers.sleep(world.random.below(5000));
        const victims = BROKERS.filter(() => world.random.chance(0.5));
        setReachable(cluster, victims, false);
        await timers.sleep(world.random.below(3 * SESSION_TIMEOUT_MS));
        const sessions = zooKeeper.sessions();
        if (world.random.chance(0.3)) zooKeeper.expire(sessions[world.random.below(sessions.length)] ?? 0n);
        setReachable(cluster, victims, true);
      }
    };
    await world.settle(faults(), 600_000);
    await world.runUntil(() => isWhole(cluster), 60_000);
    const acknowledged = await world.settle(producing.stop());
    expect(acknowledged.length).toBeGreaterThan(10 * PARTITIONS);
    await expectNothingLost(cluster, client, acknowledged);
    expect(cluster.leaders.violations).toEqual([]);
    expect(cluster.fatal).toEqual([]);
  }, 120_000);

  test('ZooKeeper is away for ten times a session: records go on being acknowledged, and afterwards everything comes back', async () => {
    const { cluster, client } = await withTopic(seed);
    const { world, zooKeeper } = cluster;
    await world.run(10_000);
    const registeredBefore = BROKERS.map((id) => zooKeeper.tree.find(`/brokers/ids/${id}`)?.czxid ?? 0n);
    const producing = produceAll(cluster);
    await world.run(1000);
    setReachable(cluster, BROKERS, false);
    await world.run(10 * SESSION_TIMEOUT_MS);
    // Every session has expired long since, and nobody knows: nobody needs ZooKeeper while no ISR changes.
    expect(zooKeeper.tree.find('/brokers/ids')?.children.size).toBe(0);
    expect(producing.slowestMs()).toBeLessThan(1000);
    setReachable(cluster, BROKERS, true);
    await world.runUntil(() => isWhole(cluster), 60_000);
    for (const [id, before] of registeredBefore.entries())
      expect(zooKeeper.tree.find(`/brokers/ids/${id}`)?.czxid).toBeGreaterThan(before);
    await world.run(5000);
    const acknowledged = await world.settle(producing.stop());
    await expectNothingLost(cluster, client, acknowledged);
    expect(cluster.leaders.violations).toEqual([]);
    expect(cluster.fatal).toEqual([]);
  }, 120_000);

  test('brokers die while ZooKeeper is away, and are started when it is back: everything is whole again', async () => {
    const { cluster, client } = await withTopic(seed);
    const { world } = cluster;
    await world.settle(client.produce(TOPIC, 'before'));
    setReachable(cluster, BROKERS, false);
    await world.run(2 * SESSION_TIMEOUT_MS);
    for (const id of [1, 2]) world.kill(hostOf(id));
    await world.run(5000);
    setReachable(cluster, BROKERS, true);
    await world.settle(Promise.all([1, 2].map((id) => cluster.startBroker(id))));
    await world.runUntil(() => isWhole(cluster), 60_000);
    await world.settle(client.produce(TOPIC, 'after'));
    expect(await world.settle(client.readAll(TOPIC))).toEqual(['before', 'after']);
    expect(cluster.leaders.violations).toEqual([]);
    expect(cluster.fatal).toEqual([]);
  }, 60_000);

  test('ZooKeeper is away for less than a session: records go on being acknowledged, and nothing moves', async () => {
    const { cluster, client } = await withTopic(seed);
    const { world } = cluster;
    await world.run(10_000);
    const before = standing(cluster);
    const producing = produceAll(cluster);
    for (let round = 0; round < 3; round++) {
      await world.run(world.random.below(3000));
      setReachable(cluster, BROKERS, false);
      // A client is heard of every third of its session timeout; the last time may have been that long before.
      await world.run(world.random.below(SESSION_TIMEOUT_MS / 2));
      setReachable(cluster, BROKERS, true);
      await world.run(5000);
    }
    const acknowledged = await world.settle(producing.stop());
    expect(standing(cluster)).toEqual(before);
    expect(producing.slowestMs()).toBeLessThan(1000);
    await expectNothingLost(cluster, client, acknowledged);
    expect(cluster.fatal).toEqual([]);
  }, 60_000);
});
