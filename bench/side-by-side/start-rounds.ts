/**
 * How long a broker takes to serve and what it holds when nobody asks anything of it: one broker, fresh in every
 * round, beside a ZooKeeper that runs already.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BrokerProcess } from './broker.ts';
import { totalStats } from './process-stats.ts';
import type { ResultRows } from './results.ts';
import type { World } from './world.ts';

const START = {
  workload: 'start',
  title: 'one broker, from its spawn until it serves',
  better: 'lower',
} as const;
const IDLE = {
  workload: 'idle-memory',
  title: 'one broker, idle for ten seconds after its start',
  better: 'lower',
} as const;
export const IDLE_MS = 10_000;
/** What nobody notices: the limit of the project for a broker's event loop. */
export const LONGEST_SLICE = { name: 'longest slice of the event loop, CPU', unit: 'ms', limit: 20 } as const;

/** Round 0 only warms the machine's file cache. */
export async function startRounds(world: World, rounds: number, rows: ResultRows): Promise<void> {
  for (let round = 0; round <= rounds; round++)
    for (const side of world.sidesOf(round)) {
      const name = `start-${side}-${round}`;
      const dir = join(world.dir, name);
      const broker = await BrokerProcess.spawn({
        id: 0,
        brokers: 1,
        dir,
        zookeeperConnect: `${world.zookeeperConnect}/${name}`,
        command: world.commands[side],
      });
      try {
        const startMs = await broker.serving();
        const { cpuSeconds } = await totalStats([broker.pid]);
        if (round > 0) {
          await sleep(IDLE_MS);
          const { rssBytes } = await totalStats([broker.pid]);
          rows.add({ ...START, name: 'time', unit: 'ms', target: 0.3 }, side, startMs);
          rows.add({ ...START, name: 'CPU', unit: 's' }, side, cpuSeconds);
          rows.add({ ...IDLE, name: 'resident memory', unit: 'MB', target: 0.35 }, side, rssBytes / 1e6);
        }
        world.progress(`start ${label(round)}: ${side} served after ${startMs.toFixed(0)} ms`);
      } finally {
        await broker.end('SIGKILL');
        await rm(dir, { recursive: true, force: true });
      }
    }
}

export function label(round: number): string {
  return round === 0 ? 'warm-up' : `round ${round}`;
}
