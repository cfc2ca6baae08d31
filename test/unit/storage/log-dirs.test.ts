/** Several log dirs under one log manager: they load side by side, and one that fails takes nothing else with it. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Metrics } from '../../../src/metrics/index.ts';
import { FactStream } from '../../../src/observe/index.ts';
import { DEFAULT_LOG_CONFIG, LogManager } from '../../../src/storage/index.ts';
import { batch, TestRuntime, withFolder } from './support.ts';

interface Opened {
  readonly manager: LogManager;
  readonly metrics: Metrics;
  /** Dirs that were told to have failed. */
  readonly told: string[];
}

async function openDirs(logDirs: readonly string[], failedLogDirs: readonly string[] = []): Promise<Opened> {
  const { runtime } = new TestRuntime();
  const metrics = new Metrics(runtime.clock);
  const told: string[] = [];
  const manager = new LogManager({
    runtime,
    metrics,
    facts: new FactStream({ broker: 0, nowMs: () => 0 }),
    logDirs,
    failedLogDirs,
    defaultConfig: { ...DEFAULT_LOG_CONFIG, fileDeleteDelayMs: 0 },
    onLogDirFailure: (dir) => told.push(dir),
  });
  await manager.load();
  return { manager, metrics, told };
}

async function withDirs(task: (one: string, two: string) => Promise<void>): Promise<void> {
  await withFolder((folder) => task(join(folder, 'one'), join(folder, 'two')));
}

const offline = (metrics: Metrics, logDirectory?: string): unknown =>
  logDirectory === undefined
    ? metrics.get('kafka.log:type=LogManager,name=OfflineLogDirectoryCount')
    : metrics.get('kafka.log:type=LogManager,name=LogDirectoryOffline', { logDirectory });

describe('several log dirs', () => {
  test('share evenly what is made at the same time', async () => {
    await withDirs(async (one, two) => {
      const { manager } = await openDirs([one, two]);
      const made = await Promise.all(
        Array.from({ length: 6 }, (_, partition) =>
          manager.getOrCreateLog({ topic: 'orders', partition }, { isNew: true }),
        ),
      );
      expect(made.map(({ parentDir }) => parentDir)).toEqual([one, two, one, two, one, two]);
      await manager.shutdown();
    });
  });

  test('share new partitions evenly, and each keeps checkpoints and a marker of its own', async () => {
    await withDirs(async (one, two) => {
      const first = await openDirs([one, two]);
      for (let partition = 0; partition < 4; partition++) {
        const log = await first.manager.getOrCreateLog({ topic: 'orders', partition }, { isNew: true });
        await log.appendAsLeader(batch(['a']), { leaderEpoch: 0 });
      }
      await first.manager.checkpointHighWatermarks(
        [...first.manager.allLogs()].map(({ topicPartition, parentDir }) => ({
          ...topicPartition,
          parentDir,
          highWatermark: 1,
        })),
      );
      await first.manager.shutdown();
      const lines = (dir: string, name: string): Promise<string> => readFile(join(dir, name), 'utf8');
      expect(await lines(one, 'replication-offset-checkpoint')).toBe('0\n2\norders 0 1\norders 2 1\n');
      expect(await lines(two, 'replication-offset-checkpoint')).toBe('0\n2\norders 1 1\norders 3 1\n');
      for (const dir of [one, two]) expect(await readdir(dir)).toContain('.kafka_cleanshutdown');
      const second = await openDirs([one, two]);
      expect([...second.manager.allLogs()].map(({ logEndOffset }) => logEndOffset)).toEqual([1, 1, 1, 1]);
      expect(second.manager.checkpointedHighWatermark(one, { topic: 'orders', partition: 2 })).toBe(1);
      expect(second.manager.checkpointedHighWatermark(two, { topic: 'orders', partition: 2 })).toBe(0);
      await second.manager.shutdown();
    });
  });

  test('one that cannot be loaded goes offline, the others serve', async () => {
    await withDirs(async (one, two) => {
      const first = await openDirs([one, two]);
      for (let partition = 0; partition < 2; partition++)
        await first.manager.getOrCreateLog({ topic: 'orders', partition }, { isNew: true });
      await first.manager.shutdown();
      await writeFile(join(two, 'recovery-point-offset-checkpoint'), 'not a checkpoint');
      const { manager, metrics, told } = await openDirs([one, two]);
      expect(told).toEqual([two]);
      expect(manager.liveLogDirs).toEqual([one]);
      expect(offline(metrics)).toMatchObject({ value: 1 });
      expect(offline(metrics, one)).toMatchObject({ value: 0 });
      expect(offline(metrics, two)).toMatchObject({ value: 1 });
      const old = manager.getOrCreateLog({ topic: 'orders', partition: 1 }, { isNew: false });
      await expect(old).rejects.toMatchObject({ error: 'KAFKA_STORAGE_ERROR' });
      const fresh = await manager.getOrCreateLog({ topic: 'bills', partition: 0 }, { isNew: true });
      expect(fresh.parentDir).toBe(one);
      await manager.shutdown();
      expect(await readdir(two)).not.toContain('.kafka_cleanshutdown');
    });
  });

  test('one known to be unusable is neither touched nor told of', async () => {
    await withDirs(async (one, two) => {
      const { manager, told } = await openDirs([one, two], [two]);
      expect(manager.liveLogDirs).toEqual([one]);
      await manager.shutdown();
      expect(told).toEqual([]);
      await expect(readdir(two)).rejects.toMatchObject({ code: 'ENOENT' });
    });
  });

  test('a stray log is recovered, and nobody gets it', async () => {
    await withDirs(async (one, two) => {
      const stray = join(one, `orders-0.${'0a'.repeat(16)}-stray`);
      await mkdir(stray, { recursive: true });
      await writeFile(join(stray, '00000000000000000000.log'), 'no batch');
      const { manager } = await openDirs([one, two]);
      expect([...manager.allLogs()]).toEqual([]);
      await manager.shutdown();
      expect(await readFile(join(stray, '00000000000000000000.log'), 'utf8')).toBe('');
    });
  });
});
