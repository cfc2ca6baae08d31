/**
 * One run of a seed: a cluster of three brokers, clients at work, the faults of a plan, then a calm in which everything
 * must come to be whole again. Production code, unchanged, in a world in which time, disks, network and ZooKeeper are
 * made of the seed.
 */
import type { RecordedFact } from '../../../src/observe/index.ts';
import { startCluster, type SimulatedCluster } from '../cluster.ts';
import { Counts, type CountsByName } from './counts.ts';
import { Stage, type FaultName } from './faults/index.ts';
import { Nemesis } from './nemesis.ts';
import type { Plan } from './plan.ts';

/** As everywhere in the simulation, apart from what makes more happen in ten minutes. */
const OVERRIDES: Readonly<Record<string, string>> = {
  'zookeeper.session.timeout.ms': '6000',
  'replica.lag.time.max.ms': '5000',
  // An idle fetcher asks less often; what is written wakes it all the same.
  'replica.fetch.wait.max.ms': '2000',
  'min.insync.replicas': '2',
  'offsets.topic.num.partitions': '2',
  'transaction.state.log.num.partitions': '2',
  'leader.imbalance.check.interval.seconds': '30',
  'log.retention.check.interval.ms': '20000',
  'log.segment.delete.delay.ms': '1000',
  'auto.create.topics.enable': 'false',
};
/** Nothing that takes longer ends by itself. */
const RUN_MS_MAX = 60 * 60_000;

export interface SeedResult {
  readonly seed: string;
  /** Over everything that happened: the same for the same seed, wherever it runs. */
  readonly hash: string;
  readonly virtualMs: number;
  readonly steps: number;
  readonly counts: CountsByName;
  readonly faults: Readonly<Partial<Record<FaultName, number>>>;
  /** Broken rules, with what proves each. */
  readonly violations: readonly string[];
  /** The latest of what happened before the first violation was found. */
  readonly latest: readonly string[];
}

export interface SeedOptions {
  readonly onTrace?: (line: string) => void;
}

export async function runSeed(plan: Plan, { onTrace }: SeedOptions = {}): Promise<SeedResult> {
  const counts = new Counts();
  const onFact = (fact: RecordedFact): void => counts.see(fact);
  const cluster = await startCluster(plan.seed, {
    overrides: OVERRIDES,
    onFact,
    ...(onTrace && { onTrace }),
  });
  const { world } = cluster;
  const violations: string[] = [];
  const stage = new Stage(cluster);
  const nemesis = new Nemesis(stage);
  try {
    await world.settle(nemesis.run(plan), RUN_MS_MAX);
    await world.run(plan.calmMs);
    violations.push(...(stage.isWhole() ? [] : ['health: not every ISR is full at the end of the calm']));
  } catch (error) {
    violations.push(`it went wrong: ${String(error)}`);
  }
  violations.push(...finalViolations(cluster));
  return {
    seed: plan.seed,
    hash: world.trace.digest(),
    virtualMs: Math.round(world.nowMs),
    steps: world.scheduler.steps,
    counts: counts.byName,
    faults: Object.fromEntries(nemesis.begun),
    violations,
    latest: world.trace.latest(),
  };
}

function finalViolations({ leaders }: SimulatedCluster): string[] {
  return leaders.violations.map((violation) => `leaders: ${violation}`);
}
