/**
 * Message sets of the formats v0 and v1, to records and back.
 *
 * Compression was added to v0 without changing it: the messages are compressed as one set, and that becomes the value
 * of a "wrapper" message whose attributes name the codec. The wrapper's offset is that of its last message, so that a
 * consumer who has seen it knows where to go on. In v0 the messages inside carry absolute offsets, which made a broker
 * open and compress every wrapper anew to assign them; in v1 they are relative, counted from the first, and only the
 * wrapper is stamped (KIP-31). Wrappers do not nest.
 */
import { KafkaError } from '../../protocol/index.ts';
import type { CompressionType, TimestampType } from '../record-batch.ts';
import { compressLegacy, decompressLegacy, type LegacyCodec } from './legacy-compression.ts';
import {
  type LegacyMagic,
  type LegacyMessage,
  messageSize,
  messagesOf,
  type MessageToWrite,
  writeMessage,
} from './legacy-message.ts';

/** What the old formats know of a record: headers came with v2 (KIP-82). */
export interface LegacyRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** The records of one message as a producer sends it: itself, or those it wraps, which are looked at closely. */
export function decodeMessage(message: LegacyMessage): LegacyRecord[] {
  const codec = legacyCodecOf(message);
  if (codec === 'none') return [recordOf(message, message.offset)];
  const inner = unwrap(message, codec);
  for (const { message: each } of inner) refuseInner(each, magicOf(message));
  return inner.map(({ record }) => record);
}

/** A message and the record it is, whose offset is absolute. */
export interface DecodedMessage {
  readonly message: LegacyMessage;
  readonly record: LegacyRecord;
}

/** The messages of one as it lies in a log: what its checksum covers is taken as it is, as the original does. */
export function decodeStoredMessage(message: LegacyMessage): DecodedMessage[] {
  const codec = legacyCodecOf(message);
  if (codec === 'none') return [{ message, record: recordOf(message, message.offset) }];
  const inner = unwrap(message, codec);
  for (const { message: each } of inner) refuseWrapper(each);
  return inner;
}

/** zstd is younger than both formats. */
function legacyCodecOf(message: LegacyMessage): LegacyCodec | 'none' {
  const { compression } = message;
  if (compression === undefined)
    throw new KafkaError('UNKNOWN_SERVER_ERROR', 'Unknown compression type in a message');
  if (compression === 'zstd')
    throw new KafkaError('INVALID_RECORD', 'Invalid wrapper compressionType for legacy record batch: ZSTD');
  return compression;
}

function recordOf(message: LegacyMessage, offset: number, logAppendTime?: number): LegacyRecord {
  const { key, value } = message;
  return { offset, timestamp: logAppendTime ?? message.timestamp, key, value };
}

function magicOf({ magic }: LegacyMessage): LegacyMagic {
  return magic === 0 ? 0 : 1;
}

function unwrap(wrapper: LegacyMessage, codec: LegacyCodec): DecodedMessage[] {
  const magic = magicOf(wrapper);
  if (wrapper.value === null)
    throw new KafkaError(
      'INVALID_RECORD',
      `Found invalid compressed record set with null value (magic = ${magic})`,
    );
  const inner = [...messagesOf(decompressLegacy(codec, magic, wrapper.value))];
  const last = inner.at(-1);
  if (last === undefined)
    throw new KafkaError('INVALID_RECORD', 'Found invalid compressed record set with no inner records');
  const base = magic === 0 ? 0 : firstOffset(wrapper.offset, last.offset);
  const logAppendTime = wrapper.timestampType === 'LogAppendTime' ? wrapper.timestamp : undefined;
  return inner.map((message) => ({
    message,
    record: recordOf(message, base + message.offset, message.magic === 0 ? undefined : logAppendTime),
  }));
}

/** A wrapper's offset is 0 where the producer did not set it, which some of librdkafka's versions did not. */
function firstOffset(wrapperOffset: number, lastRelativeOffset: number): number {
  if (wrapperOffset === 0) return 0;
  if (wrapperOffset < lastRelativeOffset)
    throw new KafkaError(
      'INVALID_RECORD',
      `Found invalid wrapper offset in compressed v1 message set, wrapper offset '${wrapperOffset}' is less than the last inner message offset '${lastRelativeOffset}' and it is not zero.`,
    );
  return wrapperOffset - lastRelativeOffset;
}

function refuseInner(message: LegacyMessage, magic: LegacyMagic): void {
  if (message.magic !== magic)
    throw new KafkaError(
      'INVALID_RECORD',
      `Compressed message magic ${message.magic} does not match wrapper magic ${magic}`,
    );
  refuseWrapper(message);
  if (!message.isValid())
    throw new KafkaError('CORRUPT_MESSAGE', `Record is corrupt (stored crc = ${message.crc})`);
}

function refuseWrapper(inner: LegacyMessage): void {
  if (inner.compression !== 'none')
    throw new KafkaError('INVALID_RECORD', 'Inner messages must not be compressed');
}

export interface MessageSetToBuild {
  readonly magic: LegacyMagic;
  readonly compression: LegacyCodec | 'none';
  readonly timestampType: TimestampType;
  /** With their offsets, which rise but need not follow each other. */
  readonly records: readonly LegacyRecord[];
}

/** Undefined: the codec has no place in the old formats. */
export function legacyCodec(compression: CompressionType | undefined): LegacyCodec | 'none' | undefined {
  return compression === 'zstd' ? undefined : compression;
}

export function buildMessageSet({ magic, compression, timestampType, records }: MessageSetToBuild): Buffer {
  const first = records[0];
  const last = records.at(-1);
  if (first === undefined || last === undefined) return Buffer.alloc(0);
  const base = magic === 1 && compression !== 'none' ? first.offset : 0;
  const messages = records.map((record) => ({ ...record, offset: record.offset - base, timestampType }));
  const plain = encode(magic, messages);
  if (compression === 'none') return plain;
  const timestamp = records.reduce((max, record) => Math.max(max, record.timestamp), -1);
  const value = compressLegacy(compression, magic, plain);
  return encode(magic, [{ offset: last.offset, timestamp, key: null, value, compression, timestampType }]);
}

function encode(magic: LegacyMagic, messages: readonly MessageToWrite[]): Buffer {
  const size = messages.reduce((bytes, { key, value }) => bytes + messageSize(magic, key, value), 0);
  const buffer = Buffer.allocUnsafe(size);
  let position = 0;
  for (const message of messages) position = writeMessage(buffer, position, magic, message);
  return buffer;
}
