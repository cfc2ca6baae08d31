/**
 * A record batch of format v2 seen in place: a view of (buffer, position) over bytes that came from a socket or a
 * file. Nothing is copied or decoded. Only baseOffset (bytes 0-7) and partitionLeaderEpoch (12-15) may be changed
 * freely: both lie before the bytes the CRC covers (21 on), which is why a broker can stamp a producer's batch and
 * store the rest untouched. Reading the records inside is decode-records.ts.
 */
import { assert } from '../common/index.ts';
import { crc32c } from './crc32c.ts';
import { readInt64, writeInt64 } from './int64.ts';

/** baseOffset and batchLength: what stands before the part that batchLength counts. */
export const LOG_OVERHEAD = 12;
/** From baseOffset to the record count. */
export const RECORD_BATCH_OVERHEAD = 61;
export const MAGIC_V2 = 2;

export const NO_PRODUCER_ID = -1;
export const NO_PRODUCER_EPOCH = -1;
export const NO_SEQUENCE = -1;
export const NO_TIMESTAMP = -1;
export const NO_PARTITION_LEADER_EPOCH = -1;

export const COMPRESSION_TYPES = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type CompressionType = (typeof COMPRESSION_TYPES)[number];
export type TimestampType = 'CreateTime' | 'LogAppendTime';

/** Where each field of the header starts. */
export const BATCH_LAYOUT = {
  baseOffset: 0,
  batchLength: 8,
  partitionLeaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  count: 57,
} as const;

export const BATCH_ATTRIBUTE = {
  compressionMask: 0x07,
  logAppendTime: 0x08,
  transactional: 0x10,
  control: 0x20,
  deleteHorizon: 0x40,
} as const;

const KNOWN_ATTRIBUTES = Object.values(BATCH_ATTRIBUTE).reduce((all: number, one) => all | one, 0);

/** Sequence numbers of a producer wrap from 2^31 - 1 to 0. */
export function incrementSequence(sequence: number, increment: number): number {
  return (sequence + increment) % 0x8000_0000;
}

export class RecordBatch {
  readonly buffer: Buffer;
  /** Where the batch starts in `buffer`. */
  readonly position: number;

  constructor(buffer: Buffer, position = 0) {
    this.buffer = buffer;
    this.position = position;
  }

  get baseOffset(): number {
    return readInt64(this.buffer, this.position);
  }
  set baseOffset(offset: number) {
    writeInt64(this.buffer, offset, this.position);
  }

  get lastOffset(): number {
    return this.baseOffset + this.lastOffsetDelta;
  }
  get nextOffset(): number {
    return this.lastOffset + 1;
  }

  /** Bytes after the length field. */
  get batchLength(): number {
    return this.buffer.readInt32BE(this.position + BATCH_LAYOUT.batchLength);
  }
  get sizeInBytes(): number {
    return LOG_OVERHEAD + this.batchLength;
  }

  get partitionLeaderEpoch(): number {
    return this.buffer.readInt32BE(this.position + BATCH_LAYOUT.partitionLeaderEpoch);
  }
  set partitionLeaderEpoch(epoch: number) {
    this.buffer.writeInt32BE(epoch, this.position + BATCH_LAYOUT.partitionLeaderEpoch);
  }

  get magic(): number {
    return this.buffer.readInt8(this.position + BATCH_LAYOUT.magic);
  }
  get crc(): number {
    return this.buffer.readUInt32BE(this.position + BATCH_LAYOUT.crc);
  }
  get attributes(): number {
    return this.buffer.readInt16BE(this.position + BATCH_LAYOUT.attributes);
  }

