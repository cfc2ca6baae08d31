/**
 * The most recently written batches of all logs of a broker. Followers and consumers at the end of a log read from
 * here: no system call and no promise. Across logs it is one ring by time of writing (`log.tail.cache.bytes`, a
 * setting of ours): what was written longest ago goes first, whoever's it is, so a busy log cannot be starved by idle
 * ones that keep old batches.
 *
 * The batches are copied into slabs that are used again and again. Kept in the Buffers they came in, each would be
 * new memory to V8, which collects after every 64 MB of it; a copy costs a tenth of that (docs/benchmarks.md). A slab
 * that is still on its way to a socket is not overwritten: it is left to its readers, and the ring gets another.
 */
import { batchAt } from '../records/index.ts';
import type { FetchDataInfo } from './log-types.ts';

/** Followers of a broker that takes 100 MB/s may pause for half a second and still be served from memory. */
export const TAIL_CACHE_BYTES = 64 * 1024 * 1024;

/** Of the ring: what is given up at once, and what may be left unused at the end of a slab. */
const SLABS = 32;
/** A log whose end nobody has read since so many bytes is not kept any more, until somebody does. */
const UNREAD_BYTES_MAX = 4 * 1024 * 1024;

interface TailEntry {
  readonly tail: LogTail;
  readonly slab: Slab;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly buffer: Buffer;
  readonly segmentBaseOffset: number;
  readonly position: number;
  dropped: boolean;
}

class Slab {
  readonly memory: Buffer;
  readonly entries: TailEntry[] = [];
  used = 0;
  /** Answers that point into it and have not left yet. */
  readers = 0;

  constructor(memory: Buffer) {
    this.memory = memory;
  }

  copy(records: Buffer): Buffer {
    const start = this.used;
    this.used += records.copy(this.memory, start);
    return this.memory.subarray(start, this.used);
  }
}

export class TailCache {
  readonly #limitBytes: number;
  readonly #slabBytes: number;
  /** Oldest first. */
  readonly #slabs: Slab[] = [];
  #bytes = 0;

  constructor(limitBytes: number = TAIL_CACHE_BYTES) {
    this.#limitBytes = limitBytes;
    this.#slabBytes = Math.floor(limitBytes / SLABS);
  }

  /** A slab with room for `bytes`; undefined when that is more than the whole cache. */
  slabFor(bytes: number): Slab | undefined {
    if (bytes > this.#limitBytes) return undefined;
    const newest = this.#slabs.at(-1);
    if (newest !== undefined && newest.memory.length - newest.used >= bytes) return newest;
    // A batch larger than a slab gets one of its own.
    const size = Math.max(this.#slabBytes, bytes);
    let memory: Buffer | undefined;
    while (this.#bytes + size > this.#limitBytes) memory = this.#giveUpOldest(size) ?? memory;
    const slab = new Slab(memory ?? Buffer.allocUnsafeSlow(size));
    this.#slabs.push(slab);
    this.#bytes += size;
    return slab;
  }

  /** Its memory, where that has the size asked for and nobody reads it. */
  #giveUpOldest(size: number): Buffer | undefined {
    const { memory, entries, readers } = this.#slabs.shift()!;
    this.#bytes -= memory.length;
    for (const entry of entries) if (!entry.dropped) entry.tail.evictOldest();
    return readers === 0 && memory.length === size ? memory : undefined;
  }
}

export interface TailRead {
  readonly startOffset: number;
  /** Batches that reach here are not shown. */
  readonly limitOffset: number;
  readonly maxBytes: number;
  readonly minOneMessage: boolean;
}

/** One log's part of the cache: entries in offset order, without a hole that a read could miss. */
export class LogTail {
  readonly #cache: TailCache;
  #entries: TailEntry[] = [];
  #first = 0;
  #unreadBytes = 0;

  constructor(cache: TailCache) {
    this.#cache = cache;
  }

  /** Keeps a copy of what was written behind everything kept so far. */
  add(
    records: Buffer,
    at: {
      readonly baseOffset: number;
      readonly lastOffset: number;
      readonly segmentBaseOffset: number;
      readonly position: number;
    },
  ): void {
    const isWanted = this.#unreadBytes <= UNREAD_BYTES_MAX;
    const slab = isWanted ? this.#cache.slabFor(records.length) : undefined;
    if (slab === undefined) {
      this.clear();
      return;
    }
    this.#unreadBytes += records.length;
    const { baseOffset, lastOffset, segmentBaseOffset, position } = at;
    const buffer = slab.copy(records);
    const entry: TailEntry = {
      tail: this,
      slab,
      baseOffset,
      lastOffset,
      buffer,
      segmentBaseOffset,
      position,
      dropped: false,
    };
    slab.entries.push(entry);
    this.#entries.push(entry);
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
      oldest.dropped = true;
      this.evictOldest();
      oldest = this.#entries[this.#first];
    }
  }

  clear(): void {
    for (let index = this.#first; index < this.#entries.length; index++) this.#entries[index]!.dropped = true;
    if (this.#entries.length > 0) this.#entries = [];
    this.#first = 0;
  }

  /** Undefined when the cache does not reach back to the offset. The answer's `release` lets its slabs be used again. */
  read(read: TailRead): FetchDataInfo | undefined {
    this.#unreadBytes = 0;
    let index = this.#indexFor(read.startOffset);
    const first = this.#entries[index];
    if (first === undefined || (index === this.#first && first.baseOffset > read.startOffset))
      return undefined;
    if (first.baseOffset >= read.limitOffset) return undefined;
    const records: Buffer[] = [];
    const slabs: Slab[] = [];
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
      if (slabs.at(-1) !== entry.slab) {
        entry.slab.readers += 1;
        slabs.push(entry.slab);
      }
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
      release: () => {
        for (const slab of slabs) slab.readers -= 1;
      },
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
    const batch = batchAt(buffer, start);
    if (batch.lastOffset >= read.startOffset) break;
    start += batch.sizeInBytes;
  }
  let end = start;
  while (end < buffer.length) {
    const batch = batchAt(buffer, end);
    const size = batch.sizeInBytes;
    const mustGo = isFirst && read.minOneMessage && end === start;
    if (batch.lastOffset >= read.limitOffset || (end + size - start > read.maxBytes && !mustGo)) break;
    end += size;
  }
  return { start, end };
}
