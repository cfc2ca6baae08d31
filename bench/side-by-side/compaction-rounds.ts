/**
 * Compaction: a log in which each of five million keys stands twice, in no order, is told to be compacted. The time runs
 * until the checkpoint says that all of it is clean. Five million is what the default dedupe buffer holds, so one pass
 * does it, on both sides.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { alterConfigs, ClusterClient, createTopic } from '../../src/tools/client/index.ts';
import { BrokerProcess, dataDir } from './broker.ts';
import { cleanedUpTo, PreparedLogs } from './prepared-logs.ts';
import { totalStats } from './process-stats.ts';
import type { ResultRows } from './results.ts';
import { label, LONGEST_SLICE } from './start-rounds.ts';
import type { World } from './world.ts';

const KEYS = 5_000_000;
const VALUE_BYTES = 100;
const SEGMENT_BYTES = 100 * 1024 * 1024;
const TOPIC = 'compaction';
/** The cleaner looks for work this often, on both sides: its default of 15 s would be measured otherwise. */
const OVERRIDES = { 'log.cleaner.backoff.ms': 100 };
const PATIENCE_MS = 600_000;
const POLL_MS = 10;

export async function compactionRounds(world: World, rounds: number, rows: ResultRows): Promise<void> {
  const keys = Math.floor(KEYS * world.scale);
  const COMPACTION = {
    workload: 'compaction',
    title: `${keys.toLocaleString('en')} keys, twice each, from the change of the topic's config until all is clean`,
    better: 'lower',
  } as const;
  world.progress(`writing ${2 * keys} records`);
  const logs = await prepare(world, keys);
  for (let round = 0; round <= rounds; round++)
    for (const side of world.sidesOf(round)) {
      const name = `compaction-${side}-${round}`;
      const dir = join(world.dir, name);
      await logs.linkTo(dataDir(dir, 0), 'stopped');
      const broker = await BrokerProcess.spawn({
        id: 0,
        brokers: 1,
        dir,
        zookeeperConnect: `${world.zookeeperConnect}/${name}`,
        overrides: OVERRIDES,
        command: world.commands[side],
      });
      try {
        await broker.serving();
        const before = await totalStats([broker.pid]);
        const seconds = await compact(broker.address, dataDir(dir, 0), logs.activeOffsets[0] ?? NaN);
        const after = await totalStats([broker.pid]);
        await broker.end(side === 'klassik' ? 'SIGTERM' : 'SIGKILL');
        const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
        const sliceMs = await broker.longestSliceMs();
        world.progress(
          `compaction ${label(round)}: ${side} took ${seconds.toFixed(2)} s, ${cpuSeconds.toFixed(2)} s of CPU, ` +
            `${(after.peakRssBytes / 1e6).toFixed(0)} MB, longest slice ${sliceMs} ms`,
        );
        if (round === 0) continue;
        // 0.7 of the original's speed.
        rows.add({ ...COMPACTION, name: 'time', unit: 's', target: 1.43 }, side, seconds);
        rows.add({ ...COMPACTION, name: 'CPU', unit: 's' }, side, cpuSeconds);
        rows.add({ ...COMPACTION, name: 'most resident memory', unit: 'MB' }, side, after.peakRssBytes / 1e6);
        if (side === 'klassik') rows.add({ ...COMPACTION, ...LONGEST_SLICE }, side, sliceMs);
      } finally {
        await broker.end('SIGKILL');
        await rm(dir, { recursive: true, force: true });
      }
    }
  await rm(join(world.dir, TOPIC), { recursive: true });
}

/** Resolves with the seconds it took. */
async function compact(address: string, folder: string, endOffset: number): Promise<number> {
  const client = new ClusterClient({ bootstrapServers: [address] });
  try {
    await createTopic(client, {
      name: TOPIC,
      numPartitions: 1,
      replicationFactor: 1,
      assignments: new Map(),
      configs: {},
    });
    const startMs = performance.now();
    await alterConfigs(client, { type: 'topics', name: TOPIC }, new Map([['cleanup.policy', 'compact']]), []);
    while ((await cleanedUpTo(folder, TOPIC)) !== endOffset) {
      if (performance.now() - startMs > PATIENCE_MS)
        throw new Error(`${TOPIC} is clean up to ${await cleanedUpTo(folder, TOPIC)}, not ${endOffset}`);
      await sleep(POLL_MS);
    }
    return (performance.now() - startMs) / 1000;
  } finally {
    await client.close();
  }
}

/** Two walks through all keys, in steps of their own, take turns: where a key stands last has no order. */
function prepare(world: World, keys: number): Promise<PreparedLogs> {
  return PreparedLogs.write(join(world.dir, TOPIC), {
    topic: TOPIC,
    partitions: 1,
    config: { segmentBytes: SEGMENT_BYTES },
    *recordsOf() {
      const value = Buffer.from(Array.from({ length: VALUE_BYTES }, (_, index) => (index * 31) % 251));
      const steps = [stepCoprimeTo(keys, 0.618), stepCoprimeTo(keys, 0.414)];
      const at = [0, Math.floor(keys / 2)];
      for (let index = 0; index < 2 * keys; index++) {
        const walk = index % 2;
        yield { key: Buffer.from(`key-${String(at[walk]).padStart(10, '0')}`), value };
        at[walk] = (at[walk]! + steps[walk]!) % keys;
      }
    },
  });
}

/** A step that comes to every number below `count` before it comes to one again. */
function stepCoprimeTo(count: number, share: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  let step = Math.max(1, Math.floor(count * share));
  while (divisor(count, step) !== 1) step += 1;
  return step;
}
