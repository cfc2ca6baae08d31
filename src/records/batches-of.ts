/**
 * Walks the batches that lie back to back in a buffer. A tail that is cut off, or whose length cannot be one, ends
 * the walk in silence: fetch answers may end anywhere, and what a torn tail means is the caller's to say.
 * Messages of the formats v0 and v1 share the first seventeen bytes, magic included, so they may lie in between.
 */
import { batchAt } from './batch-at.ts';
import { LOG_OVERHEAD, type RecordBatch } from './record-batch.ts';

/** The shortest entry any format has: a v0 message with neither key nor value. */
const LENGTH_MIN = 14;

/** The size of the entry at `position`, or undefined when it is not whole within `end`. */
export function wholeBatchSize(
  buffer: Buffer,
  position: number,
  end: number = buffer.length,
): number | undefined {
  if (end - position < LOG_OVERHEAD) return undefined;
  const length = buffer.readInt32BE(position + 8);
  if (length < LENGTH_MIN || length > end - position - LOG_OVERHEAD) return undefined;
  return LOG_OVERHEAD + length;
}

export function* batchesOf(buffer: Buffer): Generator<RecordBatch, void, undefined> {
  let position = 0;
  for (;;) {
    const size = wholeBatchSize(buffer, position);
    if (size === undefined) return;
    yield batchAt(buffer, position);
    position += size;
  }
}

/** How many bytes from the start of `buffer` are whole batches. */
export function wholeBatchesSize(buffer: Buffer): number {
  let position = 0;
  for (;;) {
    const size = wholeBatchSize(buffer, position);
    if (size === undefined) return position;
    position += size;
  }
}
