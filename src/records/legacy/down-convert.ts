/**
 * What a log holds to message sets of an older format, for consumers older than 0.11: they fetch in v0-v1 and know the format v0, or in
 * v2-v3 and know v1. What the old formats cannot say is left out: headers, producer ids, control batches. Records
 * keep their offsets, so a consumer sees gaps where a transaction ended. zstd cannot be had in them at all. What is of
 * the format, or of an older one, goes as it lies there.
 *
 * The answer is as long as what was read, for Kafka sends its head before it converts the rest (KIP-283): too much is
 * cut off, as the end of any answer may be, and what is missing is filled up with the head of a message that claims to
 * be longer than the answer, which a consumer takes for one that was cut off. Only the first batch always fits.
 */
import { KafkaError } from '../../protocol/index.ts';
import { batchesOf } from '../batches-of.ts';
import { decodeRecords } from '../decode-records.ts';
import { writeInt64 } from '../int64.ts';
import { LOG_OVERHEAD, RECORD_BATCH_OVERHEAD, type RecordBatch } from '../record-batch.ts';
import type { LegacyMagic } from './legacy-message.ts';
import { buildMessageSet, legacyCodec } from './message-set.ts';

export interface DownConversion {
  /** As they were read from the log: whole batches, the last perhaps cut off. */
  readonly records: Buffer;
  readonly magic: LegacyMagic;
  /** Records below it are left out, except inside a wrapper, which is sent whole. */
  readonly fetchOffset: number;
}

/** How much is converted at a time. A batch that cannot be converted costs the whole chunk it is in. */
const CHUNK_BYTES = 128 * 1024;

export interface DownConverted {
  readonly messageSet: Buffer;
  readonly recordCount: number;
}

export function downConvert(conversion: DownConversion): DownConverted {
  const batches = [...batchesOf(conversion.records)];
  const first = convertFirst(batches, conversion);
  if (first === undefined)
    return { messageSet: batches.length > 0 ? filler(LOG_OVERHEAD) : Buffer.alloc(0), recordCount: 0 };
  const parts = [first.messageSet];
  let { recordCount } = first;
  const sizeInBytes = Math.max(conversion.records.length, first.messageSet.length);
  let missing = sizeInBytes - first.messageSet.length;
  for (const chunk of chunksOf(batches.slice(first.count))) {
    if (missing <= 0) break;
    const converted = convertChunk(chunk, conversion);
    if (converted === undefined) break;
    const part = converted.messageSet.subarray(0, missing);
    recordCount += converted.recordCount;
    parts.push(part);
    missing -= part.length;
  }
  if (missing > 0) parts.push(filler(missing));
  return { messageSet: Buffer.concat(parts, sizeInBytes), recordCount };
}

/** Up to the first batch that leaves something; UNSUPPORTED_COMPRESSION_TYPE when zstd stands before it. */
function convertFirst(
  batches: readonly RecordBatch[],
  conversion: DownConversion,
): (DownConverted & { readonly count: number }) | undefined {
  for (const [index, batch] of batches.entries()) {
    const converted = convertBatch(batch, conversion);
    if (converted.messageSet.length > 0) return { ...converted, count: index + 1 };
  }
  return undefined;
}

function* chunksOf(batches: readonly RecordBatch[]): Generator<readonly RecordBatch[], void, undefined> {
  let chunk: RecordBatch[] = [];
  let bytes = 0;
  for (const batch of batches) {
    if (chunk.length > 0 && bytes + batch.sizeInBytes > CHUNK_BYTES) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(batch);
    bytes += batch.sizeInBytes;
  }
  if (chunk.length > 0) yield chunk;
}

/** Undefined where zstd is met: the consumer hears of it when it comes to ask for that very batch. */
function convertChunk(chunk: readonly RecordBatch[], conversion: DownConversion): DownConverted | undefined {
  if (chunk.some((batch) => !batch.isControl && batch.compression === 'zstd')) return undefined;
  const converted = chunk.map((batch) => convertBatch(batch, conversion));
  return {
    messageSet: Buffer.concat(converted.map(({ messageSet }) => messageSet)),
    recordCount: converted.reduce((count, batch) => count + batch.recordCount, 0),
  };
}

function convertBatch(batch: RecordBatch, { magic, fetchOffset }: DownConversion): DownConverted {
  if (batch.isControl) return { messageSet: Buffer.alloc(0), recordCount: 0 };
  if (batch.magic <= magic) return { messageSet: batch.bytes, recordCount: 0 };
  const compression = legacyCodec(batch.compression);
  if (compression === undefined)
    throw new KafkaError(
      'UNSUPPORTED_COMPRESSION_TYPE',
      'Down-conversion of zstandard-compressed batches is not supported',
    );
  const all = decodeRecords(batch);
  const records = compression === 'none' ? all.filter(({ offset }) => offset >= fetchOffset) : all;
  const { timestampType } = batch;
  const messageSet = buildMessageSet({ magic, compression, timestampType, records });
  return { messageSet, recordCount: records.length };
}

/** The head of a message nobody will ever see the end of. */
function filler(length: number): Buffer {
  const bytes = Buffer.alloc(Math.max(length, LOG_OVERHEAD));
  writeInt64(bytes, -1, 0);
  bytes.writeInt32BE(Math.max(length + 1, RECORD_BATCH_OVERHEAD), 8);
  return bytes.subarray(0, length);
}
