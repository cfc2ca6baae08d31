import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FrameReader } from '../../../src/network/index.ts';

function framed(payload: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(payload.length);
  return Buffer.concat([length, payload]);
}

/** `bytes` in pieces that end where `cuts` say. */
function piecesOf(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

test('frames come out whole and in order, wherever the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 }),
      fc.array(fc.nat(4000), { maxLength: 40 }),
      (payloads, cuts) => {
        const reader = new FrameReader({ maxBytes: 300 });
        const stream = Buffer.concat(payloads.map(framed));
        const frames = piecesOf(stream, cuts).flatMap((piece) => reader.push(piece));
        expect(frames.map((frame) => frame.toString('hex'))).toEqual(
          payloads.map((payload) => Buffer.from(payload).toString('hex')),
        );
      },
    ),
  );
});

describe('a frame', () => {
  test('larger than the first allocation arrives whole', () => {
    const payload = Buffer.alloc(5_000_000, 'kafka');
    const reader = new FrameReader({ maxBytes: 10_000_000 });
    const stream = framed(payload);
    const frames: Buffer[] = [];
    for (let at = 0; at < stream.length; at += 65_536)
      frames.push(...reader.push(stream.subarray(at, at + 65_536)));
    expect(frames).toHaveLength(1);
    expect(frames[0]!.equals(payload)).toBe(true);
  });

  test('does not share memory with the chunk it came in', () => {
    const chunk = framed(Buffer.from('records'));
    const [frame] = new FrameReader({ maxBytes: 100 }).push(chunk);
    chunk.fill(0);
    expect(frame!.toString()).toBe('records');
  });

  test.each([
    ['negative', Buffer.from([0xff, 0xff, 0xff, 0xff]), 'cannot have -1 bytes'],
    ['over the limit', Buffer.from([0x00, 0x00, 0x01, 0x00]), 'larger than the 255 allowed'],
    ['as large as can be', Buffer.from([0x7f, 0xff, 0xff, 0xff]), 'larger than the 255 allowed'],
    ['of another protocol', Buffer.from('GET / HTTP/1.1'), 'larger than the 255 allowed'],
  ])('with a length that is %s is refused before anything is allocated', (_, bytes, message) => {
    expect(() => new FrameReader({ maxBytes: 255 }).push(bytes)).toThrow(message);
  });

  test('that is announced but does not arrive costs no more than its first allocation', () => {
    const reader = new FrameReader({ maxBytes: 0x7fff_ffff });
    const before = process.memoryUsage().arrayBuffers;
    expect(reader.push(Buffer.from([0x7f, 0xff, 0xff, 0xff, 1]))).toEqual([]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
  });
});

test('a frame that is not admitted waits, with all that follows it', () => {
  let room = 0;
  const reader = new FrameReader({ maxBytes: 100, admit: (bytes) => bytes <= room });
  reader.append(Buffer.concat([framed(Buffer.from('first')), framed(Buffer.from('second'))]));
  expect([reader.next(), reader.awaitsAdmission]).toEqual([undefined, true]);
  room = 5;
  expect(reader.next()?.toString()).toBe('first');
  expect([reader.next(), reader.awaitsAdmission]).toEqual([undefined, true]);
  room = 6;
  expect(reader.next()?.toString()).toBe('second');
  expect([reader.next(), reader.awaitsAdmission]).toEqual([undefined, false]);
});
