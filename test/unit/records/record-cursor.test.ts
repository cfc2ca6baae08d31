/** Whoever walks through the records of a batch without decoding them sees the same as who decodes them. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  BatchRewriter,
  buildBatch,
  type CompressionType,
  decodeRecords,
  type KafkaRecord,
  prepareCompression,
  RecordBatch,
  RecordCursor,
  type RecordToBuild,
} from '../../../src/records/index.ts';
import { crc32c } from '../../../src/records/crc32c.ts';
import { RECORD_BATCH_OVERHEAD } from '../../../src/records/record-batch.ts';

beforeAll(prepareCompression);

const bytesOrNull = fc.option(fc.uint8Array({ maxLength: 90 }).map((bytes) => Buffer.from(bytes)));
const header = fc.record({ key: fc.string({ maxLength: 5 }), value: bytesOrNull });
const record = fc.record({
  key: bytesOrNull,
  value: bytesOrNull,
  headers: fc.array(header, { maxLength: 2 }),
  timestamp: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constant(1_700_000_000_000)),
  skipped: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(200)),
});

function placed(
  records: readonly (RecordToBuild & { readonly skipped: number })[],
  from: number,
): KafkaRecord[] {
  let offset = from;
  return records.map(({ skipped, key = null, value = null, headers = [], timestamp }) => {
    offset += skipped + 1;
    return { key, value, headers, timestamp, offset };
  });
}

const batches = fc
  .record({
    records: fc.array(record, { minLength: 1, maxLength: 20 }),
    baseOffset: fc.constantFrom(0, 7, 2 ** 40),
    compression: fc.constantFrom<CompressionType>('none', 'none', 'gzip', 'snappy', 'lz4', 'zstd'),
    logAppendTime: fc.boolean(),
    deleteHorizonMs: fc.option(fc.constantFrom(100, 1_700_000_000_000)),
  })
  .map(({ records, baseOffset, compression, logAppendTime, deleteHorizonMs }) =>
    buildBatch({
      records: placed(records, baseOffset),
      baseOffset,
      compression,
      producerId: 9,
      producerEpoch: 1,
      baseSequence: 3,
      lastOffset: baseOffset + 10_000,
      partitionLeaderEpoch: 4,
      ...(logAppendTime ? { timestampType: 'LogAppendTime', maxTimestamp: 1_700_000_000_001 } : {}),
      ...(deleteHorizonMs === null ? {} : { deleteHorizonMs }),
    }),
  );

type Seen = readonly [offset: number, key: string | null, hasValue: boolean];

function decoded(batch: RecordBatch): Seen[] {
  return decodeRecords(batch).map(({ offset, key, value }) => [
    offset,
    key?.toString('hex') ?? null,
    value !== null,
  ]);
}

function walked(batch: RecordBatch): Seen[] {
  const seen: Seen[] = [];
  const cursor = new RecordCursor();
  for (cursor.open(batch); cursor.next();) {
    const { bytes, offsetDelta, hasKey, keyStart, keyEnd, hasValue } = cursor;
    const key = hasKey ? bytes.toString('hex', keyStart, keyEnd) : null;
    seen.push([batch.baseOffset + offsetDelta, key, hasValue]);
  }
  return seen;
}

/** What it gives, or the code of the error it throws. */
function outcome<T>(task: () => T): T | string {
  try {
    return task();
  } catch (error) {
    return (error as { error: string }).error;
  }
}

