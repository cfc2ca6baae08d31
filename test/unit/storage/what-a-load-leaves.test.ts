/** What opening a log dir changes in it, and what it tells: as the original, of which a swap of brokers asks the same. */
import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Logger, LogLevel, Runtime } from '../../../src/runtime/index.ts';
import { batch, copyFolder, openBroker, TestRuntime, withFolder } from './support.ts';

const LEADER = { leaderEpoch: 0 };
const ONE_BATCH_A_SEGMENT = { segmentBytes: 80 };
const PARTITION = 'orders-0';

/** A runtime whose log is kept. */
function listening(): { readonly runtime: Runtime; readonly lines: string[] } {
  const lines: string[] = [];
  const at =
    (level: LogLevel) =>
    (message: string): void =>
      void lines.push(`${level} ${message.replace(/^\[.*?\] /, '')}`);
  const logger: Logger = {
    isEnabled: () => true,
    trace: () => undefined,
    debug: () => undefined,
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    child: () => logger,
  };
  return { runtime: { ...new TestRuntime().runtime, logger }, lines };
}

/** Three segments of one record each, stopped or killed; then `change`, and a broker that opens it. */
async function reopened(
  ending: 'clean' | 'kill',
  change: (partition: string, folder: string) => Promise<void>,
  look: (partition: string, lines: readonly string[], folder: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (parent) => {
    const [first, second] = [join(parent, 'first'), join(parent, 'second')];
    const writer = await openBroker(first, { config: ONE_BATCH_A_SEGMENT });
    const log = await writer.log();
    for (const value of ['a', 'b', 'c']) await log.appendAsLeader(batch([value]), LEADER);
    await log.flush();
    if (ending === 'kill') await copyFolder(first, second);
    await writer.manager.shutdown();
    if (ending === 'clean') await copyFolder(first, second);
    const partition = join(second, PARTITION);
    await change(partition, second);
    const { runtime, lines } = listening();
    const { manager } = await openBroker(second, { config: ONE_BATCH_A_SEGMENT, runtime });
    await look(partition, lines, second);
    await manager.shutdown();
  });
}

async function namesOf(folder: string, suffix: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith(suffix)).sort();
}

const fileOf = (offset: number, suffix: string): string => `${String(offset).padStart(20, '0')}${suffix}`;
const nothing = (): Promise<void> => Promise.resolve();
const warnings = (lines: readonly string[]): string[] => lines.filter((line) => /^(warn|error)/.test(line));

