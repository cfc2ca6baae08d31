/**
 * Writes the primitives of Kafka's wire format. Encoders are generated to call nothing but these methods.
 *
 * One growing scratch buffer serves all messages, because encoding never awaits; `take` copies the result out, once.
 * Record batches are not copied: they are kept aside by reference, with the place they belong to.
 *
 * Invariant: whatever may grow the scratch is done before `this.scratch` is named, or the byte goes to the outgrown one.
 */
import { assert, AssertionError, UUID_BYTES } from '../../common/index.ts';
import type { RecordsInput } from './fields.ts';

const TWO_TO_32 = 0x1_0000_0000;
const TWO_TO_63 = 2 ** 63;
const INITIAL_SCRATCH_BYTES = 16 * 1024;
/** A scratch that one huge message blew up beyond this is let go. */
const RETAINED_SCRATCH_BYTES = 1024 * 1024;
/** Records shorter than this are cheaper to copy than to carry as one more entry of writev. */
const INLINE_RECORDS_BYTES = 512;
const MAX_STRING_BYTES = 0x7fff;
/** A UTF-16 unit takes at most three bytes of UTF-8. */
const UTF8_BYTES_PER_UNIT = 3;
const SHORT_STRING_UNITS = 24;

export class Writer {
  private scratch = Buffer.allocUnsafeSlow(INITIAL_SCRATCH_BYTES);
  private position = 0;
  /** Buffers by reference, each with the position in the scratch that it comes before. */
  private readonly referenced: { readonly at: number; readonly buffer: Buffer }[] = [];
  private referencedBytes = 0;

  reset(): void {
    if (this.scratch.length > RETAINED_SCRATCH_BYTES) {
      this.scratch = Buffer.allocUnsafeSlow(INITIAL_SCRATCH_BYTES);
    }
    this.position = 0;
    this.referenced.length = 0;
    this.referencedBytes = 0;
  }

  /** Everything written so far, the record batches by reference. */
  take(): Buffer[] {
    const own = Buffer.from(this.scratch.subarray(0, this.position));
    const parts: Buffer[] = [];
    let from = 0;
    for (const { at, buffer } of this.referenced) {
      if (at > from) parts.push(own.subarray(from, at));
      parts.push(buffer);
      from = at;
    }
    if (from < own.length) parts.push(own.subarray(from));
    return parts;
  }

  get length(): number {
    return this.position + this.referencedBytes;
  }

  /** Puts the count of all bytes after the first four into the first four: the frame's length prefix. */
  patchFrameLength(): void {
    this.putInt32(0, this.length - 4);
  }

  bool(value: boolean): void {
    const at = this.advance(1);
    this.scratch[at] = value ? 1 : 0;
  }

  int8(value: number): void {
    if ((value << 24) >> 24 !== value) throw outOfRange(value, 'int8');
    const at = this.advance(1);
    this.scratch[at] = value;
  }

  int16(value: number): void {
    if ((value << 16) >> 16 !== value) throw outOfRange(value, 'int16');
    this.putInt16(this.advance(2), value);
  }

  int32(value: number): void {
    if ((value | 0) !== value) throw outOfRange(value, 'int32');
    this.putInt32(this.advance(4), value);
  }

  /** 2^63, the number Long.MAX_VALUE decodes to, is written as Long.MAX_VALUE (docs/adr/003). */
  int64(value: number): void {
    if (!Number.isInteger(value) || Math.abs(value) > TWO_TO_63) throw outOfRange(value, 'int64');
    const at = this.advance(8);
    if (value === TWO_TO_63) {
      this.putInt32(at, 0x7fff_ffff);
      this.putInt32(at + 4, -1);
      return;
    }
    const high = Math.floor(value / TWO_TO_32);
    this.putInt32(at, high);
    this.putInt32(at + 4, value - high * TWO_TO_32);
  }

  float64(value: number): void {
    const at = this.advance(8);
    this.scratch.writeDoubleBE(value, at);
  }

  uuid(value: string): void {
    const at = this.advance(UUID_BYTES);
    const written = this.scratch.write(value, at, UUID_BYTES, 'base64url');
    assert(written === UUID_BYTES && value.length === 22, `"${value}" is no uuid`);
  }

