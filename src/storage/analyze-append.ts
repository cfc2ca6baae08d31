/**
 * What a log makes of a record set before it gets offsets: the checks of contract section 8.1 for a leader, fewer for
 * a follower. Pure: bytes and config in, a plan out, KafkaError for what the sender did wrong. Producers' batches are
 * judged by their headers; the records inside are opened only where a setting speaks about single records.
 */
import { KafkaError } from '../protocol/index.ts';
import {
  batchesOf,
  buildBatch,
  type CompressionType,
  decodeRecords,
  type KafkaRecord,
  LOG_OVERHEAD,
  MAGIC_V2,
  NO_TIMESTAMP,
  RecordBatch,
  wholeBatchSize,
} from '../records/index.ts';
import type { LogConfig } from './log-config.ts';
import { type AppendOrigin, RecordValidationError } from './log-types.ts';

export interface AppendPlan {
  /** The whole batches; what was cut off behind them is dropped. */
  readonly records: Buffer;
  readonly batches: readonly RecordBatch[];
  readonly numMessages: number;
  readonly maxTimestamp: number;
  /** -1 under CreateTime. */
  readonly logAppendTime: number;
}

/** The offsets of a follower's append do not continue its log. */
export class UnexpectedAppendOffsetError extends Error {
  override readonly name = 'UnexpectedAppendOffsetError';
}

const EMPTY_PLAN: AppendPlan = {
  records: Buffer.alloc(0),
  batches: [],
  numMessages: 0,
  maxTimestamp: NO_TIMESTAMP,
  logAppendTime: NO_TIMESTAMP,
};

export interface LeaderAppend {
  readonly records: Buffer;
  readonly origin: AppendOrigin;
  readonly nowMs: number;
  /** `topic-0`, for messages. */
  readonly name: string;
}

/** A leader takes one batch of format v2 per append. Under LogAppendTime the batch is stamped in place. */
export function analyzeLeaderAppend(append: LeaderAppend, config: LogConfig): AppendPlan {
  const { records, origin, nowMs, name } = append;
  const size = wholeBatchSize(records, 0);
  if (size === undefined) {
    refuseIllegalLength(records, name);
    return EMPTY_PLAN;
  }
  let batch = new RecordBatch(records);
  if (batch.magic !== MAGIC_V2)
    throw new KafkaError(
      'UNSUPPORTED_FOR_MESSAGE_FORMAT',
      `Batches of magic ${batch.magic} cannot be appended to ${name}`,
    );
  if (origin === 'client' && batch.baseOffset !== 0)
    throw new KafkaError(
      'INVALID_RECORD',
      `The baseOffset of the record batch in the append to ${name} should be 0, but it is ${batch.baseOffset}`,
    );
  if (size > config.maxMessageBytes)
    throw new KafkaError(
      'MESSAGE_TOO_LARGE',
      `The record batch size in the append to ${name} is ${size} bytes which exceeds the maximum configured value of ${config.maxMessageBytes}.`,
    );
  refuseCorrupt(batch, name);
  if (wholeBatchSize(records, size) !== undefined)
    throw new KafkaError('INVALID_RECORD', 'Compressed outer record has more than one batch');
  if (size > config.segmentBytes)
    throw new KafkaError(
      'RECORD_LIST_TOO_LARGE',
      `Message batch size is ${size} bytes in append to partition ${name}, which exceeds the maximum configured segment size of ${config.segmentBytes}.`,
    );
  if (origin === 'client') refuseMalformed(batch, config);
  refuseRecords(batch, { config, nowMs, name });

  batch = recompressed(batch, config);
  const logAppendTime = config.messageTimestampType === 'LogAppendTime' ? nowMs : NO_TIMESTAMP;
  if (logAppendTime !== NO_TIMESTAMP) batch.stampLogAppendTime(logAppendTime);
  else if (batch.timestampType === 'LogAppendTime') batch.stampCreateTime();
  return {
    records: batch.bytes,
    batches: [batch],
    numMessages: batch.count,
    maxTimestamp: batch.maxTimestamp,
    logAppendTime,
  };
}

/** A follower takes its leader's batches as they are; only damage on the way and a break in the offsets stop it. */
export function analyzeFollowerAppend(records: Buffer, nextOffset: number, name: string): AppendPlan {
  const batches: RecordBatch[] = [];
  let expected = nextOffset;
  let size = 0;
  let numMessages = 0;
  let maxTimestamp = NO_TIMESTAMP;
  for (const batch of batchesOf(records)) {
    if (batch.magic < 0 || batch.magic > MAGIC_V2)
      throw new KafkaError('CORRUPT_MESSAGE', `${name} got a batch of magic ${batch.magic}`);
    refuseCorrupt(batch, name);
    // Where a message of an old format begins, and how many it wraps, only unpacking it would tell.
    const isOld = batch.magic < MAGIC_V2;
    const offset = isOld ? batch.lastOffset : batch.baseOffset;
    if (offset < expected)
      throw new UnexpectedAppendOffsetError(
        `Unexpected offset in append to ${name}: ${offset} is less than the next offset ${expected}`,
      );
    expected = batch.nextOffset;
    size += batch.sizeInBytes;
    numMessages += isOld ? 1 : batch.count;
    maxTimestamp = Math.max(maxTimestamp, batch.maxTimestamp);
    batches.push(batch);
  }
  if (batches.length === 0) return EMPTY_PLAN;
  return {
    records: size === records.length ? records : records.subarray(0, size),
    batches,
    numMessages,
    maxTimestamp,
    logAppendTime: NO_TIMESTAMP,
  };
}

