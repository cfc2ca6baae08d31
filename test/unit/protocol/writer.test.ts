/** The writer's scratch grows while a message is written; no byte may go to the one that was outgrown. */
import { describe, expect, test } from '@jest/globals';
import { Writer } from '../../../src/protocol/schema/writer.ts';

const SCRATCH_BYTES = 16 * 1024;

const WRITES: readonly [string, (writer: Writer) => void, readonly number[]][] = [
  ['a bool', (writer) => writer.bool(true), [1]],
  ['an int8', (writer) => writer.int8(5), [5]],
  ['an int16', (writer) => writer.int16(0x0102), [1, 2]],
  ['an int32', (writer) => writer.int32(0x01020304), [1, 2, 3, 4]],
  ['an int64', (writer) => writer.int64(7), [0, 0, 0, 0, 0, 0, 0, 7]],
  ['a varint', (writer) => writer.unsignedVarint(300), [0xac, 2]],
  ['a string', (writer) => writer.string('abc'), [0, 3, 97, 98, 99]],
  ['a compact string', (writer) => writer.compactString('abc'), [4, 97, 98, 99]],
  [
    'a long compact string',
    (writer) => writer.compactString('a'.repeat(50)),
    [51, ...Array<number>(50).fill(97)],
  ],
  ['compact bytes', (writer) => writer.compactBytes(Buffer.from([9, 8])), [3, 9, 8]],
  ['a tag', (writer) => writeTag(writer), [1, 2, 6, 6]],
];

function writeTag(writer: Writer): void {
  const sizeAt = writer.beginTag(1);
  writer.int8(6);
  writer.int8(6);
  writer.endTag(sizeAt);
}

describe.each(WRITES)('%s', (_what, write, bytes) => {
  test('is whole wherever the scratch ends', () => {
    for (let left = 0; left <= bytes.length * 4; left++) {
      const writer = new Writer();
      for (let at = 0; at < SCRATCH_BYTES - left; at++) writer.int8(0);
      write(writer);
      const written = Buffer.concat(writer.take()).subarray(SCRATCH_BYTES - left);
      expect([left, ...written]).toEqual([left, ...bytes]);
    }
  });
});
