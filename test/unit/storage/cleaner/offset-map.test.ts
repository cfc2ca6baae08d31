import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Md5 } from '../../../../src/storage/cleaner/md5.ts';
import {
  emptyOffsetMap,
  ENTRY_BYTES,
  OffsetMap,
  ReusedTable,
} from '../../../../src/storage/cleaner/offset-map.ts';

function hashOf(key: string): Int32Array {
  const md5 = new Md5();
  md5.update(Buffer.from(key));
  return md5.words;
}

describe('the offset map', () => {
  test('hashes keys as MD5 does', () => {
    const md5 = new Md5();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(70), (bytes, start) => {
        md5.update(
          Buffer.concat([Buffer.alloc(start, 'x'), bytes, Buffer.alloc(5, 'y')]),
          start,
          start + bytes.length,
        );
        const { buffer, byteOffset, byteLength } = md5.words;
        expect(Buffer.from(buffer, byteOffset, byteLength)).toEqual(createHash('md5').update(bytes).digest());
      }),
      { numRuns: 500 },
    );
  });

  test('knows of each key the last offset, also when another thread goes on with it', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 3 }), { maxLength: 200 }), (keys) => {
        let state = emptyOffsetMap({ bufferBytes: 1_000_000, loadFactor: 0.9, offsetsMax: keys.length });
        const expected = new Map<string, number>();
        for (const [offset, key] of keys.entries()) {
          const map = new OffsetMap(structuredClone(state));
          expect(map.isFull).toBe(false);
          map.put(hashOf(key), 0, offset);
          expected.set(key, offset);
          ({ state } = map);
        }
        const map = new OffsetMap(state);
        for (const [key, offset] of expected) expect(map.get(hashOf(key), 0)).toBe(offset);
        expect(map.get(hashOf('not there'), 0)).toBe(-1);
        expect(state.entries).toBe(expected.size);
        expect(map.latestOffset).toBe(keys.length - 1);
      }),
    );
  });

  test('takes 24 bytes a key, is full at its load factor, and no larger than the offsets that can come', () => {
    const state = emptyOffsetMap({ bufferBytes: 100 * ENTRY_BYTES + 5, loadFactor: 0.9, offsetsMax: 10_000 });
    expect(state.table.byteLength).toBe(100 * 24);
    const map = new OffsetMap(state);
    let entries = 0;
    for (; !map.isFull; entries++) map.put(hashOf(`key ${entries}`), 0, entries);
    expect(entries).toBe(90);
    for (let index = 0; index < entries; index++) expect(map.get(hashOf(`key ${index}`), 0)).toBe(index);
    const small = emptyOffsetMap({ bufferBytes: 128 * 1024 * 1024, loadFactor: 0.9, offsetsMax: 9 });
    expect(small.table.byteLength).toBeLessThanOrEqual(12 * ENTRY_BYTES);
    expect(small.entriesMax).toBeGreaterThanOrEqual(9);
  });

  test('is empty for each pass, in the table of the one before', () => {
    const reused = new ReusedTable();
    const size = { bufferBytes: 1000, loadFactor: 0.9 };
    const first = new OffsetMap(emptyOffsetMap({ ...size, offsetsMax: 20 }, reused));
    for (let offset = 0; offset < 20; offset++) first.put(hashOf(`key ${offset}`), 0, offset);
    const second = emptyOffsetMap({ ...size, offsetsMax: 5 }, reused);
    expect(second.table).toBe(first.state.table);
    // A table of 128 MB takes long to clear: that is left to the thread that opens the map.
    expect(new Uint8Array(second.table).some((byte) => byte !== 0)).toBe(true);
    const opened = new OffsetMap(second);
    for (let offset = 0; offset < 20; offset++) expect(opened.get(hashOf(`key ${offset}`), 0)).toBe(-1);
    opened.put(hashOf('new'), 0, 77);
    expect(new OffsetMap(opened.state).get(hashOf('new'), 0)).toBe(77);
    expect(emptyOffsetMap({ ...size, offsetsMax: 1e9 }, reused).table.byteLength).toBe(41 * ENTRY_BYTES);
  });
});
