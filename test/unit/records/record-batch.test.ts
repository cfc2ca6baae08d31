import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  batchesOf,
  buildBatch,
  buildEndTransactionMarker,
  COMPRESSION_TYPES,
  crc32c,
  decodeEndTransactionMarker,
  decodeRecords,
  decompressedRecords,
  incrementSequence,
  prepareCompression,
  readInt64,
  RecordBatch,
  wholeBatchesSize,
  writeInt64,
} from '../../../src/records/index.ts';
import { crc32cInJavaScript } from '../../../src/records/crc32c.ts';
import { codecOf } from '../../../src/records/compression/index.ts';
import { RecordReader, RecordWriter } from '../../../src/records/record.ts';

await prepareCompression();

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
const record = fc.record({
  timestamp: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.array(fc.record({ key: fc.string(), value: fc.option(bytes) }), { maxLength: 3 }),
});

describe('a record batch', () => {
  test('shows every field of its header', () => {
    const buffer = buildBatch({
      records: [
        { timestamp: 1000, value: Buffer.from('a') },
        { timestamp: 3000, value: Buffer.from('b') },
        { timestamp: 2000, value: Buffer.from('c') },
      ],
      baseOffset: 7_000_000_000,
      partitionLeaderEpoch: 4,
      producerId: 123_456_789_012,
      producerEpoch: 9,
      baseSequence: 0x7fff_ffff,
      compression: 'lz4',
      isTransactional: true,
    });
    const batch = new RecordBatch(buffer);
    expect({
      baseOffset: batch.baseOffset,
      lastOffset: batch.lastOffset,
      nextOffset: batch.nextOffset,
      sizeInBytes: batch.sizeInBytes,
      partitionLeaderEpoch: batch.partitionLeaderEpoch,
      magic: batch.magic,
      compression: batch.compression,
      timestampType: batch.timestampType,
      isTransactional: batch.isTransactional,
      isControl: batch.isControl,
      hasDeleteHorizon: batch.hasDeleteHorizon,
      baseTimestamp: batch.baseTimestamp,
      maxTimestamp: batch.maxTimestamp,
      producerId: batch.producerId,
      producerEpoch: batch.producerEpoch,
      baseSequence: batch.baseSequence,
      lastSequence: batch.lastSequence,
      count: batch.count,
      isValid: batch.isValid(),
    }).toEqual({
      baseOffset: 7_000_000_000,
      lastOffset: 7_000_000_002,
      nextOffset: 7_000_000_003,
      sizeInBytes: buffer.length,
      partitionLeaderEpoch: 4,
      magic: 2,
      compression: 'lz4',
      timestampType: 'CreateTime',
      isTransactional: true,
      isControl: false,
      hasDeleteHorizon: false,
      baseTimestamp: 1000,
      maxTimestamp: 3000,
      producerId: 123_456_789_012,
      producerEpoch: 9,
      baseSequence: 0x7fff_ffff,
      lastSequence: 1,
      count: 3,
      isValid: true,
    });
  });

  test('keeps its checksum when a broker stamps offset and leader epoch', () => {
    const batch = new RecordBatch(buildBatch({ records: [{ timestamp: 5, value: null }] }));
    batch.baseOffset = 99;
    batch.partitionLeaderEpoch = 3;
    expect(batch.isValid()).toBe(true);
    expect([batch.baseOffset, batch.partitionLeaderEpoch]).toEqual([99, 3]);
  });

  test('is stamped with the time of the append, checksum included', () => {
    const batch = new RecordBatch(buildBatch({ records: [{ timestamp: 5, value: null }] }));
    batch.stampLogAppendTime(1_700_000_000_000);
    expect(batch.isValid()).toBe(true);
    expect([batch.timestampType, batch.maxTimestamp]).toEqual(['LogAppendTime', 1_700_000_000_000]);
    expect(decodeRecords(batch)[0]!.timestamp).toBe(1_700_000_000_000);
  });

  test('any changed byte behind the checksum is noticed', () => {
    const sound = buildBatch({ records: [{ timestamp: 5, value: Buffer.from('hello') }] });
    for (let position = 17; position < sound.length; position++) {
      const damaged = Buffer.from(sound);
      damaged[position]! ^= 0x01;
      expect(new RecordBatch(damaged).isValid()).toBe(false);
    }
  });

  test('gives back its records, whatever they hold and however they are compressed', () => {
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 20 }),
        fc.constantFrom(...COMPRESSION_TYPES),
        fc.nat(),
        (records, compression, baseOffset) => {
          const batch = new RecordBatch(buildBatch({ records, compression, baseOffset }));
          const expected = records.map((each, index) => ({ ...each, offset: baseOffset + index }));
          expect(decodeRecords(batch)).toEqual(expected);
        },
      ),
    );
  });

  test('with a wrong count or torn records is an invalid record, not a crash', () => {
    const buffer = buildBatch({ records: [{ timestamp: 5, value: Buffer.from('hello') }] });
    const more = Buffer.from(buffer);
    more.writeInt32BE(2, 57);
    expect(() => decodeRecords(new RecordBatch(more))).toThrow(
      expect.objectContaining({ error: 'INVALID_RECORD' }),
    );
    const fewer = Buffer.from(buffer);
    fewer.writeInt32BE(0, 57);
    expect(() => decodeRecords(new RecordBatch(fewer))).toThrow(
      expect.objectContaining({ error: 'INVALID_RECORD' }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 0, max: 5 }), (body, count) => {
        const torn = Buffer.concat([buffer.subarray(0, 61), body]);
        torn.writeInt32BE(torn.length - 12, 8);
        torn.writeInt32BE(count, 57);
        try {
          decodeRecords(new RecordBatch(torn));
        } catch (error) {
          expect(error).toMatchObject({ error: 'INVALID_RECORD' });
        }
      }),
    );
  });

  test('that unfolds beyond the limit is refused before it is unfolded', () => {
    const records = [{ timestamp: 0, value: Buffer.alloc(4 * 1024 * 1024) }];
    for (const compression of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
      const batch = new RecordBatch(buildBatch({ records, compression }));
      expect(() => decompressedRecords(batch, 1024 * 1024)).toThrow(
        expect.objectContaining({ error: 'UNKNOWN_SERVER_ERROR' }),
      );
    }
  });

  test('of compressed garbage is what no client has a code for', () => {
    for (const compression of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
      const buffer = buildBatch({ records: [{ timestamp: 0, value: Buffer.alloc(100) }], compression });
      buffer.fill(0xff, 61);
      expect(() => decodeRecords(new RecordBatch(buffer))).toThrow(
        expect.objectContaining({ error: 'UNKNOWN_SERVER_ERROR' }),
      );
    }
  });

  test('a snappy block without the Java framing is read too', () => {
    const framed = codecOf('snappy').compress(Buffer.from('some records'));
    const bare = framed.subarray(20);
    expect(codecOf('snappy').decompress(bare, 100).toString()).toBe('some records');
  });

  test('a transaction marker says how the transaction ended', () => {
    const marker = { result: 'abort', coordinatorEpoch: 17 } as const;
    const batch = new RecordBatch(
      buildEndTransactionMarker({ ...marker, producerId: 5, producerEpoch: 1, timestamp: 9 }),
    );
    expect(decodeEndTransactionMarker(batch)).toEqual(marker);
    expect([batch.isControl, batch.isTransactional, batch.baseSequence, batch.count]).toEqual([
      true,
      true,
      -1,
      1,
    ]);
  });
});

