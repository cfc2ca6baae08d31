/**
 * One workload on Klassik alone with V8's sampling profiler on: writes a .cpuprofile for each broker, for Chrome's
 * developer tools, and says in which functions the busiest broker spent the workload.
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepare, runWorkload } from './load-rounds.ts';
import { selfTimes, type CpuProfile, type SelfTime } from './profile.ts';
import type { Workload } from './workloads.ts';
import { withWorld } from './world.ts';

const PROFILES = fileURLToPath(new URL('../../.cache/profiles/', import.meta.url));
const SAMPLE_MICROS = 500;
const SHOWN = 25;

export async function profileWorkload(
  workload: Workload,
  options: Omit<Parameters<typeof withWorld>[0], 'nodeOptions'>,
): Promise<void> {
  const folder = join(PROFILES, workload.name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const nodeOptions = ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-interval=${SAMPLE_MICROS}`];
  const [from, to] = await withWorld({ ...options, nodeOptions }, async (world) => {
    const side = await world.startSide('klassik');
    const client = world.startClient();
    const load = await prepare(client, side, workload, world.scale);
    await runWorkload(client, side, workload, { round: 0, scale: world.scale, load });
    const start = microsNow();
    const run = await runWorkload(client, side, workload, { round: 1, scale: world.scale, load });
    const end = microsNow();
    for (const metric of workload.metrics)
      world.progress(`${metric.name} with the profiler on: ${metric.of(run).toPrecision(3)} ${metric.unit}`);
    load?.close();
    await client.close();
    await side.end('SIGTERM'); // the profile is written by a process that ends in good order
    return [start, end];
  });
  await show(folder, from, to);
}

async function show(folder: string, from: number, to: number): Promise<void> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile'));
  const profiles = await Promise.all(
    files.map(async (name) => {
      const profile = JSON.parse(await readFile(join(folder, name), 'utf8')) as CpuProfile;
      const times = selfTimes(profile, from, to);
      return { name, times, total: totalOf(times) };
    }),
  );
  const busiest = profiles.sort((a, b) => b.total - a.total)[0];
  if (busiest === undefined) throw new Error(`no profile was written to ${folder}`);
  console.log(
    `${join(folder, busiest.name)}: busy for ${(busiest.total / 1e6).toFixed(2)} s of the workload, in`,
  );
  for (const { where, micros } of busiest.times.slice(0, SHOWN))
    console.log(`${((100 * micros) / busiest.total).toFixed(1).padStart(6)} %  ${where}`);
}

function totalOf(times: readonly SelfTime[]): number {
  return times.reduce((sum, { micros }) => sum + micros, 0);
}

/** The clock of a .cpuprofile. */
function microsNow(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
