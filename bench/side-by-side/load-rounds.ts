/**
 * The workloads, in alternating rounds: in each round every workload runs on both sides, one right after the other,
 * and the side that went first goes second in the next round. Both clusters live through the whole run.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Client } from './client.ts';
import type { Load } from './group-loads.ts';
import { totalStats } from './process-stats.ts';
import type { ResultRows } from './results.ts';
import type { Side } from './sides.ts';
import { label } from './start-rounds.ts';
import type { Run, Workload } from './workloads.ts';
import type { World } from './world.ts';

/** Deleted files, finished compilations and collections of the run before must not fall into the next one. */
const SETTLE_MS = 1500;
const MEMORY = {
  workload: 'memory',
  title: 'three brokers, after the workloads',
  name: 'resident memory',
  unit: 'MB',
  better: 'lower',
} as const;

/** Round 0 is not counted: it warms the JIT compilers of client and brokers. */
export async function loadRounds(
  world: World,
  workloads: readonly Workload[],
  rounds: number,
  rows: ResultRows,
): Promise<void> {
  const sides = { original: await world.startSide('original'), klassik: await world.startSide('klassik') };
  const client = world.startClient();
  const loads = { original: new Map<Workload, Load>(), klassik: new Map<Workload, Load>() };
  try {
    for (const side of Object.values(sides))
      for (const workload of workloads) {
        const load = await prepare(client, side, workload, world.scale);
        if (load !== undefined) loads[side.name].set(workload, load);
      }
    for (let round = 0; round <= rounds; round++) {
      for (const workload of workloads)
        for (const name of world.sidesOf(round)) {
          const load = loads[name].get(workload);
          const run = await runWorkload(client, sides[name], workload, { round, scale: world.scale, load });
          const measured = workload.metrics.map(
            (metric) => `${metric.of(run).toPrecision(3)} ${metric.unit}`,
          );
          const busy = ((100 * run.clientCpuSeconds) / run.seconds).toFixed(0);
          world.progress(
            `${workload.name} ${label(round)}: ${name} ${measured.join(', ')}; client ${busy} % of a core`,
          );
          if (round === 0) continue;
          for (const { of, ...metric } of workload.metrics)
            rows.add({ workload: workload.name, title: workload.title, ...metric }, name, of(run));
        }
      if (round === 0) continue;
      for (const side of Object.values(sides))
        rows.add(MEMORY, side.name, (await totalStats(side.pids)).rssBytes / 1e6);
    }
  } finally {
    for (const ofSide of Object.values(loads)) for (const load of ofSide.values()) load.close();
    await client.close();
  }
}

/** What is done once for each side. */
export async function prepare(
  client: Client,
  side: Side,
  workload: Workload,
  scale: number,
): Promise<Load | undefined> {
  if (hasOwnTopic(workload)) return undefined;
  const at = { bootstrap: side.bootstrap, topic: workload.name };
  if (workload.topic !== undefined) await client.run('create', { ...at, ...workload.topic });
  if (workload.prepare !== undefined)
    await client.run('produce', { ...at, ...scaled(workload.prepare, scale) });
  return workload.load?.(at.bootstrap, at.topic, scaled(workload.args, scale));
}

/** In each run; else it stays, and is named like the workload. */
function hasOwnTopic({ topic, prepare: prepared, load }: Workload): boolean {
  return topic !== undefined && prepared === undefined && load === undefined;
}

/** On a topic of its own, which is deleted again, unless the topic was prepared. `load`: what preparing gave. */
export async function runWorkload(
  client: Client,
  side: Side,
  workload: Workload,
  { round, scale, load }: { readonly round: number; readonly scale: number; readonly load: Load | undefined },
): Promise<Run> {
  const { name, command, topic } = workload;
  const args = scaled(workload.args, scale);
  const ownTopic = hasOwnTopic(workload);
  const at = { bootstrap: side.bootstrap, topic: ownTopic ? `${name}-${round}` : name };
  if (ownTopic) await client.run('create', { ...at, ...topic });
  await sleep(SETTLE_MS);
  const before = await totalStats(side.pids);
  const clientBefore = await totalStats([client.pid, process.pid]);
  const startMs = performance.now();
  const answer = await (command
    ? client.run(command, { ...at, ...args })
    : (load?.run(args) ?? idle(Number(args['seconds']))));
  const elapsedSeconds = (performance.now() - startMs) / 1000;
  const after = await totalStats(side.pids);
  const clientAfter = await totalStats([client.pid, process.pid]);
  if (ownTopic) await client.run('delete', at);
  return {
    answer,
    seconds: answer.seconds ?? elapsedSeconds,
    bytes: (answer.records ?? 0) * Number(args['size'] ?? 0),
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    clientCpuSeconds: clientAfter.cpuSeconds - clientBefore.cpuSeconds,
  };
}

async function idle(seconds: number): Promise<Answer> {
  await sleep(seconds * 1000);
  return { seconds };
}

/** What is less of in a quick run. Times shrink less than loads: a stream needs its uncounted first second. */
const SHRINKS: Readonly<Record<string, (scale: number) => number>> = {
  records: (scale) => scale,
  groups: (scale) => scale,
  rebalances: (scale) => scale,
  commits: (scale) => scale,
  transactions: (scale) => scale,
  seconds: Math.sqrt,
};

function scaled<T extends Workload['args']>(args: T, scale: number): T {
  const entries = Object.entries(args).map(([name, value]) => {
    const factor = SHRINKS[name]?.(scale);
    return [name, factor === undefined ? value : Math.ceil(Number(value) * factor)];
  });
  return Object.fromEntries(entries) as T;
}
