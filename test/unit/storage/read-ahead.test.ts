/** What is read of a log before it is asked for, and that it is never shown when it is not the log any more. */
import { expect, test } from '@jest/globals';
import type { Runtime } from '../../../src/runtime/index.ts';
import { joinRecords, type UnifiedLog } from '../../../src/storage/index.ts';
import { intercepted } from './cleaner/support.ts';
import { batch, openBroker, readOnce, TestRuntime, withFolder } from './support.ts';

const READ_BYTES = 256 * 1024;
const VALUE = 'v'.repeat(10_000);
/** Ten reads' worth. */
const BATCHES = 256;

/** A real disk that tells of every read of a `.log` file. */
function watched(onRead: () => void): Runtime {
  const { runtime } = new TestRuntime();
  const { disk } = runtime;
  const open = disk.open.bind(disk);
  disk.open = async (path, mode) =>
    intercepted(await open(path, mode), (name) => {
      if (name === 'read' && path.endsWith('.log')) onRead();
    });
  return runtime;
}

/** A log on disk only: nothing is kept in memory. */
async function withLongLog(
  task: (log: UnifiedLog, count: { reads: number }) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const count = { reads: 0 };
    const runtime = watched(() => (count.reads += 1));
    const broker = await openBroker(folder, { runtime, settings: { tailCacheBytes: 0 } });
    const log = await broker.log();
    for (let index = 0; index < BATCHES; index++)
      await log.appendAsLeader(batch([`${index} ${VALUE}`]), { leaderEpoch: 0 });
    count.reads = 0;
    await task(log, count);
    await broker.manager.shutdown();
  });
}

async function readAt(log: UnifiedLog, startOffset: number): Promise<{ bytes: Buffer; nextOffset: number }> {
  const read = await readOnce(log, { startOffset, maxBytes: READ_BYTES });
  const bytes = Buffer.from(joinRecords(read));
  read.release?.();
  return { bytes, nextOffset: startOffset + countWhole(bytes) };
}

function countWhole(bytes: Buffer): number {
  let count = 0;
  for (let at = 0; at + 12 <= bytes.length; count++) {
    at += 12 + bytes.readInt32BE(at + 8);
    if (at > bytes.length) return count;
  }
  return count;
}

async function readToEnd(log: UnifiedLog): Promise<string[]> {
  const seen: string[] = [];
  for (let offset = 0; offset < log.logEndOffset;) {
    const { bytes, nextOffset } = await readAt(log, offset);
    for (const found of bytes.toString('latin1').matchAll(/(\d+) v/g)) seen.push(found[1]!);
    offset = nextOffset;
  }
  return [...new Set(seen)];
}

test('a reader that goes through a log finds each next piece read already, and every record once', async () => {
  await withLongLog(async (log, count) => {
    const { nextOffset } = await readAt(log, 0);
    // The piece asked for, and the one that follows.
    expect(count.reads).toBe(2);
    await readAt(log, nextOffset);
    expect(count.reads).toBe(3);
    expect(await readToEnd(log)).toEqual(Array.from({ length: BATCHES }, (_, index) => String(index)));
  });
});

test('readers at different places of a log do not take what is not theirs', async () => {
  await withLongLog(async (log) => {
    const places = [0, 40, 80];
    for (let round = 0; round < 4; round++) {
      for (const [reader, place] of places.entries()) {
        const { bytes, nextOffset } = await readAt(log, place);
        expect(bytes.readBigInt64BE(0)).toBe(BigInt(place));
        places[reader] = nextOffset;
      }
    }
  });
});

test('what was read ahead of a log that was cut and written anew is not shown', async () => {
  await withLongLog(async (log) => {
    const { nextOffset } = await readAt(log, 0);
    await log.truncateTo(nextOffset);
    for (let index = 0; index < BATCHES; index++)
      await log.appendAsLeader(batch([`new ${VALUE}`]), { leaderEpoch: 1 });
    const { bytes } = await readAt(log, nextOffset);
    expect(bytes.subarray(0, 200).includes('new v')).toBe(true);
  });
});

test('what was read ahead of a log that started anew at another offset is not shown', async () => {
  await withLongLog(async (log) => {
    const { nextOffset } = await readAt(log, 0);
    await log.truncateFullyAndStartAt(nextOffset);
    await log.appendAsLeader(batch(['new']), { leaderEpoch: 1 });
    const { bytes } = await readAt(log, nextOffset);
    expect(bytes.includes('new')).toBe(true);
    expect(bytes.length).toBeLessThan(200);
  });
});

test('at the end of a log nothing is read that is not there yet', async () => {
  await withLongLog(async (log, count) => {
    const { nextOffset } = await readAt(log, BATCHES - 10);
    expect(nextOffset).toBe(BATCHES);
    expect(count.reads).toBe(1);
  });
});
