/**
 * The offset index of a segment (`.index`): for some batches, where in the file they start. Eight bytes an entry,
 * offset relative to the segment's base, then the position. It is sparse (one entry per index.interval.bytes), held
 * in memory whole, and only a hint: whoever looks something up walks on from the position found.
 */
import { assert } from '../common/index.ts';

export const OFFSET_INDEX_ENTRY_BYTES = 8;

/** An index file that is not what its segment needs; it is rebuilt from the log. */
export class CorruptIndexError extends Error {
  override readonly name = 'CorruptIndexError';
}

export interface OffsetPosition {
  readonly offset: number;
  readonly position: number;
}

/** Returns the largest slot whose value is not above `target`, or -1; values rise with the slot. */
export function largestSlotNotAbove(
  count: number,
  target: number,
  valueAt: (slot: number) => number,
): number {
  let low = 0;
  let high = count - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    if (valueAt(middle) <= target) low = middle + 1;
    else high = middle - 1;
  }
  return high;
}

export class OffsetIndex {
  readonly baseOffset: number;
  readonly #entriesMax: number;
  #bytes: Buffer;
  #count = 0;

  constructor(baseOffset: number, sizeMax: number, capacity = 0) {
    this.baseOffset = baseOffset;
    this.#entriesMax = Math.max(1, Math.floor(sizeMax / OFFSET_INDEX_ENTRY_BYTES));
    this.#bytes = Buffer.alloc(capacity);
  }

  /** Reads a file. A JVM broker that was killed leaves the zeros it preallocated behind the entries. */
  static fromBytes(baseOffset: number, sizeMax: number, bytes: Buffer): OffsetIndex {
    if (bytes.length % OFFSET_INDEX_ENTRY_BYTES !== 0)
      throw new CorruptIndexError(`An offset index of ${bytes.length} bytes ends inside an entry`);
    const index = new OffsetIndex(baseOffset, Math.max(sizeMax, bytes.length));
    let count = bytes.length / OFFSET_INDEX_ENTRY_BYTES;
    // No true entry has position 0: the first one comes after index.interval.bytes.
    while (count > 0 && bytes.readInt32BE((count - 1) * OFFSET_INDEX_ENTRY_BYTES + 4) === 0) count -= 1;
    index.#bytes = bytes;
    index.#count = count;
    if (count > 0 && index.#relativeOffset(count - 1) < 0)
      throw new CorruptIndexError('An offset index ends before its base offset');
    return index;
  }

  get count(): number {
    return this.#count;
  }
  get isFull(): boolean {
    return this.#count >= this.#entriesMax;
  }
  get sizeInBytes(): number {
    return this.#count * OFFSET_INDEX_ENTRY_BYTES;
  }
  /** The offset of the last entry, or the base offset. */
  get lastOffset(): number {
    return this.#count === 0 ? this.baseOffset : this.baseOffset + this.#relativeOffset(this.#count - 1);
  }

  /** The entries as they stand in the file. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.sizeInBytes);
  }

  append(offset: number, position: number): void {
    assert(!this.isFull, 'a segment rolls before its offset index overflows');
    assert(this.#count === 0 || offset > this.lastOffset, 'the offsets of an offset index rise');
    const start = this.sizeInBytes;
    if (start + OFFSET_INDEX_ENTRY_BYTES > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(1024, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, start);
      this.#bytes = larger;
    }
    this.#bytes.writeInt32BE(offset - this.baseOffset, start);
    this.#bytes.writeInt32BE(position, start + 4);
    this.#count += 1;
  }

  /** Where to start walking for `offset`: the last entry not above it, or the start of the segment. */
  lookup(offset: number): OffsetPosition {
    const slot = largestSlotNotAbove(this.#count, offset - this.baseOffset, (at) => this.#relativeOffset(at));
    return slot < 0 ? { offset: this.baseOffset, position: 0 } : this.entry(slot);
  }

  /** The offset of the first entry at or behind `position`; undefined when there is none. */
  firstOffsetBehind(position: number): number | undefined {
    const slot = largestSlotNotAbove(this.#count, position - 1, (at) => this.entry(at).position) + 1;
    return slot < this.#count ? this.entry(slot).offset : undefined;
  }

  entry(slot: number): OffsetPosition {
    const start = slot * OFFSET_INDEX_ENTRY_BYTES;
    return {
      offset: this.baseOffset + this.#relativeOffset(slot),
      position: this.#bytes.readInt32BE(start + 4),
    };
  }

  /** Drops the entries at and above `offset`. */
  truncateTo(offset: number): void {
    this.#count =
      largestSlotNotAbove(this.#count, offset - this.baseOffset - 1, (at) => this.#relativeOffset(at)) + 1;
  }

  #relativeOffset(slot: number): number {
    return this.#bytes.readInt32BE(slot * OFFSET_INDEX_ENTRY_BYTES);
  }
}
