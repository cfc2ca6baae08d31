/**
 * Walks the records of a batch without making an object of any: it says where each one lies and what is in it. For those
 * who look at every record of a log; whoever wants the records themselves takes decode-records.ts. Both refuse the same
 * bytes.
 */
import { KafkaError } from '../protocol/index.ts';
import { decompressedRecords } from './decode-records.ts';
import { MAGIC_V2, type RecordBatch } from './record-batch.ts';
import { malformed } from './record.ts';

const EMPTY = Buffer.alloc(0);

export class RecordCursor {
  /** Of all records, decompressed. Positions are positions in here. */
  bytes: Buffer = EMPTY;
  /** Of the record, its length included. */
  start = 0;
  end = 0;
  timestampDelta = 0;
  timestampStart = 0;
  timestampEnd = 0;
  offsetDelta = 0;
  hasKey = false;
  keyStart = 0;
  keyEnd = 0;
  hasValue = false;
  valueBytes = 0;
  /** A number in it takes more bytes than it needs: written again, it would come out shorter. */
  isWasteful = false;
  #position = 0;
  #left = 0;

  /** Goes to the front of a batch: `next` comes to its first record. */
  open(batch: RecordBatch): this {
    if (batch.magic !== MAGIC_V2)
      throw new KafkaError(
        'UNSUPPORTED_FOR_MESSAGE_FORMAT',
        `Records of format v${batch.magic} are not read`,
      );
    const { count } = batch;
    this.bytes = decompressedRecords(batch);
    if (count < 0) throw new KafkaError('INVALID_RECORD', `A batch claims to hold ${count} records`);
    this.rewind(count);
    return this;
  }

  /** Goes to the front of the same `count` records again. */
  rewind(count: number): void {
    this.#left = count;
    this.#position = 0;
  }

  /** False behind the last one. */
  next(): boolean {
    if (this.#left === 0) {
      if (this.#position !== this.bytes.length)
        throw new KafkaError(
          'INVALID_RECORD',
          'Incorrect declared batch size, records still remaining in file',
        );
      return false;
    }
    this.#left -= 1;
    this.isWasteful = false;
    this.start = this.#position;
    const size = this.#varint();
    this.end = this.#position + size;
    this.#skip(1); // Attributes: no bit of them is in use.
    this.timestampStart = this.#position;
    this.timestampDelta = this.#varint();
    this.timestampEnd = this.#position;
    this.offsetDelta = this.#varint();
    const keyLength = this.#varint();
    this.hasKey = keyLength >= 0;
    this.keyStart = this.#position;
    if (keyLength > 0) this.#skip(keyLength);
    this.keyEnd = this.#position;
    const valueLength = this.#varint();
    this.hasValue = valueLength >= 0;
    this.valueBytes = Math.max(0, valueLength);
    if (valueLength > 0) this.#skip(valueLength);
    this.#skipHeaders(size);
    if (this.#position !== this.end) throw malformed(`it has ${size} bytes, but its fields end elsewhere`);
    return true;
  }

  #skipHeaders(size: number): void {
    const count = this.#varint();
    if (count < 0 || count > size) throw malformed(`it has ${count} headers`);
    for (let index = 0; index < count; index++) {
      const keyLength = this.#varint();
      if (keyLength < 0) throw malformed(`a length of ${keyLength} does not fit`);
      this.#skip(keyLength);
      const valueLength = this.#varint();
      if (valueLength > 0) this.#skip(valueLength);
    }
  }

  #skip(length: number): void {
    this.#position += length;
    if (this.#position > this.bytes.length) throw malformed(`a length of ${length} does not fit`);
  }

  /** A zig-zag varint of up to 64 bits; exact within 2^53. Nearly all have one byte. */
  #varint(): number {
    const first = this.#byte();
    if (first < 0x80) return (first >>> 1) ^ -(first & 1);
    let value = first & 0x7f;
    let scale = 0x80;
    for (let index = 1; index < 10; index++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (byte === 0) this.isWasteful = true;
        return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      }
      scale *= 0x80;
    }
    throw malformed('a variable-length number does not end');
  }

  #byte(): number {
    if (this.#position >= this.bytes.length) throw malformed('it ends early');
    return this.bytes[this.#position++]!;
  }
}
