/** What the tail cache keeps alive. */
import { expect, test } from '@jest/globals';
import { LogTail, TailCache } from '../../../src/storage/tail-cache.ts';

test('a small batch cut from a large buffer is kept alone, without the rest of the buffer or of a pool', () => {
  const tail = new LogTail(new TailCache());
  const frame = Buffer.alloc(100_000, 'x');
  const at = { baseOffset: 0, lastOffset: 0, segmentBaseOffset: 0, position: 0 };
  tail.add(frame.subarray(10, 90), at);
  const read = tail.read({ startOffset: 0, limitOffset: 1, maxBytes: 1000, minOneMessage: true });
  const kept = [read?.records ?? []].flat();
  expect(kept.map(({ length }) => length)).toEqual([80]);
  expect(kept.map(({ buffer }) => buffer.byteLength)).toEqual([80]);
});
