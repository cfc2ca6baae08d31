/**
 * Reads a segment from its first byte to the first that is not sound, and builds its indexes anew on the way: after an
 * unclean stop, and where an index is missing or broken. Cuts nothing; log-segment.ts does.
 */
import { LOG_OVERHEAD, MAGIC_V2, type RecordBatch } from '../records/index.ts';
import type { DiskFile } from '../runtime/index.ts';
import { RELATIVE_OFFSET_MAX } from './plan-roll.ts';
import { scanBatches } from './scan-batches.ts';
import type { SegmentIndexes } from './segment-indexes.ts';

/** As far as the format of a batch can be told. */
const HEADER_BYTES_TO_MAGIC = 17;
/** Behind offset and size; of the oldest format. */
const SMALLEST_BATCH_BYTES = 14;

export interface SoundPart {
  /** Up to the end of the last sound batch. */
  readonly validBytes: number;
  readonly firstTimestamp: number | undefined;
  /** Where something begins that is no batch; what was merely not written to its end is none. */
  readonly invalidAt: number | undefined;
}

/** The indexes were started. `onBatch` is told each sound batch (producers, leader epochs). */
export async function readSoundPart(
  file: DiskFile,
  segment: { readonly baseOffset: number; readonly size: number; readonly indexIntervalBytes: number },
  indexes: SegmentIndexes,
  onBatch: (batch: RecordBatch) => void,
): Promise<SoundPart> {
  const { baseOffset, size, indexIntervalBytes } = segment;
  let firstTimestamp: number | undefined;
  let lastIndexed = 0;
  const validBytes = await scanBatches(file, { start: 0, end: size }, (batch, position) => {
    if (!isSound(batch, baseOffset)) return false;
    indexes.noteTimestamp(batch.maxTimestamp, batch.lastOffset);
    if (position === 0) firstTimestamp = batch.maxTimestamp;
    if (position - lastIndexed > indexIntervalBytes) {
      indexes.addEntry(batch.lastOffset, position);
      lastIndexed = position;
    }
    onBatch(batch);
    return true;
  });
  const invalidAt = (await isCutOff(file, validBytes, size)) ? undefined : validBytes;
  return { validBytes, firstTimestamp, invalidAt };
}

/** What lies behind the last sound batch is nothing, or the beginning of one that was not written to its end. */
async function isCutOff(file: DiskFile, start: number, end: number): Promise<boolean> {
  if (end - start <= HEADER_BYTES_TO_MAGIC) return true;
  const header = Buffer.alloc(LOG_OVERHEAD);
  await file.read(header, start);
  const size = header.readInt32BE(LOG_OVERHEAD - 4);
  return size >= SMALLEST_BATCH_BYTES && start + LOG_OVERHEAD + size > end;
}

function isSound(batch: RecordBatch, baseOffset: number): boolean {
  const relative = batch.lastOffset - baseOffset;
  const isKnown = batch.magic >= 0 && batch.magic <= MAGIC_V2;
  return isKnown && relative >= 0 && relative <= RELATIVE_OFFSET_MAX && batch.isValid();
}