describe('batches back to back', () => {
  test('are walked up to a torn tail', () => {
    const one = buildBatch({ records: [{ timestamp: 0, value: Buffer.from('a') }] });
    const all = Buffer.concat([one, one, one]);
    for (let length = 0; length <= all.length; length++) {
      const whole = Math.floor(length / one.length);
      expect([...batchesOf(all.subarray(0, length))]).toHaveLength(whole);
      expect(wholeBatchesSize(all.subarray(0, length))).toBe(whole * one.length);
    }
  });

  test('a length that cannot be one ends the walk', () => {
    const one = buildBatch({ records: [{ timestamp: 0, value: Buffer.from('a') }] });
    for (const length of [-1, 0, 13, 0x7fff_ffff]) {
      const bad = Buffer.from(one);
      bad.writeInt32BE(length, 8);
      expect([...batchesOf(Buffer.concat([one, bad, one]))]).toHaveLength(1);
    }
  });
});

describe('numbers on the wire', () => {
  test('int64 survives within 2^53, negative ones too', () => {
    const buffer = Buffer.alloc(8);
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        writeInt64(buffer, value, 0);
        expect(buffer.readBigInt64BE()).toBe(BigInt(value));
        expect(readInt64(buffer, 0)).toBe(value);
      }),
    );
  });

  test('varints survive, and take as many bytes as zig-zag says', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 51), max: 2 ** 51 }), (value) => {
        const writer = new RecordWriter(1);
        writer.varint(value);
        expect(new RecordReader(Buffer.from(writer.result())).varint()).toBe(value);
        const zigzag = value >= 0 ? BigInt(value) * 2n : BigInt(value) * -2n - 1n;
        expect(writer.length).toBe(Math.max(1, Math.ceil(zigzag.toString(2).length / 7)));
      }),
    );
  });

  test('the checksum in JavaScript is the native one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (array) => {
        const buffer = Buffer.from(array);
        expect(crc32cInJavaScript(buffer)).toBe(crc32c(buffer));
      }),
    );
  });

  test('sequence numbers wrap after 2^31 - 1', () => {
    expect([incrementSequence(0x7fff_ffff, 1), incrementSequence(0x7fff_fffe, 3)]).toEqual([0, 1]);
  });
});
