/**
 * What an unclean stop left half done in a partition's folder, finished or taken back before the log is opened
 * (contract section 4.5). The cleaner writes `.cleaned` files, names them `.swap` once they are whole and synced, takes
 * the segments they replace away and gives them their names. So a `.cleaned` file is worth nothing, and a `.swap` file
 * is worth more than what it covers.
 *
 * Invariant: afterwards every offset is in at most one segment, and no name says that a step is still to come. A stop
 * in the middle of this leaves a folder that it finishes the next time.
 */
import type { Disk, Logger } from '../runtime/index.ts';
import {
  ASIDE_SUFFIX,
  CLEANED_SUFFIX,
  DELETED_SUFFIX,
  LOG_SUFFIX,
  leadingOffset,
  offsetOfFileName,
  SWAP_SUFFIX,
} from './file-names.ts';
import { scanBatches } from './scan-batches.ts';

/** Returns the names that the folder holds then. */
export async function finishInterrupted(
  disk: Disk,
  dir: string,
  names: readonly string[],
  logger: Pick<Logger, 'info'>,
): Promise<readonly string[]> {
  const cleaned = names.filter((name) => name.endsWith(CLEANED_SUFFIX));
  const swaps = names.filter((name) => name.endsWith(SWAP_SUFFIX));
  const leftovers = names.filter(
    (name) =>
      name.endsWith(DELETED_SUFFIX) || (name.endsWith(ASIDE_SUFFIX) && leadingOffset(name) !== undefined),
  );
  const useless = new Set([...leftovers, ...cleaned, ...swapsOfIncompleteStep(swaps, cleaned)]);
  const valid = swaps.filter((name) => !useless.has(name));
  const others = names.filter((name) => !useless.has(name) && !valid.includes(name));
  const [from, to] = await offsetsCovered(disk, dir, valid);
  for (const name of valid)
    if (withoutSuffix(name).endsWith(LOG_SUFFIX))
      logger.info(
        `Found log file ${dir}/${name} from interrupted swap operation, which is recoverable from ${SWAP_SUFFIX} files by renaming.`,
      );
  for (const name of others) {
    const offset = leadingOffset(name);
    if (offset === undefined || offset < from || offset >= to) continue;
    useless.add(name);
    logger.info(`Deleting segment files ${name} that is compacted but has not been deleted yet.`);
  }
  for (const name of useless) await disk.removeFile(`${dir}/${name}`);
  for (const name of valid) {
    logger.info(`Recovering file ${name} by renaming from ${SWAP_SUFFIX} files.`);
    await disk.rename(`${dir}/${name}`, `${dir}/${withoutSuffix(name)}`);
  }
  if (valid.length > 0) await disk.syncFolder(dir);
  const kept = others.filter((name) => !useless.has(name));
  return [...new Set([...kept, ...valid.map(withoutSuffix)])].sort();
}

/**
 * A segment may be replaced by several. While some of those are still `.cleaned`, the ones behind the first of them
 * are `.swap` too early: the original segment is whole and stays (KAFKA-6264).
 */
function swapsOfIncompleteStep(swaps: readonly string[], cleaned: readonly string[]): string[] {
  const firstCleaned = Math.min(...cleaned.map((name) => leadingOffset(name) ?? Infinity));
  return swaps.filter((name) => (leadingOffset(name) ?? Infinity) >= firstCleaned);
}

/** What the segments waiting to be swapped in reach over, from their first offset to behind their last batch. */
async function offsetsCovered(
  disk: Disk,
  dir: string,
  swaps: readonly string[],
): Promise<readonly [from: number, to: number]> {
  let from = Infinity;
  let to = -Infinity;
  for (const name of swaps) {
    const baseOffset = offsetOfFileName(withoutSuffix(name), LOG_SUFFIX);
    if (baseOffset === undefined) continue;
    from = Math.min(from, baseOffset);
    to = Math.max(to, await nextOffsetOf(disk, `${dir}/${name}`, baseOffset));
  }
  return [from, to];
}

async function nextOffsetOf(disk: Disk, path: string, baseOffset: number): Promise<number> {
  const file = await disk.open(path, 'read');
  try {
    let nextOffset = baseOffset;
    await scanBatches(file, { start: 0, end: await file.size() }, (batch) => {
      nextOffset = batch.nextOffset;
      return true;
    });
    return nextOffset;
  } finally {
    await file.close();
  }
}

function withoutSuffix(name: string): string {
  return name.slice(0, -SWAP_SUFFIX.length);
}
