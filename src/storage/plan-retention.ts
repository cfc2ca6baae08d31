/** Which of a log's oldest segments may go (contract section 4.4). */
import type { LogConfig } from './log-config.ts';

export interface SegmentFacts {
  readonly baseOffset: number;
  readonly sizeInBytes: number;
  /** Of its records, or the file's own time when they have none. */
  readonly largestTimestamp: number;
}

export interface RetentionState {
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly highWatermark: number;
  readonly nowMs: number;
}

type RetentionReason = 'log start offset' | 'size' | 'time';

export interface RetentionPlan {
  readonly reason: RetentionReason;
  /** How many segments from the oldest on. */
  readonly count: number;
}

/**
 * The three rules in Kafka's order; each looks at what the one before has left. Nothing at or above the high
 * watermark goes, nor an active segment that is empty.
 */
export function planRetention(
  segments: readonly SegmentFacts[],
  state: RetentionState,
  config: Pick<LogConfig, 'cleanupPolicy' | 'retentionBytes' | 'retentionMs'>,
): RetentionPlan[] {
  const plans: RetentionPlan[] = [];
  let gone = 0;
  const apply = (reason: RetentionReason, mayGo: (index: number) => boolean): void => {
    const first = gone;
    while (gone < segments.length && isBelowHighWatermark(segments, gone, state) && mayGo(gone)) gone += 1;
    if (gone > first) plans.push({ reason, count: gone - first });
  };

  apply('log start offset', (index) => {
    const next = segments[index + 1];
    return next !== undefined && next.baseOffset <= state.logStartOffset;
  });
  if (!config.cleanupPolicy.includes('delete')) return plans;

  if (config.retentionBytes >= 0) {
    let excess = sizeFrom(segments, gone) - config.retentionBytes;
    apply('size', (index) => {
      const { sizeInBytes } = segments[index]!;
      if (excess < sizeInBytes || excess < 0) return false;
      excess -= sizeInBytes;
      return true;
    });
  }
  if (config.retentionMs >= 0)
    apply('time', (index) => state.nowMs - segments[index]!.largestTimestamp > config.retentionMs);
  return plans;
}

function isBelowHighWatermark(
  segments: readonly SegmentFacts[],
  index: number,
  state: RetentionState,
): boolean {
  const next = segments[index + 1];
  const isEmptyActive = next === undefined && segments[index]!.sizeInBytes === 0;
  return !isEmptyActive && state.highWatermark >= (next?.baseOffset ?? state.logEndOffset);
}

function sizeFrom(segments: readonly SegmentFacts[], first: number): number {
  return segments.slice(first).reduce((size, segment) => size + segment.sizeInBytes, 0);
}