describe('a cursor over the records of a batch', () => {
  test('sees every record as decoding does', () => {
    fc.assert(
      fc.property(batches, (bytes) => {
        const batch = new RecordBatch(bytes);
        expect(walked(batch)).toEqual(decoded(batch));
      }),
      { numRuns: 300 },
    );
  });

  test('refuses what decoding refuses, however the bytes are damaged', () => {
    let refused = 0;
    fc.assert(
      fc.property(batches, fc.nat(), fc.nat(255), (bytes, at, value) => {
        const damaged = Buffer.from(bytes);
        damaged[57 + (at % (bytes.length - 57))] = value; // from the count of the records on
        const batch = new RecordBatch(damaged);
        const seen = outcome(() => walked(batch));
        expect(seen).toEqual(outcome(() => decoded(batch)));
        if (typeof seen === 'string') refused += 1;
      }),
      { numRuns: 1000 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  test('refuses a count that no such bytes could hold, at once', () => {
    const bytes = buildBatch({ records: [{ timestamp: 1, value: Buffer.from('x') }] });
    bytes.writeInt32BE(0x7fff_ffff, 57);
    expect(outcome(() => walked(new RecordBatch(bytes)))).toBe('INVALID_RECORD');
  });
});

describe('a batch written again', () => {
  const cursor = new RecordCursor();
  const rewriter = new BatchRewriter();

  function rewritten(batch: RecordBatch, keep: Uint8Array, deleteHorizonMs: number | undefined): Buffer {
    cursor.open(batch);
    return Buffer.from(rewriter.rewrite(batch, cursor, { keep, deleteHorizonMs }));
  }

  /** The long way: all records decoded, and a batch built of those that stay. */
  function built(batch: RecordBatch, keep: Uint8Array, deleteHorizonMs: number | undefined): Buffer {
    return buildBatch({
      records: decodeRecords(batch).filter((_, index) => keep[index] === 1),
      baseOffset: batch.baseOffset,
      lastOffset: batch.lastOffset,
      partitionLeaderEpoch: batch.partitionLeaderEpoch,
      timestampType: batch.timestampType,
      producerId: batch.producerId,
      producerEpoch: batch.producerEpoch,
      baseSequence: batch.baseSequence,
      isTransactional: batch.isTransactional,
      isControl: batch.isControl,
      compression: batch.compression ?? 'none',
      ...(batch.timestampType === 'LogAppendTime' ? { maxTimestamp: batch.maxTimestamp } : {}),
      ...(deleteHorizonMs === undefined ? {} : { deleteHorizonMs }),
    });
  }

  test('of some of its records is what a builder would make of them', () => {
    fc.assert(
      fc.property(
        batches,
        fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 20, maxLength: 20 }),
        fc.option(fc.constantFrom(50, 1_700_000_086_400)),
        (bytes, chosen, horizon) => {
          const batch = new RecordBatch(bytes);
          const keep = Uint8Array.from(chosen);
          if (!keep.subarray(0, batch.count).includes(1)) keep[0] = 1;
          const deleteHorizonMs = horizon ?? undefined;
          const again = rewritten(batch, keep, deleteHorizonMs);
          expect(new RecordBatch(again).isValid()).toBe(true);
          expect(again.toString('hex')).toBe(built(batch, keep, deleteHorizonMs).toString('hex'));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('has numbers in as few bytes as a builder would give them, even if its producer was wasteful', () => {
    const value = Buffer.from('v');
    const bytes = buildBatch({
      records: [
        { timestamp: 1, value },
        { timestamp: 1, value },
      ],
    });
    // The second record's offset 1 in two bytes instead of one: its length grows with it.
    const records = bytes.subarray(RECORD_BATCH_OVERHEAD);
    const half = records.length / 2;
    const second = records.subarray(half);
    expect([second[0], second[3]]).toEqual([2 * (half - 1), 2]);
    const wasteful = Buffer.concat([
      bytes.subarray(0, RECORD_BATCH_OVERHEAD + half),
      Buffer.from([2 * half, second[1]!, second[2]!, 0x82, 0x00]),
      second.subarray(4),
    ]);
    wasteful.writeInt32BE(wasteful.length - 12, 8);
    wasteful.writeUInt32BE(crc32c(wasteful.subarray(21)), 17);
    const batch = new RecordBatch(wasteful);
    expect(decodeRecords(batch)).toHaveLength(2);
    const keep = Uint8Array.of(0, 1);
    expect(rewritten(batch, keep, undefined)).toEqual(built(batch, keep, undefined));
  });
});
