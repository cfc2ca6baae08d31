import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { batchesOf } from '../../../src/records/index.ts';
import { silentLogger } from '../../../src/runtime/index.ts';
import { finishInterrupted } from '../../../src/storage/interrupted-compaction.ts';
import { createWorld, type World } from '../../simulation/world/index.ts';
import { batch, openBroker, readAll, withFolder } from './support.ts';

const CONFIG = { segmentBytes: 400, indexIntervalBytes: 100 };
const BATCHES = 12;

interface WrittenLog {
  readonly dir: string;
  /** The base offset of every segment. */
  readonly segments: readonly number[];
}

const fileName = (offset: number, suffix: string): string => `${String(offset).padStart(20, '0')}${suffix}`;

/** Twelve batches of two records in several segments, left by a kill. */
async function writeLog(folder: string): Promise<WrittenLog> {
  const broker = await openBroker(folder, { config: CONFIG });
  const log = await broker.log();
  for (let index = 0; index < BATCHES; index++)
    await log.appendAsLeader(batch([`value ${index}`, 'and one more']), { leaderEpoch: 1 });
  await broker.manager.shutdown();
  await rm(join(folder, '.kafka_cleanshutdown'));
  const dir = join(folder, 'orders-0');
  const names = (await readdir(dir)).filter((name) => name.endsWith('.log'));
  const segments = names.map((name) => Number(name.slice(0, 20)));
  expect(segments.length).toBeGreaterThanOrEqual(3);
  return { dir, segments };
}

/** What a cleaner makes of segments: of their batches those that begin at these offsets. */
async function cleanedSegment(
  { dir }: WrittenLog,
  from: readonly number[],
  kept: readonly number[],
): Promise<Buffer> {
  const bytes = await Promise.all(from.map((offset) => readFile(join(dir, fileName(offset, '.log')))));
  const found = bytes.flatMap((segment) => [...batchesOf(segment)]);
  return Buffer.concat(
    found
      .filter(({ baseOffset }) => kept.includes(baseOffset))
      .map(({ buffer, position, sizeInBytes }) => buffer.subarray(position, position + sizeInBytes)),
  );
}

async function offsetsAfterLoad(folder: string): Promise<number[]> {
  const broker = await openBroker(folder, { config: CONFIG });
  const log = broker.manager.getLog('orders', 0)!;
  const offsets: number[] = [];
  for (let startOffset = 0; startOffset < log.logEndOffset;)
    for (const found of batchesOf(await readAll(log, { startOffset }))) {
      if (found.baseOffset >= startOffset) offsets.push(found.baseOffset);
      startOffset = found.nextOffset;
    }
  await log.appendAsLeader(batch(['next']), { leaderEpoch: 2 });
  await broker.manager.shutdown();
  return offsets;
}

const ALL = Array.from({ length: BATCHES }, (_, index) => index * 2);
const unfinished = async (dir: string): Promise<string[]> =>
  (await readdir(dir)).filter((name) => /\.(cleaned|swap|deleted)$/.test(name));

