/**
 * The most recently written batches of all logs of a broker, kept in the very buffers they came in. Followers and
 * consumers at the end of a log read from here: no system call, no copy, no promise. Across logs it is one ring by
 * time of writing (`log.tail.cache.bytes`, a setting of ours): what was written longest ago goes first, whoever's
 * it is, so a busy log cannot be starved by idle ones that keep old batches.
 */
import { RecordBatch } from '../records/index.ts';
import type { FetchDataInfo } from './log-types.ts';

/** Followers of a broker that takes 100 MB/s may pause for half a second and still be served from memory. */
export const TAIL_CACHE_BYTES = 64 * 1024 * 1024;

/** A small buffer cut from a much larger one (a request frame, a socket read) would keep all of it alive. */
const PINNED_FACTOR = 4;

interface TailEntry {
  readonly tail: LogTail;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly buffer: Buffer;
  readonly segmentBaseOffset: number;
  readonly position: number;
  dropped: boolean;
}

export class TailCache {
  readonly #limitBytes: number;
  #ring: TailEntry[] = [];
  #oldest = 0;
  #bytes = 0;

  constructor(limitBytes: number = TAIL_CACHE_BYTES) {
    this.#limitBytes = limitBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  admit(entry: TailEntry): void {
    this.#ring.push(entry);
    this.#bytes += entry.buffer.length;
    while (this.#bytes > this.#limitBytes && this.#oldest < this.#ring.length) {
      const evicted = this.#ring[this.#oldest++]!;
      if (evicted.dropped) continue;
      this.#bytes -= evicted.buffer.length;
      evicted.tail.evictOldest();
    }
    if (this.#oldest > 1024 && this.#oldest * 2 > this.#ring.length) {
      this.#ring = this.#ring.slice(this.#oldest);
      this.#oldest = 0;
    }
  }

  /** The entry left its log (truncation, deletion); the ring forgets it when it comes to it. */
  drop(entry: TailEntry): void {
    if (entry.dropped) return;
    entry.dropped = true;
    this.#bytes -= entry.buffer.length;
  }
}

export interface TailRead {
  readonly startOffset: number;
  /** Batches that begin here or later are not shown. */
  readonly limitOffset: number;
  readonly maxBytes: number;
  readonly minOneMessage: boolean;
}

/** Not Buffer.from, which cuts small buffers from a shared pool: the copy would keep eight kilobytes alive in its turn. */
function ownCopy(records: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(records.length);
  records.copy(copy);
  return copy;
}

/** One log's part of the cache: entries in offset order, without a hole that a read could miss. */
export class LogTail {
  readonly #cache: TailCache;
  #entries: TailEntry[] = [];
  #first = 0;

  constructor(cache: TailCache) {
    this.#cache = cache;
  }

  add(
    records: Buffer,
    at: {
      readonly baseOffset: number;
      readonly lastOffset: number;
      readonly segmentBaseOffset: number;
      readonly position: number;
    },
  ): void {
    const pinsMuch = records.buffer.byteLength > records.length * PINNED_FACTOR;
    const entry: TailEntry = {
      tail: this,
      baseOffset: at.baseOffset,
      lastOffset: at.lastOffset,
      buffer: pinsMuch ? ownCopy(records) : records,
      segmentBaseOffset: at.segmentBaseOffset,
      position: at.position,
      dropped: false,
    };
    this.#entries.push(entry);
    this.#cache.admit(entry);
  }

  evictOldest(): void {
    this.#first += 1;
    if (this.#first > 256 && this.#first * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
  }

  /** What lies below `offset` was written anew, with less in it: it is read from disk now. */
  dropBefore(offset: number): void {
    for (let oldest = this.#entries[this.#first]; oldest !== undefined && oldest.baseOffset < offset;) {
      this.#cache.drop(oldest);
      this.evictOldest();
      oldest = this.#entries[this.#first];
    }
  }

  clear(): void {
    for (let index = this.#first; index < this.#entries.length; index++)
      this.#cache.drop(this.#entries[index]!);
    this.#entries = [];
    this.#first = 0;
  }

  /** Undefined when the cache does not reach back to the offset. */
  read(read: TailRead): FetchDataInfo | undefined {
    let index = this.#indexFor(read.startOffset);
    const first = this.#entries[index];
    if (first === undefined || (index === this.#first && first.baseOffset > read.startOffset))
      return undefined;
    if (first.baseOffset >= read.limitOffset) return undefined;
    const records: Buffer[] = [];
    let sizeInBytes = 0;
    let position = first.position;
    for (; index < this.#entries.length; index++) {
      const entry = this.#entries[index]!;
      // An answer ends with its segment, as one from disk does: a follower must be able to store it as one set, and
      // none may be larger than segment.bytes.
      if (entry.segmentBaseOffset !== first.segmentBaseOffset || entry.baseOffset >= read.limitOffset) break;
      const room = read.maxBytes - sizeInBytes;
      const isWhole =
        entry.baseOffset >= read.startOffset &&
        entry.lastOffset < read.limitOffset &&
        entry.buffer.length <= room;
      const from = records.length === 0 ? read.startOffset : entry.baseOffset;
      const part = isWhole
        ? { start: 0, end: entry.buffer.length }
        : cut(entry.buffer, { ...read, startOffset: from, maxBytes: room }, records.length === 0);
      if (part.end === part.start) break;
      if (records.length === 0) position = entry.position + part.start;
      records.push(isWhole ? entry.buffer : entry.buffer.subarray(part.start, part.end));
      sizeInBytes += part.end - part.start;
      if (part.end < entry.buffer.length) break;
    }
    return {
      records,
      sizeInBytes,
      fetchOffsetMetadata: {
        messageOffset: read.startOffset,
        segmentBaseOffset: first.segmentBaseOffset,
        relativePositionInSegment: position,
      },
      firstEntryIncomplete: records.length === 0,
      abortedTransactions: null,
    };
  }

  /** Of the first entry that reaches to `offset`. */
  #indexFor(offset: number): number {
    let low = this.#first;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#entries[middle]!.lastOffset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The range of `buffer` whose batches a read wants. */
function cut(buffer: Buffer, read: TailRead, isFirst: boolean): { start: number; end: number } {
  let start = 0;
  while (start < buffer.length) {
    const batch = new RecordBatch(buffer, start);
    if (batch.lastOffset >= read.startOffset) break;
    start += batch.sizeInBytes;
  }
  let end = start;
  while (end < buffer.length) {
    const batch = new RecordBatch(buffer, end);
    const size = batch.sizeInBytes;
    const mustGo = isFirst && read.minOneMessage && end === start;
    if (batch.baseOffset >= read.limitOffset || (end + size - start > read.maxBytes && !mustGo)) break;
    end += size;
  }
  return { start, end };
}