  unsignedVarint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      const at = this.advance(1);
      this.scratch[at] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    const last = this.advance(1);
    this.scratch[last] = rest;
  }

  string(value: string): void {
    const at = this.advance(2);
    this.putInt16(at, this.text(value));
  }

  nullableString(value: string | null): void {
    if (value === null) this.int16(-1);
    else this.string(value);
  }

  compactString(value: string): void {
    if (value.length < 0x7f / UTF8_BYTES_PER_UNIT) {
      const at = this.advance(1);
      const length = this.text(value);
      this.scratch[at] = length + 1;
      return;
    }
    this.unsignedVarint(Buffer.byteLength(value) + 1);
    this.text(value);
  }

  compactNullableString(value: string | null): void {
    if (value === null) this.unsignedVarint(0);
    else this.compactString(value);
  }

  bytes(value: Buffer): void {
    this.int32(value.length);
    this.copy(value);
  }

  nullableBytes(value: Buffer | null): void {
    if (value === null) this.int32(-1);
    else this.bytes(value);
  }

  compactBytes(value: Buffer): void {
    this.unsignedVarint(value.length + 1);
    this.copy(value);
  }

  compactNullableBytes(value: Buffer | null): void {
    if (value === null) this.unsignedVarint(0);
    else this.compactBytes(value);
  }

  records(value: RecordsInput): void {
    this.int32(recordsBytes(value));
    this.referAll(value);
  }

  nullableRecords(value: RecordsInput | null): void {
    if (value === null) this.int32(-1);
    else this.records(value);
  }

  compactRecords(value: RecordsInput): void {
    this.unsignedVarint(recordsBytes(value) + 1);
    this.referAll(value);
  }

  compactNullableRecords(value: RecordsInput | null): void {
    if (value === null) this.unsignedVarint(0);
    else this.compactRecords(value);
  }

  arrayLength(count: number): void {
    this.int32(count);
  }

  /** -1 stands for null. */
  compactArrayLength(count: number): void {
    this.unsignedVarint(count + 1);
  }

  /** Starts a tagged field, whose size comes before its content; `endTag` takes what this gives. */
  beginTag(tag: number): number {
    this.unsignedVarint(tag);
    return this.advance(1);
  }

  endTag(sizeAt: number): void {
    const size = this.position - sizeAt - 1;
    if (size <= 0x7f) {
      this.scratch[sizeAt] = size;
      return;
    }
    const end = this.position;
    let sizeBytes = 1;
    for (let rest = size >>> 7; rest > 0; rest >>>= 7) sizeBytes++;
    this.advance(sizeBytes - 1);
    this.scratch.copyWithin(sizeAt + sizeBytes, sizeAt + 1, end);
    this.position = sizeAt;
    this.unsignedVarint(size);
    this.position = end + sizeBytes - 1;
  }

  /** Byte by byte, the high ones first: faster than Buffer's own methods, whose checks are made above (bench/codec.ts). */
  private putInt16(at: number, value: number): void {
    const { scratch } = this;
    scratch[at] = value >>> 8;
    scratch[at + 1] = value;
  }

  private putInt32(at: number, value: number): void {
    const { scratch } = this;
    scratch[at] = value >>> 24;
    scratch[at + 1] = value >>> 16;
    scratch[at + 2] = value >>> 8;
    scratch[at + 3] = value;
  }

  private advance(size: number): number {
    const at = this.position;
    if (at + size > this.scratch.length) this.grow(size);
    this.position = at + size;
    return at;
  }

  private grow(size: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.scratch.length * 2, this.position + size));
    this.scratch.copy(larger, 0, 0, this.position);
    this.scratch = larger;
  }

  private copy(value: Buffer): void {
    const at = this.advance(value.length);
    value.copy(this.scratch, at);
  }

  private referAll(value: RecordsInput): void {
    if (Buffer.isBuffer(value)) this.refer(value);
    else for (const piece of value) this.refer(piece);
  }

  private refer(value: Buffer): void {
    if (value.length < INLINE_RECORDS_BYTES) {
      this.copy(value);
      return;
    }
    this.referenced.push({ at: this.position, buffer: value });
    this.referencedBytes += value.length;
  }

  /** Writes the UTF-8 of `value`, and tells its length. */
  private text(value: string): number {
    const most = value.length * UTF8_BYTES_PER_UNIT;
    if (this.position + most > this.scratch.length) this.grow(most);
    const length = this.shortAscii(value) ?? this.scratch.write(value, this.position, 'utf8');
    assert(length <= MAX_STRING_BYTES, `a string of ${length} bytes is too long for the wire`);
    this.position += length;
    return length;
  }

  /** The bytes of a short ASCII text, written without the call into the encoder of Node; undefined if it is neither. */
  private shortAscii(value: string): number | undefined {
    if (value.length > SHORT_STRING_UNITS) return undefined;
    for (let index = 0; index < value.length; index++) {
      const unit = value.charCodeAt(index);
      if (unit > 0x7f) return undefined;
      this.scratch[this.position + index] = unit;
    }
    return value.length;
  }
}

function recordsBytes(value: RecordsInput): number {
  if (Buffer.isBuffer(value)) return value.length;
  let bytes = 0;
  for (const piece of value) bytes += piece.length;
  return bytes;
}

/** A number that does not fit is a bug of whoever made the message. */
function outOfRange(value: number, type: string): AssertionError {
  return new AssertionError(`${value} is no ${type}`);
}
