/**
 * Recovery: a broker that was killed starts again on ten gigabytes of which nothing is known to be flushed, so that it
 * has to read and check all of it. Both sides get the same files, in a log dir of their own in every round.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BrokerProcess, dataDir } from './broker.ts';
import { PreparedLogs } from './prepared-logs.ts';
import { totalStats } from './process-stats.ts';
import type { ResultRows } from './results.ts';
import { label, LONGEST_SLICE } from './start-rounds.ts';
import type { World } from './world.ts';

const BYTES = 10e9;
const PARTITIONS = 5;
const RECORD_BYTES = 1000;

export async function recoveryRounds(world: World, rounds: number, rows: ResultRows): Promise<void> {
  const bytes = BYTES * world.scale;
  const RECOVERY = {
    workload: 'recovery',
    title: `${bytes / 1e9} GB after kill -9, from the spawn until it serves`,
    better: 'lower',
  } as const;
  const logs = await prepare(world, bytes);
  for (let round = 0; round <= rounds; round++)
    for (const side of world.sidesOf(round)) {
      const name = `recovery-${side}-${round}`;
      const dir = join(world.dir, name);
      await logs.linkTo(dataDir(dir, 0), 'killed');
      const broker = await BrokerProcess.spawn({
        id: 0,
        brokers: 1,
        dir,
        zookeeperConnect: `${world.zookeeperConnect}/${name}`,
        command: world.commands[side],
      });
      try {
        const servingMs = await broker.serving();
        const { cpuSeconds, peakRssBytes } = await totalStats([broker.pid]);
        await broker.end(side === 'klassik' ? 'SIGTERM' : 'SIGKILL');
        const sliceMs = await broker.longestSliceMs();
        world.progress(
          `recovery ${label(round)}: ${side} served after ${servingMs.toFixed(0)} ms, ${cpuSeconds} s of CPU, ` +
            `${(peakRssBytes / 1e6).toFixed(0)} MB, longest slice ${sliceMs} ms`,
        );
        if (round === 0) continue;
        rows.add({ ...RECOVERY, name: 'time', unit: 's', target: 1 }, side, servingMs / 1000);
        rows.add({ ...RECOVERY, name: 'CPU', unit: 's' }, side, cpuSeconds);
        rows.add({ ...RECOVERY, name: 'most resident memory', unit: 'MB' }, side, peakRssBytes / 1e6);
        if (side === 'klassik') rows.add({ ...RECOVERY, ...LONGEST_SLICE }, side, sliceMs);
      } finally {
        await broker.end('SIGKILL');
        await rm(dir, { recursive: true, force: true });
      }
    }
  await rm(join(world.dir, 'recovery'), { recursive: true });
}

async function prepare(world: World, bytes: number): Promise<PreparedLogs> {
  world.progress(`writing ${(bytes / 1e9).toFixed(1)} GB of records`);
  const value = Buffer.from(Array.from({ length: RECORD_BYTES }, (_, index) => (index * 31) % 251));
  const count = Math.ceil(bytes / PARTITIONS / RECORD_BYTES);
  return PreparedLogs.write(join(world.dir, 'recovery'), {
    topic: 'recovery',
    partitions: PARTITIONS,
    *recordsOf() {
      for (let index = 0; index < count; index++) yield { value };
    },
  });
}
