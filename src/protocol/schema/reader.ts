/**
 * Reads the primitives of Kafka's wire format out of one frame. Decoders are generated to call nothing but these
 * methods, so every bound is checked here: a length is believed only if the frame still has that many bytes.
 *
 * Strings of bytes are slices of the frame, not copies.
 */
import { UUID_BYTES } from '../../common/index.ts';
import { ProtocolError } from '../protocol-error.ts';

const TWO_TO_32 = 0x1_0000_0000;
const MAX_STRING_BYTES = 0x7fff;
/** Below this many bytes a loop over the characters beats the call into the decoder of Node. */
const SHORT_STRING_BYTES = 24;

export class Reader {
  readonly buffer: Buffer;
  position: number;

  constructor(buffer: Buffer, position = 0) {
    this.buffer = buffer;
    this.position = position;
  }

  get remaining(): number {
    return this.buffer.length - this.position;
  }

  bool(): boolean {
    return this.buffer[this.advance(1)] !== 0;
  }

  int8(): number {
    return (this.buffer[this.advance(1)]! << 24) >> 24;
  }

  int16(): number {
    const buffer = this.buffer;
    const at = this.advance(2);
    return ((buffer[at]! << 24) | (buffer[at + 1]! << 16)) >> 16;
  }

  int32(): number {
    const buffer = this.buffer;
    const at = this.advance(4);
    return (buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!;
  }

  /** Exact up to 2^53; Long.MAX_VALUE becomes 2^63 (docs/adr/003). */
  int64(): number {
    const high = this.int32();
    return high * TWO_TO_32 + (this.int32() >>> 0);
  }

  float64(): number {
    return this.buffer.readDoubleBE(this.advance(8));
  }

  uuid(): string {
    const at = this.advance(UUID_BYTES);
    return this.buffer.toString('base64url', at, at + UUID_BYTES);
  }

  /** At most 32 bits, 7 to the byte, the lowest first. */
  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.buffer[this.advance(1)]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new ProtocolError(`a varint before position ${this.position} is longer than 5 bytes`);
  }

  string(): string {
    return this.nullableString() ?? nullRefused('a string');
  }

  nullableString(): string | null {
    const length = this.int16();
    return length < 0 ? null : this.text(length);
  }

  compactString(): string {
    return this.compactNullableString() ?? nullRefused('a string');
  }

  compactNullableString(): string | null {
    const length = this.unsignedVarint() - 1;
    if (length < 0) return null;
    if (length > MAX_STRING_BYTES) throw new ProtocolError(`a string cannot have ${length} bytes`);
    return this.text(length);
  }

  bytes(): Buffer {
    return this.nullableBytes() ?? nullRefused('a byte string');
  }

  nullableBytes(): Buffer | null {
    const length = this.int32();
    return length < 0 ? null : this.slice(length);
  }

  compactBytes(): Buffer {
    return this.compactNullableBytes() ?? nullRefused('a byte string');
  }

  compactNullableBytes(): Buffer | null {
    const length = this.unsignedVarint() - 1;
    return length < 0 ? null : this.slice(length);
  }

  /** The count of an array whose elements take `elementBytes` or more each; -1 for null. */
  arrayLength(elementBytes: number): number {
    const count = this.int32();
    return count < 0 ? -1 : this.believable(count, elementBytes);
  }

  compactArrayLength(elementBytes: number): number {
    const count = this.unsignedVarint() - 1;
    return count < 0 ? -1 : this.believable(count, elementBytes);
  }

  /** Where the tagged field that starts here ends. */
  tagEnd(): number {
    const size = this.unsignedVarint();
    if (size > this.remaining) throw this.tooShort(size);
    return this.position + size;
  }

  /** Tagged fields this version does not know: a newer peer may send them (KIP-482). */
  skipTags(): void {
    for (let count = this.unsignedVarint(); count > 0; count--) {
      this.unsignedVarint();
      this.position = this.tagEnd();
    }
  }

  private advance(size: number): number {
    const at = this.position;
    if (at + size > this.buffer.length) throw this.tooShort(size);
    this.position = at + size;
    return at;
  }

  private slice(length: number): Buffer {
    const at = this.advance(length);
    return this.buffer.subarray(at, at + length);
  }

  private text(length: number): string {
    const { buffer } = this;
    const at = this.advance(length);
    if (length > SHORT_STRING_BYTES) return buffer.toString('utf8', at, at + length);
    let text = '';
    for (let index = at; index < at + length; index++) {
      const byte = buffer[index]!;
      if (byte > 0x7f) return buffer.toString('utf8', at, at + length);
      text += String.fromCharCode(byte);
    }
    return text;
  }

  private believable(count: number, elementBytes: number): number {
    if (count * elementBytes > this.remaining) throw this.tooShort(count * elementBytes);
    return count;
  }

  private tooShort(size: number): ProtocolError {
    return new ProtocolError(`${size} bytes wanted at position ${this.position}, ${this.remaining} are left`);
  }
}

export function nullRefused(what: string): never {
  throw new ProtocolError(`${what} that must not be null is null`);
}
