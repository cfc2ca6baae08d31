/**
 * What to clean next (Kafka's LogCleanerManager and LogToClean): pure rules over what is known of each compacted log.
 * A log has a clean part, up to which the last pass came; a dirty part behind it; and a part that may not be touched
 * yet: the active segment, what is not stable, and what is younger than min.compaction.lag.ms.
 */
import type { LogConfig } from '../log-config.ts';

export interface SegmentFacts {
  readonly baseOffset: number;
  readonly sizeInBytes: number;
  /** Looked up only with min.compaction.lag.ms. */
  readonly largestTimestamp?: number | undefined;
  /** Looked up only with max.compaction.lag.ms. */
  readonly firstBatchTimestamp?: number | undefined;
}

export interface LogFacts {
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly lastStableOffset: number;
  /** All of them; the last is the active one. */
  readonly segments: readonly SegmentFacts[];
  readonly nowMs: number;
}

type LagConfig = Pick<LogConfig, 'minCompactionLagMs' | 'maxCompactionLagMs'>;

/** Where the dirty part begins. A checkpoint outside the log says nothing any more: everything is dirty then. */
export function firstDirtyOffsetOf(
  { logStartOffset, logEndOffset }: Pick<LogFacts, 'logStartOffset' | 'logEndOffset'>,
  checkpoint: number | undefined,
): number {
  if (checkpoint === undefined || checkpoint < logStartOffset || checkpoint > logEndOffset)
    return logStartOffset;
  return checkpoint;
}

export interface LogToClean {
  readonly firstDirtyOffset: number;
  /** The base offset of the first segment that stays as it is. */
  readonly firstUncleanableOffset: number;
  readonly cleanBytes: number;
  readonly cleanableBytes: number;
  /** Of what a pass would read, the share that is dirty. */
  readonly cleanableRatio: number;
  /** How much longer than max.compaction.lag.ms the oldest dirty record has waited; 0 when it has not. */
  readonly compactionDelayMs: number;
}

export function decideLogToClean(facts: LogFacts, firstDirtyOffset: number, config: LagConfig): LogToClean {
  const { segments } = facts;
  const firstUncleanable = segmentFor(segments, uncleanableFrom(facts, firstDirtyOffset, config));
  const firstUncleanableOffset = segments[firstUncleanable]?.baseOffset ?? firstDirtyOffset;
  const dirtyFrom = segmentFor(segments, Math.min(firstDirtyOffset, firstUncleanableOffset));
  const cleanBytes = sizeOf(segments.filter(({ baseOffset }) => baseOffset < firstDirtyOffset));
  const cleanableBytes = sizeOf(segments.slice(dirtyFrom, firstUncleanable));
  const totalBytes = cleanBytes + cleanableBytes;
  return {
    firstDirtyOffset,
    firstUncleanableOffset,
    cleanBytes,
    cleanableBytes,
    cleanableRatio: totalBytes === 0 ? 0 : cleanableBytes / totalBytes,
    compactionDelayMs: compactionDelayMs(facts, firstDirtyOffset, config),
  };
}

function uncleanableFrom(
  { segments, lastStableOffset, nowMs }: LogFacts,
  firstDirtyOffset: number,
  { minCompactionLagMs }: LagConfig,
): number {
  const activeOffset = segments.at(-1)?.baseOffset ?? 0;
  let tooYoung = activeOffset;
  if (minCompactionLagMs > 0)
    tooYoung =
      inactiveFrom(segments, firstDirtyOffset).find(
        ({ largestTimestamp = -1 }) => largestTimestamp > nowMs - minCompactionLagMs,
      )?.baseOffset ?? activeOffset;
  return Math.max(firstDirtyOffset, Math.min(lastStableOffset, activeOffset, tooYoung));
}

function compactionDelayMs(
  { segments, nowMs }: LogFacts,
  firstDirtyOffset: number,
  { maxCompactionLagMs }: LagConfig,
): number {
  const earliest = Math.min(
    ...inactiveFrom(segments, firstDirtyOffset)
      .map(({ firstBatchTimestamp = -1 }) => firstBatchTimestamp)
      .filter((timestamp) => timestamp > 0),
  );
  return Math.max(0, nowMs - maxCompactionLagMs - earliest);
}

/** Those behind the clean part, without the active one. */
export function inactiveFrom<T extends { readonly baseOffset: number }>(
  segments: readonly T[],
  offset: number,
): readonly T[] {
  const active = segments.length - 1;
  return offset > (segments[active]?.baseOffset ?? 0)
    ? []
    : segments.slice(segmentFor(segments, offset), active);
}

/** The place of the segment that would hold `offset`. */
function segmentFor(segments: readonly { readonly baseOffset: number }[], offset: number): number {
  return Math.max(
    0,
    segments.findLastIndex(({ baseOffset }) => baseOffset <= offset),
  );
}

function sizeOf(segments: readonly SegmentFacts[]): number {
  return segments.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0);
}

/** Worth a pass: dirty enough, or a record in it has waited too long. */
export function isDue(log: LogToClean, minCleanableDirtyRatio: number): boolean {
  const mustBeCleaned = log.compactionDelayMs > 0 && log.cleanableBytes > 0;
  return mustBeCleaned || log.cleanableRatio > minCleanableDirtyRatio;
}

/** Of those that are due the dirtiest. */
export function dirtiest<T extends { readonly toClean: LogToClean }>(due: readonly T[]): T | undefined {
  let found: T | undefined;
  for (const log of due)
    if (found === undefined || log.toClean.cleanableRatio > found.toClean.cleanableRatio) found = log;
  return found;
}
