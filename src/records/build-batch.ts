/**
 * Makes a batch of format v2 out of records: for coordinators, transaction markers, recompression, tools and tests.
 * Offsets and timestamps inside are relative to the first record's, as Kafka's own builder has them.
 */
import { assert } from '../common/index.ts';
import { codecOf } from './compression/index.ts';
import { writeInt64 } from './int64.ts';
import {
  BATCH_ATTRIBUTE,
  BATCH_LAYOUT,
  COMPRESSION_TYPES,
  type CompressionType,
  LOG_OVERHEAD,
  MAGIC_V2,
  NO_PARTITION_LEADER_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  NO_TIMESTAMP,
  RECORD_BATCH_OVERHEAD,
  RecordBatch,
  type TimestampType,
} from './record-batch.ts';
import { type KafkaRecord, type RecordHeader, RecordWriter, writeRecord } from './record.ts';

/** A record to be written; without an offset it follows the one before it. */
export interface RecordToBuild {
  readonly key?: Buffer | null;
  readonly value?: Buffer | null;
  readonly headers?: readonly RecordHeader[];
  readonly timestamp: number;
  readonly offset?: number;
}

export interface BatchToBuild {
  readonly records: readonly RecordToBuild[];
  readonly baseOffset?: number;
  readonly compression?: CompressionType;
  /** The codec's own default if undefined; codecs without levels do not look. */
  readonly compressionLevel?: number | undefined;
  readonly timestampType?: TimestampType;
  readonly partitionLeaderEpoch?: number;
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
  /** Beyond the last record's, when the batch once held more (cleaning keeps it). */
  readonly lastOffset?: number;
  /** Only with LogAppendTime, the time of the append; and without records, of those that were there. */
  readonly maxTimestamp?: number;
  /** From when on the cleaner may drop its tombstones; it takes the place of the base timestamp (KIP-534). */
  readonly deleteHorizonMs?: number;
}

export function buildBatch(batch: BatchToBuild): Buffer {
  const records = placed(batch.records, batch.baseOffset ?? 0);
  const baseOffset = batch.baseOffset ?? records[0]?.offset ?? 0;
  const baseTimestamp = batch.deleteHorizonMs ?? records[0]?.timestamp ?? NO_TIMESTAMP;
  const body = encodeRecords(records, { baseOffset, baseTimestamp });
  const compression = batch.compression ?? 'none';
  const stored = compression === 'none' ? body : codecOf(compression).compress(body, batch.compressionLevel);

  const buffer = Buffer.allocUnsafe(RECORD_BATCH_OVERHEAD + stored.length);
  const maxTimestamp =
    batch.maxTimestamp ??
    records.reduce((max, record) => Math.max(max, record.timestamp), records.length > 0 ? -Infinity : -1);
  const lastOffset = batch.lastOffset ?? records.at(-1)?.offset ?? baseOffset;
  writeInt64(buffer, baseOffset, BATCH_LAYOUT.baseOffset);
  buffer.writeInt32BE(buffer.length - LOG_OVERHEAD, BATCH_LAYOUT.batchLength);
  buffer.writeInt32BE(
    batch.partitionLeaderEpoch ?? NO_PARTITION_LEADER_EPOCH,
    BATCH_LAYOUT.partitionLeaderEpoch,
  );
  buffer.writeInt8(MAGIC_V2, BATCH_LAYOUT.magic);
  buffer.writeInt16BE(attributesOf(batch, compression), BATCH_LAYOUT.attributes);
  buffer.writeInt32BE(lastOffset - baseOffset, BATCH_LAYOUT.lastOffsetDelta);
  writeInt64(buffer, baseTimestamp, BATCH_LAYOUT.baseTimestamp);
  writeInt64(buffer, maxTimestamp, BATCH_LAYOUT.maxTimestamp);
  writeInt64(buffer, batch.producerId ?? NO_PRODUCER_ID, BATCH_LAYOUT.producerId);
  buffer.writeInt16BE(batch.producerEpoch ?? NO_PRODUCER_EPOCH, BATCH_LAYOUT.producerEpoch);
  buffer.writeInt32BE(batch.baseSequence ?? NO_SEQUENCE, BATCH_LAYOUT.baseSequence);
  buffer.writeInt32BE(records.length, BATCH_LAYOUT.count);
  stored.copy(buffer, RECORD_BATCH_OVERHEAD);
  buffer.writeUInt32BE(new RecordBatch(buffer).computeCrc(), BATCH_LAYOUT.crc);
  return buffer;
}

function placed(records: readonly RecordToBuild[], baseOffset: number): KafkaRecord[] {
  let next = baseOffset;
  return records.map((record) => {
    const offset = record.offset ?? next;
    assert(offset >= next, 'the offsets of a batch rise');
    next = offset + 1;
    const { timestamp, key = null, value = null, headers = [] } = record;
    return { offset, timestamp, key, value, headers };
  });
}

function encodeRecords(
  records: readonly KafkaRecord[],
  base: { readonly baseOffset: number; readonly baseTimestamp: number },
): Buffer {
  const writer = new RecordWriter(1024);
  const scratch = new RecordWriter();
  for (const record of records) writeRecord(writer, scratch, record, base);
  return writer.result();
}

function attributesOf(batch: BatchToBuild, compression: CompressionType): number {
  let attributes: number = COMPRESSION_TYPES.indexOf(compression);
  if (batch.timestampType === 'LogAppendTime') attributes |= BATCH_ATTRIBUTE.logAppendTime;
  if (batch.isTransactional === true) attributes |= BATCH_ATTRIBUTE.transactional;
  if (batch.isControl === true) attributes |= BATCH_ATTRIBUTE.control;
  if (batch.deleteHorizonMs !== undefined) attributes |= BATCH_ATTRIBUTE.deleteHorizon;
  return attributes;
}
