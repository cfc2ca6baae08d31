/**
 * java.nio.ByteBuffer, as far as the original reads with it: numbers at a position that moves on, longs in full, and the
 * same exceptions where the bytes end.
 */
import { bufferUnderflow, illegalArgument, JavaException, runtimeException } from './exception.ts';

const VARINT_BITS_MAX = 28;
const VARLONG_BITS_MAX = 63n;

export class ByteBuffer {
  readonly bytes: Buffer;
  position: number;

  constructor(bytes: Buffer, position = 0) {
    this.bytes = bytes;
    this.position = position;
  }

  get remaining(): number {
    return this.bytes.length - this.position;
  }

  byte(): number {
    return this.bytes.readInt8(this.#advance(1));
  }
  short(): number {
    return this.bytes.readInt16BE(this.#advance(2));
  }
  int(): number {
    return this.bytes.readInt32BE(this.#advance(4));
  }
  long(): bigint {
    return this.bytes.readBigInt64BE(this.#advance(8));
  }
  double(): number {
    return this.bytes.readDoubleBE(this.#advance(8));
  }

  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; shift <= VARINT_BITS_MAX; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte >= 0) return value;
    }
    throw illegalArgument(
      `Varint is too long, the most significant bit in the 5th byte is set, converted value: ${(value >>> 0).toString(16)}`,
    );
  }

  varint(): number {
    const value = this.unsignedVarint();
    return (value >>> 1) ^ -(value & 1);
  }

  varlong(): bigint {
    let value = 0n;
    for (let shift = 0n; shift <= VARLONG_BITS_MAX; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte >= 0) {
        const bits = BigInt.asUintN(64, value);
        return BigInt.asIntN(64, (bits >> 1n) ^ -(bits & 1n));
      }
    }
    throw illegalArgument('Varlong is too long');
  }

  /** Utils.readBytes: null for a negative size. */
  nullableBytes(size: number): Buffer | null {
    if (size < 0) return null;
    if (size > this.remaining) throw new JavaException('java.lang.IllegalArgumentException');
    return this.#take(size);
  }

  /** ByteBufferAccessor.readArray. */
  array(size: number): Buffer {
    if (size > this.remaining)
      throw runtimeException(
        `Error reading byte array of ${size} byte(s): only ${this.remaining} byte(s) available`,
      );
    return this.#take(size);
  }

  #take(size: number): Buffer {
    const at = this.position;
    this.position += size;
    return this.bytes.subarray(at, at + size);
  }

  #advance(size: number): number {
    if (this.remaining < size) throw bufferUnderflow();
    const at = this.position;
    this.position += size;
    return at;
  }
}
