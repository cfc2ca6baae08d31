/**
 * The workloads, in alternating rounds: in each round every workload runs on both sides, one right after the other,
 * and the side that went first goes second in the next round. Both clusters live through the whole run.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Client } from './client.ts';
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
  try {
    for (const side of Object.values(sides))
      for (const workload of workloads) await prepare(client, side, workload, world.scale);
    for (let round = 0; round <= rounds; round++) {
      for (const workload of workloads)
        for (const name of world.sidesOf(round)) {
          const run = await runWorkload(client, sides[name], workload, { round, scale: world.scale });
          const measured = workload.metrics.map(
            (metric) => `${metric.of(run).toPrecision(3)} ${metric.unit}`,
          );
          world.progress(`${workload.name} ${label(round)}: ${name} ${measured.join(', ')}`);
          if (round === 0) continue;
          for (const { of, ...metric } of workload.metrics)
            rows.add({ workload: workload.name, title: workload.title, ...metric }, name, of(run));
        }
      if (round === 0) continue;
      for (const side of Object.values(sides))
        rows.add(MEMORY, side.name, (await totalStats(side.pids)).rssBytes / 1e6);
    }
  } finally {
    await client.close();
  }
}

export async function prepare(client: Client, side: Side, workload: Workload, scale: number): Promise<void> {
  if (workload.prepare === undefined) return;
  const at = { bootstrap: side.bootstrap, topic: workload.name };
  await client.run('create', { ...at, ...workload.topic });
  await client.run('produce', { ...at, ...scaled(workload.prepare, scale) });
}

/** On a topic of its own, which is deleted again, unless the topic was prepared. */
export async function runWorkload(
  client: Client,
  side: Side,
  workload: Workload,
  { round, scale }: { readonly round: number; readonly scale: number },
): Promise<Run> {
  const { name, command, topic, prepare: prepared } = workload;
  const args = scaled(workload.args, scale);
  const at = { bootstrap: side.bootstrap, topic: prepared ? name : `${name}-${round}` };
  const ownTopic = topic !== undefined && prepared === undefined;
  if (ownTopic) await client.run('create', { ...at, ...topic });
  await sleep(SETTLE_MS);
  const before = await totalStats(side.pids);
  const startMs = performance.now();
  const answer = command
    ? await client.run(command, { ...at, ...args })
    : await idle(Number(args['seconds']));
  const elapsedSeconds = (performance.now() - startMs) / 1000;
  const after = await totalStats(side.pids);
  if (ownTopic) await client.run('delete', at);
  return {
    answer,
    seconds: answer.seconds ?? elapsedSeconds,
    bytes: (answer.records ?? 0) * Number(args['size'] ?? 0),
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
  };
}

async function idle(seconds: number): Promise<Answer> {
  await sleep(seconds * 1000);
  return { seconds };
}

/** Times shrink less than loads: a stream needs its uncounted first second. */
function scaled<T extends Workload['args']>(args: T, scale: number): T {
  const { records, seconds } = args;
  return {
    ...args,
    ...(records === undefined ? {} : { records: Math.ceil(Number(records) * scale) }),
    ...(seconds === undefined ? {} : { seconds: Math.ceil(Number(seconds) * Math.sqrt(scale)) }),
  };
}
