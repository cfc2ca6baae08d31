/**
 * What a reader of a log will ask for next, read from disk while it is busy with what it has. A consumer that catches
 * up asks for the bytes behind those it was sent; the original answers with `sendfile`, so disk, socket and consumer
 * work at the same time. Here that takes a read begun before it is asked for (figures in docs/benchmarks.md).
 *
 * Invariant: bytes that were read ahead are what the segment holds when they are handed out. A segment's file only
 * grows, is replaced whole, or is cut; one that was cut or deleted meanwhile is read again. What became of its reading
 * ahead never fails anybody: the read itself then meets the same fault and tells it.
 */
import { batchAt, wholeBatchSize } from '../records/index.ts';
import type { LogSegment } from './log-segment.ts';
import type { ReadBufferPool } from './read-buffer-pool.ts';

/** Of all logs together, a megabyte each: as many partitions can be caught up with at a time. The oldest goes first. */
const KEPT_MAX = 16;

/** Bytes of a segment as they lie in its file, in a buffer of the pool. */
export interface SegmentBytes {
  readonly buffer: Buffer;
  readonly filled: number;
  /** Of its first byte in the file. */
  readonly position: number;
}

interface Ahead {
  readonly segment: LogSegment;
  readonly startOffset: number;
  readonly cuts: number;
  readonly reading: Promise<SegmentBytes | undefined>;
}

/** What was just read of a segment for somebody. */
export interface JustRead {
  readonly segment: LogSegment;
  /** Whole batches, and perhaps one that is cut off. */
  readonly shown: Buffer;
  /** Of the first of them in the file. */
  readonly position: number;
  /** As long as what was asked for: the same again is asked for next. */
  readonly length: number;
}

export class ReadAhead {
  readonly #pool: ReadBufferPool;
  #kept: Ahead[] = [];

  constructor(pool: ReadBufferPool) {
    this.#pool = pool;
  }

  /** Begins to read what follows, where a whole read of the same length is there. */
  begin({ segment, shown, position, length }: JustRead): void {
    if (!this.#pool.keeps(length)) return;
    const { bytes, nextOffset } = wholeBatches(shown);
    const next = position + bytes;
    if (bytes === 0 || segment.writtenBytes - next < length) return;
    if (this.#indexOf(segment, nextOffset) !== -1) return;
    if (this.#kept.length === KEPT_MAX) this.#drop(this.#kept.shift()!);
    const reading = this.#read(segment, next, length);
    this.#kept.push({ segment, startOffset: nextOffset, cuts: segment.cuts, reading });
  }

  /** What was read for `startOffset`, if it was; whoever takes it gives the buffer back. */
  take(segment: LogSegment, startOffset: number): Promise<SegmentBytes | undefined> | undefined {
    const index = this.#indexOf(segment, startOffset);
    if (index === -1) return undefined;
    const [ahead] = this.#kept.splice(index, 1);
    return this.#whenSound(ahead!);
  }

  #indexOf(segment: LogSegment, startOffset: number): number {
    return this.#kept.findIndex((ahead) => ahead.segment === segment && ahead.startOffset === startOffset);
  }

  async #whenSound(ahead: Ahead): Promise<SegmentBytes | undefined> {
    const bytes = await ahead.reading;
    if (bytes === undefined) return undefined;
    const { segment, cuts } = ahead;
    if (segment.cuts === cuts && !segment.isDeleted) return bytes;
    this.#pool.give(bytes.buffer);
    return undefined;
  }

  async #read(segment: LogSegment, position: number, length: number): Promise<SegmentBytes | undefined> {
    const buffer = this.#pool.take(length);
    try {
      const filled = await segment.file.use((file) => file.read(buffer.subarray(0, length), position));
      return { buffer, filled, position };
    } catch {
      this.#pool.give(buffer);
      return undefined;
    }
  }

  #drop({ reading }: Ahead): void {
    void reading.then((bytes) => {
      if (bytes !== undefined) this.#pool.give(bytes.buffer);
    });
  }
}

/** How many bytes of whole batches, and the offset behind them. */
function wholeBatches(shown: Buffer): { readonly bytes: number; readonly nextOffset: number } {
  let bytes = 0;
  let last = 0;
  for (;;) {
    const size = wholeBatchSize(shown, bytes);
    if (size === undefined || bytes + size > shown.length) break;
    last = bytes;
    bytes += size;
  }
  return { bytes, nextOffset: bytes === 0 ? -1 : batchAt(shown, last).lastOffset + 1 };
}
