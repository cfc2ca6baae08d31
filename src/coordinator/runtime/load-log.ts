/**
 * Reads a coordinator's partition from its start to its end and hands over the records, batch by batch, in the order
 * of the log. It works in slices and lets other work in between: `__consumer_offsets` may hold millions of records, and
 * the broker goes on serving everything else meanwhile.
 */
import {
  batchesOf,
  decodeRecords,
  prepareCompression,
  type KafkaRecord,
  type RecordBatch,
} from '../../records/index.ts';
import type { LogChunk, ReadableLog } from './coordinator-log.ts';

/** The longest the event loop should be held. */
const SLICE_MS = 5;

export interface LoadOptions {
  /** `offsets.load.buffer.size`: how many bytes are read at once. */
  readonly bufferBytes: number;
  /** False once the partition moved on: the rest of the log does not matter any more. */
  stillWanted(): boolean;
  nowMs(): number;
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
  let sliceEndMs = options.nowMs() + SLICE_MS;
  while (options.stillWanted() && offset < log.logEndOffset) {
    const startOffset = offset;
    const chunk: LogChunk = await log.read({
      startOffset,
      maxBytes: options.bufferBytes,
      isolation: 'log-end',
      minOneMessage: true,
    });
    try {
      for (const batch of batchesIn(chunk)) {
        if (batch.nextOffset <= offset) continue;
        if (batch.compression === 'zstd') await prepareCompression();
        const records = decodeRecords(batch);
        apply(batch, records);
        offset = batch.nextOffset;
        count += records.length;
        if (options.nowMs() < sliceEndMs) continue;
        await options.pause();
        if (!options.stillWanted()) break;
        sliceEndMs = options.nowMs() + SLICE_MS;
      }
    } finally {
      chunk.release?.();
    }
    // The end of what can be read: a log that shrinks meanwhile must not hold us here.
    if (offset === startOffset) break;
  }
  return count;
}

function* batchesIn({ records }: LogChunk): Generator<RecordBatch> {
  for (const buffer of records) yield* batchesOf(buffer);
}