  /** Undefined for a codec number that no Kafka writes. */
  get compression(): CompressionType | undefined {
    return COMPRESSION_TYPES[this.attributes & BATCH_ATTRIBUTE.compressionMask];
  }
  get timestampType(): TimestampType {
    return this.attributes & BATCH_ATTRIBUTE.logAppendTime ? 'LogAppendTime' : 'CreateTime';
  }
  get isTransactional(): boolean {
    return (this.attributes & BATCH_ATTRIBUTE.transactional) !== 0;
  }
  get isControl(): boolean {
    return (this.attributes & BATCH_ATTRIBUTE.control) !== 0;
  }
  /** The cleaner stamped when this batch's tombstones may go; the time then stands in baseTimestamp. */
  get hasDeleteHorizon(): boolean {
    return (this.attributes & BATCH_ATTRIBUTE.deleteHorizon) !== 0;
  }

  get lastOffsetDelta(): number {
    return this.buffer.readInt32BE(this.position + BATCH_LAYOUT.lastOffsetDelta);
  }
  get baseTimestamp(): number {
    return readInt64(this.buffer, this.position + BATCH_LAYOUT.baseTimestamp);
  }
  get maxTimestamp(): number {
    return readInt64(this.buffer, this.position + BATCH_LAYOUT.maxTimestamp);
  }

  get producerId(): number {
    return readInt64(this.buffer, this.position + BATCH_LAYOUT.producerId);
  }
  get hasProducerId(): boolean {
    return this.producerId > NO_PRODUCER_ID;
  }
  get producerEpoch(): number {
    return this.buffer.readInt16BE(this.position + BATCH_LAYOUT.producerEpoch);
  }
  get baseSequence(): number {
    return this.buffer.readInt32BE(this.position + BATCH_LAYOUT.baseSequence);
  }
  get lastSequence(): number {
    const { baseSequence } = this;
    return baseSequence === NO_SEQUENCE ? NO_SEQUENCE : incrementSequence(baseSequence, this.lastOffsetDelta);
  }

  /** Records in the batch: fewer than lastOffsetDelta + 1 once it was cleaned. */
  get count(): number {
    return this.buffer.readInt32BE(this.position + BATCH_LAYOUT.count);
  }

  /** The records as they are stored: compressed, when the batch is. */
  get recordsBytes(): Buffer {
    return this.buffer.subarray(this.position + RECORD_BATCH_OVERHEAD, this.position + this.sizeInBytes);
  }

  /** The whole batch, sharing memory. */
  get bytes(): Buffer {
    return this.buffer.subarray(this.position, this.position + this.sizeInBytes);
  }

  computeCrc(): number {
    return crc32c(
      this.buffer.subarray(this.position + BATCH_LAYOUT.attributes, this.position + this.sizeInBytes),
    );
  }

  /** Long enough to be a batch, and the checksum matches. */
  isValid(): boolean {
    return this.batchLength >= RECORD_BATCH_OVERHEAD - LOG_OVERHEAD && this.computeCrc() === this.crc;
  }

  /** message.timestamp.type=LogAppendTime: the one change a broker makes inside the checksummed bytes. */
  stampLogAppendTime(appendTimeMs: number): void {
    this.#stampTime(BATCH_ATTRIBUTE.logAppendTime, appendTimeMs);
  }

  /** Of a producer that called the time the broker's, or was wrong about the largest: its records are right. */
  stampCreateTime(maxTimestamp: number): void {
    if (this.timestampType !== 'CreateTime' || this.maxTimestamp !== maxTimestamp)
      this.#stampTime(0, maxTimestamp);
  }

  /** Attributes that mean nothing go with it. */
  #stampTime(timestampType: number, maxTimestamp: number): void {
    assert(this.magic === MAGIC_V2, 'only a v2 batch carries its time in the header');
    const attributes = (this.attributes & KNOWN_ATTRIBUTES & ~BATCH_ATTRIBUTE.logAppendTime) | timestampType;
    this.buffer.writeInt16BE(attributes, this.position + BATCH_LAYOUT.attributes);
    writeInt64(this.buffer, maxTimestamp, this.position + BATCH_LAYOUT.maxTimestamp);
    this.buffer.writeUInt32BE(this.computeCrc(), this.position + BATCH_LAYOUT.crc);
  }
}
