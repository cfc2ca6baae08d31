/**
 * One record inside a batch of format v2: lengths, timestamp and offset as zig-zag varints, the latter two relative
 * to the batch. The broker's hot paths never come here; coordinators, tools, time look-ups and the cleaner do.
 */
import { KafkaError } from '../protocol/index.ts';

export interface RecordHeader {
  readonly key: string;
  readonly value: Buffer | null;
}

/** A record with its absolute offset and timestamp. */
export interface KafkaRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  /** Null is a tombstone. */
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
}

export const malformed = (what: string): KafkaError =>
  new KafkaError('INVALID_RECORD', `Found invalid record structure: ${what}`);

/** Reads varints and byte strings off a buffer; every step checks that it stays inside. */
export class RecordReader {
  readonly #buffer: Buffer;
  #position = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  get position(): number {
    return this.#position;
  }
  get atEnd(): boolean {
    return this.#position >= this.#buffer.length;
  }

  byte(): number {
    const value = this.#buffer[this.#position];
    if (value === undefined) throw malformed('it ends early');
    this.#position += 1;
    return value;
  }

  /** A zig-zag varint of up to 64 bits; exact within 2^53. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let index = 0; index < 10; index++) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      scale *= 0x80;
    }
    throw malformed('a variable-length number does not end');
  }

  bytes(length: number): Buffer {
    if (length < 0 || length > this.#buffer.length - this.#position)
      throw malformed(`a length of ${length} does not fit`);
    this.#position += length;
    return this.#buffer.subarray(this.#position - length, this.#position);
  }

  nullableBytes(): Buffer | null {
    const length = this.varint();
    return length < 0 ? null : this.bytes(length);
  }
}

/** Grows as it is written to. */
export class RecordWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(capacity = 256) {
    this.#buffer = Buffer.allocUnsafe(capacity);
  }

  get length(): number {
    return this.#length;
  }

  result(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
  }

  varint(value: number): void {
    this.#reserve(10);
    let rest = value >= 0 ? value * 2 : -value * 2 - 1;
    while (rest >= 0x80) {
      this.#buffer[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#length++] = rest;
  }

  bytes(value: Buffer): void {
    this.#reserve(value.length);
    value.copy(this.#buffer, this.#length);
    this.#length += value.length;
  }

  /** A part of other bytes. */
  range(bytes: Buffer, start: number, end: number): void {
    this.#reserve(end - start);
    bytes.copy(this.#buffer, this.#length, start, end);
    this.#length += end - start;
  }

  nullableBytes(value: Buffer | null): void {
    this.varint(value === null ? -1 : value.length);
    if (value !== null) this.bytes(value);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + count));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

/** How many bytes a varint of the value takes. */
export function varintSize(value: number): number {
  let rest = value >= 0 ? value * 2 : -value * 2 - 1;
  let size = 1;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) size += 1;
  return size;
}

export interface RecordBase {
  readonly baseOffset: number;
  readonly baseTimestamp: number;
}

/** Reads one record; `logAppendTime` replaces its own timestamp when the batch carries one. */
export function readRecord(reader: RecordReader, base: RecordBase, logAppendTime?: number): KafkaRecord {
  const size = reader.varint();
  const end = reader.position + size;
  reader.byte(); // Attributes: no bit of them is in use.
  const timestamp = base.baseTimestamp + reader.varint();
  const offset = base.baseOffset + reader.varint();
  const key = reader.nullableBytes();
  const value = reader.nullableBytes();
  const headerCount = reader.varint();
  if (headerCount < 0 || headerCount > size) throw malformed(`it has ${headerCount} headers`);
  const headers: RecordHeader[] = [];
  for (let index = 0; index < headerCount; index++) {
    const headerKey = reader.bytes(reader.varint()).toString('utf8');
    headers.push({ key: headerKey, value: reader.nullableBytes() });
  }
  if (reader.position !== end) throw malformed(`it has ${size} bytes, but its fields end elsewhere`);
  return { offset, timestamp: logAppendTime ?? timestamp, key, value, headers };
}

/** Appends one record to `writer`; `scratch` is for its body, whose length has to be known first. */
export function writeRecord(
  writer: RecordWriter,
  scratch: RecordWriter,
  record: KafkaRecord,
  base: RecordBase,
): void {
  scratch.clear();
  scratch.byte(0);
  scratch.varint(record.timestamp - base.baseTimestamp);
  scratch.varint(record.offset - base.baseOffset);
  scratch.nullableBytes(record.key);
  scratch.nullableBytes(record.value);
  scratch.varint(record.headers.length);
  for (const header of record.headers) {
    const key = Buffer.from(header.key, 'utf8');
    scratch.varint(key.length);
    scratch.bytes(key);
    scratch.nullableBytes(header.value);
  }
  writer.varint(scratch.length);
  writer.bytes(scratch.result());
}
