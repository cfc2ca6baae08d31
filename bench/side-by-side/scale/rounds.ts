/**
 * The steps that happen to a working cluster, in alternating rounds: each step on one side and right after that on the
 * other. Both clusters live through all rounds, so that but for the brokers that were stopped themselves all code is
 * warm.
 */
import type { ResultRows } from '../results.ts';
import { label } from '../start-rounds.ts';
import type { World } from '../world.ts';
import { controlledShutdown } from './controlled-shutdown.ts';
import { controllerFailover } from './controller-failover.ts';
import { expiryToProduce } from './expiry-to-produce.ts';
import type { Step } from './step.ts';
import { topicCreated } from './topic-created.ts';
import { WorkingCluster } from './working-cluster.ts';

export const STEPS: Readonly<Record<string, Step>> = {
  'create-1000': topicCreated,
  'controlled-shutdown': controlledShutdown,
  'controller-failover': controllerFailover,
  'expiry-to-produce': expiryToProduce,
};

export async function stepRounds(
  world: World,
  names: readonly string[],
  rounds: number,
  rows: ResultRows,
): Promise<void> {
  const steps = Object.entries(STEPS).filter(([name]) => names.includes(name));
  world.progress('a cluster of three brokers with two thousand partitions for each side');
  const started: WorkingCluster[] = [];
  try {
    for (const side of world.sidesOf(0)) started.push(await WorkingCluster.start(world, side));
    for (let round = 0; round <= rounds; round++)
      for (const [name, step] of steps)
        for (const side of world.sidesOf(round))
          for (const cluster of started.filter((one) => one.side === side))
            await runStep(world, cluster, { name, step, round }, rows);
  } finally {
    await Promise.all(started.map((cluster) => cluster.end()));
  }
}

async function runStep(
  world: World,
  cluster: WorkingCluster,
  { name, step, round }: { readonly name: string; readonly step: Step; readonly round: number },
  rows: ResultRows,
): Promise<void> {
  const measured = await step.run(cluster, round);
  const told = measured.map(({ name: what, unit, value }) => `${value.toPrecision(4)} ${unit} ${what}`);
  world.progress(`${name} ${label(round)}: ${cluster.side} ${told.join('; ')}`);
  if (round === 0) return;
  const head = { workload: name, title: step.title(cluster), better: 'lower' } as const;
  for (const { value, ...metric } of measured) rows.add({ ...head, ...metric }, cluster.side, value);
}