describe('a compaction that a kill interrupted', () => {
  test('while it wrote: its files go, the log is what it was', async () => {
    await withFolder(async (folder) => {
      const log = await writeLog(folder);
      for (const suffix of ['.log.cleaned', '.index.cleaned', '.timeindex.cleaned', '.txnindex.cleaned'])
        await writeFile(join(log.dir, fileName(0, suffix)), 'half of it');
      expect(await offsetsAfterLoad(folder)).toEqual(ALL);
      expect(await unfinished(log.dir)).toEqual([]);
    });
  });

  test('before the swap was made: the cleaned segment takes the place of all it covers', async () => {
    await withFolder(async (folder) => {
      const log = await writeLog(folder);
      const [first = 0, second = 0, third = 0] = log.segments;
      const kept = [0, third - 2];
      await writeFile(
        join(log.dir, fileName(first, '.log.swap')),
        await cleanedSegment(log, [first, second], kept),
      );
      expect(await offsetsAfterLoad(folder)).toEqual([...kept, ...ALL.filter((offset) => offset >= third)]);
      const names = await readdir(log.dir);
      expect(names).toContain(fileName(first, '.index'));
      expect(names.filter((name) => name.startsWith(fileName(second, '')))).toEqual([]);
      expect(await unfinished(log.dir)).toEqual([]);
    });
  });

  test('while the names were changed: what has its name already stays', async () => {
    await withFolder(async (folder) => {
      const log = await writeLog(folder);
      const [first = 0, second = 0, third = 0] = log.segments;
      const cleaned = await cleanedSegment(log, [first, second], [0, third - 2]);
      for (const name of await readdir(log.dir))
        if (name.startsWith(fileName(first, '.')) || name.startsWith(fileName(second, '.')))
          await rm(join(log.dir, name));
      await writeFile(join(log.dir, fileName(first, '.log')), cleaned);
      await writeFile(join(log.dir, fileName(first, '.index.swap')), '');
      await writeFile(join(log.dir, fileName(first, '.timeindex.swap')), '');
      await writeFile(join(log.dir, fileName(second, '.log.deleted')), 'old');
      expect(await offsetsAfterLoad(folder)).toEqual([
        0,
        third - 2,
        ...ALL.filter((offset) => offset >= third),
      ]);
      expect(await unfinished(log.dir)).toEqual([]);
    });
  });

  test('while one segment was made several: a part that is ready before those in front of it is dropped', async () => {
    await withFolder(async (folder) => {
      const log = await writeLog(folder);
      const [first = 0, second = 0] = log.segments;
      await writeFile(join(log.dir, fileName(first, '.log.cleaned')), 'half of it');
      await writeFile(
        join(log.dir, fileName(second, '.log.swap')),
        await cleanedSegment(log, [second], [second]),
      );
      expect(await offsetsAfterLoad(folder)).toEqual(ALL);
      expect(await unfinished(log.dir)).toEqual([]);
    });
  });

  test('a cleaned segment in which nothing was left replaces its own and no other', async () => {
    await withFolder(async (folder) => {
      const log = await writeLog(folder);
      const [first = 0, second = 0] = log.segments;
      await writeFile(join(log.dir, fileName(first, '.log.swap')), '');
      const broker = await openBroker(folder, { config: CONFIG });
      const opened = broker.manager.getLog('orders', 0)!;
      expect([opened.logEndOffset, opened.numberOfSegments]).toEqual([2 * BATCHES, log.segments.length]);
      const read = await readAll(opened, { startOffset: second });
      expect([...batchesOf(read)][0]?.baseOffset).toBe(second);
      await broker.manager.shutdown();
    });
  });
});

/** A folder in which two segments wait to replace three; every file says which it is. */
async function interruptedFolder(): Promise<{ world: World; list: () => Promise<string[]> }> {
  const world = createWorld('interrupted');
  const { disk } = world.runtimeFor('broker');
  const write = async (): Promise<void> => {
    await disk.makeFolder('/log');
    for (const offset of [0, 10, 20, 30])
      for (const suffix of ['.log', '.index'])
        await disk.writeFile(`/log/${fileName(offset, suffix)}`, 'old');
    for (const [offset, end] of [
      [0, 15],
      [16, 29],
    ] as const) {
      const records = batch(['new'], { baseOffset: end });
      await disk.writeFile(`/log/${fileName(offset, '.log.swap')}`, records);
      await disk.writeFile(`/log/${fileName(offset, '.index.swap')}`, 'new');
    }
    await disk.writeFile(`/log/${fileName(40, '.log.cleaned')}`, '');
    await disk.writeFile(`/log/leader-epoch-checkpoint`, '');
  };
  await world.settle(write());
  return { world, list: () => disk.list('/log') };
}

test('finishing it can be interrupted at any step and is finished the next time', async () => {
  const logsOf = (names: readonly string[]): string[] => names.filter((name) => name.includes('.log'));
  const whole = [fileName(0, '.log'), fileName(16, '.log'), fileName(30, '.log')];
  let isDone = false;
  for (let steps = 0; !isDone; steps++) {
    const { world, list } = await interruptedFolder();
    const { disk } = world.runtimeFor('broker');
    const names = await world.settle(list());
    let left = steps;
    world.disk('broker').fault = () => (left-- > 0 ? undefined : 'EIO');
    await world.settle(finishInterrupted(disk, '/log', names, silentLogger)).then(
      () => (isDone = true),
      () => undefined,
    );
    world.disk('broker').fault = () => undefined;
    const told = await world.settle(
      finishInterrupted(disk, '/log', await world.settle(list()), silentLogger),
    );
    const names_ = await world.settle(list());
    expect(logsOf(names_)).toEqual(whole);
    expect(names_).toEqual(told);
    expect(names_).toContain('leader-epoch-checkpoint');
    expect(world.disk('broker').peek(`/log/${fileName(16, '.log')}`)).toHaveLength(batch(['new']).length);
    expect(
      world
        .disk('broker')
        .peek(`/log/${fileName(30, '.index')}`)
        ?.toString(),
    ).toBe('old');
    expect(steps).toBeLessThan(100);
  }
});
