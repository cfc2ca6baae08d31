import { describe, expect, test } from '@jest/globals';
import { buildBatch } from '../../../src/records/index.ts';
import type { DiskFile } from '../../../src/runtime/index.ts';
import { BATCHES_PER_READ, scanBatches } from '../../../src/storage/scan-batches.ts';

/** A file in memory that notes where it was read. */
function fileOf(bytes: Buffer): { file: DiskFile; reads: number[] } {
  const reads: number[] = [];
  const file = {
    read: (buffer: Buffer, position: number) => {
      reads.push(position);
      return Promise.resolve(bytes.copy(buffer, 0, position));
    },
  } as Partial<DiskFile> as DiskFile;
  return { file, reads };
}

function batches(count: number, valueBytes: number): Buffer {
  const value = Buffer.alloc(valueBytes, 'x');
  return Buffer.concat(
    Array.from({ length: count }, (_, baseOffset) =>
      buildBatch({ baseOffset, records: [{ value, timestamp: 1 }] }),
    ),
  );
}

async function scanned(bytes: Buffer, wanted = Infinity) {
  const { file, reads } = fileOf(bytes);
  const offsets: number[] = [];
  const perRead = new Map<number, number>();
  const end = await scanBatches(file, { start: 0, end: bytes.length }, ({ baseOffset }) => {
    if (offsets.length === wanted) return false;
    offsets.push(baseOffset);
    perRead.set(reads.length, (perRead.get(reads.length) ?? 0) + 1);
    return true;
  });
  return { end, offsets, mostPerRead: Math.max(...perRead.values()) };
}

describe('a walk over the batches of a file', () => {
  test('comes to each once, few between two reads, however small they are', async () => {
    const count = 2 * BATCHES_PER_READ + 5;
    const bytes = batches(count, 0);
    const { end, offsets, mostPerRead } = await scanned(bytes);
    expect(offsets).toEqual(Array.from({ length: count }, (_, index) => index));
    expect(end).toBe(bytes.length);
    expect(mostPerRead).toBe(BATCHES_PER_READ);
  });

  test('reads on for a batch larger than a chunk, and stops where one is cut off or not wanted', async () => {
    const large = batches(3, 1_500_000);
    expect((await scanned(large)).offsets).toEqual([0, 1, 2]);
    const torn = await scanned(large.subarray(0, large.length - 1));
    expect([torn.offsets, torn.end]).toEqual([[0, 1], (large.length / 3) * 2]);
    const small = batches(10, 10);
    const some = await scanned(small, 4);
    expect([some.offsets, some.end]).toEqual([[0, 1, 2, 3], (small.length / 10) * 4]);
  });
});
