/** What the tail cache keeps, for how long, and whose bytes it lends. */
import { expect, test } from '@jest/globals';
import { LogTail, TailCache } from '../../../src/storage/tail-cache.ts';
import { buildBatch } from '../../../src/records/index.ts';
import type { FetchDataInfo } from '../../../src/storage/index.ts';

const ENTRY_BYTES = 1000;
/** 32 slabs of four entries each. */
const LIMIT_BYTES = 32 * 4 * ENTRY_BYTES;
const KEPT_ENTRIES = LIMIT_BYTES / ENTRY_BYTES;

function batchOf(offset: number, value: Buffer): Buffer {
  return buildBatch({ records: [{ key: null, value, headers: [], timestamp: 1 }], baseOffset: offset });
}
const OVERHEAD_BYTES = batchOf(0, Buffer.alloc(900)).length - 900;

/** One record at `offset`, its value all `mark`. */
function entry(offset: number, mark: string): Buffer {
  return batchOf(offset, Buffer.alloc(ENTRY_BYTES - OVERHEAD_BYTES, mark));
}

function add(tail: LogTail, offset: number, mark = 'x'): void {
  const records = entry(offset, mark);
  tail.add(records, { baseOffset: offset, lastOffset: offset, segmentBaseOffset: 0, position: 0 });
  records.fill(0);
}

function read(tail: LogTail, offset: number): FetchDataInfo | undefined {
  return tail.read({
    startOffset: offset,
    limitOffset: Infinity,
    maxBytes: ENTRY_BYTES,
    minOneMessage: true,
  });
}

test('what was added is kept as a copy, the oldest slab goes first', () => {
  const tail = new LogTail(new TailCache(LIMIT_BYTES));
  for (let offset = 0; offset < KEPT_ENTRIES; offset++) add(tail, offset);
  expect(read(tail, 0)?.records[0]?.includes('xxx')).toBe(true);
  add(tail, KEPT_ENTRIES);
  expect([read(tail, 3), read(tail, 4)?.sizeInBytes]).toEqual([undefined, ENTRY_BYTES]);
});

test('a slab whose bytes are on their way is not overwritten, and one whose bytes have left is used again', () => {
  const tail = new LogTail(new TailCache(LIMIT_BYTES));
  for (let offset = 0; offset < KEPT_ENTRIES; offset++) add(tail, offset, 'a');
  const unsent = read(tail, 0);
  const sent = read(tail, 4);
  sent?.release?.();
  for (let offset = KEPT_ENTRIES; offset < KEPT_ENTRIES + 8; offset++) add(tail, offset, 'b');
  expect([unsent, sent].map((data) => data?.records[0]?.includes('aaa'))).toEqual([true, false]);
  const memoryOf = (data: FetchDataInfo | undefined): unknown => data?.records[0]?.buffer;
  expect(memoryOf(read(tail, KEPT_ENTRIES + 4)) === memoryOf(sent)).toBe(true);
});

test('logs share the ring by time: a busy one drives out what an idle one keeps', () => {
  const cache = new TailCache(LIMIT_BYTES);
  const [idle, busy] = [new LogTail(cache), new LogTail(cache)];
  add(idle, 0);
  for (let offset = 0; offset < KEPT_ENTRIES - 1; offset++) add(busy, offset);
  expect(read(idle, 0)?.sizeInBytes).toBe(ENTRY_BYTES);
  add(busy, KEPT_ENTRIES - 1);
  expect(read(idle, 0)).toBeUndefined();
});

test('what is larger than a slab has one of its own; what is larger than the cache leaves no hole behind', () => {
  const tail = new LogTail(new TailCache(LIMIT_BYTES));
  add(tail, 0);
  const large = Buffer.concat([entry(1, 'l'), Buffer.alloc(9 * ENTRY_BYTES)]);
  tail.add(large, { baseOffset: 1, lastOffset: 1, segmentBaseOffset: 0, position: 0 });
  expect(read(tail, 1)?.records[0]?.includes('lll')).toBe(true);
  const tooLarge = Buffer.concat([entry(2, 'l'), Buffer.alloc(LIMIT_BYTES)]);
  tail.add(tooLarge, { baseOffset: 2, lastOffset: 2, segmentBaseOffset: 0, position: 0 });
  expect([read(tail, 0), read(tail, 2)]).toEqual([undefined, undefined]);
});

test('a log whose end nobody reads is kept no more, until somebody does', () => {
  const tail = new LogTail(new TailCache());
  const entries = 4 * 1024 + 300;
  for (let offset = 0; offset < entries; offset++) add(tail, offset);
  expect(read(tail, entries - 1)).toBeUndefined();
  add(tail, entries);
  expect(read(tail, entries)?.sizeInBytes).toBe(ENTRY_BYTES);
});
