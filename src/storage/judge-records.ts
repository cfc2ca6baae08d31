/**
 * What a leader makes of the records inside a producer's batch (Kafka's LogValidator; contract section 8.1): whether they
 * are what the header says, whether the topic takes them, and whether they have to be packed anew because the topic has a
 * codec of its own (compression.type). Pure: the outcome is a value, so it may come from another thread.
 *
 * Where the original overlooks something it is overlooked here, too: what it stores of a batch its followers take.
 */
import { type ErrorName, KafkaError } from '../protocol/index.ts';
import {
  buildBatch,
  type CompressionType,
  decodeUnpacked,
  decompressedRecords,
  NO_TIMESTAMP,
  RECORD_BATCH_OVERHEAD,
  type RecordBatch,
  RecordCursor,
  RecordWalk,
} from '../records/index.ts';
import type { LogConfig } from './log-config.ts';
import { outOfBounds, type RecordError, refusalOf, stampedByProducer, withoutKey } from './record-errors.ts';

export interface Judging {
  readonly config: LogConfig;
  readonly nowMs: number;
  /** `topic-0`, for messages. */
  readonly name: string;
}

interface SoundRecords {
  readonly kind: 'sound';
  /** The largest of the records, whatever the header says of it. */
  readonly maxTimestamp: number;
  /** The batch packed anew. */
  readonly packed?: Buffer;
}

export interface RefusedRecords {
  readonly kind: 'refused';
  readonly error: ErrorName;
  readonly message: string;
  /** The records to blame, where it is single ones. */
  readonly recordErrors?: readonly { readonly batchIndex: number; readonly message: string }[];
}

export type JudgedRecords = SoundRecords | RefusedRecords;

/** Of a batch whose header is right. */
export function judgeRecords(batch: RecordBatch, judging: Judging): JudgedRecords {
  // Markers are a coordinator's, and stored as they come.
  if (batch.isControl) return { kind: 'sound', maxTimestamp: batch.maxTimestamp };
  const source = batch.compression;
  // No client has a code for what Kafka throws of a codec, or of what it cannot unpack.
  if (source === undefined) return refused('UNKNOWN_SERVER_ERROR', 'Unknown compression type');
  const target = targetCodec(judging.config, source);
  try {
    return source === 'none'
      ? judgeStored(batch, target, judging)
      : judgeUnpacked(batch, decompressedRecords(batch), target, judging);
  } catch (thrown) {
    if (!(thrown instanceof KafkaError)) throw thrown;
    return refused(thrown.error, thrown.message);
  }
}

export function targetCodec({ compressionType }: LogConfig, source: CompressionType): CompressionType {
  if (compressionType === 'producer') return source;
  return compressionType === 'uncompressed' ? 'none' : compressionType;
}

/** One for all batches, one after another. */
const walk = new RecordWalk();
const cursor = new RecordCursor();

/** The way of nearly every batch: nothing is made on it but the outcome. */
function judgeStored(batch: RecordBatch, target: CompressionType, judging: Judging): JudgedRecords {
  const { buffer, position } = batch;
  const start = position + RECORD_BATCH_OVERHEAD;
  if (!walk.isSound(buffer, start, position + batch.sizeInBytes, batch.count, true))
    return refused('INVALID_RECORD', 'The records are not what the header of their batch says');
  return looksAtEach(batch, target, judging)
    ? judgeEach(batch, batch.recordsBytes, target, judging)
    : { kind: 'sound', maxTimestamp: youngestOf(batch) };
}

function judgeUnpacked(
  batch: RecordBatch,
  records: Buffer,
  target: CompressionType,
  judging: Judging,
): JudgedRecords {
  const isPackedAnew = target !== batch.compression;
  if (!walk.isSound(records, 0, records.length, batch.count, isPackedAnew))
    return refused('INVALID_RECORD', 'The records are not what the header of their batch says');
  // Kafka means to pack it anew, with the offsets put right, and then has not kept what it would need for that.
  if (!isPackedAnew && !walk.isConsecutive)
    return refused('UNKNOWN_SERVER_ERROR', 'The offsets in a compressed batch do not follow each other');
  return looksAtEach(batch, target, judging)
    ? judgeEach(batch, records, target, judging)
    : { kind: 'sound', maxTimestamp: youngestOf(batch) };
}

