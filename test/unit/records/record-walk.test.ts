import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { buildBatch, RECORD_BATCH_OVERHEAD, RecordBatch, RecordWalk } from '../../../src/records/index.ts';

const walk = new RecordWalk();
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const nullable = fc.option(bytes, { nil: null });
const record = fc.record({
  key: nullable,
  value: nullable,
  headers: fc.array(fc.record({ key: fc.string(), value: nullable }), { maxLength: 3 }),
  timestamp: fc.integer({ min: -1, max: 2 ** 45 }),
});

function isSound(batch: Buffer, end: number, count: number, sizesMatter = true): boolean {
  return walk.isSound(batch, RECORD_BATCH_OVERHEAD, end, count, sizesMatter);
}

describe('a walk over the records of a batch', () => {
  test('finds sound what was built, knows its youngest record, and sees each way to cut it', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), fc.nat(), (records, at) => {
        const batch = buildBatch({ records });
        const count = records.length;
        expect(isSound(batch, batch.length, count)).toBe(true);
        expect(walk.isConsecutive).toBe(true);
        const { baseTimestamp, maxTimestamp } = new RecordBatch(batch);
        expect(baseTimestamp + walk.maxTimestampDelta).toBe(maxTimestamp);

        const end = RECORD_BATCH_OVERHEAD + (at % (batch.length - RECORD_BATCH_OVERHEAD));
        expect(isSound(batch, end, count)).toBe(false);
        expect(isSound(batch.subarray(0, end), end, count)).toBe(false);
        expect(isSound(batch, batch.length, count + 1)).toBe(false);
        expect(isSound(batch, batch.length, count - 1)).toBe(false);
        expect(isSound(Buffer.concat([batch, Buffer.alloc(1)]), batch.length + 1, count)).toBe(false);
      }),
    );
  });

  test('sees that offsets do not follow each other', () => {
    const batch = buildBatch({
      records: [
        { timestamp: 1, offset: 0 },
        { timestamp: 1, offset: 2 },
      ],
    });
    expect(isSound(batch, batch.length, 2)).toBe(true);
    expect(walk.isConsecutive).toBe(false);
  });

  test('minds the size a record claims only where it matters', () => {
    const batch = buildBatch({ records: [{ timestamp: 1, value: Buffer.from('v') }] });
    batch[RECORD_BATCH_OVERHEAD]! += 2;
    expect(isSound(batch, batch.length, 1)).toBe(false);
    expect(isSound(batch, batch.length, 1, false)).toBe(true);
  });

  test('ends on any bytes', () => {
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 2 ** 31 - 1 }), (garbage, count) => {
        const found = walk.isSound(garbage, 0, garbage.length, count, true);
        // Six bytes are the least a record takes behind its size.
        if (garbage.length < count * 7) expect(found).toBe(false);
      }),
    );
  });
});
