/**
 * Looks once over every record of a batch, as a broker does with each batch that comes: does each end where it says, do
 * they fill the batch, and which is the youngest. This is on the way of every produced record, so it makes nothing,
 * calls nothing while numbers take one byte, and says no instead of what exactly is wrong. For all else there is
 * record-cursor.ts.
 *
 * What counts as sound is what the original takes: lengths below zero are null, offsets may be any, and of records that
 * come out of a decompressor it overlooks what size they claim.
 */
const LONG_BYTES_MAX = 10;
const INT_BYTES_MAX = 5;
/** Where a walk is that cannot go on: behind every end. */
const NOWHERE = 0x7fff_ffff;

export class RecordWalk {
  /** Over all records, of the batch's base timestamp. */
  maxTimestampDelta = -Infinity;
  /** Each record's offset is one more than that of the one before it, and the first has the batch's. */
  isConsecutive = true;
  #at = 0;

  /** False where `count` records are not what lies between `start` and `end`. */
  isSound(bytes: Uint8Array, start: number, end: number, count: number, sizesMatter: boolean): boolean {
    let at = start;
    let maxTimestampDelta = -Infinity;
    let isConsecutive = true;
    for (let index = 0; index < count; index++) {
      let number = bytes[at]!;
      if (number < 0x80) {
        number = (number >>> 1) ^ -(number & 1);
        at += 1;
      } else {
        number = this.#varint(bytes, at, INT_BYTES_MAX);
        at = this.#at;
      }
      const recordEnd = at + number;
      at += 1; // Attributes: no bit of them is in use.
      number = bytes[at]!;
      if (number < 0x80) {
        number = (number >>> 1) ^ -(number & 1);
        at += 1;
      } else {
        number = this.#varint(bytes, at, LONG_BYTES_MAX);
        at = this.#at;
      }
      if (number > maxTimestampDelta) maxTimestampDelta = number;
      number = bytes[at]!;
      if (number < 0x80) {
        number = (number >>> 1) ^ -(number & 1);
        at += 1;
      } else {
        number = this.#varint(bytes, at, INT_BYTES_MAX);
        at = this.#at;
      }
      if (number !== index) isConsecutive = false;
      at = this.#skipField(bytes, this.#skipField(bytes, at));
      at = bytes[at] === 0 ? at + 1 : this.#skipHeaders(bytes, at, end);
      if (at > end || (sizesMatter && at !== recordEnd)) return false;
    }
    this.maxTimestampDelta = maxTimestampDelta;
    this.isConsecutive = isConsecutive;
    return at === end;
  }

  /** A length, and as many bytes. */
  #skipField(bytes: Uint8Array, at: number): number {
    const first = bytes[at]!;
    // Odd ones are negative.
    if (first < 0x80) return (first & 1) === 0 ? at + 1 + (first >>> 1) : at + 1;
    const length = this.#varint(bytes, at, INT_BYTES_MAX);
    return length > 0 ? this.#at + length : this.#at;
  }

  #skipHeaders(bytes: Uint8Array, start: number, end: number): number {
    const count = this.#varint(bytes, start, INT_BYTES_MAX);
    let at = this.#at;
    // Each takes two bytes at least.
    if (count < 0 || count > (end - at) / 2) return NOWHERE;
    for (let index = 0; index < count; index++) {
      const keyLength = this.#varint(bytes, at, INT_BYTES_MAX);
      if (keyLength < 0) return NOWHERE;
      at = this.#skipField(bytes, this.#at + keyLength);
    }
    return at;
  }

  /** A zig-zag varint, exact within 2^53; those of five bytes at most have 32 bits, whatever more is in them. */
  #varint(bytes: Uint8Array, start: number, bytesMax: number): number {
    let value = 0;
    let scale = 1;
    for (let index = 0; index < bytesMax; index++) {
      const byte = bytes[start + index];
      if (byte === undefined) break;
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
      if (byte >= 0x80) continue;
      this.#at = start + index + 1;
      if (bytesMax === INT_BYTES_MAX) return ((value >>> 0) >>> 1) ^ -(value & 1);
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    this.#at = NOWHERE;
    return 0;
  }
}
