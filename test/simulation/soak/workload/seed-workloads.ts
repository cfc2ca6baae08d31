/**
 * The clients of a seed: the workload of `klassik verify`, beside it one of the small workloads, which the seed chooses, and
 * now and then the sudden end of a client.
 */
import type { SimulatedCluster } from '../../cluster.ts';
import { SeededRandom } from '../../world/seeded-random.ts';
import { startCompactedTopic } from './compacted-topic.ts';
import { startRetainedTopic } from './retained-topic.ts';
import { startSoakWorkload, type SoakSettings } from './soak-workload.ts';
import { startStaticPlace } from './static-place.ts';
import { startTopicsComeAndGo } from './topics-come-and-go.ts';

/** Slow, since every operation costs a run its time. */
const SMALL_WORKLOADS = [
  (cluster: SimulatedCluster) => startCompactedTopic(cluster, { rate: 0.15 }),
  (cluster: SimulatedCluster) => startRetainedTopic(cluster, { rate: 0.35, polls: 0.1 }),
  (cluster: SimulatedCluster) => startTopicsComeAndGo(cluster, { rate: 0.15 }),
  (cluster: SimulatedCluster) => startStaticPlace(cluster, { rate: 0.1 }),
] as const;

/** Between two ends of clients. */
const KILL_EVERY_MS = [10_000, 60_000] as const;

export interface SeedWorkloads {
  /** Gives what was wrong in what the clients saw. All faults must be over. */
  readonly stop: () => Promise<string[]>;
}

export async function startSeedWorkloads(
  cluster: SimulatedCluster,
  settings: SoakSettings,
): Promise<SeedWorkloads> {
  const { world } = cluster;
  const random = new SeededRandom(`${world.seed}/workloads`);
  const small = await SMALL_WORKLOADS[random.below(SMALL_WORKLOADS.length)]!(cluster);
  const soak = await startSoakWorkload(cluster, settings);
  const hosts = [...soak.hosts, ...small.hosts];
  const { timers } = world.runtimeFor('chaos');
  let isOver = false;
  const killNext = (): void => {
    if (isOver) return;
    const host = hosts[random.below(hosts.length)]!;
    soak.tellFault(`${host} is killed`);
    world.kill(host);
    timers.after(random.between(...KILL_EVERY_MS), killNext);
  };
  timers.after(random.between(...KILL_EVERY_MS), killNext);
  return {
    stop: async () => {
      isOver = true;
      const found = await soak.stop();
      return [...found.violations, ...(await small.stop()).violations];
    },
  };
}
