/**
 * The log of one replica as an observer outside knows it: the headers of its batches. Batches are the same when offsets,
 * leader epoch and CRC are, which is all of their bytes but for what nobody could take for other records.
 */
import { batchAt, wholeBatchSize, decodeEndTransactionMarker } from '../../../../src/records/index.ts';

export interface ObservedBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly leaderEpoch: number;
  readonly crc: number;
  /** Of a batch that is part of a transaction, or ends one; -1 of others. */
  readonly transactionOf: number;
  readonly isMarker: boolean;
}

/** Where the batches of a replica are read from. */
export interface LogSource {
  /** All that is stored below an offset. */
  all(endOffset: number): readonly ObservedBatch[];
  /** What follows what was read last, up to an offset. */
  next(endOffset: number): readonly ObservedBatch[];
}

const NOBODY = -1;

export const isSame = (a: ObservedBatch, b: ObservedBatch): boolean =>
  a.baseOffset === b.baseOffset &&
  a.lastOffset === b.lastOffset &&
  a.leaderEpoch === b.leaderEpoch &&
  a.crc === b.crc;

export const tellBatch = ({ baseOffset, lastOffset, leaderEpoch, crc }: ObservedBatch): string =>
  `${baseOffset}..${lastOffset} of epoch ${leaderEpoch} (crc ${crc.toString(16)})`;

/** Of the first batch that reaches to `offset`; their number when none does. */
export function indexFor(batches: readonly ObservedBatch[], offset: number): number {
  let low = 0;
  let high = batches.length;
  // Mostly it is the last.
  if (high > 0 && batches[high - 1]!.lastOffset < offset) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (batches[middle]!.lastOffset < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The batches that lie whole in a buffer, and how many bytes they take; those from `endOffset` on are left out. */
export function readBatches(
  buffer: Buffer,
  endOffset: number,
): { readonly batches: ObservedBatch[]; readonly bytes: number } {
  const batches: ObservedBatch[] = [];
  let bytes = 0;
  for (;;) {
    const size = wholeBatchSize(buffer, bytes);
    if (size === undefined) break;
    const batch = batchAt(buffer, bytes);
    if (batch.baseOffset >= endOffset) break;
    const isMarker = batch.isControl && decodeEndTransactionMarker(batch) !== undefined;
    batches.push({
      baseOffset: batch.baseOffset,
      lastOffset: batch.lastOffset,
      leaderEpoch: batch.partitionLeaderEpoch,
      crc: batch.crc,
      transactionOf: batch.isTransactional ? batch.producerId : NOBODY,
      isMarker,
    });
    bytes += size;
  }
  return { batches, bytes };
}

export class ObservedLog {
  batches: ObservedBatch[] = [];
  /** As facts tell it: what was read may be behind. */
  endOffset = 0;
  /** Up to here it was compared with what is committed, and is the same. */
  agreedTo = 0;
  /** What is known of it was read in this life of its broker. */
  isLoaded = false;
  /** Files and facts do not fit: it is on its way out, or its disk failed. Nothing is said of it. */
  isUnreadable = false;
  #source: LogSource | undefined;

  /** True once everything up to the end is read. `source` undefined: as before. */
  refresh(source: LogSource | undefined): boolean {
    if (source !== undefined && source !== this.#source) this.isLoaded = false;
    this.#source = source ?? this.#source;
    if (this.#source === undefined) return false;
    if (this.isLoaded) for (const batch of this.#source.next(this.endOffset)) this.batches.push(batch);
    else this.#load(this.#source);
    this.isUnreadable = this.#readTo() < this.endOffset;
    return !this.isUnreadable;
  }

  cut(toOffset: number): void {
    this.endOffset = toOffset;
    this.agreedTo = Math.min(this.agreedTo, toOffset);
    this.isLoaded = false;
  }

  #load(source: LogSource): void {
    this.batches = [...source.all(this.endOffset)];
    this.agreedTo = this.batches[0]?.baseOffset ?? this.endOffset;
    this.isLoaded = true;
  }

  #readTo(): number {
    // A log that was cut within a batch, or started anew, is empty up to its end.
    const last = this.batches.at(-1);
    return last === undefined ? this.endOffset : last.lastOffset + 1;
  }
}
