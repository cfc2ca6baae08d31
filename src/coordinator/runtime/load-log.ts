/**
 * Reads a coordinator's partition from its start to its end and hands over the records, batch by batch, in the order
 * of the log. It works in slices and lets other work in between: `__consumer_offsets` may hold millions of records, and
 * the broker goes on serving everything else meanwhile.
 */
import {
  batchesOf,
  decodeRecords,
  MAGIC_V2,
  type KafkaRecord,
  type RecordBatch,
} from '../../records/index.ts';
import type { LogChunk, ReadableLog } from './coordinator-log.ts';

/** About 5 ms of work, the longest the event loop should be held. */
const RECORDS_PER_SLICE = 2_000;

export interface LoadOptions {
  /** `offsets.load.buffer.size`: how many bytes are read at once. */
  readonly bufferBytes: number;
  /** False once the partition moved on: the rest of the log does not matter any more. */
  stillWanted(): boolean;
  /** Lets other work of the event loop run. */
  pause(): Promise<void>;
}

/** Returns how many records were read. */
export async function loadLog(
  log: ReadableLog,
  apply: (batch: RecordBatch, records: readonly KafkaRecord[]) => void,
  options: LoadOptions,
): Promise<number> {
  let offset = log.logStartOffset;
  let count = 0;
  let sincePause = 0;
  while (options.stillWanted() && offset < log.logEndOffset) {
    const chunk: LogChunk = await log.read({
      startOffset: offset,
      maxBytes: options.bufferBytes,
      isolation: 'log-end',
      minOneMessage: true,
    });
    const startOffset = offset;
    try {
      for (const batch of chunk.records.flatMap((buffer) => [...batchesOf(buffer)])) {
        if (batch.nextOffset <= offset) continue;
        const records = batch.magic === MAGIC_V2 ? decodeRecords(batch) : [];
        apply(batch, records);
        offset = batch.nextOffset;
        count += records.length;
        sincePause += records.length;
        if (sincePause < RECORDS_PER_SLICE) continue;
        sincePause = 0;
        await options.pause();
        if (!options.stillWanted()) break;
      }
    } finally {
      chunk.release?.();
    }
    // The end of what can be read: a log that shrinks meanwhile must not hold us here.
    if (offset === startOffset) break;
  }
  return count;
}
