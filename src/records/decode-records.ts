/**
 * The records inside a batch. Decompression is capped: sixteen kilobytes of zstd can unfold into half a gigabyte, and
 * a broker that looks inside batches (time look-ups, compacted topics, coordinators) must not die of one.
 */
import { KafkaError } from '../protocol/index.ts';
import { codecOf, DECOMPRESSED_BYTES_MAX } from './compression/index.ts';
import { LegacyBatch } from './legacy/legacy-batch.ts';
import { MAGIC_V2, type RecordBatch } from './record-batch.ts';
import { type KafkaRecord, readRecord, RecordReader } from './record.ts';

/** The records' bytes, decompressed. */
export function decompressedRecords(batch: RecordBatch, maxBytes: number = DECOMPRESSED_BYTES_MAX): Buffer {
  const { compression } = batch;
  if (compression === undefined)
    throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE', 'Unknown compression type in a record batch');
  if (compression === 'none') return batch.recordsBytes;
  try {
    return codecOf(compression).decompress(batch.recordsBytes, maxBytes);
  } catch (cause) {
    if (cause instanceof KafkaError) throw cause;
    // What Kafka's streams throw here no client has a code for.
    throw new KafkaError('UNKNOWN_SERVER_ERROR', `A ${compression} batch cannot be decompressed`, { cause });
  }
}

export function decodeRecords(batch: RecordBatch): KafkaRecord[] {
  if (batch instanceof LegacyBatch) return batch.records();
  if (batch.magic !== MAGIC_V2)
    throw new KafkaError('UNSUPPORTED_FOR_MESSAGE_FORMAT', `Records of format v${batch.magic} are not read`);
  return decodeUnpacked(batch, decompressedRecords(batch));
}

/** The same, where somebody has decompressed them already. */
export function decodeUnpacked(batch: RecordBatch, bytes: Buffer): KafkaRecord[] {
  const reader = new RecordReader(bytes);
  const base = { baseOffset: batch.baseOffset, baseTimestamp: batch.baseTimestamp };
  const logAppendTime = batch.timestampType === 'LogAppendTime' ? batch.maxTimestamp : undefined;
  const { count } = batch;
  if (count < 0) throw new KafkaError('INVALID_RECORD', `A batch claims to hold ${count} records`);
  const records: KafkaRecord[] = [];
  for (let index = 0; index < count; index++) records.push(readRecord(reader, base, logAppendTime));
  if (!reader.atEnd)
    throw new KafkaError('INVALID_RECORD', 'Incorrect declared batch size, records still remaining in file');
  return records;
}
