/**
 * The time index of a segment (`.timeindex`): the largest timestamp seen so far, and the last offset of the batch
 * that brought it. Twelve bytes an entry; both columns rise. An entry (t, o) promises that no record at or below o
 * is younger than t, which is what finding the first record after a time needs.
 */
import { assert } from '../common/index.ts';
import { NO_TIMESTAMP, readInt64, writeInt64 } from '../records/index.ts';
import { CorruptIndexError, largestSlotNotAbove } from './offset-index.ts';

export const TIME_INDEX_ENTRY_BYTES = 12;

export interface TimestampOffset {
  readonly timestamp: number;
  readonly offset: number;
}

export class TimeIndex {
  readonly baseOffset: number;
  readonly #entriesMax: number;
  #bytes: Buffer = Buffer.alloc(0);
  #count = 0;

  constructor(baseOffset: number, sizeMax: number) {
    this.baseOffset = baseOffset;
    // However small segment.index.bytes is: one, and the last.
    this.#entriesMax = Math.max(2, Math.floor(sizeMax / TIME_INDEX_ENTRY_BYTES));
  }

  /** Reads a file, without the zeros a killed JVM broker leaves behind the entries. */
  static fromBytes(baseOffset: number, sizeMax: number, bytes: Buffer): TimeIndex {
    if (bytes.length % TIME_INDEX_ENTRY_BYTES !== 0)
      throw new CorruptIndexError(`A time index of ${bytes.length} bytes ends inside an entry`);
    const index = new TimeIndex(baseOffset, Math.max(sizeMax, bytes.length));
    index.#bytes = bytes;
    let count = bytes.length / TIME_INDEX_ENTRY_BYTES;
    while (count > 0 && index.#timestamp(count - 1) === 0 && index.#relativeOffset(count - 1) === 0)
      count -= 1;
    index.#count = count;
    if (count > 1 && index.#timestamp(count - 1) <= index.#timestamp(0))
      throw new CorruptIndexError('The timestamps of a time index do not rise');
    if (count > 0 && index.#relativeOffset(count - 1) < 0)
      throw new CorruptIndexError('A time index ends before its base offset');
    return index;
  }

  get count(): number {
    return this.#count;
  }
  /** One entry early: the last slot is kept for the entry that a roll or a close adds. */
  get isFull(): boolean {
    return this.#count >= this.#entriesMax - 1;
  }
  get sizeInBytes(): number {
    return this.#count * TIME_INDEX_ENTRY_BYTES;
  }
  get lastEntry(): TimestampOffset {
    return this.#count === 0
      ? { timestamp: NO_TIMESTAMP, offset: this.baseOffset }
      : this.entry(this.#count - 1);
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.sizeInBytes);
  }

  /** Adds an entry when `timestamp` is above all before it. */
  maybeAppend(timestamp: number, offset: number): void {
    if (timestamp <= this.lastEntry.timestamp) return;
    assert(this.#count < this.#entriesMax, 'a segment rolls before its time index overflows');
    assert(offset >= this.lastEntry.offset, 'the offsets of a time index rise');
    const start = this.sizeInBytes;
    if (start + TIME_INDEX_ENTRY_BYTES > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(TIME_INDEX_ENTRY_BYTES * 64, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, start);
      this.#bytes = larger;
    }
    writeInt64(this.#bytes, timestamp, start);
    this.#bytes.writeInt32BE(offset - this.baseOffset, start + 8);
    this.#count += 1;
  }

  /** The last entry whose timestamp is not above `timestamp`. */
  lookup(timestamp: number): TimestampOffset {
    const slot = largestSlotNotAbove(this.#count, timestamp, (at) => this.#timestamp(at));
    return slot < 0 ? { timestamp: NO_TIMESTAMP, offset: this.baseOffset } : this.entry(slot);
  }

  entry(slot: number): TimestampOffset {
    return { timestamp: this.#timestamp(slot), offset: this.baseOffset + this.#relativeOffset(slot) };
  }

  /** Drops the entries at and above `offset`. */
  truncateTo(offset: number): void {
    this.#count =
      largestSlotNotAbove(this.#count, offset - this.baseOffset - 1, (at) => this.#relativeOffset(at)) + 1;
  }

  #timestamp(slot: number): number {
    return readInt64(this.#bytes, slot * TIME_INDEX_ENTRY_BYTES);
  }
  #relativeOffset(slot: number): number {
    return this.#bytes.readInt32BE(slot * TIME_INDEX_ENTRY_BYTES + 8);
  }
}
