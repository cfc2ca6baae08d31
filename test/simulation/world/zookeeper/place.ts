/** A simulated ZooKeeper in a world of its own, as the place where sentences and sequences of operations are played. */
import type { ZooKeeperPlace } from '../../../support/zookeeper-contract/index.ts';
import { createWorld } from '../index.ts';
import { SimulatedZooKeeper } from './zookeeper.ts';

/** Two and twenty ticks, as of the real server. */
const SESSION_TIMEOUT_MS = { min: 4_000, max: 40_000 };
const AT_MOST_MS = 10 * 60_000;

export async function simulatedPlace(seed: string, servers: 1 | 3): Promise<ZooKeeperPlace> {
  const world = createWorld(seed);
  const zooKeeper = await world.settle(new SimulatedZooKeeper(world, { servers }).start());
  return {
    servers: zooKeeper.connectString,
    chroot: '',
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    runtimeOf: (client) => world.runtimeFor(client),
    run: (work) => world.settle(work, AT_MOST_MS),
    close: () => Promise.resolve(),
  };
}
