/** Batches put together by hand, part by part, so that any part can be wrong; the checksum is always right. */
import { codecOf } from '../../../src/records/compression/index.ts';
import {
  BATCH_LAYOUT,
  COMPRESSION_TYPES,
  type CompressionType,
  LOG_OVERHEAD,
  RECORD_BATCH_OVERHEAD,
  RecordBatch,
  writeInt64,
} from '../../../src/records/index.ts';

export const TIME = 1_700_000_000_000;

/** A zig-zag varint of up to 53 bits. */
export function varint(value: number): Buffer {
  let rest = BigInt(value >= 0 ? value * 2 : -value * 2 - 1);
  const bytes: number[] = [];
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

function lengthOf(bytes: Buffer | null): Buffer {
  return varint(bytes === null ? -1 : bytes.length);
}

export interface RecordParts {
  readonly size?: Buffer;
  readonly attributes?: number;
  readonly timestampDelta?: Buffer;
  readonly offsetDelta?: Buffer;
  readonly keyLength?: Buffer;
  readonly key?: Buffer | null;
  readonly valueLength?: Buffer;
  readonly value?: Buffer | null;
  /** With their count in front. */
  readonly headers?: Buffer;
  readonly behind?: Buffer;
}

export function record(index: number, parts: RecordParts = {}): Buffer {
  const { key = Buffer.from(`key ${index}`), value = Buffer.from(`value ${index}`) } = parts;
  const body = Buffer.concat([
    Buffer.from([parts.attributes ?? 0]),
    parts.timestampDelta ?? varint(index),
    parts.offsetDelta ?? varint(index),
    parts.keyLength ?? lengthOf(key),
    key ?? Buffer.alloc(0),
    parts.valueLength ?? lengthOf(value),
    value ?? Buffer.alloc(0),
    parts.headers ?? varint(0),
    parts.behind ?? Buffer.alloc(0),
  ]);
  return Buffer.concat([parts.size ?? varint(body.length), body]);
}

export function header(key: Buffer | null, value: Buffer | null): Buffer {
  return Buffer.concat([lengthOf(key), key ?? Buffer.alloc(0), lengthOf(value), value ?? Buffer.alloc(0)]);
}

export interface BatchParts {
  readonly records: readonly Buffer[];
  readonly codec?: CompressionType;
  /** What stands behind the header, instead of the records. */
  readonly body?: (compressed: Buffer) => Buffer;
  readonly attributes?: number;
  readonly count?: number;
  readonly lastOffsetDelta?: number;
  readonly baseTimestamp?: number;
  readonly maxTimestamp?: number;
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
}

export function batch(parts: BatchParts): Buffer {
  const { records, codec = 'none', body = (compressed: Buffer): Buffer => compressed } = parts;
  const plain = Buffer.concat(records);
  const stored = body(codec === 'none' ? plain : codecOf(codec).compress(plain));
  const bytes = Buffer.alloc(RECORD_BATCH_OVERHEAD + stored.length);
  const count = parts.count ?? records.length;
  bytes.writeInt32BE(bytes.length - LOG_OVERHEAD, BATCH_LAYOUT.batchLength);
  bytes.writeInt32BE(-1, BATCH_LAYOUT.partitionLeaderEpoch);
  bytes.writeInt8(2, BATCH_LAYOUT.magic);
  bytes.writeInt16BE(COMPRESSION_TYPES.indexOf(codec) | (parts.attributes ?? 0), BATCH_LAYOUT.attributes);
  bytes.writeInt32BE(parts.lastOffsetDelta ?? count - 1, BATCH_LAYOUT.lastOffsetDelta);
  writeInt64(bytes, parts.baseTimestamp ?? TIME, BATCH_LAYOUT.baseTimestamp);
  writeInt64(bytes, parts.maxTimestamp ?? TIME + count - 1, BATCH_LAYOUT.maxTimestamp);
  writeInt64(bytes, parts.producerId ?? -1, BATCH_LAYOUT.producerId);
  bytes.writeInt16BE(parts.producerEpoch ?? -1, BATCH_LAYOUT.producerEpoch);
  bytes.writeInt32BE(parts.baseSequence ?? -1, BATCH_LAYOUT.baseSequence);
  bytes.writeInt32BE(count, BATCH_LAYOUT.count);
  stored.copy(bytes, RECORD_BATCH_OVERHEAD);
  bytes.writeUInt32BE(new RecordBatch(bytes).computeCrc(), BATCH_LAYOUT.crc);
  return bytes;
}
