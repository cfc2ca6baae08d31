/**
 * One message of the formats v0 and v1, from before Kafka 0.11 knew record batches (KIP-98): every record stood alone,
 * with its own offset, size and checksum, and a "message set" was nothing but messages back to back.
 *
 *     offset int64 | size int32 | crc int32 | magic int8 | attributes int8 | [timestamp int64] | key | value
 *
 * v1 is v0 with a timestamp (KIP-32). The checksum is the plain CRC-32 and covers all that follows it. The size has no
 * upper bound of its own here: whoever hands bytes in has bounded them.
 */
import { crc32 } from 'node:zlib';
import { KafkaError } from '../../protocol/index.ts';
import { readInt64, writeInt64 } from '../int64.ts';
import {
  COMPRESSION_TYPES,
  type CompressionType,
  LOG_OVERHEAD,
  NO_TIMESTAMP,
  type TimestampType,
} from '../record-batch.ts';

/** The formats this folder knows; v2 is the record batch. */
export type LegacyMagic = 0 | 1;

/** Positions in a message, from its checksum on. */
const LAYOUT = { crc: 0, magic: 4, attributes: 5, timestamp: 6 } as const;
const COMPRESSION_MASK = 0x07;
const LOG_APPEND_TIME = 0x08;
/** Where the key's length stands, by format. */
const KEY_POSITION: Readonly<Record<LegacyMagic, number>> = { 0: 6, 1: 14 };
/** Key and value take the length of a length, even without content. */
const EMPTY_FIELDS = 8;
/** Of a v0 message without content: no message is shorter. */
const SIZE_MIN = 14;

/** A message where it lies; `offset` is what stands before it, which inside a wrapper may be relative. */
export class LegacyMessage {
  readonly offset: number;
  /** From the checksum to the end of the value. */
  readonly bytes: Buffer;

  constructor(offset: number, bytes: Buffer) {
    this.offset = offset;
    this.bytes = bytes;
  }

  /** The one that lies at `position` of a buffer, whole. */
  static at(buffer: Buffer, position: number, sizeInBytes: number): LegacyMessage {
    const bytes = buffer.subarray(position + LOG_OVERHEAD, position + sizeInBytes);
    return new LegacyMessage(readInt64(buffer, position), bytes);
  }

  get sizeInBytes(): number {
    return LOG_OVERHEAD + this.bytes.length;
  }
  get magic(): number {
    return this.bytes.readInt8(LAYOUT.magic);
  }
  get crc(): number {
    return this.bytes.readUInt32BE(LAYOUT.crc);
  }
  /** Long enough for its format, and the checksum matches. */
  isValid(): boolean {
    return this.bytes.length >= this.#keyPosition + EMPTY_FIELDS && this.computeCrc() === this.crc;
  }
  computeCrc(): number {
    return crc32(this.bytes.subarray(LAYOUT.magic));
  }

  get attributes(): number {
    return this.bytes.readUInt8(LAYOUT.attributes);
  }
  /** Undefined for a codec number that no Kafka writes. */
  get compression(): CompressionType | undefined {
    return COMPRESSION_TYPES[this.attributes & COMPRESSION_MASK];
  }
  get timestampType(): TimestampType {
    return this.magic > 0 && this.attributes & LOG_APPEND_TIME ? 'LogAppendTime' : 'CreateTime';
  }
  get timestamp(): number {
    if (this.magic === 0) return NO_TIMESTAMP;
    return readInt64(this.bytes, LAYOUT.timestamp);
  }
  get key(): Buffer | null {
    return this.#field(this.#keyPosition).value;
  }
  /** Null is a tombstone; of a wrapper, these are the messages inside. */
  get value(): Buffer | null {
    return this.#field(this.#field(this.#keyPosition).end).value;
  }

  get #keyPosition(): number {
    return KEY_POSITION[this.magic === 0 ? 0 : 1];
  }

  #field(position: number): { readonly value: Buffer | null; readonly end: number } {
    const start = position + 4;
    if (start > this.bytes.length) throw malformed();
    const length = this.bytes.readInt32BE(position);
    if (length < 0) return { value: null, end: start };
    if (length > this.bytes.length - start) throw malformed();
    return { value: this.bytes.subarray(start, start + length), end: start + length };
  }
}

/** Its checksum is right and yet its lengths are not. Kafka has no word of its own for that either. */
function malformed(): KafkaError {
  return new KafkaError('UNKNOWN_SERVER_ERROR', 'The fields of a message do not fit its size');
}

/** Walks a message set. A tail that is cut off ends it in silence; a size no message can have does not. */
export function* messagesOf(messageSet: Buffer): Generator<LegacyMessage, void, undefined> {
  let position = 0;
  while (messageSet.length - position >= LOG_OVERHEAD) {
    const size = messageSet.readInt32BE(position + 8);
    if (size < SIZE_MIN)
      throw new KafkaError(
        'CORRUPT_MESSAGE',
        `Record size ${size} is less than the minimum record overhead (${SIZE_MIN})`,
      );
    const start = position + LOG_OVERHEAD;
    if (size > messageSet.length - start) return;
    yield LegacyMessage.at(messageSet, position, LOG_OVERHEAD + size);
    position = start + size;
  }
}

export interface MessageToWrite {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly compression?: CompressionType;
  readonly timestampType: TimestampType;
}

export function messageSize(magic: LegacyMagic, key: Buffer | null, value: Buffer | null): number {
  return LOG_OVERHEAD + KEY_POSITION[magic] + EMPTY_FIELDS + (key?.length ?? 0) + (value?.length ?? 0);
}

/** Writes a message at `position` and returns where the next one goes. */
export function writeMessage(
  buffer: Buffer,
  position: number,
  magic: LegacyMagic,
  message: MessageToWrite,
): number {
  const { offset, timestamp, key, value, compression = 'none', timestampType } = message;
  const start = position + LOG_OVERHEAD;
  const end = position + messageSize(magic, key, value);
  writeInt64(buffer, offset, position);
  buffer.writeInt32BE(end - start, position + 8);
  buffer.writeInt8(magic, start + LAYOUT.magic);
  const timeBit = magic > 0 && timestampType === 'LogAppendTime' ? LOG_APPEND_TIME : 0;
  buffer.writeInt8(COMPRESSION_TYPES.indexOf(compression) | timeBit, start + LAYOUT.attributes);
  if (magic > 0) writeInt64(buffer, timestamp, start + LAYOUT.timestamp);
  const valuePosition = writeField(buffer, start + KEY_POSITION[magic], key);
  writeField(buffer, valuePosition, value);
  buffer.writeUInt32BE(crc32(buffer.subarray(start + LAYOUT.magic, end)), start + LAYOUT.crc);
  return end;
}

function writeField(buffer: Buffer, position: number, value: Buffer | null): number {
  buffer.writeInt32BE(value === null ? -1 : value.length, position);
  return value === null ? position + 4 : position + 4 + value.copy(buffer, position + 4);
}
