/** The line of a batch, or of a message of the formats v0 and v1, from nothing but its header. */
import { crc32 } from 'node:zlib';
import { BATCH_ATTRIBUTE, BATCH_LAYOUT, COMPRESSION_TYPES, crc32c, MAGIC_V2 } from '../../records/index.ts';
import type { FileBatch } from './file-records.ts';
import { illegalArgument } from './java/exception.ts';
import type { Printer } from './printer.ts';

const RECORD_BATCH_OVERHEAD = 61;
const LOG_OVERHEAD = 12;
const NO_SEQUENCE = -1;
const SEQUENCE_MAX = 0x7fff_ffff;
const TIMESTAMP_BYTES = 8;

export const LEGACY_LAYOUT = { offset: 0, crc: 12, magic: 16, attributes: 17, timestamp: 18 } as const;
/** Up to the attributes; v1 has its timestamp behind them. */
const LEGACY_HEADER_BYTES = 18;

export type TimestampType = 'NoTimestampType' | 'CreateTime' | 'LogAppendTime';

/** What the lines of records need to know of their batch. */
export interface BatchFacts {
  readonly magic: number;
  readonly timestampType: TimestampType;
  readonly isControl: boolean;
}

export function printBatch(batch: FileBatch, printer: Printer): BatchFacts {
  return batch.magic >= MAGIC_V2 ? printNewBatch(batch, printer) : printLegacyBatch(batch, printer);
}

/** Sequences wrap. In a batch that nobody wrote the numbers may be any, and the arithmetic is that of an int. */
export function incrementSequence(sequence: number, increment: number): number {
  return sequence > ((SEQUENCE_MAX - increment) | 0)
    ? (increment - (SEQUENCE_MAX - sequence) - 1) | 0
    : (sequence + increment) | 0;
}

export function wrapped(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

/** Java's OptionalLong in print. */
export function optionalLong(value: bigint | number | undefined): string {
  return value === undefined ? 'OptionalLong.empty' : `OptionalLong[${value}]`;
}

export function codecNamed(attributes: number): string {
  const id = attributes & BATCH_ATTRIBUTE.compressionMask;
  const codec = COMPRESSION_TYPES[id];
  if (codec === undefined) throw illegalArgument(`Unknown compression type id: ${id}`);
  return codec;
}

function printNewBatch(batch: FileBatch, printer: Printer): BatchFacts {
  const header = batch.header(RECORD_BATCH_OVERHEAD);
  const attributes = header.readInt16BE(BATCH_LAYOUT.attributes);
  const has = (bit: number): boolean => (attributes & bit) !== 0;
  const baseOffset = header.readBigInt64BE(BATCH_LAYOUT.baseOffset);
  const lastOffsetDelta = header.readInt32BE(BATCH_LAYOUT.lastOffsetDelta);
  const baseSequence = header.readInt32BE(BATCH_LAYOUT.baseSequence);
  const lastSequence =
    baseSequence === NO_SEQUENCE ? NO_SEQUENCE : incrementSequence(baseSequence, lastOffsetDelta);
  const horizon = has(BATCH_ATTRIBUTE.deleteHorizon)
    ? header.readBigInt64BE(BATCH_LAYOUT.baseTimestamp)
    : undefined;
  const timestampType = has(BATCH_ATTRIBUTE.logAppendTime) ? 'LogAppendTime' : 'CreateTime';
  printer.print(
    `baseOffset: ${baseOffset} lastOffset: ${wrapped(baseOffset + BigInt(lastOffsetDelta))}` +
      ` count: ${header.readInt32BE(BATCH_LAYOUT.count)} baseSequence: ${baseSequence} lastSequence: ${lastSequence}` +
      ` producerId: ${header.readBigInt64BE(BATCH_LAYOUT.producerId)} producerEpoch: ${header.readInt16BE(BATCH_LAYOUT.producerEpoch)}` +
      ` partitionLeaderEpoch: ${header.readInt32BE(BATCH_LAYOUT.partitionLeaderEpoch)}` +
      ` isTransactional: ${has(BATCH_ATTRIBUTE.transactional)} isControl: ${has(BATCH_ATTRIBUTE.control)}` +
      ` deleteHorizonMs: ${optionalLong(horizon)}`,
  );
  const crc = header.readUInt32BE(BATCH_LAYOUT.crc);
  const codec = codecNamed(attributes);
  const isValid =
    batch.sizeInBytes >= RECORD_BATCH_OVERHEAD &&
    crc32c(batch.read().subarray(BATCH_LAYOUT.attributes)) === crc;
  printEnd(
    batch,
    printer,
    timestampType,
    header.readBigInt64BE(BATCH_LAYOUT.maxTimestamp),
    codec,
    crc,
    isValid,
  );
  return { magic: batch.magic, timestampType, isControl: has(BATCH_ATTRIBUTE.control) };
}

function printLegacyBatch(batch: FileBatch, printer: Printer): BatchFacts {
  const { magic } = batch;
  const header = batch.header(magic > 0 ? LEGACY_HEADER_BYTES + TIMESTAMP_BYTES : LEGACY_HEADER_BYTES);
  printer.print(`offset: ${header.readBigInt64BE(LEGACY_LAYOUT.offset)}`);
  const attributes = header.readUInt8(LEGACY_LAYOUT.attributes);
  const timestampType = legacyTimestampType(magic, attributes);
  const timestamp = magic > 0 ? header.readBigInt64BE(LEGACY_LAYOUT.timestamp) : -1n;
  const codec = codecNamed(attributes);
  const crc = header.readUInt32BE(LEGACY_LAYOUT.crc);
  printEnd(
    batch,
    printer,
    timestampType,
    timestamp,
    codec,
    crc,
    isLegacyValid(batch.read().subarray(LOG_OVERHEAD)),
  );
  return { magic, timestampType, isControl: false };
}

export function legacyTimestampType(magic: number, attributes: number): TimestampType {
  if (magic < 0) throw illegalArgument(`Invalid magic used in LegacyRecord: ${magic}`);
  if (magic === 0) return 'NoTimestampType';
  return (attributes & BATCH_ATTRIBUTE.logAppendTime) === 0 ? 'CreateTime' : 'LogAppendTime';
}

/** `message` from its checksum on. */
export function isLegacyValid(message: Buffer): boolean {
  const start = LEGACY_LAYOUT.magic - LOG_OVERHEAD;
  return crc32(message.subarray(start)) === message.readUInt32BE(0);
}

function printEnd(
  batch: FileBatch,
  printer: Printer,
  timestampType: TimestampType,
  maxTimestamp: bigint,
  codec: string,
  crc: number,
  isValid: boolean,
): void {
  printer.println(
    ` position: ${batch.position} ${timestampType}: ${maxTimestamp} size: ${batch.sizeInBytes} magic: ${batch.magic}` +
      ` compresscodec: ${codec} crc: ${crc} isvalid: ${isValid}`,
  );
}
