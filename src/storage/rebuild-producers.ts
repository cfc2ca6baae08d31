/**
 * Brings a log's producer state to an offset: from the newest snapshot below it, and the batches behind that. After a
 * clean stop the snapshot is of the very end, and nothing is read. Snapshots are taken on the way, so that the next
 * time, or a truncation, needs to read less.
 */
import type { LogSegments } from './log-segments.ts';
import type { ProducerStateManager } from './producer-state-manager.ts';
import type { SnapshotFiles } from './snapshot-files.ts';

export interface ProducerExtent {
  readonly logStartOffset: number;
  readonly endOffset: number;
  readonly nowMs: number;
}

export async function rebuildProducers(
  log: {
    readonly segments: LogSegments;
    readonly producers: ProducerStateManager;
    readonly snapshots: SnapshotFiles;
  },
  { logStartOffset, endOffset, nowMs }: ProducerExtent,
): Promise<void> {
  const { segments, producers, snapshots } = log;
  producers.clear(logStartOffset);
  const snapshot = await snapshots.loadLatest(endOffset);
  if (snapshot !== undefined) {
    producers.load(snapshot.entries, nowMs);
    producers.mapEndOffset = snapshot.offset;
    producers.lastSnapshotOffset = snapshot.offset;
  }
  const from = producers.mapEndOffset;
  const lastBases = baseOffsetsOfLastTwo(segments);
  for (const segment of from < endOffset ? segments.from(from) : []) {
    if (segment.baseOffset >= endOffset) break;
    producers.mapEndOffset = Math.max(from, segment.baseOffset);
    if (lastBases.includes(segment.baseOffset)) snapshots.take(producers);
    await segment.scanFrom(Math.max(from, segment.baseOffset), (batch) => {
      if (batch.lastOffset >= endOffset && batch.baseOffset >= endOffset) return false;
      if (batch.hasProducerId && batch.lastOffset >= from) producers.update(batch);
      return true;
    });
  }
  producers.mapEndOffset = endOffset;
  snapshots.take(producers);
}

/**
 * Without any snapshot after a clean stop no producer was ever known: reading the log would find nothing. Snapshots of
 * that state spare it the next time, a truncation into the last segments too.
 */
export function assumeNoProducers(
  {
    segments,
    producers,
    snapshots,
  }: {
    readonly segments: LogSegments;
    readonly producers: ProducerStateManager;
    readonly snapshots: SnapshotFiles;
  },
  endOffset: number,
): void {
  for (const offset of [...baseOffsetsOfLastTwo(segments), endOffset]) {
    producers.mapEndOffset = offset;
    snapshots.take(producers);
  }
}

function baseOffsetsOfLastTwo(segments: LogSegments): number[] {
  return segments
    .all()
    .slice(-2)
    .map(({ baseOffset }) => baseOffset);
}