describe('opening a log dir', () => {
  test('changes no snapshot after a clean stop, complains of nothing and skips recovery', async () => {
    await reopened('clean', nothing, async (partition, lines, folder) => {
      expect(await namesOf(partition, '.snapshot')).toEqual([1, 2, 3].map((at) => fileOf(at, '.snapshot')));
      expect(warnings(lines)).toEqual([]);
      expect(lines).toContain(
        `info Skipping recovery of 1 logs from ${folder} since clean shutdown file was found`,
      );
    });
  });

  test('without any snapshot after a clean stop takes empty ones: of the last two segments and the end', async () => {
    const lose = async (partition: string): Promise<void> => {
      for (const name of await namesOf(partition, '.snapshot')) await rm(join(partition, name));
    };
    await reopened('clean', lose, async (partition) => {
      expect(await namesOf(partition, '.snapshot')).toEqual([1, 2, 3].map((at) => fileOf(at, '.snapshot')));
      expect((await stat(join(partition, fileOf(3, '.snapshot')))).size).toBe(10);
    });
  });

  test('tells each segment that is recovered, from the recovery point on', async () => {
    const checkpoint = async (_partition: string, folder: string): Promise<void> =>
      writeFile(join(folder, 'recovery-point-offset-checkpoint'), '0\n1\norders 0 1\n');
    await reopened('kill', checkpoint, async (_partition, lines, folder) => {
      expect(lines).toContain(`info Recovering 1 logs from ${folder} since no clean shutdown file was found`);
      expect(lines.filter((line) => line.includes('unflushed'))).toEqual([
        'info Recovering unflushed segment 1. 0/2 recovered for orders-0.',
        'info Recovering unflushed segment 2. 1/2 recovered for orders-0.',
      ]);
      expect(warnings(lines)).toEqual([]);
      await nothing();
    });
  });

  test.each([
    ['a batch that was not written to its end', (size: number) => size - 3, 0],
    ['zeros behind the end, where none are expected', (size: number) => size + 50, 1],
  ])('tells what it cuts off: %s', async (_name, newSize, invalid) => {
    const change = async (partition: string): Promise<void> => {
      const path = join(partition, fileOf(2, '.log'));
      await truncate(path, newSize((await stat(path)).size));
    };
    await reopened('kill', change, async (_partition, lines) => {
      const told = warnings(lines);
      expect(told.filter((line) => line.includes('Found invalid messages'))).toHaveLength(invalid);
      expect(told.at(-1)).toMatch(/^warn Corruption found in segment 2, truncating to offset [23]$/);
      await nothing();
    });
  });

  test('mends a segment without its offset index, and tells so', async () => {
    const lose = (partition: string): Promise<void> => rm(join(partition, fileOf(0, '.index')));
    await reopened('clean', lose, async (partition, lines) => {
      expect(await namesOf(partition, '.index')).toHaveLength(3);
      expect(warnings(lines)).toEqual([
        `error Could not find offset index file corresponding to log file ${partition}/${fileOf(0, '.log')}, recovering segment and rebuilding index files...`,
      ]);
      // Behind the segment all snapshots went; those of the last two and of the end are back.
      expect(await namesOf(partition, '.snapshot')).toEqual([1, 2, 3].map((at) => fileOf(at, '.snapshot')));
    });
  });

  test('gives a segment without a time index an empty one', async () => {
    const lose = (partition: string): Promise<void> => rm(join(partition, fileOf(0, '.timeindex')));
    await reopened('clean', lose, async (partition, lines) => {
      expect((await stat(join(partition, fileOf(0, '.timeindex')))).size).toBe(0);
      expect(warnings(lines)).toEqual([]);
    });
  });

  test('empties a damaged transaction index, and finds no fault in it the next time', async () => {
    const damage = (partition: string): Promise<void> =>
      writeFile(join(partition, fileOf(1, '.txnindex')), Buffer.alloc(34));
    await reopened('clean', damage, async (partition, lines) => {
      expect(warnings(lines)[0]).toMatch(/^warn Found a corrupted index file/);
      expect((await stat(join(partition, fileOf(1, '.txnindex')))).size).toBe(0);
    });
  });

  test('keeps of stray snapshots none in front of the last segment', async () => {
    const stray = async (partition: string): Promise<void> => {
      await rm(join(partition, fileOf(3, '.snapshot')));
      await rm(join(partition, fileOf(2, '.snapshot')));
      for (const at of [1, 3])
        await writeFile(
          join(partition, fileOf(at * 10, '.snapshot')),
          await readFile(join(partition, fileOf(1, '.snapshot'))),
        );
    };
    await reopened('clean', stray, async (partition) => {
      expect(await namesOf(partition, '.snapshot')).toEqual([1, 2, 3].map((at) => fileOf(at, '.snapshot')));
    });
  });

  test('makes checkpoints that are not there, empty', async () => {
    await withFolder(async (folder) => {
      const { manager } = await openBroker(folder);
      for (const name of ['recovery-point', 'log-start', 'replication'])
        expect((await stat(join(folder, `${name}-offset-checkpoint`))).size).toBe(0);
      await manager.shutdown();
    });
  });
});

describe('the recovery point', () => {
  test('is never below the log start: what was deleted need not be recovered', async () => {
    await withFolder(async (folder) => {
      const broker = await openBroker(folder);
      const log = await broker.log();
      for (const value of ['a', 'b', 'c']) await log.appendAsLeader(batch([value]), LEADER);
      log.updateHighWatermark(3);
      expect(log.recoveryPoint).toBe(0);
      log.maybeIncrementLogStartOffset(2);
      expect(log.recoveryPoint).toBe(2);
      await broker.manager.shutdown();
    });
  });
});
