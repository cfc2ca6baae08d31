/**
 * For each key of the dirty part of a log, the last offset at which it stands (Kafka's SkimpyOffsetMap). Keys are not
 * kept, only their MD5: an entry takes 24 bytes, so a pass over a log of any size needs no more memory than
 * log.cleaner.dedupe.buffer.size gives. Two keys of one hash would be taken for one; with 128 bits that is not a worry.
 *
 * The table is shared memory, so a worker thread fills it and another one asks it, without a copy. What stands beside
 * the table (`entries`, `latestOffset`) goes along with each task.
 */
import { assert } from '../../common/index.ts';
import { HASH_WORDS } from './batch-keys.ts';

/** Four words of hash, and the offset as a double. */
export const ENTRY_BYTES = 24;
const WORDS_PER_ENTRY = 6;
const DOUBLES_PER_ENTRY = 3;
const OFFSET_DOUBLE = 2;

const NO_OFFSET = -1;
const WITHOUT_SIGN = 0x7fff_ffff;

/** The map as it travels between threads. */
export interface OffsetMapState {
  readonly table: SharedArrayBuffer;
  /** It holds what an earlier pass noted: the first who opens the map clears it, in a worker thread. */
  readonly isStale: boolean;
  /** Of the table, which may be larger than this pass needs. */
  readonly slots: number;
  /** How many keys a pass may note; fewer than the table has places, or finding one would take long. */
  readonly entriesMax: number;
  readonly entries: number;
  /** Everything in the log up to here is in the map. */
  readonly latestOffset: number;
}

export interface OffsetMapSize {
  /** log.cleaner.dedupe.buffer.size for one cleaner. */
  readonly bufferBytes: number;
  /** log.cleaner.io.buffer.load.factor */
  readonly loadFactor: number;
  /** No more keys can come than the dirty part has offsets: a small log gets a small table. */
  readonly offsetsMax: number;
}

/**
 * The table of one cleaner, from pass to pass. Worker threads let go of shared memory when they collect garbage, which
 * may be long after: a new table for each pass would pile up.
 */
export class ReusedTable {
  #table = new SharedArrayBuffer(0);
  #isUsed = false;

  /** A table of at least this size. */
  take(bytes: number, bytesMax: number): { readonly table: SharedArrayBuffer; readonly isUsed: boolean } {
    let isUsed = this.#isUsed;
    if (bytes > this.#table.byteLength) {
      this.#table = new SharedArrayBuffer(Math.max(bytes, Math.min(bytesMax, 2 * this.#table.byteLength)));
      isUsed = false;
    }
    this.#isUsed = true;
    return { table: this.#table, isUsed };
  }
}

export function emptyOffsetMap(size: OffsetMapSize, reused = new ReusedTable()): OffsetMapState {
  const { bufferBytes, loadFactor, offsetsMax } = size;
  const affordable = Math.max(1, Math.floor(bufferBytes / ENTRY_BYTES));
  const slots = Math.min(affordable, Math.ceil(offsetsMax / loadFactor) + 1);
  const { table, isUsed } = reused.take(slots * ENTRY_BYTES, affordable * ENTRY_BYTES);
  return {
    table,
    isStale: isUsed,
    slots,
    entriesMax: Math.max(1, Math.floor(slots * loadFactor)),
    entries: 0,
    latestOffset: NO_OFFSET,
  };
}

export class OffsetMap {
  readonly #state: OffsetMapState;
  readonly #slots: number;
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  #entries: number;
  #latestOffset: number;
  /** What was read to no other purpose is written here, so that no compiler may leave the reading out. */
  readonly touched = new Int32Array(1);

  constructor(state: OffsetMapState) {
    this.#state = state;
    this.#slots = state.slots;
    this.#words = new Int32Array(state.table, 0, state.slots * WORDS_PER_ENTRY);
    if (state.isStale) this.#words.fill(0);
    this.#doubles = new Float64Array(state.table, 0, state.slots * DOUBLES_PER_ENTRY);
    this.#entries = state.entries;
    this.#latestOffset = state.latestOffset;
  }

  get state(): OffsetMapState {
    return { ...this.#state, isStale: false, entries: this.#entries, latestOffset: this.#latestOffset };
  }
  get isFull(): boolean {
    return this.#entries >= this.#state.entriesMax;
  }
  get latestOffset(): number {
    return this.#latestOffset;
  }

  /**
   * Reads the places where the first `count` keys belong, and does nothing else. So close together the processor waits
   * for many of them at once, and `put` and `get` find them in its cache.
   */
  touch(hashes: Int32Array, count: number): void {
    let sum = 0;
    for (let index = 0; index < count; index++)
      sum ^= this.#words[this.#home(hashes, index) * WORDS_PER_ENTRY]!;
    this.touched[0] = sum;
  }

  /** Notes that the key of which the hash is the one at `index` stands at `offset`, behind every one noted before. */
  put(hashes: Int32Array, index: number, offset: number): void {
    const slot = this.#find(hashes, index);
    if (this.#offsetAt(slot) === NO_OFFSET) {
      assert(this.#entries < this.#slots, 'an offset map keeps a place free');
      for (let word = 0; word < HASH_WORDS; word++)
        this.#words[slot * WORDS_PER_ENTRY + word] = hashes[index * HASH_WORDS + word]!;
      this.#entries += 1;
    }
    // One more than the offset, so that the zeros of a fresh table mean nobody.
    this.#doubles[slot * DOUBLES_PER_ENTRY + OFFSET_DOUBLE] = offset + 1;
    this.updateLatestOffset(offset);
  }

  /** The last offset of the key; -1 when it is not in the map. */
  get(hashes: Int32Array, index: number): number {
    return this.#offsetAt(this.#find(hashes, index));
  }

  updateLatestOffset(offset: number): void {
    if (offset > this.#latestOffset) this.#latestOffset = offset;
  }

  /** The place of the key, or the free one where it belongs: from its home on the next ones, which lie in one piece. */
  #find(hashes: Int32Array, index: number): number {
    let slot = this.#home(hashes, index);
    for (let attempt = 0; ; attempt++) {
      assert(attempt < this.#slots, 'an offset map keeps a place free');
      if (this.#offsetAt(slot) === NO_OFFSET || this.#holds(slot, hashes, index)) return slot;
      slot = slot + 1 === this.#slots ? 0 : slot + 1;
    }
  }

  /** Without the sign all is done in whole numbers. */
  #home(hashes: Int32Array, index: number): number {
    return (hashes[index * HASH_WORDS]! & WITHOUT_SIGN) % this.#slots;
  }

  #holds(slot: number, hashes: Int32Array, index: number): boolean {
    const first = slot * WORDS_PER_ENTRY;
    for (let word = 0; word < HASH_WORDS; word++)
      if (this.#words[first + word] !== hashes[index * HASH_WORDS + word]) return false;
    return true;
  }

  #offsetAt(slot: number): number {
    return this.#doubles[slot * DOUBLES_PER_ENTRY + OFFSET_DOUBLE]! - 1;
  }
}
