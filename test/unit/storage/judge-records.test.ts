import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  buildBatch,
  type CompressionType,
  decodeRecords,
  prepareCompression,
  RecordBatch,
} from '../../../src/records/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import type { Workers } from '../../../src/runtime/index.ts';
import { DEFAULT_LOG_CONFIG, judgeOnWorker, type LogConfig } from '../../../src/storage/index.ts';
import { judgeRecords, type Judging } from '../../../src/storage/judge-records.ts';
import { NOW_MS } from './support.ts';

beforeAll(() => prepareCompression());

const { workers } = createNodeRuntime();
const idle: Workers = {
  run: () => Promise.reject(new Error('nobody should be asked')),
  close: () => Promise.resolve(),
};

const judging = (config: Partial<LogConfig> = {}): Judging => ({
  config: { ...DEFAULT_LOG_CONFIG, ...config },
  nowMs: NOW_MS,
  name: 'orders-0',
});

/** Of `count` records, which compress well. */
const batch = (count: number, compression: CompressionType = 'none'): Buffer =>
  buildBatch({
    records: Array.from({ length: count }, (_, index) => ({
      key: index === 3 ? null : Buffer.from(`key ${index}`),
      value: Buffer.from(`value ${index} `.repeat(10)),
      timestamp: NOW_MS + index,
    })),
    compression,
  });

describe('what is judged on another thread', () => {
  test.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'is %s that unfolds far, and it is judged the same',
    async (codec) => {
      const records = batch(10_000, codec);
      const judged = judgeOnWorker(records, judging(), workers);
      expect(judged).toBeInstanceOf(Promise);
      expect(await judged).toEqual({ kind: 'sound', maxTimestamp: NOW_MS + 9999 });
      expect(judgeRecords(new RecordBatch(records), judging())).toEqual(await judged);
    },
  );

  test('is what has to be packed anew, unless it is small', async () => {
    const config = { compressionType: 'lz4' } as const;
    expect(judgeOnWorker(batch(3), judging(config), idle)).toBeUndefined();
    const judged = await judgeOnWorker(batch(300), judging(config), workers);
    const packed = new RecordBatch(judged?.kind === 'sound' ? judged.packed! : Buffer.alloc(61));
    expect(packed.compression).toBe('lz4');
    expect(packed.isValid()).toBe(true);
    expect(decodeRecords(packed)).toEqual(decodeRecords(new RecordBatch(batch(300))));
  });

  test('names the records to blame', async () => {
    const judged = await judgeOnWorker(
      batch(10_000, 'snappy'),
      judging({ cleanupPolicy: ['compact'] }),
      workers,
    );
    expect(judged).toMatchObject({
      kind: 'refused',
      error: 'INVALID_RECORD',
      recordErrors: [{ batchIndex: 3 }],
    });
  });

  test('is nothing that is plain, small, too large, or damaged before its records', async () => {
    expect(judgeOnWorker(batch(10_000), judging(), idle)).toBeUndefined();
    expect(judgeOnWorker(batch(20, 'gzip'), judging(), idle)).toBeUndefined();
    const large = batch(10_000, 'lz4');
    expect(judgeOnWorker(large, judging({ maxMessageBytes: 100 }), idle)).toBeUndefined();
    expect(judgeOnWorker(large.subarray(0, 1000), judging(), idle)).toBeUndefined();
    expect(judgeOnWorker(Buffer.alloc(10), judging(), idle)).toBeUndefined();
    large[100]! ^= 1;
    expect(await judgeOnWorker(large, judging(), workers)).toBeUndefined();
  });
});

describe('what unfolds too far', () => {
  test('is refused before it is unfolded', () => {
    // One block after another says that it repeats a byte 128 Ki times.
    const block = Buffer.alloc(4);
    block.writeUIntLE((0x20000 << 3) | (1 << 1), 0, 3);
    const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]);
    const last = Buffer.from([0x01, 0x00, 0x00]);
    const bomb = Buffer.concat([header, ...Array.from({ length: 4000 }, () => block), last]);
    const plain = buildBatch({ records: [{ timestamp: 1, value: Buffer.alloc(bomb.length - 10) }] });
    const records = Buffer.concat([plain.subarray(0, 61), bomb]);
    records.writeInt32BE(records.length - 12, 8);
    records.writeInt16BE(4, 21);
    records.writeUInt32BE(new RecordBatch(records).computeCrc(), 17);
    const start = performance.now();
    expect(judgeRecords(new RecordBatch(records), judging())).toMatchObject({
      kind: 'refused',
      error: 'UNKNOWN_SERVER_ERROR',
    });
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe('compression levels', () => {
  test.each([
    ['gzip', 1, 9],
    ['zstd', -50, 19],
  ] as const)('of %s count when the broker packs', (codec, fast, small) => {
    const sizeAt = (level: number): number => {
      const config = { compressionType: codec, compressionLevels: { [codec]: level } };
      const judged = judgeRecords(new RecordBatch(batch(500)), judging(config));
      return judged.kind === 'sound' ? judged.packed!.length : NaN;
    };
    expect(sizeAt(small)).toBeLessThan(sizeAt(fast));
  });
});
