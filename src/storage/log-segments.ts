/** The segments of one log in offset order; the last is the active one. */
import { assert } from '../common/index.ts';
import { largestSlotNotAbove } from './offset-index.ts';
import type { LogSegment } from './log-segment.ts';

export class LogSegments {
  #segments: LogSegment[] = [];

  get count(): number {
    return this.#segments.length;
  }
  get active(): LogSegment {
    const last = this.#segments.at(-1);
    assert(last !== undefined, 'a log has at least one segment');
    return last;
  }
  get first(): LogSegment | undefined {
    return this.#segments[0];
  }
  get sizeInBytes(): number {
    let size = 0;
    for (const segment of this.#segments) size += segment.sizeInBytes;
    return size;
  }

  all(): readonly LogSegment[] {
    return this.#segments;
  }

  at(index: number): LogSegment | undefined {
    return this.#segments[index];
  }

  add(segment: LogSegment): void {
    const last = this.#segments.at(-1);
    assert(last === undefined || segment.baseOffset > last.baseOffset, 'segments are added in offset order');
    this.#segments.push(segment);
  }

  remove(segments: readonly LogSegment[]): void {
    const gone = new Set(segments);
    this.#segments = this.#segments.filter((segment) => !gone.has(segment));
  }

  /** `written` takes the place of neighbours that it was made of. */
  replace(gone: readonly LogSegment[], written: LogSegment): void {
    const first = gone[0];
    assert(first?.baseOffset === written.baseOffset, 'a segment begins where those it replaces began');
    const index = this.#segments.indexOf(first);
    assert(index >= 0, 'only segments of the log are replaced');
    this.#segments = this.#segments.toSpliced(index, gone.length, written);
  }

  /** The place of the segment that would hold `offset`: the last one that begins at or below it; -1 if none does. */
  indexFor(offset: number): number {
    return largestSlotNotAbove(this.#segments.length, offset, (index) => this.#segments[index]!.baseOffset);
  }

  /** Those that hold, or could hold, offsets from `offset` on. */
  from(offset: number): readonly LogSegment[] {
    return this.#segments.slice(Math.max(0, this.indexFor(offset)));
  }
}
