/**
 * The log takes a cleaned segment in place of those it was made of. Wherever this is cut off, what is in the folder
 * says how it goes on: `.cleaned` files are worth nothing, `.swap` files are worth more than what they cover. So each
 * step is durable before the next one, and `../interrupted-compaction.ts` finishes at load what has begun.
 *
 * Readers are never stopped: from one moment on they are given the new segment, and those in the middle of an old one
 * go on in its files, which stay for file.delete.delay.ms.
 */
import { SWAP_SUFFIX } from '../file-names.ts';
import type { LogSegment } from '../log-segment.ts';
import type { LogState } from '../log-state.ts';

interface Source {
  readonly segment: LogSegment;
  readonly sizeInBytes: number;
}

export function swapIn(log: LogState, cleaned: LogSegment, sources: readonly Source[]): Promise<boolean> {
  // In the queue of the log's writer, like everything that changes its segments.
  return log.onDisk(() =>
    log.writer.exclusively(async () => {
      if (log.isClosed || log.isOffline || !areUnchanged(log, sources)) return false;
      const { disk } = log.env.runtime;
      const gone = sources.map(({ segment }) => segment);
      await cleaned.changeNameSuffix(SWAP_SUFFIX);
      await disk.syncFolder(log.dir);
      log.segments.replace(gone, cleaned);
      log.tail.dropBefore(endOffsetOf(log, cleaned));
      const { fileDeleteDelayMs } = log.config;
      await log.flusher.deleteFiles(
        gone,
        fileDeleteDelayMs,
        (cause) => void log.fail(cause),
        cleaned.baseOffset,
      );
      await disk.syncFolder(log.dir);
      await cleaned.changeNameSuffix('');
      await disk.syncFolder(log.dir);
      return true;
    }),
  );
}

/** No truncation and no retention came between. */
function areUnchanged({ segments }: LogState, sources: readonly Source[]): boolean {
  const first = segments.all().findIndex((segment) => segment === sources[0]?.segment);
  return (
    first >= 0 &&
    sources.every(
      ({ segment, sizeInBytes }, index) =>
        segments.at(first + index) === segment && segment.writtenBytes === sizeInBytes,
    )
  );
}

function endOffsetOf({ segments, logEndOffset }: LogState, segment: LogSegment): number {
  return segments.at(segments.indexFor(segment.baseOffset) + 1)?.baseOffset ?? logEndOffset;
}
