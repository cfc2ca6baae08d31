/** Which requests share memory with earlier ones, and that none does before its turn is over. */
import { expect, test } from '@jest/globals';
import { FrameReader } from '../../../src/network/index.ts';
import { FramePool } from '../../../src/network/frame-pool.ts';

const PRODUCE = 0;
const METADATA = 3;

function request(apiKey: number, size: number, mark: string): Buffer {
  const frame = Buffer.alloc(4 + size, mark);
  frame.writeInt32BE(size, 0);
  frame.writeInt16BE(apiKey, 4);
  return frame;
}

function readerOf(pool: FramePool): FrameReader {
  const allocate = (bytes: number, apiKey: number): Buffer | undefined =>
    apiKey === PRODUCE ? pool.take(bytes) : undefined;
  return new FrameReader({ maxBytes: 10_000_000, allocate });
}

test('a frame that was given back is the memory of the next, one that was not is not', () => {
  const pool = new FramePool();
  const reader = readerOf(pool);
  const [first] = reader.push(request(PRODUCE, 60_000, 'a'));
  const [second] = reader.push(request(PRODUCE, 60_000, 'b'));
  expect([first!.buffer === second!.buffer, first!.at(-1)]).toEqual([false, 'a'.charCodeAt(0)]);
  pool.give(first!);
  const [third] = reader.push(request(PRODUCE, 50_000, 'c'));
  expect([third!.buffer === first!.buffer, third!.length]).toEqual([true, 50_000]);
});

test('only where the API says so, and only sizes of which many come', () => {
  const pool = new FramePool();
  const reader = readerOf(pool);
  const sizes = [10, 2048, 2_000_000];
  const frames = [request(METADATA, 60_000, 'm'), ...sizes.map((size) => request(PRODUCE, size, 'p'))];
  for (const sent of frames) {
    const [frame] = reader.push(sent);
    pool.give(frame!);
    const [next] = reader.push(sent);
    expect(frame!.buffer === next!.buffer && frame!.byteOffset === next!.byteOffset).toBe(false);
  }
});

test('memory that Node shares among small Buffers is never taken for a frame, nor a frame handed out twice', () => {
  const pool = new FramePool();
  const reader = readerOf(pool);
  const memories = new Set<unknown>();
  // Some of them begin where Node's memory begins.
  for (let count = 0; count < 100; count++) {
    const [small] = reader.push(request(PRODUCE, 1000, 's'));
    memories.add(small!.buffer);
    pool.give(small!);
  }
  const frame = pool.take(8000)!;
  pool.give(frame);
  pool.give(frame);
  const taken = Array.from({ length: 20 }, () => pool.take(8000)!.buffer);
  expect(taken.filter((memory) => memories.has(memory))).toEqual([]);
  expect(new Set(taken).size).toBe(20);
});

test('what lies idle is bounded', () => {
  const pool = new FramePool();
  const frames = Array.from({ length: 20 }, () => pool.take(1024 * 1024)!);
  for (const frame of frames) pool.give(frame);
  const again = Array.from({ length: 20 }, () => pool.take(1024 * 1024)!.buffer);
  expect(frames.filter(({ buffer }) => again.includes(buffer))).toHaveLength(4);
});

test('a chunk that was kept may be overwritten, however far it reached', () => {
  const whole = Buffer.concat([
    request(METADATA, 10, 'a'),
    request(PRODUCE, 10, 'b'),
    request(PRODUCE, 10, 'c'),
  ]);
  for (let cut = 1; cut < whole.length; cut++) {
    const reader = readerOf(new FramePool());
    const frames: Buffer[] = [];
    for (const part of [whole.subarray(0, cut), whole.subarray(cut)]) {
      const lent = Buffer.from(part);
      reader.append(lent);
      const frame = reader.next();
      if (frame !== undefined) frames.push(frame);
      reader.keep();
      lent.fill(0xff);
    }
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) frames.push(frame);
    expect(Buffer.concat(frames.map((frame) => frame.subarray(2))).toString()).toBe(
      'aaaaaaaabbbbbbbbcccccccc',
    );
  }
});
