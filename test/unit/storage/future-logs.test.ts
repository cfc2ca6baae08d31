/** Moves between log dirs, as far as the disk is concerned: who fills a future log is replication's business. */
import { readdir, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { FactStream } from '../../../src/observe/index.ts';
import { wholeBatchesSize } from '../../../src/records/index.ts';
import type { Disk, Runtime } from '../../../src/runtime/index.ts';
import {
  DEFAULT_LOG_CLEANER_SETTINGS,
  DEFAULT_LOG_CONFIG,
  joinRecords,
  type LogConfig,
  LogManager,
  type UnifiedLog,
} from '../../../src/storage/index.ts';
import { createWorld, type World } from '../../simulation/world/index.ts';
import { intercepted, keyed } from './cleaner/support.ts';
import { batch, TestRuntime, withFolder } from './support.ts';

const ORDERS = { topic: 'orders', partition: 0 };
const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ';
const LEADER = { leaderEpoch: 3 };

interface Options {
  readonly runtime?: Runtime;
  readonly config?: Partial<LogConfig>;
  readonly onLogDirFailure?: (dir: string) => void;
}

async function open(logDirs: readonly string[], options: Options = {}): Promise<LogManager> {
  const manager = new LogManager({
    runtime: options.runtime ?? new TestRuntime().runtime,
    facts: new FactStream({ broker: 0, nowMs: () => 0 }),
    logDirs,
    defaultConfig: { ...DEFAULT_LOG_CONFIG, segmentBytes: 300, ...options.config },
    cleaner: { ...DEFAULT_LOG_CLEANER_SETTINGS, dedupeBufferSize: 1024 * 1024 },
    ...(options.onLogDirFailure === undefined ? {} : { onLogDirFailure: options.onLogDirFailure }),
  });
  await manager.load();
  return manager;
}

/** Two dirs, and the log of orders-0 with ten batches in the first. */
async function withMove(
  task: (move: {
    readonly manager: LogManager;
    readonly log: UnifiedLog;
    readonly one: string;
    readonly two: string;
    readonly failed: readonly string[];
  }) => Promise<void>,
  options: Options = {},
): Promise<void> {
  await withFolder(async (folder) => {
    const [one, two] = [join(folder, 'one'), join(folder, 'two')];
    const failed: string[] = [];
    const manager = await open([one, two], { ...options, onLogDirFailure: (dir) => failed.push(dir) });
    const log = await manager.getOrCreateLog(ORDERS, { isNew: true, topicId: TOPIC_ID });
    await write(log, 10);
    await task({ manager, log, one, two, failed });
    await manager.shutdown();
  });
}

async function write(log: UnifiedLog, batches: number): Promise<void> {
  const records = log.config.cleanupPolicy.includes('compact')
    ? keyed(['a=1', 'b=2', 'c=3'])
    : batch(['a', 'b', 'c']);
  for (let count = 0; count < batches; count++) await log.appendAsLeader(Buffer.from(records), LEADER);
  log.updateHighWatermark(log.logEndOffset);
}

async function bytesOf(log: UnifiedLog): Promise<Buffer> {
  const found: Buffer[] = [];
  for (let startOffset = log.logStartOffset; startOffset < log.logEndOffset;) {
    const read = await log.read({ startOffset, maxBytes: 1000, isolation: 'log-end', minOneMessage: true });
    const records = Buffer.from(joinRecords(read));
    const whole = records.subarray(0, wholeBatchesSize(records));
    found.push(whole);
    startOffset += 3 * (whole.length / BATCH_BYTES);
  }
  return Buffer.concat(found);
}
const BATCH_BYTES = batch(['a', 'b', 'c']).length;

async function fill(from: UnifiedLog, to: UnifiedLog): Promise<void> {
  await to.appendAsFollower(await bytesOf(from));
  to.updateHighWatermark(from.highWatermark);
}

async function foldersIn(dir: string): Promise<string[]> {
  return (await readdir(dir))
    .filter((name) => name.startsWith('orders'))
    .map((name) => name.replace(/[0-9a-f]{32}/, '<hex>'));
}

describe('a future log', () => {
  test('is filled beside the current one, and takes its place with all that belongs to it', async () => {
    await withMove(async ({ manager, log, one, two }) => {
      const before = await bytesOf(log);
      const future = await manager.createFutureLog(ORDERS, two);
      expect(await foldersIn(two)).toEqual(['orders-0.<hex>-future']);
      expect(future).toMatchObject({ isFuture: true, topicId: TOPIC_ID, logEndOffset: 0 });
      await fill(log, future);
      await manager.settleFutureLog(ORDERS);
      await manager.replaceCurrentWithFutureLog(ORDERS);
      expect(manager.getLog('orders', 0)).toBe(future);
      expect(manager.getFutureLog('orders', 0)).toBeUndefined();
      expect(future).toMatchObject({ isFuture: false, parentDir: two, latestEpoch: 3, logEndOffset: 30 });
      expect(await foldersIn(two)).toEqual(['orders-0']);
      expect(await foldersIn(one)).toEqual(['orders-0.<hex>-delete']);
      expect(await bytesOf(future)).toEqual(before);
      await write(future, 1);
      await expect(log.appendAsLeader(batch(['late']), LEADER)).rejects.toMatchObject({
        error: 'NOT_LEADER_OR_FOLLOWER',
      });
      expect(() =>
        log.read({ startOffset: 0, maxBytes: 1, isolation: 'log-end', minOneMessage: true }),
      ).toThrow('closed');
    });
  });

  test('is in the checkpoints of its dir before it takes over, and the old one in none after', async () => {
    await withMove(async ({ manager, log, one, two }) => {
      const future = await manager.createFutureLog(ORDERS, two);
      await fill(log, future);
      log.maybeIncrementLogStartOffset(1);
      future.maybeIncrementLogStartOffset(1);
      await manager.settleFutureLog(ORDERS);
      const text = (dir: string, name: string): Promise<string> => readFile(join(dir, name), 'utf8');
      expect(await text(two, 'recovery-point-offset-checkpoint')).toBe('0\n1\norders 0 30\n');
      expect(await text(two, 'log-start-offset-checkpoint')).toBe('0\n1\norders 0 1\n');
      await manager.replaceCurrentWithFutureLog(ORDERS);
      await manager.checkpointHighWatermarks([{ ...ORDERS, parentDir: two, highWatermark: 30 }]);
      await manager.checkpointRecoveryPoints();
      expect(await text(two, 'replication-offset-checkpoint')).toBe('0\n1\norders 0 30\n');
      expect(await text(one, 'replication-offset-checkpoint')).toBe('0\n0\n');
      expect(await text(one, 'recovery-point-offset-checkpoint')).toBe('0\n0\n');
    });
  });

  test('is found again after a stop, and after a kill', async () => {
    await withFolder(async (folder) => {
      const dirs = [join(folder, 'one'), join(folder, 'two')] as const;
      const first = await open(dirs);
      const log = await first.getOrCreateLog(ORDERS, { isNew: true });
      await write(log, 10);
      await fill(log, await first.createFutureLog(ORDERS, dirs[1]));
      await first.shutdown();
      const second = await open(dirs);
      const future = second.getFutureLog('orders', 0)!;
      expect(future).toMatchObject({ logEndOffset: 30, parentDir: dirs[1], isFuture: true, topicId: null });
      expect(second.getLog('orders', 0)).toMatchObject({ logEndOffset: 30, parentDir: dirs[0] });
      await second.replaceCurrentWithFutureLog(ORDERS);
      await second.shutdown();
      const third = await open(dirs);
      expect(third.getLog('orders', 0)).toMatchObject({ logEndOffset: 30, parentDir: dirs[1] });
      await third.shutdown();
    });
  });

  test('that is called off leaves nothing, and the current one goes on', async () => {
    await withMove(async ({ manager, log, two }) => {
      await manager.createFutureLog(ORDERS, two);
      await manager.deleteFutureLog(ORDERS);
      expect(manager.getFutureLog('orders', 0)).toBeUndefined();
      expect(await foldersIn(two)).toEqual(['orders-0.<hex>-delete']);
      await write(log, 1);
    });
  });

  test('goes with its partition when that is deleted', async () => {
    await withMove(async ({ manager, one, two }) => {
      await manager.createFutureLog(ORDERS, two);
      await manager.asyncDelete(ORDERS);
      expect([...manager.allLogs()]).toEqual([]);
      expect(await foldersIn(one)).toEqual(['orders-0.<hex>-delete']);
      expect(await foldersIn(two)).toEqual(['orders-0.<hex>-delete']);
    });
  });

  test('obeys the topic as it is configured now', async () => {
    await withMove(async ({ manager, two }) => {
      const future = await manager.createFutureLog(ORDERS, two);
      manager.updateTopicConfig('orders', { ...DEFAULT_LOG_CONFIG, segmentBytes: 77 });
      expect(future.config.segmentBytes).toBe(77);
    });
  });

  test('is not made while a dir is offline: that may hold another', async () => {
    await withFolder(async (folder) => {
      const [one, two, three] = ['one', 'two', 'three'].map((name) => join(folder, name));
      const manager = await open([one!, two!, three!]);
      await manager.getOrCreateLog(ORDERS, { isNew: true });
      manager.handleLogDirFailure(three!);
      await expect(manager.createFutureLog(ORDERS, two!)).rejects.toMatchObject({
        error: 'KAFKA_STORAGE_ERROR',
      });
      await manager.shutdown();
    });
  });

  test('is lost with its dir, and the partition stays where it is', async () => {
    await withMove(async ({ manager, log, two }) => {
      const future = await manager.createFutureLog(ORDERS, two);
      manager.handleLogDirFailure(two);
      expect(manager.getFutureLog('orders', 0)).toBeUndefined();
      await expect(future.appendAsFollower(await bytesOf(log))).rejects.toMatchObject({
        error: 'KAFKA_STORAGE_ERROR',
      });
      await expect(manager.replaceCurrentWithFutureLog(ORDERS)).rejects.toMatchObject({
        error: 'KAFKA_STORAGE_ERROR',
      });
      await write(log, 1);
    });
  });

  test.each([
    ['of the new dir', 'two', 'one'],
    ['of the old dir', 'one', 'two'],
  ] as const)(
    'when the disk %s refuses the rename, the partition is in the other one',
    async (_where, broken, whole) => {
      const { runtime } = new TestRuntime();
      let isBroken = false;
      const disk: Disk = intercepted(runtime.disk, (name, [path]) => {
        if (isBroken && name === 'rename' && String(path).includes(`/${broken}/orders-0`))
          throw Object.assign(new Error('i/o error'), { code: 'EIO' });
      });
      await withMove(
        async ({ manager, log, failed, ...dirs }) => {
          await fill(log, await manager.createFutureLog(ORDERS, dirs.two));
          isBroken = true;
          const replaced = await manager.replaceCurrentWithFutureLog(ORDERS).then(
            () => true,
            () => false,
          );
          isBroken = false;
          expect(replaced).toBe(broken === 'one');
          expect(failed).toEqual([dirs[broken]]);
          const current = manager.getLog('orders', 0)!;
          expect(current.parentDir).toBe(dirs[whole]);
          await write(current, 1);
          expect(manager.getFutureLog('orders', 0)).toBeUndefined();
        },
        { runtime: { ...runtime, disk } },
      );
    },
  );

  test('keeps the cleaner out, and takes its checkpoint along', async () => {
    await withMove(
      async ({ manager, log, one, two }) => {
        const cleaner = manager.cleaner!;
        expect(await cleaner.cleanDirtiest()).toBe(true);
        const clean = await readFile(join(one, 'cleaner-offset-checkpoint'), 'utf8');
        expect(clean).toMatch(/^0\n1\norders 0 \d+\n$/);
        await write(log, 10);
        const future = await manager.createFutureLog(ORDERS, two);
        expect(await cleaner.cleanDirtiest()).toBe(false);
        for (const { baseOffset, bytes } of await keyedBatches(log)) {
          expect(baseOffset).toBeGreaterThanOrEqual(future.nextOffset);
          await future.appendAsFollower(bytes);
        }
        future.updateHighWatermark(log.highWatermark);
        await manager.replaceCurrentWithFutureLog(ORDERS);
        expect(await readFile(join(two, 'cleaner-offset-checkpoint'), 'utf8')).toBe(clean);
        expect(await readFile(join(one, 'cleaner-offset-checkpoint'), 'utf8')).toBe('0\n0\n');
        expect(await cleaner.cleanDirtiest()).toBe(true);
      },
      { config: { cleanupPolicy: ['compact'], minCleanableDirtyRatio: 0 } },
    );
  });
});

async function keyedBatches(log: UnifiedLog): Promise<{ baseOffset: number; bytes: Buffer }[]> {
  const found: { baseOffset: number; bytes: Buffer }[] = [];
  for (let startOffset = log.logStartOffset; startOffset < log.logEndOffset;) {
    const read = await log.read({ startOffset, maxBytes: 1, isolation: 'log-end', minOneMessage: true });
    const bytes = Buffer.from(joinRecords(read));
    const baseOffset = Number(bytes.readBigInt64BE(0));
    found.push({ baseOffset, bytes });
    startOffset = baseOffset + bytes.readInt32BE(23) + 1;
  }
  return found;
}

describe('a partition that lies in two dirs at start', () => {
  async function twoLogs(folder: string, more: number): Promise<readonly [string, string]> {
    const dirs = [join(folder, 'one'), join(folder, 'two')] as const;
    for (const [index, dir] of dirs.entries()) {
      const manager = await open([dir]);
      const log = await manager.getOrCreateLog(ORDERS, { isNew: true, topicId: TOPIC_ID });
      await write(log, 10 + index * more);
      await manager.shutdown();
      await utimes(join(dir, 'orders-0', 'partition.metadata'), 1000 + index, 1000 + index);
    }
    return dirs;
  }

  test('goes on with the younger of two logs that hold the same', async () => {
    await withFolder(async (folder) => {
      const dirs = await twoLogs(folder, 0);
      const manager = await open(dirs);
      expect(manager.getLog('orders', 0)).toMatchObject({ parentDir: dirs[1], logEndOffset: 30 });
      expect(await foldersIn(dirs[0])).toEqual(['orders-0.<hex>-delete']);
      await manager.shutdown();
    });
  });

  test('is not served from either when they differ', async () => {
    await withFolder(async (folder) => {
      const dirs = await twoLogs(folder, 1);
      const failed = open(dirs);
      await expect(failed).rejects.toMatchObject({ name: 'DuplicateLogError' });
      await expect(failed).rejects.toThrow(`orders-0 are found in both ${join(folder, 'one')}`);
      expect(await foldersIn(dirs[0])).toEqual(['orders-0']);
      expect(await foldersIn(dirs[1])).toEqual(['orders-0']);
    });
  });
});

const CHANGES = new Set(['rename', 'removeFile', 'syncFolder', 'open', 'writeFile', 'makeFolder']);

/** Moves orders-0, with the power failing before the change numbered `at`. */
async function moveAndFail(world: World, at: number, keep: 'nothing' | 'some'): Promise<boolean> {
  const dirs = ['/one', '/two'];
  const runtime = world.runtimeFor('broker');
  let changes = -Infinity;
  let failed = false;
  const disk = intercepted(runtime.disk, (name, args) => {
    if (!CHANGES.has(name) || (name === 'open' && args[1] === 'read')) return;
    changes += 1;
    if (changes !== at) return;
    failed = true;
    world.crash('broker', { keep });
  });
  const manager = await world.settle(open(dirs, { runtime: { ...runtime, disk } }));
  const log = await world.settle(manager.getOrCreateLog(ORDERS, { isNew: true, topicId: TOPIC_ID }));
  await world.settle(write(log, 10));
  await world.settle(log.flush());
  await world.settle(manager.checkpointRecoveryPoints());
  for (const folder of ['/', '/one', '/two', '/one/orders-0'])
    await world.settle(runtime.disk.syncFolder(folder));
  const move = async (): Promise<void> => {
    await fill(log, await manager.createFutureLog(ORDERS, '/two'));
    await manager.settleFutureLog(ORDERS);
    await manager.replaceCurrentWithFutureLog(ORDERS);
  };
  const state = { ended: false };
  const end = (): void => void (state.ended = true);
  changes = 0;
  move().then(end, end);
  await world.runUntil(() => state.ended || failed);
  if (state.ended) world.crash('broker', { keep });
  return !state.ended;
}

describe('a power failure during a move', () => {
  test.each(['nothing', 'some'] as const)(
    'loses no record, with %s of what was not synced kept',
    async (keep) => {
      const found = new Set<string>();
      for (let at = 1; ; at++) {
        const world = createWorld(`move ${keep} ${at}`);
        const failed = await moveAndFail(world, at, keep);
        const manager = await world.settle(open(['/one', '/two'], { runtime: world.runtimeFor('broker') }));
        const log = manager.getLog('orders', 0);
        expect([at, log?.logEndOffset, log?.topicId]).toEqual([at, 30, TOPIC_ID]);
        expect(await world.settle(bytesOf(log!))).toHaveLength(10 * BATCH_BYTES);
        found.add(log!.parentDir);
        await world.settle(manager.shutdown());
        if (!failed) break;
      }
      expect([...found].sort()).toEqual(['/one', '/two']);
    },
    60_000,
  );
});
