/**
 * What a log makes of a record set before it gets offsets: the checks of contract section 8.1 for a leader, fewer for
 * a follower. Pure: bytes and config in, a plan out, KafkaError for what the sender did wrong. Here it is headers; what
 * is to be said of the records behind them says judge-records.ts.
 */
import { KafkaError } from '../protocol/index.ts';
import {
  batchesOf,
  LOG_OVERHEAD,
  MAGIC_V2,
  NO_TIMESTAMP,
  RecordBatch,
  wholeBatchSize,
} from '../records/index.ts';
import { type JudgedRecords, judgeRecords, type RefusedRecords } from './judge-records.ts';
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
  /** What another thread has made of the records. */
  readonly judged?: JudgedRecords | undefined;
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
  refuseTooLarge(size, config, name);
  refuseCorrupt(batch, name);
  if (wholeBatchSize(records, size) !== undefined)
    throw new KafkaError('INVALID_RECORD', 'Compressed outer record has more than one batch');
  if (origin === 'client') refuseMalformed(batch);
  const judged = append.judged ?? judgeRecords(batch, { config, nowMs, name });
  if (judged.kind === 'refused') throw errorOf(judged);
  if (judged.packed !== undefined) {
    batch = new RecordBatch(judged.packed);
    refuseTooLarge(batch.sizeInBytes, config, name);
  }
  if (batch.sizeInBytes > config.segmentBytes)
    throw new KafkaError(
      'RECORD_LIST_TOO_LARGE',
      `Message batch size is ${batch.sizeInBytes} bytes in append to partition ${name}, which exceeds the maximum configured segment size of ${config.segmentBytes}.`,
    );
  const logAppendTime = config.messageTimestampType === 'LogAppendTime' ? nowMs : NO_TIMESTAMP;
  if (logAppendTime !== NO_TIMESTAMP) batch.stampLogAppendTime(logAppendTime);
  else batch.stampCreateTime(judged.maxTimestamp);
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

function refuseTooLarge(size: number, { maxMessageBytes }: LogConfig, name: string): void {
  if (size > maxMessageBytes)
    throw new KafkaError(
      'MESSAGE_TOO_LARGE',
      `The record batch size in the append to ${name} is ${size} bytes which exceeds the maximum configured value of ${maxMessageBytes}.`,
    );
}

function errorOf({ error, message, recordErrors }: RefusedRecords): KafkaError {
  return recordErrors === undefined
    ? new KafkaError(error, message)
    : new RecordValidationError(error, message, recordErrors);
}

function refuseCorrupt(batch: RecordBatch, name: string): void {
  if (!batch.isValid())
    throw new KafkaError('CORRUPT_MESSAGE', `Record is corrupt (stored crc = ${batch.crc}) in ${name}.`);
}

/** Headers that no client may send. */
function refuseMalformed(batch: RecordBatch): void {
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
}
