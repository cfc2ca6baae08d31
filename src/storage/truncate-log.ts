/**
 * Cutting a log back: a follower drops what its leader does not have. Pending writes are let out first, so the file
 * and the offsets agree when the cut is made; nobody appends meanwhile.
 */
import { assert } from '../common/index.ts';
import { LogSegment } from './log-segment.ts';
import type { LogState } from './log-state.ts';
import { rebuildProducers } from './rebuild-producers.ts';

export async function truncateTo(log: LogState, offset: number): Promise<boolean> {
  assert(offset >= 0, 'a log is cut at an offset');
  if (offset >= log.nextOffset) {
    // An epoch this broker led without writing anything must go too, or the leader finds us diverged for ever.
    log.epochs.truncateFromEnd(log.nextOffset);
    return false;
  }
  if (offset < (log.segments.first?.baseOffset ?? 0)) {
    await truncateFullyAndStartAt(log, offset, offset);
    return true;
  }
  await whileTruncating(log, async () => {
    const behind = log.segments.all().filter(({ baseOffset }) => baseOffset > offset);
    await log.removeSegments(behind);
    await log.flusher.exclusively(() => log.segments.active.truncateTo(offset));
    log.epochs.truncateFromEnd(offset);
    log.logStartOffset = Math.min(log.logStartOffset, offset);
    log.flusher.lowerRecoveryPoint(offset);
    await restartAt(log, offset, log.nextOffset - offset);
  });
  return true;
}

export async function truncateFullyAndStartAt(
  log: LogState,
  offset: number,
  logStartOffset: number,
): Promise<void> {
  await whileTruncating(log, async () => {
    const removedOffsets = log.nextOffset - log.logStartOffset;
    await log.removeSegments([...log.segments.all()]);
    const segment = LogSegment.create(log.env.segmentEnv, log.dir, offset, log.nowMs());
    log.segments.add(segment);
    await segment.createFiles();
    log.epochs.clear();
    log.logStartOffset = logStartOffset;
    log.flusher.restartAt(offset);
    await restartAt(log, offset, removedOffsets);
  });
}

async function whileTruncating(log: LogState, task: () => Promise<void>): Promise<void> {
  log.checkAppendable();
  log.isTruncating = true;
  try {
    await log.onDisk(() => log.writer.exclusively(task));
  } finally {
    log.isTruncating = false;
  }
}

/** The log ends at `endOffset` now: everything that follows from its end is brought there. */
async function restartAt(log: LogState, endOffset: number, removedOffsets: number): Promise<void> {
  log.tail.clear();
  await rebuildProducers(log, { logStartOffset: log.logStartOffset, endOffset, nowMs: log.nowMs() });
  await log.snapshots.storePending(endOffset);
  await log.storeEpochs();
  log.nextOffset = endOffset;
  log.logEndOffset = endOffset;
  log.setHighWatermark(log.boundedHighWatermark(log.highWatermark));
  // Rebuilding took every transaction that ended since the snapshot for one whose marker is not replicated yet.
  log.producers.onHighWatermarkUpdated(log.highWatermark);
  const { facts } = log.env;
  if (facts.active && !log.isFuture)
    facts.emit({ kind: 'log-truncated', ...log.topicPartition, toOffset: endOffset, removedOffsets });
  log.tellEndMoved();
}
