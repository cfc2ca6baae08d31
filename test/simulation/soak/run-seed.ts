/**
 * One run of a seed: a cluster of three brokers, clients at work, the faults of a plan, then a calm in which everything
 * must come to be whole again. Production code, unchanged, in a world in which time, disks, network and ZooKeeper are
 * made of the seed.
 */
import { startCluster, type SimulatedCluster } from '../cluster.ts';
import { Counts, type CountsByName } from './counts.ts';
import { Stage, type FaultName } from './faults/index.ts';
import { checkAtRest } from './invariants/at-rest.ts';
import { Invariants } from './invariants/invariants.ts';
import { Nemesis } from './nemesis.ts';
import { startSeedWorkloads } from './workload/seed-workloads.ts';
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
const SETTLING_MS = 5000;
/** After the last client has gone: its group is empty, and followers know how far all is committed. */
const QUIET_MS = 20_000;
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
  const invariants = new Invariants();
  const cluster = await startCluster(plan.seed, {
    zookeepers: 3,
    overrides: OVERRIDES,
    onFact: (fact) => {
      counts.see(fact);
      invariants.see(fact);
    },
    ...(onTrace && { onTrace }),
  });
  invariants.attach(cluster);
  const nemesis = new Nemesis(new Stage(cluster));
  const violations = await play(plan, { cluster, invariants, nemesis });
  const { world } = cluster;
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

interface Playing {
  readonly cluster: SimulatedCluster;
  readonly invariants: Invariants;
  readonly nemesis: Nemesis;
}

/** Ends with the first broken rule: what happens after it explains nothing. */
async function play(plan: Plan, playing: Playing): Promise<string[]> {
  const { cluster, invariants, nemesis } = playing;
  const { world } = cluster;
  const broken = (): string[] => invariants.violations.map(({ rule, what }) => `${rule}: ${what}`);
  /** Undefined: a rule was broken before it came to an end. */
  const unlessBroken = async <T>(doing: Promise<T>): Promise<T | undefined> => {
    let ended: { readonly value: T } | undefined;
    let failed: { readonly error: unknown } | undefined;
    doing.then(
      (value) => (ended = { value }),
      (error: unknown) => (failed = { error }),
    );
    const isOver = (): boolean => ended !== undefined || failed !== undefined;
    await world.runUntil(() => isOver() || invariants.violations.length > 0, RUN_MS_MAX);
    if (failed !== undefined) throw failed.error;
    return (ended as { readonly value: T } | undefined)?.value;
  };
  const chaos = world.runtimeFor('chaos').timers;
  const run = async (): Promise<string[]> => {
    // Until every broker has heard of the others.
    await chaos.sleep(SETTLING_MS);
    const workloads = await startSeedWorkloads(cluster, {
      rate: plan.rate,
      replicationFactor: 3,
      onAcknowledged: (...of) => invariants.acknowledged(...of),
    });
    await nemesis.run(plan);
    await chaos.sleep(plan.calmMs);
    // A topic may have been made just now.
    if (!(await nemesis.untilWhole()))
      invariants.report('health', 'not every ISR is full at the end of the calm');
    return workloads.stop();
  };
  try {
    const findings = await unlessBroken(run());
    if (findings !== undefined) {
      await world.run(QUIET_MS);
      await checkAtRest(cluster, invariants);
    }
    return [...broken(), ...(findings ?? []).map((violation) => `clients: ${violation}`)];
  } catch (error) {
    return [...broken(), `it went wrong: ${String(error)}`];
  }
}
