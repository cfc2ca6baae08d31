/** The lines of a `.log` file: one per batch, and when asked for one per record below it. */
import { decodeEndTransactionMarker, decodeRecords, LegacyBatch } from '../../records/index.ts';
import type { KafkaRecord, RecordBatch } from '../../records/index.ts';
import type { PlacedBatch } from './batch-file.ts';
import type { RecordDecoder } from './decoders.ts';

export interface LogLineOptions {
  readonly deep: boolean;
  readonly printContents: boolean;
  readonly skipRecordMetadata: boolean;
  readonly decode: RecordDecoder;
}

export function batchLine({ batch, position }: PlacedBatch): string {
  return [
    ...(batch instanceof LegacyBatch ? [`offset: ${batch.lastOffset}`] : headerOf(batch)),
    `position: ${position}`,
    `${timestampTypeOf(batch)}: ${batch.maxTimestamp}`,
    `size: ${batch.sizeInBytes}`,
    `magic: ${batch.magic}`,
    `compresscodec: ${batch.compression ?? 'unknown'}`,
    `crc: ${batch.crc}`,
    `isvalid: ${batch.computeCrc() === batch.crc}`,
  ].join(' ');
}

/** What the formats before v2 do not say. */
function headerOf(batch: RecordBatch): string[] {
  const { baseSequence } = batch;
  const lastSequence = baseSequence < 0 ? -1 : (baseSequence + batch.lastOffsetDelta) % 0x8000_0000;
  return [
    `baseOffset: ${batch.baseOffset}`,
    `lastOffset: ${batch.lastOffset}`,
    `count: ${batch.count}`,
    `baseSequence: ${baseSequence}`,
    `lastSequence: ${lastSequence}`,
    `producerId: ${batch.producerId}`,
    `producerEpoch: ${batch.producerEpoch}`,
    `partitionLeaderEpoch: ${batch.partitionLeaderEpoch}`,
    `isTransactional: ${batch.isTransactional}`,
    `isControl: ${batch.isControl}`,
    `deleteHorizonMs: ${optionalLong(batch.hasDeleteHorizon ? batch.baseTimestamp : undefined)}`,
  ];
}

function timestampTypeOf(batch: RecordBatch): string {
  return batch.magic === 0 ? 'NoTimestampType' : batch.timestampType;
}

/** Java's OptionalLong in print. */
export function optionalLong(value: number | undefined): string {
  return value === undefined ? 'OptionalLong.empty' : `OptionalLong[${value}]`;
}

export interface DumpedRecord {
  readonly offset: number;
  readonly line: string;
}

export function recordLines(batch: RecordBatch, options: LogLineOptions): DumpedRecord[] {
  const lineOf = (record: KafkaRecord, metadata: readonly string[]): DumpedRecord => ({
    offset: record.offset,
    line: `| ${[...(options.skipRecordMetadata ? [] : metadata), ...contentsOf(batch, record, options)].join(' ')}`,
  });
  return batch instanceof LegacyBatch
    ? batch.unpacked().map((each) => lineOf(each.record, legacyMetadataOf(batch, each)))
    : decodeRecords(batch).map((record) => lineOf(record, metadataOf(batch, record)));
}

function recordMetadata(batch: RecordBatch, record: KafkaRecord): string[] {
  return [
    `offset: ${record.offset}`,
    `${timestampTypeOf(batch)}: ${record.timestamp}`,
    `keySize: ${record.key?.length ?? -1}`,
    `valueSize: ${record.value?.length ?? -1}`,
  ];
}

/** The brace is the original's. */
function legacyMetadataOf(
  batch: LegacyBatch,
  { message, record }: ReturnType<LegacyBatch['unpacked']>[number],
): string[] {
  return [...recordMetadata(batch, record), `isValid: ${message.isValid()}`, `crc: ${message.crc}}`];
}

function metadataOf(batch: RecordBatch, record: KafkaRecord): string[] {
  const { baseSequence, baseOffset } = batch;
  const sequence = baseSequence < 0 ? -1 : (baseSequence + record.offset - baseOffset) % 0x8000_0000;
  const marker = batch.isControl ? markerOf(batch, record) : [];
  return [
    ...recordMetadata(batch, record),
    `sequence: ${sequence}`,
    `headerKeys: [${record.headers.map(({ key }) => key).join(',')}]`,
    ...marker,
  ];
}

function markerOf(batch: RecordBatch, record: KafkaRecord): string[] {
  const marker = decodeEndTransactionMarker(batch);
  if (marker === undefined) return [`controlType: ${record.key?.readInt16BE(2) ?? 'unknown'}`];
  return [`endTxnMarker: ${marker.result.toUpperCase()} coordinatorEpoch: ${marker.coordinatorEpoch}`];
}

function contentsOf(
  batch: RecordBatch,
  record: KafkaRecord,
  { printContents, decode }: LogLineOptions,
): string[] {
  if (!printContents || batch.isControl) return [];
  const { key, payload } = decode(record);
  return [
    ...(key === undefined ? [] : [`key: ${key}`]),
    ...(payload === undefined ? [] : [`payload: ${payload}`]),
  ];
}
