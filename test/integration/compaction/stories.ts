/** What is written to compacted topics: the same bytes for the original and for Klassik, round by round. */
import {
  buildBatch,
  COMPRESSION_TYPES,
  type CompressionType,
  prepareCompression,
} from '../../../src/records/index.ts';

await prepareCompression();

export interface Story {
  readonly hasTombstones?: boolean;
  readonly configs: Readonly<Record<string, string>>;
  /** Written one after another; each round is cleaned before the next. */
  readonly rounds: readonly (readonly Buffer[])[];
}

const TIME = 1_790_000_000_000;
const DAY_MS = '86400000';

interface Producer {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
}

interface ToWrite {
  readonly batches: number;
  readonly recordsPerBatch?: number;
  /** Which key a record has, and whether it deletes it. */
  readonly keyOf: (index: number) => number;
  readonly isTombstone?: (index: number) => boolean;
  readonly compression?: (batch: number) => CompressionType;
  readonly producer?: (batch: number) => Producer | undefined;
  readonly valueBytes?: number;
  readonly from?: number;
}

function batchesOf(write: ToWrite): Buffer[] {
  const { recordsPerBatch = 5, valueBytes = 40, from = 0 } = write;
  return Array.from({ length: write.batches }, (_, batch) =>
    buildBatch({
      records: Array.from({ length: recordsPerBatch }, (__, record) => {
        const index = from + batch * recordsPerBatch + record;
        return {
          key: Buffer.from(`key-${write.keyOf(index)}`),
          value: write.isTombstone?.(index) === true ? null : Buffer.from(`${index}`.padEnd(valueBytes, '.')),
          timestamp: TIME + index,
          headers: index % 7 === 0 ? [{ key: 'index', value: Buffer.from(`${index}`) }] : [],
        };
      }),
      compression: write.compression?.(batch) ?? 'none',
      ...write.producer?.(batch),
    }),
  );
}

/** Large enough for a segment of its own, under a key of its own: what lies before it can be cleaned. */
function lastOf(round: number): Buffer {
  const value = Buffer.alloc(1900, '-');
  return buildBatch({
    records: [{ key: Buffer.from(`round-${round}`), value, timestamp: TIME + 1_000_000 + round }],
  });
}

/** A pattern without a pattern: the same every time. */
const scattered = (keys: number) => (index: number) => ((index * 2654435761) >>> 7) % keys;

const CONFIGS = { 'cleanup.policy': 'compact', 'segment.bytes': '2000', 'min.cleanable.dirty.ratio': '0' };

export const STORIES: Readonly<Record<string, Story>> = {
  'few keys, many times': {
    configs: CONFIGS,
    rounds: [[...batchesOf({ batches: 60, keyOf: scattered(9) }), lastOf(0)]],
  },
  'keys that are written once stay, and segments are put together': {
    configs: { ...CONFIGS, 'segment.bytes': '3000' },
    rounds: [
      [
        ...batchesOf({ batches: 60, keyOf: (index) => (index % 3 === 0 ? index + 1000 : index % 5) }),
        lastOf(0),
      ],
      [...batchesOf({ batches: 20, keyOf: (index) => index % 5, from: 300 }), lastOf(1)],
    ],
  },
  'every compression': {
    configs: CONFIGS,
    rounds: [
      [
        ...batchesOf({
          batches: 40,
          recordsPerBatch: 10,
          keyOf: scattered(60),
          compression: (batch) => COMPRESSION_TYPES[batch % COMPRESSION_TYPES.length] ?? 'none',
        }),
        lastOf(0),
      ],
    ],
  },
  'tombstones stay for delete.retention.ms': {
    hasTombstones: true,
    configs: { ...CONFIGS, 'delete.retention.ms': DAY_MS },
    rounds: [
      [
        ...batchesOf({ batches: 40, keyOf: scattered(15), isTombstone: (index) => index % 4 === 1 }),
        lastOf(0),
      ],
      [...batchesOf({ batches: 10, keyOf: scattered(6), from: 200 }), lastOf(1)],
    ],
  },
  'tombstones go after delete.retention.ms': {
    hasTombstones: true,
    configs: { ...CONFIGS, 'delete.retention.ms': '1' },
    rounds: [
      [
        ...batchesOf({ batches: 40, keyOf: scattered(15), isTombstone: (index) => index % 4 === 1 }),
        lastOf(0),
      ],
      [lastOf(1), lastOf(2)],
      [lastOf(3), lastOf(4)],
    ],
  },
  'the last batch of each producer stays, empty if it must': {
    configs: CONFIGS,
    rounds: [
      [
        ...batchesOf({
          batches: 40,
          keyOf: scattered(4),
          producer: (batch) => ({
            producerId: 7000 + (batch % 3),
            producerEpoch: 2,
            baseSequence: Math.floor(batch / 3) * 5,
          }),
        }),
        ...batchesOf({ batches: 30, keyOf: scattered(4), from: 200 }),
        lastOf(0),
      ],
    ],
  },
  'the time of the append': {
    hasTombstones: true,
    configs: { ...CONFIGS, 'message.timestamp.type': 'LogAppendTime', 'delete.retention.ms': DAY_MS },
    rounds: [
      [
        ...batchesOf({ batches: 40, keyOf: scattered(11), isTombstone: (index) => index % 6 === 5 }),
        lastOf(0),
      ],
    ],
  },
  'a batch larger than the buffers': {
    configs: { ...CONFIGS, 'segment.bytes': '900000' },
    rounds: [
      [
        ...batchesOf({ batches: 3, recordsPerBatch: 40, keyOf: scattered(30), valueBytes: 18_000 }),
        ...batchesOf({
          batches: 3,
          recordsPerBatch: 40,
          keyOf: scattered(30),
          valueBytes: 18_000,
          from: 120,
        }),
      ],
    ],
  },
};
