/**
 * Walks the batches of a segment file in order, a large read at a time. Recovery, time look-ups and opening the
 * active segment all come here. A batch that is cut off, or whose length is impossible, ends the walk: the caller
 * sees from the position returned whether anything was left behind it.
 *
 * Invariant: no more than a chunk, and not too many batches of it, are visited before the event loop has its turn.
 */
import { batchAt, LOG_OVERHEAD, type RecordBatch, wholeBatchSize } from '../records/index.ts';
import type { DiskFile } from '../runtime/index.ts';

const CHUNK_BYTES = 1024 * 1024;
/** A log of tiny batches has fourteen thousand in a chunk: checking all of them would hold up the event loop. */
export const BATCHES_PER_READ = 2048;

/** Told each batch and its position in the file; false ends the walk before this batch. */
export type BatchVisitor = (batch: RecordBatch, position: number) => boolean;

/** Returns the position after the last batch that was visited and wanted. */
export async function scanBatches(
  file: DiskFile,
  range: { readonly start: number; readonly end: number },
  visit: BatchVisitor,
): Promise<number> {
  let position = range.start;
  let buffer = Buffer.allocUnsafe(Math.max(0, Math.min(CHUNK_BYTES, range.end - position)));
  for (;;) {
    const wanted = Math.min(buffer.length, range.end - position);
    if (wanted < LOG_OVERHEAD) return position;
    const bytesRead = await file.read(buffer.subarray(0, wanted), position);
    let used = 0;
    for (let count = 0; count < BATCHES_PER_READ; count++) {
      const size = wholeBatchSize(buffer, used, bytesRead);
      if (size === undefined) break;
      if (!visit(batchAt(buffer, used), position + used)) return position + used;
      used += size;
    }
    position += used;
    if (used > 0) continue;
    // Not one whole batch in a chunk: either a larger one, or the torn end.
    const size = bytesRead < LOG_OVERHEAD ? 0 : LOG_OVERHEAD + buffer.readInt32BE(8);
    if (size <= buffer.length || position + size > range.end) return position;
    buffer = Buffer.allocUnsafe(size);
  }
}
