/**
 * Cutting a log back: a follower drops what its leader does not have. Pending writes are let out first, so the file
 * and the offsets agree when the cut is made; nobody appends meanwhile.
 *
 * A stop in the middle leaves a log that ends earlier than it did, never one with a hole: segments go from the last to
 * the first, durably, before the one that stays is cut. Afterwards nothing of what was cut can come back, and the
 * checkpoints do not claim more than there is: other records will stand at those offsets, and recovery believes them.
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
  await whileTruncating(log, offset, async () => {
    const behind = log.segments.all().filter(({ baseOffset }) => baseOffset > offset);
    log.logStartOffset = Math.min(log.logStartOffset, offset);
    log.flusher.beginCut(offset);
    await removeFromTheEnd(log, behind, offset);
    await log.env.runtime.disk.syncFolder(log.dir);
    await log.flusher.exclusively(() => log.segments.active.truncateTo(offset));
    log.epochs.truncateFromEnd(offset);
    log.flusher.endCut();
    await restartAt(log, offset, log.nextOffset - offset);
  });
  return true;
}

export async function truncateFullyAndStartAt(
  log: LogState,
  offset: number,
  logStartOffset: number,
): Promise<void> {
  await whileTruncating(log, logStartOffset, async () => {
    const removedOffsets = log.nextOffset - log.logStartOffset;
    log.logStartOffset = logStartOffset;
    const gone = log.segments.all();
    const segment = LogSegment.create(log.env.segmentEnv, log.dir, offset, log.nowMs());
    // In one step: a log is never without a segment.
    log.flusher.beginCut(0);
    log.segments.remove(gone);
    log.segments.add(segment);
    await removeFromTheEnd(log, gone, offset);
    await segment.createFiles();
    await log.env.runtime.disk.syncFolder(log.dir);
    log.epochs.clear();
    log.flusher.endCut(offset);
    await restartAt(log, offset, removedOffsets);
  });
}

/** `offset`: where the log will end. */
async function whileTruncating(log: LogState, offset: number, task: () => Promise<void>): Promise<void> {
  log.checkAppendable();
  log.isTruncating = true;
  // Of what was committed some may be cut off: then a transaction that was over may be open again.
  log.stableUntilRebuilt = offset < log.highWatermark ? log.logStartOffset : log.lastStableOffset;
  try {
    await log.onDisk(() => log.writer.exclusively(task));
  } finally {
    log.isTruncating = false;
    log.stableUntilRebuilt = undefined;
  }
}

async function removeFromTheEnd(
  log: LogState,
  gone: readonly LogSegment[],
  endOffset: number,
): Promise<void> {
  await log.removeSegments(gone.toReversed());
  await log.snapshots.removeOutside(log.logStartOffset, endOffset);
}

/** The log ends at `endOffset` now: everything that follows from its end is brought there. */
async function restartAt(log: LogState, endOffset: number, removedOffsets: number): Promise<void> {
  log.tail.clear();
  await rebuildProducers(log, { logStartOffset: log.logStartOffset, endOffset, nowMs: log.nowMs() });
  // Their snapshots are stored behind what they speak of.
  await log.flusher.flushUpTo(endOffset);
  await log.settle();
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
