/** ZooKeeper away, in part or altogether: brokers go on with what they know, and register anew when their session is gone. */
import type { Scenario } from '../scenario.ts';
import { SESSION_TIMEOUT_MS } from '../mixed-brokers.ts';
import { until } from '../../until.ts';
import { check, type World } from '../world.ts';

const SERVERS = [0, 1, 2] as const;

export const ZOOKEEPER: readonly Scenario[] = [
  {
    name: 'zookeeper-loses-a-follower',
    about: 'one of three servers, not the one that leads, is killed and comes back',
    zookeepers: 3,
    steps: async (world) => {
      const leader = await world.brokers.ensemble.leader();
      await loseServer(
        world,
        SERVERS.find((index) => index !== leader)!,
      );
    },
  },
  {
    name: 'zookeeper-loses-its-leader',
    about: 'the server that leads the other two is killed and comes back',
    zookeepers: 3,
    steps: async (world) => loseServer(world, await world.brokers.ensemble.leader()),
  },
  {
    name: 'zookeeper-away',
    about: 'all three servers are down for longer than a session lasts, and come back: the sessions go on',
    zookeepers: 3,
    steps: async (world) => {
      const { brokers } = world;
      const before = await epochsOf(world);
      for (const index of SERVERS) await brokers.ensemble.kill(index);
      const backAtMs = performance.now() + 2 * SESSION_TIMEOUT_MS;
      while (performance.now() < backAtMs) await world.everyPartitionGoesOn();
      await Promise.all(SERVERS.map((index) => brokers.ensemble.restart(index)));
      await world.everyPartitionGoesOn();
      check(isSame(before, await epochsOf(world)), 'nobody has registered anew');
    },
  },
  {
    name: 'zookeeper-out-of-reach',
    about:
      'no broker reaches ZooKeeper until all their sessions have ended there; they serve meanwhile, and register anew',
    zookeepers: 3,
    steps: async (world) => {
      const { brokers } = world;
      const before = await epochsOf(world);
      for (const seat of brokers.seats) seat.loseZooKeeper();
      await until('ZooKeeper knows of no broker', async () => {
        const registered = await brokers.zk.brokers.getSortedBrokerList();
        if (registered.length > 0) await world.everyPartitionGoesOn();
        return registered.length === 0;
      });
      await world.everyPartitionGoesOn();
      for (const seat of brokers.seats) seat.findZooKeeper();
      for (const seat of brokers.seats) await world.untilBack(seat);
      const after = await epochsOf(world);
      check(
        after.every((epoch, index) => epoch > before[index]!),
        'everybody has registered anew',
      );
      await world.untilInSync();
      await world.everyPartitionGoesOn();
    },
  },
];

/** No session ends by it, so nobody has to register anew. */
async function loseServer(world: World, index: number): Promise<void> {
  const before = await epochsOf(world);
  await world.brokers.ensemble.kill(index);
  await world.everyPartitionGoesOn();
  // What needs ZooKeeper is done by the two that are left.
  await world.brokers.createTopic(`${world.topic}-meanwhile`);
  await world.brokers.ensemble.restart(index);
  await world.everyPartitionGoesOn();
  check(isSame(before, await epochsOf(world)), 'nobody has registered anew');
}

async function epochsOf({ brokers }: World): Promise<number[]> {
  const all = await brokers.zk.brokers.getAllBrokersInCluster();
  return all.sort((one, other) => one.id - other.id).map(({ epoch }) => epoch);
}

const isSame = (left: readonly number[], right: readonly number[]): boolean => left.join() === right.join();
