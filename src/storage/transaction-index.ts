/**
 * The transaction index of a segment (`.txnindex`, contract section 4.2): the transactions whose abort marker lies in
 * the segment, in the order of those markers. Read-committed consumers are told from it what to leave out, and the
 * cleaner what nobody will read. Each row also keeps where the last stable offset stood right after its marker: no
 * transaction that ends later begins below that, and so a search knows when to stop.
 *
 * Held in memory whole, as the bytes of its file. The log says when a transaction was aborted, the segment stores it.
 */
import { readInt64, writeInt64 } from '../records/index.ts';
import { CorruptIndexError } from './offset-index.ts';

export interface IndexedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  /** Of the marker. */
  readonly lastOffset: number;
  readonly lastStableOffset: number;
}

export interface AbortedSearch {
  readonly transactions: readonly IndexedTransaction[];
  /** No later segment can hold another one. */
  readonly isComplete: boolean;
}

const INDEX_VERSION = 0;
const ROW_BYTES = 34;

export class TransactionIndex {
  #bytes: Buffer;
  #count: number;

  constructor(rows: readonly IndexedTransaction[] = []) {
    this.#bytes = Buffer.alloc(rows.length * ROW_BYTES);
    this.#count = 0;
    for (const row of rows) this.append(row);
  }

  /** Reads a file. What is no sequence of sound rows has to be made anew from the log. */
  static fromBytes(baseOffset: number, bytes: Buffer): TransactionIndex {
    if (bytes.length % ROW_BYTES !== 0)
      throw new CorruptIndexError(`A transaction index of ${bytes.length} bytes ends inside a row`);
    const index = new TransactionIndex();
    index.#bytes = bytes;
    index.#count = bytes.length / ROW_BYTES;
    for (let slot = 0; slot < index.#count; slot++) {
      const version = bytes.readInt16BE(slot * ROW_BYTES);
      if (version !== INDEX_VERSION)
        throw new CorruptIndexError(`Rows of version ${version} in a transaction index are unknown`);
      if (index.row(slot).lastOffset < baseOffset)
        throw new CorruptIndexError('A transaction ended before the segment whose index names it');
    }
    return index;
  }

  get count(): number {
    return this.#count;
  }
  get sizeInBytes(): number {
    return this.#count * ROW_BYTES;
  }

  /** The rows as they stand in the file. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.sizeInBytes);
  }

  append(row: IndexedTransaction): void {
    const start = this.sizeInBytes;
    if (start + ROW_BYTES > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(ROW_BYTES * 4, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, start);
      this.#bytes = larger;
    }
    this.#bytes.writeInt16BE(INDEX_VERSION, start);
    writeInt64(this.#bytes, row.producerId, start + 2);
    writeInt64(this.#bytes, row.firstOffset, start + 10);
    writeInt64(this.#bytes, row.lastOffset, start + 18);
    writeInt64(this.#bytes, row.lastStableOffset, start + 26);
    this.#count += 1;
  }

  row(slot: number): IndexedTransaction {
    const start = slot * ROW_BYTES;
    return {
      producerId: readInt64(this.#bytes, start + 2),
      firstOffset: readInt64(this.#bytes, start + 10),
      lastOffset: readInt64(this.#bytes, start + 18),
      lastStableOffset: readInt64(this.#bytes, start + 26),
    };
  }

  /** Those that reach into the offsets from `from` to below `to`. */
  search(from: number, to: number): AbortedSearch {
    const transactions: IndexedTransaction[] = [];
    for (let slot = 0; slot < this.#count; slot++) {
      const row = this.row(slot);
      if (row.lastOffset >= from && row.firstOffset < to) transactions.push(row);
      if (row.lastStableOffset >= to) return { transactions, isComplete: true };
    }
    return { transactions, isComplete: false };
  }

  /** Forgets those whose marker is at or above `offset`. */
  truncateTo(offset: number): void {
    let count = 0;
    while (count < this.#count && this.row(count).lastOffset < offset) count += 1;
    this.#count = count;
  }
}
