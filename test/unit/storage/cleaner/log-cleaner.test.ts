import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { buildEndTransactionMarker, decodeRecords } from '../../../../src/records/index.ts';
import { DEFAULT_LOG_CLEANER_SETTINGS, type LogCleanerSettings } from '../../../../src/storage/index.ts';
import { eventually } from '../../../support/zookeeper.ts';
import { NOW_MS, readOnce, TestRuntime, withFolder } from '../support.ts';
import { append, batchesIn, contents, intercepted, keyed, openCleaned } from './support.ts';

const padding = 'x'.repeat(100);
const HOUR_MS = 3_600_000;

const filesOf = async (folder: string, suffix: string): Promise<string[]> =>
  (await readdir(join(folder, 'orders-0'))).filter((name) => name.endsWith(suffix));

describe('a compacted log', () => {
  test('keeps of every key the latest record, at its offset, and the active segment as it is', () =>
    withFolder(async (folder) => {
      const { manager, cleaner, log } = await openCleaned(folder, { config: { segmentBytes: 200 } });
      await append(log, keyed(['a=1', 'b=1']), keyed(['a=2', 'c=1']), keyed(['b=2']));
      await append(log, keyed([`a=3${padding}`]), keyed(['d=1', 'd=2']));
      expect(await cleaner.cleanDirtiest()).toBe(true);
      expect(await contents(log)).toEqual(['3:c=1', '4:b=2', `5:a=3${padding}`, '6:d=1', '7:d=2']);
      expect(log.logStartOffset).toBe(0);
      expect(log.logEndOffset).toBe(8);
      await manager.shutdown();
    }));

  test('is clean after a restart too, and nothing is left to do', () =>
    withFolder(async (folder) => {
      const first = await openCleaned(folder);
      for (let round = 0; round < 20; round++)
        await append(first.log, keyed([`k${round % 3}=${round}${padding}`]));
      expect(await first.cleaner.cleanDirtiest()).toBe(true);
      const cleaned = await contents(first.log);
      expect(cleaned.map((entry) => entry.split(':')[0])).toEqual(['15', '16', '17', '18', '19']);
      expect(await first.cleaner.cleanDirtiest()).toBe(false);
      await first.manager.shutdown();
      expect(await readFile(join(folder, 'cleaner-offset-checkpoint'), 'utf8')).toBe('0\n1\norders 0 18\n');
      const second = await openCleaned(folder);
      expect(await contents(second.log)).toEqual(cleaned);
      expect(await second.cleaner.cleanDirtiest()).toBe(false);
      expect(second.log.logEndOffset).toBe(20);
      await second.manager.shutdown();
    }));

  test('has in its time index the times of what is left', () =>
    withFolder(async (folder) => {
      const { manager, cleaner, log } = await openCleaned(folder);
      const at = (key: string, timestamp: number): { key: Buffer; value: Buffer; timestamp: number } => ({
        key: Buffer.from(key),
        value: Buffer.from(padding),
        timestamp,
      });
      await append(log, keyed([], { records: [at('a', NOW_MS + 9), at('b', NOW_MS + 1)] }));
      for (const key of ['a', 'c', 'd', 'e'])
        await append(log, keyed([], { records: [at(key, NOW_MS + 2)] }));
      expect(await cleaner.cleanDirtiest()).toBe(true);
      const youngest = await log.fetchOffsetByTimestamp(-3, 'log-end');
      expect(youngest).toMatchObject({ offset: 2, timestamp: NOW_MS + 2 });
      await manager.shutdown();
    }));

  test('that holds nothing but an emptied batch has no youngest record', () =>
    withFolder(async (folder) => {
      const { manager, cleaner, log } = await openCleaned(folder);
      const producer = { producerId: 7, producerEpoch: 0, baseSequence: 0 };
      const records = [{ key: Buffer.from('a'), value: Buffer.from(padding), timestamp: NOW_MS + 9 }];
      await append(log, keyed([], { ...producer, records }));
      await append(log, keyed([`a=1${padding}`]), keyed([`b=1${padding}`]), keyed([`c=1${padding}`]));
      expect(await cleaner.cleanDirtiest()).toBe(true);
      expect((await batchesIn(log))[0]).toMatchObject({ baseOffset: 0, count: 0 });
      expect(await log.fetchOffsetByTimestamp(-3, 'log-end')).toBeUndefined();
      await manager.shutdown();
    }));

  test('has its small neighbours put together, and the old files stay for file.delete.delay.ms', () =>
    withFolder(async (folder) => {
      const { manager, cleaner, log } = await openCleaned(folder);
      for (let round = 0; round < 12; round++) await append(log, keyed([`a=${round}${padding}`]));
      const before = log.numberOfSegments;
      await cleaner.cleanDirtiest();
      // The segments are empty now, but were too large to be put together.
      expect(log.numberOfSegments).toBe(before);
      await append(log, keyed([`a=12${padding}`]), keyed([`a=13${padding}`]), keyed([`a=14${padding}`]));
      await cleaner.cleanDirtiest();
      expect(log.numberOfSegments).toBeLessThanOrEqual(4);
      expect(await filesOf(folder, '.log.deleted')).not.toEqual([]);
      expect(await filesOf(folder, '.cleaned')).toEqual([]);
      expect(await filesOf(folder, '.swap')).toEqual([]);
      await manager.shutdown();
    }));

  test('is not touched at and above the last stable offset, nor where it is younger than min.compaction.lag.ms', () =>
    withFolder(async (folder) => {
      const { manager, cleaner, log, test } = await openCleaned(folder, {
        config: { minCompactionLagMs: 1000 },
      });
      for (let round = 0; round < 10; round++) await append(log, keyed([`a=${round}${padding}`]));
      expect(await cleaner.cleanDirtiest()).toBe(false);
      test.nowMs += 5000;
      expect(await cleaner.cleanDirtiest()).toBe(true);
      expect((await contents(log)).length).toBeLessThan(4);
      await manager.shutdown();
    }));

  test('loses what was aborted, and its transaction index still names the rest', () =>
    withFolder(async (folder) => {
      const { manager, cleaner, log } = await openCleaned(folder, { config: { segmentBytes: 600 } });
      const sender = { producerId: 9, producerEpoch: 0, isTransactional: true };
      const end = (result: 'abort' | 'commit'): Buffer =>
        buildEndTransactionMarker({ ...sender, result, coordinatorEpoch: 0, timestamp: NOW_MS });
      await append(log, keyed([`a=kept${padding}`]));
      await append(log, keyed([`a=aborted${padding}`], { ...sender, baseSequence: 0 }), end('abort'));
      await append(log, keyed([`b=committed${padding}`], { ...sender, baseSequence: 1 }), end('commit'));
      await append(log, keyed([`c=1${padding}`]), keyed([`d=1${padding}`]), keyed([`e=1${padding}`]));
      const aborted = async (): Promise<unknown> =>
        (await readOnce(log, { startOffset: 1, isolation: 'txn-committed' })).abortedTransactions;
      const named = [{ producerId: 9, firstOffset: 1, lastOffset: 2, lastStableOffset: 3 }];
      expect(await aborted()).toEqual(named);
      expect(await cleaner.cleanDirtiest()).toBe(true);
      const records = (await batchesIn(log)).filter(({ isControl }) => !isControl).flatMap(decodeRecords);
      expect(records.map(({ offset }) => offset)).toEqual([0, 3, 5, 6, 7]);
      expect(await aborted()).toEqual(named);
      expect(await filesOf(folder, '.txnindex')).toEqual(['00000000000000000000.txnindex']);
      await manager.shutdown();
    }));

  test('waits until it is dirtier than min.cleanable.dirty.ratio, but not longer than max.compaction.lag.ms', () =>
    withFolder(async (folder) => {
      const { manager, cleaner, log, test } = await openCleaned(folder, {
        config: { minCleanableDirtyRatio: 1, maxCompactionLagMs: 10_000 },
      });
      for (let round = 0; round < 10; round++) await append(log, keyed([`a=${round}${padding}`]));
      expect(await cleaner.cleanDirtiest()).toBe(false);
      test.nowMs += 20_000;
      expect(await cleaner.cleanDirtiest()).toBe(true);
      expect(await cleaner.cleanDirtiest()).toBe(false);
      await manager.shutdown();
    }));

  test('is cleaned in several passes when the map has no place for all of its keys', () =>
    withFolder(async (folder) => {
      const { manager, cleaner, log } = await openCleaned(folder, { settings: { dedupeBufferSize: 24 * 8 } });
      const values: string[] = [];
      for (let round = 0; round < 30; round++) {
        values[round % 10] = `${round}:k${round % 10}=${round}${padding}`;
        await append(log, keyed([`k${round % 10}=${round}${padding}`]));
      }
      let passes = 0;
      while (await cleaner.cleanDirtiest()) passes += 1;
      expect(passes).toBeGreaterThan(2);
      // The last two are in the active segment, and what they supersede is below it.
      const superseded = [18, 19].map((round) => `${round}:k${round % 10}=${round}${padding}`);
      expect(await contents(log)).toEqual([...superseded, ...values]);
      await manager.shutdown();
    }));

  test('takes batches larger than the buffers, and compressed ones, which stay compressed', () =>
    withFolder(async (folder) => {
      const { manager, cleaner, log } = await openCleaned(folder, {
        config: { segmentBytes: 4000 },
        settings: { ioBufferSize: 64 },
      });
      for (const compression of ['gzip', 'snappy', 'lz4', 'zstd', 'none'] as const)
        for (let round = 0; round < 4; round++)
          await append(
            log,
            keyed(
              Array.from({ length: 10 }, (_, index) => `${compression}${index % 7}=${round}${padding}`),
              { compression },
            ),
          );
      await append(log, keyed([`end=${'y'.repeat(3500)}`]));
      await cleaner.cleanDirtiest();
      const kept = await contents(log);
      expect(kept).toHaveLength(5 * 7 + 1);
      const batches = await batchesIn(log);
      expect(new Set(batches.map(({ compression }) => compression))).toEqual(
        new Set(['gzip', 'snappy', 'lz4', 'zstd', 'none']),
      );
      expect(batches[0]!.lastOffsetDelta).toBe(9);
      await manager.shutdown();
    }));

  test('keeps a tombstone for delete.retention.ms after it was first seen, and drops it then', () =>
    withFolder(async (folder) => {
      const { manager, cleaner, log, test } = await openCleaned(folder, {
        config: { segmentBytes: 200, deleteRetentionMs: 1000 },
      });
      await append(log, keyed(['a=1', 'b=1']), keyed([`c=1${padding}`]), keyed(['a', 'b=2']));
      await append(log, keyed([`d=1${padding}`]));
      await cleaner.cleanDirtiest();
      const tombstone = `3:a`;
      expect(await contents(log)).toContain(tombstone);
      const stamped = (await batchesIn(log)).find(({ baseOffset }) => baseOffset === 3)!;
      expect(stamped.hasDeleteHorizon).toBe(true);
      expect(stamped.baseTimestamp).toBe(test.nowMs + 1000);
      test.nowMs += 1000;
      await append(log, keyed([`e=1${padding}`]), keyed([`f=1${padding}`]));
      await cleaner.cleanDirtiest();
      expect(await contents(log)).not.toContain(tombstone);
      expect(await contents(log)).toContain('4:b=2');
      await manager.shutdown();
    }));

  test('keeps the last batch of a producer, without its records, so that sequence numbers go on', () =>
    withFolder(async (folder) => {
      const first = await openCleaned(folder);
      const producer = { producerId: 7, producerEpoch: 1 };
      await append(first.log, keyed(['a=1', 'a=2', 'a=3'], { ...producer, baseSequence: 0 }));
      for (let round = 0; round < 10; round++) await append(first.log, keyed([`a=${round}${padding}`]));
      await first.cleaner.cleanDirtiest();
      expect((await contents(first.log))[0]).not.toMatch(/^[012]:/);
      const [empty] = await batchesIn(first.log);
      expect([empty?.baseOffset, empty?.lastOffset, empty?.count, empty?.lastSequence]).toEqual([0, 2, 0, 2]);
      await first.manager.shutdown();
      for (const name of await readdir(join(folder, 'orders-0')))
        if (name.endsWith('.snapshot')) await rm(join(folder, 'orders-0', name));
      await rm(join(folder, '.kafka_cleanshutdown'));
      const second = await openCleaned(folder);
      expect(second.log.producers.producers.get(7)?.lastSequence).toBe(2);
      const next = keyed(['a=4'], { ...producer, baseSequence: 3 });
      await second.log.appendAsLeader(next, { leaderEpoch: 0 });
      await second.manager.shutdown();
    }));

  test('is left as it is, and said to be uncleanable, when a batch in it is damaged', () =>
    withFolder(async (folder) => {
      const { manager, cleaner, log, metrics } = await openCleaned(folder);
      for (let round = 0; round < 10; round++) await append(log, keyed([`a=${round}${padding}`]));
      await log.flush();
      const path = join(folder, 'orders-0', '00000000000000000002.log');
      const bytes = await readFile(path);
      bytes[100]! ^= 0xff;
      await writeFile(path, bytes);
      expect(await cleaner.cleanDirtiest()).toBe(true);
      expect(cleaner.uncleanablePartitions).toEqual([{ topic: 'orders', partition: 0 }]);
      expect(await cleaner.cleanDirtiest()).toBe(false);
      const value = (name: string): unknown =>
        metrics.snapshot().find((sample) => sample.name.mbean.includes(`name=${name}`));
      expect(JSON.stringify(value('uncleanable-partitions-count'))).toContain('1');
      expect(log.numberOfSegments).toBe(5);
      expect(await filesOf(folder, '.cleaned')).toEqual([]);
      await manager.shutdown();
    }));

  test('is dirty again from where a truncation cut it', () =>
    withFolder(async (folder) => {
      const { manager, cleaner, log } = await openCleaned(folder);
      for (let round = 0; round < 20; round++)
        await append(log, keyed([`k${round % 10}=${round}${padding}`]));
      await cleaner.cleanDirtiest();
      await log.truncateTo(13);
      expect(await readFile(join(folder, 'cleaner-offset-checkpoint'), 'utf8')).toBe('0\n1\norders 0 12\n');
      for (let round = 0; round < 8; round++) await append(log, keyed([`z=${round}${padding}`]));
      await cleaner.cleanDirtiest();
      expect((await contents(log)).filter((entry) => entry.includes('z=')).length).toBeLessThan(4);
      await manager.shutdown();
    }));

  test('loses its place in cleaner-offset-checkpoint when it is deleted', () =>
    withFolder(async (folder) => {
      const { manager, cleaner, log } = await openCleaned(folder);
      for (let round = 0; round < 10; round++) await append(log, keyed([`a=${round}${padding}`]));
      await cleaner.cleanDirtiest();
      await manager.asyncDelete({ topic: 'orders', partition: 0 });
      expect(await readFile(join(folder, 'cleaner-offset-checkpoint'), 'utf8')).toBe('0\n0\n');
      await manager.shutdown();
    }));

  test('is cleaned by the clock, and tells so in a fact', () =>
    withFolder(async (folder) => {
      const { manager, log, facts } = await openCleaned(folder, { settings: { backoffMs: 5 } });
      const cleaned = new Promise((resolve) => {
        facts.subscribe((fact) => {
          if (fact.kind === 'log-cleaned') resolve(fact);
        });
      });
      for (let round = 0; round < 10; round++) await append(log, keyed([`a=${round}${padding}`]));
      manager.startup();
      expect(await cleaned).toMatchObject({
        topic: 'orders',
        partition: 0,
        firstDirtyOffset: 0,
        endOffset: 8,
      });
      await manager.shutdown();
    }));

  test('is cleaned by as many threads as are wanted now, who do not sleep over a change', () =>
    withFolder(async (folder) => {
      const settings = { backoffMs: HOUR_MS, dedupeBufferSize: 4 * 1024 * 1024 };
      const { manager, cleaner, log, facts } = await openCleaned(folder, { settings });
      const cleaned = new Promise((resolve) => {
        facts.subscribe((fact) => {
          if (fact.kind === 'log-cleaned') resolve(fact);
        });
      });
      const own = { producerIdExpirationMs: HOUR_MS, recoveryThreadsPerDir: 1, verifiesTransactions: true };
      const change = (changed: Partial<LogCleanerSettings>): void =>
        manager.reconfigure(own, { ...DEFAULT_LOG_CLEANER_SETTINGS, ...settings, ...changed });
      const until = (threads: number): Promise<void> =>
        eventually(() => cleaner.threadCount === threads, `${threads} threads`, 4000);
      manager.startup();
      await until(1);
      change({ threads: 3 });
      await until(3);
      change({ threads: 2 });
      await until(2);
      for (let round = 0; round < 10; round++) await append(log, keyed([`a=${round}${padding}`]));
      change({ threads: 1, backoffMs: 5 });
      expect(await cleaned).toMatchObject({ topic: 'orders' });
      await until(1);
      await manager.shutdown();
      expect(cleaner.threadCount).toBe(0);
    }));

  test('is not cleaned on when it is deleted, or when the broker stops, in the middle of a pass', () =>
    withFolder(async (folder) => {
      const first = await openCleaned(folder, { settings: { ioBufferSize: 300 } });
      for (let round = 0; round < 40; round++)
        await append(first.log, keyed([`k${round % 3}=${round}${padding}`]));
      const all = await contents(first.log);
      const pass = first.cleaner.cleanDirtiest();
      await first.manager.shutdown();
      await pass;

      const second = await openCleaned(folder, { settings: { ioBufferSize: 300 } });
      const left = await contents(second.log);
      expect(all.filter((record) => left.includes(record))).toEqual(left);
      expect(left.slice(-3)).toEqual(all.slice(-3));
      const passes = second.cleaner.cleanDirtiest();
      await second.manager.asyncDelete({ topic: 'orders', partition: 0 });
      await passes;
      expect(second.cleaner.uncleanablePartitions).toEqual([]);
      expect((await readdir(folder)).filter((name) => name === 'orders-0')).toEqual([]);
      await second.manager.shutdown();
    }));

  test('goes offline with its dir when the disk fails under a pass', () =>
    withFolder(async (folder) => {
      const { runtime } = new TestRuntime();
      let fails = false;
      const disk = intercepted(runtime.disk, (name, args) => {
        if (fails && name === 'rename' && String(args[1]).endsWith('.swap'))
          throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
      });
      const failed: string[] = [];
      const { manager, cleaner, log } = await openCleaned(folder, {
        runtime: { ...runtime, disk },
        onLogDirFailure: () => failed.push(folder),
      });
      for (let round = 0; round < 10; round++) await append(log, keyed([`a=${round}${padding}`]));
      fails = true;
      expect(await cleaner.cleanDirtiest()).toBe(true);
      expect([log.isOffline, failed, cleaner.uncleanablePartitions]).toEqual([true, [folder], []]);
      expect(await cleaner.cleanDirtiest()).toBe(false);
      await manager.shutdown();
    }));

  test('with compact,delete loses old segments as well', () =>
    withFolder(async (folder) => {
      const { manager, log, test } = await openCleaned(folder, {
        config: { cleanupPolicy: ['compact', 'delete'], retentionMs: 60_000, minCleanableDirtyRatio: 1 },
        settings: { backoffMs: 5 },
      });
      for (let round = 0; round < 10; round++) await append(log, keyed([`a=${round}${padding}`]));
      test.nowMs += 120_000;
      const grown = new Promise<void>((resolve) => log.onLogEndMoved(() => resolve()));
      manager.startup();
      await append(log, keyed(['b=1']));
      await grown;
      while (log.logStartOffset <= 5) await new Promise((resolve) => setImmediate(resolve));
      expect(await contents(log)).not.toContain(`9:a=9${padding}`);
      await manager.shutdown();
    }));
});
