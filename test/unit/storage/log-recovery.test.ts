import { appendFile, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { batchesOf, prepareCompression, RecordBatch } from '../../../src/records/index.ts';
import type { UnifiedLog } from '../../../src/storage/index.ts';
import { createWorld } from '../../simulation/world/index.ts';
import { batch, copyFolder, NOW_MS, openBroker, readAll, withFolder } from './support.ts';

const CONFIG = { segmentBytes: 400, indexIntervalBytes: 100 };

/** A folder as a killed broker leaves it: twelve batches in several segments, two leader epochs, one producer. */
async function writeLog(folder: string): Promise<{ ends: number[]; files: string[] }> {
  const broker = await openBroker(folder, { config: CONFIG });
  const log = await broker.log();
  const ends: number[] = [];
  for (let index = 0; index < 12; index++) {
    await log.appendAsLeader(
      batch([`value ${index}`, 'and one more'], {
        producerId: 5,
        producerEpoch: 0,
        baseSequence: index * 2,
        timestamp: NOW_MS + index * 10,
      }),
      { leaderEpoch: index < 7 ? 1 : 2 },
    );
    ends.push(log.logEndOffset);
  }
  await broker.manager.shutdown();
  await rm(join(folder, '.kafka_cleanshutdown'));
  await rm(join(folder, 'recovery-point-offset-checkpoint'));
  const files = (await readdir(join(folder, 'orders-0'))).filter((name) => name.endsWith('.log'));
  return { ends, files };
}

async function contentOf(
  folder: string,
): Promise<{ offsets: number[]; end: number; epoch: number; sequence: number }> {
  const broker = await openBroker(folder, { config: CONFIG });
  const log = broker.manager.getLog('orders', 0)!;
  const offsets: number[] = [];
  let startOffset = log.logStartOffset;
  while (startOffset < log.logEndOffset)
    for (const found of batchesOf(await readAll(log, { startOffset }))) {
      expect(found.isValid()).toBe(true);
      if (found.baseOffset >= startOffset) offsets.push(found.baseOffset);
      startOffset = found.nextOffset;
    }
  const content = {
    offsets,
    end: log.logEndOffset,
    epoch: log.latestEpoch,
    sequence: log.producers.producers.get(5)?.lastSequence ?? -1,
  };
  // What recovery left must be a log one can go on with.
  await log.appendAsLeader(batch(['next']), { leaderEpoch: 3 });
  await broker.manager.shutdown();
  return content;
}

const expected = (batches: number): Awaited<ReturnType<typeof contentOf>> => ({
  offsets: Array.from({ length: batches }, (_, index) => index * 2),
  end: batches * 2,
  epoch: batches === 0 ? -1 : batches <= 7 ? 1 : 2,
  sequence: batches * 2 - 1,
});

describe('recovery after an unclean stop', () => {
  test('keeps everything that is whole', async () => {
    await withFolder(async (folder) => {
      const { files } = await writeLog(folder);
      expect(files.length).toBeGreaterThan(2);
      expect(await contentOf(folder)).toEqual(expected(12));
    });
  });

  test('a log cut at any byte keeps the batches in front of the cut, their epochs and their producers', async () => {
    await withFolder(async (original) => {
      const { files } = await writeLog(original);
      const sizes = await Promise.all(
        files.map(async (name) => (await stat(join(original, 'orders-0', name))).size),
      );
      const perSegment = await Promise.all(
        files.map(async (name) =>
          [...batchesOf(await readFile(join(original, 'orders-0', name)))].map((each) => each.sizeInBytes),
        ),
      );
      await fc.assert(
        fc.asyncProperty(
          fc.nat({ max: files.length - 1 }),
          fc.double({ min: 0, max: 1, noNaN: true }),
          async (index, part) => {
            const cut = Math.floor(sizes[index]! * part);
            let kept = perSegment.slice(0, index).flat().length;
            let position = 0;
            let isBorder = cut === 0;
            for (const size of perSegment[index]!)
              if ((position += size) <= cut) {
                kept += 1;
                isBorder ||= position === cut;
              }
            await withFolder(async (folder) => {
              await copyFolder(original, folder);
              await truncate(join(folder, 'orders-0', files[index]!), cut);
              const { offsets, ...rest } = await contentOf(folder);
              // A cut between two batches leaves no damage to see: the segments behind then stay, as in Kafka.
              const behind = isBorder ? perSegment.slice(index + 1).flat().length : 0;
              const all = expected(12).offsets;
              expect(offsets).toEqual([...all.slice(0, kept), ...all.slice(12 - behind)]);
              const { end, epoch, sequence } = expected(behind > 0 ? 12 : kept);
              expect(rest).toEqual({ end, epoch, sequence });
            });
          },
        ),
        { numRuns: 25 },
      );
    });
  }, 60_000);

  test('garbage behind the last batch is cut off', async () => {
    await withFolder(async (folder) => {
      const { files } = await writeLog(folder);
      for (const garbage of [Buffer.alloc(300), Buffer.alloc(5, 0xff), Buffer.from('garbage'.repeat(40))]) {
        await rm(join(folder, '.kafka_cleanshutdown'), { force: true });
        await appendFile(join(folder, 'orders-0', files.at(-1)!), garbage);
      }
      expect(await contentOf(folder)).toEqual(expected(12));
    });
  });

  test('a flipped bit ends the log before its batch, and the segments behind go', async () => {
    await withFolder(async (folder) => {
      const { files } = await writeLog(folder);
      const path = join(folder, 'orders-0', files[1]!);
      const bytes = await readFile(path);
      const [first, second] = [...batchesOf(bytes)];
      bytes[second!.position + 70]! ^= 0x10;
      await writeFile(path, bytes);
      expect(await contentOf(folder)).toEqual(expected(second!.baseOffset / 2));
      expect(first!.baseOffset).toBeGreaterThan(0);
    });
  });

  test('missing, short and wrong indexes are built anew to the same bytes', async () => {
    await withFolder(async (folder) => {
      const { files } = await writeLog(folder);
      const dir = join(folder, 'orders-0');
      const names = files.flatMap((name) => [
        name.replace('.log', '.index'),
        name.replace('.log', '.timeindex'),
      ]);
      const before = await Promise.all(names.map((name) => readFile(join(dir, name))));
      await rm(join(dir, names[0]!));
      await rm(join(dir, names[3]!));
      await truncate(join(dir, names[2]!), 3);
      await writeFile(join(dir, names[4]!), Buffer.alloc(10_000));
      const broker = await openBroker(folder, { config: CONFIG });
      await broker.manager.shutdown();
      const after = await Promise.all(names.map((name) => readFile(join(dir, name))));
      expect(after).toEqual(before);
    });
  });

  test('after a clean stop a missing index is rebuilt and orphans are removed', async () => {
    await withFolder(async (folder) => {
      const { files } = await writeLog(folder);
      const dir = join(folder, 'orders-0');
      const clean = await openBroker(folder, { config: CONFIG });
      await clean.manager.shutdown();
      await rm(join(dir, files[0]!.replace('.log', '.index')));
      await writeFile(join(dir, '00000000000000099999.index'), '');
      await writeFile(join(dir, '00000000000000099999.log.deleted'), 'old');
      expect(await contentOf(folder)).toEqual(expected(12));
      const names = await readdir(dir);
      expect(names).toContain(files[0]!.replace('.log', '.index'));
      expect(names.filter((name) => name.includes('99999'))).toEqual([]);
    });
  });

  test('an index that is read anew is whole or as it was, wherever a stop cuts that off', async () => {
    for (let calls = 0; ; calls++) {
      const world = createWorld('time index');
      const open = async (): Promise<UnifiedLog> => {
        const broker = await openBroker('/data', { config: CONFIG, runtime: world.runtimeFor('broker') });
        return broker.log();
      };
      await prepareCompression();
      const log = await world.settle(open());
      for (let index = 0; index < 12; index++)
        await world.settle(
          log.appendAsLeader(batch(['value'], { timestamp: NOW_MS + index }), { leaderEpoch: 1 }),
        );
      await world.settle(log.flush());
      world.kill('broker');
      const disk = world.disk('broker');
      const first = '/data/orders-0/00000000000000000000';
      const before = disk.peek(`${first}.timeindex`);
      await world.settle(world.runtimeFor('broker').disk.removeFile(`${first}.index`));
      const until = disk.calls + calls;
      const opened: UnifiedLog[] = [];
      void open().then((again) => opened.push(again));
      await world.runUntil(() => opened.length > 0 || disk.calls >= until);
      expect(disk.peek(`${first}.timeindex`)).toEqual(before);
      if (opened.length > 0) return;
    }
  });

  test('a segment with more in it than its indexes hold is recovered', async () => {
    await withFolder(async (folder) => {
      await writeLog(folder);
      const broker = await openBroker(folder, {
        config: { ...CONFIG, segmentIndexBytes: 8, indexIntervalBytes: 0 },
      });
      expect(broker.manager.getLog('orders', 0)!.logEndOffset).toBe(24);
      await broker.manager.shutdown();
    });
  });

  test('an index that is missing below the recovery point leaves leader epochs as they are', async () => {
    await withFolder(async (folder) => {
      const { files } = await writeLog(folder);
      const last = Number(files.at(-1)!.slice(0, 20));
      await writeFile(join(folder, 'recovery-point-offset-checkpoint'), `0\n1\norders 0 ${last}\n`);
      // The log begins in epoch 2 now, and what lies below in its first segment is of an older one.
      await writeFile(join(folder, 'log-start-offset-checkpoint'), '0\n1\norders 0 3\n');
      await writeFile(join(folder, 'orders-0', 'leader-epoch-checkpoint'), '0\n2\n1 3\n2 14\n');
      await rm(join(folder, 'orders-0', files[0]!.replace('.log', '.index')));
      const bytes = await readFile(join(folder, 'orders-0', files[0]!));
      new RecordBatch(bytes).partitionLeaderEpoch = 0;
      await writeFile(join(folder, 'orders-0', files[0]!), bytes);
      const broker = await openBroker(folder, { config: CONFIG });
      const log = broker.manager.getLog('orders', 0)!;
      expect([log.latestEpoch, log.endOffsetForEpoch(1).endOffset]).toEqual([2, 14]);
      await broker.manager.shutdown();
    });
  });

  test('a corrupt snapshot is passed over for an older one', async () => {
    await withFolder(async (folder) => {
      await writeLog(folder);
      const dir = join(folder, 'orders-0');
      const snapshots = (await readdir(dir)).filter((name) => name.endsWith('.snapshot'));
      await writeFile(join(dir, snapshots.at(-1)!), 'nonsense');
      expect(await contentOf(folder)).toEqual(expected(12));
    });
  });

  test('a log that ends before its checkpointed start begins anew there', async () => {
    await withFolder(async (folder) => {
      await writeLog(folder);
      await writeFile(join(folder, 'log-start-offset-checkpoint'), '0\n1\norders 0 100\n');
      const broker = await openBroker(folder, { config: CONFIG });
      const log = broker.manager.getLog('orders', 0)!;
      expect([log.logStartOffset, log.logEndOffset, log.numberOfSegments]).toEqual([100, 100, 1]);
      const info = await log.appendAsLeader(batch(['next']), { leaderEpoch: 3 });
      expect(info.firstOffset).toBe(100);
      await broker.manager.shutdown();
    });
  });

  test('only what lies behind the recovery point is read again', async () => {
    await withFolder(async (folder) => {
      const { files } = await writeLog(folder);
      const last = Number(files.at(-1)!.slice(0, 20));
      await writeFile(join(folder, 'recovery-point-offset-checkpoint'), `0\n1\norders 0 ${last}\n`);
      // Damage in front of the recovery point is not looked for: those bytes were synced.
      const path = join(folder, 'orders-0', files[0]!);
      const bytes = await readFile(path);
      bytes[100]! ^= 0xff;
      await writeFile(path, bytes);
      const broker = await openBroker(folder, { config: CONFIG });
      expect(broker.manager.getLog('orders', 0)!.logEndOffset).toBe(24);
      await broker.manager.shutdown();
    });
  });
});