function refuseIllegalLength(records: Buffer, name: string): void {
  if (records.length >= LOG_OVERHEAD && records.readInt32BE(8) < 0)
    throw new KafkaError(
      'CORRUPT_MESSAGE',
      `Cannot append record batch with illegal length to log for ${name}. A possible cause is a corrupted produce request.`,
    );
}

function refuseCorrupt(batch: RecordBatch, name: string): void {
  if (!batch.isValid())
    throw new KafkaError('CORRUPT_MESSAGE', `Record is corrupt (stored crc = ${batch.crc}) in ${name}.`);
}

/** Headers that no client may send. */
function refuseMalformed(batch: RecordBatch, config: LogConfig): void {
  const { count } = batch;
  const offsets = batch.lastOffsetDelta + 1;
  if (offsets <= 0)
    throw new KafkaError(
      'INVALID_RECORD',
      `Batch has an invalid offset range: [${batch.baseOffset}, ${batch.lastOffset}]`,
    );
  if (count <= 0) throw new KafkaError('INVALID_RECORD', `Invalid reported count for record batch: ${count}`);
  if (count !== offsets)
    throw new KafkaError(
      'INVALID_RECORD',
      `Inconsistent batch offset range [${batch.baseOffset}, ${batch.lastOffset}] and count of records ${count}`,
    );
  if (batch.isControl)
    throw new KafkaError('INVALID_RECORD', 'Clients are not allowed to write control records');
  if (batch.hasProducerId && batch.baseSequence < 0)
    throw new KafkaError(
      'INVALID_RECORD',
      `Invalid sequence number ${batch.baseSequence} in record batch with producerId ${batch.producerId}`,
    );
  // Kafka overlooks it where the time then counts as the producer's own.
  const isTimeOfOurs = config.messageTimestampType === 'LogAppendTime' || batch.maxTimestamp === NO_TIMESTAMP;
  if (batch.timestampType === 'LogAppendTime' && isTimeOfOurs)
    throw new KafkaError(
      'INVALID_TIMESTAMP',
      'Invalid timestamp type in message. Producer should not set timestamp type to LogAppendTime.',
    );
  if (batch.compression === undefined)
    throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE', `Unknown compression type in a batch`);
}

/** What only single records can break: keys in a compacted topic, bounds on timestamps. */
function refuseRecords(
  batch: RecordBatch,
  context: { readonly config: LogConfig; readonly nowMs: number; readonly name: string },
): void {
  const { config, nowMs, name } = context;
  const needsKeys = config.cleanupPolicy.includes('compact') && !batch.isControl;
  const before = config.messageTimestampBeforeMaxMs;
  const after = config.messageTimestampAfterMaxMs;
  const bounded =
    config.messageTimestampType === 'CreateTime' &&
    (before < Number.MAX_SAFE_INTEGER || after < Number.MAX_SAFE_INTEGER);
  if (!needsKeys && !bounded) return;

  const records = decodeRecords(batch);
  const indexesOf = (isBad: (record: KafkaRecord) => boolean): number[] =>
    records.flatMap((record, index) => (isBad(record) ? [index] : []));
  const keyless = needsKeys ? indexesOf((record) => record.key === null) : [];
  if (keyless.length > 0) throw keyMissing(keyless, name);
  const isOutOfRange = ({ timestamp }: KafkaRecord): boolean =>
    timestamp !== NO_TIMESTAMP && (nowMs - timestamp > before || timestamp - nowMs > after);
  const outOfRange = bounded ? indexesOf(isOutOfRange) : [];
  if (outOfRange.length > 0)
    throw new RecordValidationError(
      'INVALID_TIMESTAMP',
      'One or more records have been rejected due to invalid timestamp',
      outOfRange.map((batchIndex) => ({
        batchIndex,
        message: `Timestamp ${records[batchIndex]!.timestamp} of message with offset ${batchIndex} is out of range. The timestamp should be within [${nowMs - before}, ${nowMs + after}]`,
      })),
    );
}

/** The message repeats the first three records, as clients older than KIP-467's record errors see nothing else. */
function keyMissing(batchIndexes: readonly number[], name: string): RecordValidationError {
  const message = `Compacted topic cannot accept message without key in topic partition ${name}`;
  const shown = batchIndexes
    .slice(0, 3)
    .map((batchIndex) => `RecordError(batchIndex=${batchIndex}, message='${message}')`);
  return new RecordValidationError(
    'INVALID_RECORD',
    `One or more records have been rejected due to ${batchIndexes.length} record errors in total, and only showing the first three errors at most: [${shown.join(', ')}]`,
    batchIndexes.map((batchIndex) => ({ batchIndex, message })),
  );
}

/** compression.type of the topic, where it is not the producer's choice: the batch is made anew. */
function recompressed(batch: RecordBatch, config: LogConfig): RecordBatch {
  if (config.compressionType === 'producer' || batch.isControl) return batch;
  const target: CompressionType = config.compressionType === 'uncompressed' ? 'none' : config.compressionType;
  if (batch.compression === target) return batch;
  const rebuilt = buildBatch({
    records: decodeRecords(batch),
    baseOffset: batch.baseOffset,
    compression: target,
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    isTransactional: batch.isTransactional,
  });
  return new RecordBatch(rebuilt);
}
