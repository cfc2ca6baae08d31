/**
 * The records of a message of the formats v0 and v1: itself, or those it wraps. The wrapped ones of v1 count from the
 * first, and their wrapper's offset is that of the last; those of v0 have offsets of their own.
 */
import { BATCH_ATTRIBUTE, decompressLegacy, type LegacyCodec } from '../../records/index.ts';
import { codecNamed, isLegacyValid, LEGACY_LAYOUT, legacyTimestampType } from './batch-lines.ts';
import { errorMessageOf } from '../../runtime/index.ts';
import { ByteBuffer } from './java/byte-buffer.ts';
import { corruptRecord, invalidRecord, kafkaException } from './java/exception.ts';
import type { DumpedRecord } from './dumped-record.ts';

const LOG_OVERHEAD = 12;
const RECORD_OVERHEAD_V0 = 14;
/** Of the key's length, from the checksum on. */
const KEY_POSITION: Readonly<Record<number, number>> = { 0: 6 };
const KEY_POSITION_V1 = 14;

interface Message {
  readonly offset: bigint;
  readonly magic: number;
  readonly attributes: number;
  readonly timestamp: bigint;
  readonly bytes: Buffer;
}

export function legacyRecords(bytes: Buffer, magic: number): Iterable<DumpedRecord> {
  const message = messageOf(bytes.readBigInt64BE(LEGACY_LAYOUT.offset), bytes.subarray(LOG_OVERHEAD));
  const codec = codecNamed(message.attributes);
  return codec === 'none' ? [recordOf(message)] : unwrapped(message, magic, codec);
}

/** `bytes` from the checksum on. */
function messageOf(offset: bigint, bytes: Buffer): Message {
  const magic = bytes.readInt8(LEGACY_LAYOUT.magic - LOG_OVERHEAD);
  const attributes = bytes.readUInt8(LEGACY_LAYOUT.attributes - LOG_OVERHEAD);
  const timestamp = magic === 0 ? -1n : bytes.readBigInt64BE(LEGACY_LAYOUT.timestamp - LOG_OVERHEAD);
  return { offset, magic, attributes, timestamp, bytes };
}

function* unwrapped(
  wrapper: Message,
  magic: number,
  codec: string,
): Generator<DumpedRecord, void, undefined> {
  const inner = innerMessages(wrapper, magic, codec);
  const base = magic === 1 ? baseOffsetOf(wrapper, inner.at(-1)!) : 0n;
  const isAppendTime = legacyTimestampType(magic, wrapper.attributes) === 'LogAppendTime';
  for (const message of inner) {
    if ((message.attributes & BATCH_ATTRIBUTE.compressionMask) !== 0)
      throw invalidRecord('Inner messages must not be compressed');
    const timestamp = message.magic === 1 && isAppendTime ? wrapper.timestamp : message.timestamp;
    yield recordOf({ ...message, offset: base + message.offset, timestamp });
  }
}

function innerMessages(wrapper: Message, magic: number, codec: string): Message[] {
  if (codec === 'zstd')
    throw invalidRecord(`Invalid wrapper compressionType found in legacy deep record iterator ${magic}`);
  const { value } = recordOf(wrapper);
  if (value === null)
    throw invalidRecord(`Found invalid compressed record set with null value (magic = ${magic})`);
  const inner = [...messagesIn(decompressed(codec, magic, value))];
  if (inner.length === 0) throw invalidRecord('Found invalid compressed record set with no inner records');
  return inner;
}

function decompressed(codec: string, magic: number, value: Buffer): Buffer {
  try {
    return decompressLegacy(codec as LegacyCodec, magic === 0 ? 0 : 1, value);
  } catch (thrown) {
    throw kafkaException(`java.io.IOException: ${errorMessageOf(thrown)}`);
  }
}

function* messagesIn(bytes: Buffer): Generator<Message, void, undefined> {
  let position = 0;
  while (bytes.length - position >= LOG_OVERHEAD) {
    const size = bytes.readInt32BE(position + 8);
    if (size < RECORD_OVERHEAD_V0)
      throw corruptRecord(`Record size is less than the minimum record overhead (${RECORD_OVERHEAD_V0})`);
    const start = position + LOG_OVERHEAD;
    if (size > bytes.length - start) return;
    yield messageOf(bytes.readBigInt64BE(position), bytes.subarray(start, start + size));
    position = start + size;
  }
}

/** Some producers left the wrapper's offset at 0. */
function baseOffsetOf(wrapper: Message, last: Message): bigint {
  if (wrapper.offset === 0n) return 0n;
  if (wrapper.offset < last.offset)
    throw invalidRecord(
      `Found invalid wrapper offset in compressed v1 message set, wrapper offset '${wrapper.offset}' is less than the last inner message offset '${last.offset}' and it is not zero.`,
    );
  return wrapper.offset - last.offset;
}

function recordOf({ offset, magic, timestamp, bytes }: Message): DumpedRecord {
  const buffer = new ByteBuffer(bytes, KEY_POSITION[magic] ?? KEY_POSITION_V1);
  const keySize = buffer.int();
  const key = buffer.nullableBytes(keySize);
  const valueSize = buffer.int();
  const value = buffer.nullableBytes(valueSize);
  const checksum = { isValid: isLegacyValid(bytes), crc: bytes.readUInt32BE(0) };
  return { offset, timestamp, keySize, valueSize, key, value, sequence: -1, headerKeys: [], checksum };
}