/** Of the records just walked over. */
function youngestOf(batch: RecordBatch): number {
  if (batch.timestampType === 'LogAppendTime') return batch.maxTimestamp;
  return Math.max(NO_TIMESTAMP, batch.baseTimestamp + walk.maxTimestampDelta);
}

function looksAtEach(batch: RecordBatch, target: CompressionType, { config }: Judging): boolean {
  return (
    target !== batch.compression ||
    config.cleanupPolicy.includes('compact') ||
    hasTimeBounds(config) ||
    batch.timestampType === 'LogAppendTime'
  );
}

function hasTimeBounds(config: LogConfig): boolean {
  const { messageTimestampType, messageTimestampBeforeMaxMs, messageTimestampAfterMaxMs } = config;
  const bound = Math.min(messageTimestampBeforeMaxMs, messageTimestampAfterMaxMs);
  return messageTimestampType === 'CreateTime' && bound < Number.MAX_SAFE_INTEGER;
}

function judgeEach(
  batch: RecordBatch,
  records: Buffer,
  target: CompressionType,
  judging: Judging,
): JudgedRecords {
  const maxTimestamp = youngestOf(batch);
  const errors = errorsIn(batch, records, target, judging);
  if (errors.length > 0) return { kind: 'refused', ...refusalOf(errors) };
  return target === batch.compression
    ? { kind: 'sound', maxTimestamp }
    : packedAnew(batch, records, target, judging.config);
}

function errorsIn(
  batch: RecordBatch,
  records: Buffer,
  target: CompressionType,
  judging: Judging,
): RecordError[] {
  const errors: RecordError[] = [];
  cursor.bytes = records;
  cursor.rewind(batch.count);
  const isWhole = batch.compression === 'none' || target !== batch.compression;
  for (let index = 0; cursor.next(); index++) {
    const error = errorOf(batch, index, isWhole, judging);
    if (error !== undefined) errors.push(error);
  }
  return errors;
}

/** Of the record the cursor is at. */
function errorOf(
  batch: RecordBatch,
  batchIndex: number,
  isWhole: boolean,
  { config, nowMs, name }: Judging,
): RecordError | undefined {
  if (config.cleanupPolicy.includes('compact') && !cursor.hasKey) return withoutKey(batchIndex, name);
  const claimsAppendTime = batch.timestampType === 'LogAppendTime';
  const timestamp = claimsAppendTime ? batch.maxTimestamp : batch.baseTimestamp + cursor.timestampDelta;
  const offset = batch.baseOffset + cursor.offsetDelta;
  if (config.messageTimestampType === 'CreateTime' && timestamp !== NO_TIMESTAMP) {
    const { messageTimestampBeforeMaxMs: beforeMs, messageTimestampAfterMaxMs: afterMs } = config;
    const isInBounds = nowMs - timestamp <= beforeMs && timestamp - nowMs <= afterMs;
    return isInBounds
      ? undefined
      : outOfBounds(batchIndex, { timestamp, offset }, { nowMs, beforeMs, afterMs });
  }
  if (!claimsAppendTime) return undefined;
  const keyBytes = cursor.keyEnd - cursor.keyStart;
  const { valueBytes } = cursor;
  return stampedByProducer(batchIndex, { isWhole, offset, timestamp, keyBytes, valueBytes });
}

function packedAnew(
  batch: RecordBatch,
  bytes: Buffer,
  compression: CompressionType,
  config: LogConfig,
): JudgedRecords {
  const records = decodeUnpacked(batch, bytes).map(({ timestamp, key, value, headers }) => {
    if (timestamp < NO_TIMESTAMP)
      throw new KafkaError('UNKNOWN_SERVER_ERROR', `Invalid negative timestamp ${timestamp}`);
    // Without its offset: each gets the one behind the record before it.
    return { timestamp, key, value, headers };
  });
  const packed = buildBatch({
    records,
    baseOffset: batch.baseOffset,
    compression,
    compressionLevel: config.compressionLevels[compression],
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    isTransactional: batch.isTransactional,
  });
  const maxTimestamp = records.reduce((max, { timestamp }) => Math.max(max, timestamp), NO_TIMESTAMP);
  return { kind: 'sound', maxTimestamp, packed };
}

function refused(error: ErrorName, message: string): RefusedRecords {
  return { kind: 'refused', error, message };
}
