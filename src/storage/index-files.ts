/**
 * The two index files that every segment has. The original maps those of an active segment into memory at their full
 * size, and trims them when it is no longer active. Ours hold zeros until then: the entries are in memory, and whoever
 * finds the zeros after a crash reads the batches anyway. But they are there, because a segment without them is one
 * that the original complains about and mends.
 */
import type { Disk } from '../runtime/index.ts';
import { OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX } from './file-names.ts';
import { OFFSET_INDEX_ENTRY_BYTES } from './offset-index.ts';
import { TIME_INDEX_ENTRY_BYTES } from './time-index.ts';

const INDEXES = [
  [OFFSET_INDEX_SUFFIX, OFFSET_INDEX_ENTRY_BYTES],
  [TIME_INDEX_SUFFIX, TIME_INDEX_ENTRY_BYTES],
] as const;

/** At this size, in whole entries; what they hold stays as far as there is room. Made where they are missing. */
export async function resizeIndexFiles(
  disk: Disk,
  pathOf: (suffix: string) => string,
  sizeInBytes: number,
): Promise<void> {
  for (const [suffix, entryBytes] of INDEXES) {
    const file = await disk.open(pathOf(suffix), 'write');
    try {
      await file.truncate(sizeInBytes - (sizeInBytes % entryBytes));
    } finally {
      await file.close();
    }
  }
}
