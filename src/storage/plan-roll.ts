/** Whether a batch still goes into the active segment (contract section 4.3). */
import type { LogConfig } from './log-config.ts';

export interface ActiveSegmentFacts {
  readonly baseOffset: number;
  readonly sizeInBytes: number;
  readonly createdMs: number;
  /** The largest timestamp of its first batch; undefined while it is empty. */
  readonly firstTimestamp: number | undefined;
  readonly indexesFull: boolean;
  /** This segment's share of segment.jitter.ms. */
  readonly rollJitterMs: number;
}

export interface IncomingFacts {
  readonly sizeInBytes: number;
  readonly maxTimestamp: number;
  readonly lastOffset: number;
}

export type RollReason = 'size' | 'time' | 'index' | 'offset';

/** An index entry holds its offset as four bytes, counted from the segment's first. */
export const RELATIVE_OFFSET_MAX = 0x7fff_ffff;

export function planRoll(
  segment: ActiveSegmentFacts,
  incoming: IncomingFacts,
  config: Pick<LogConfig, 'segmentBytes' | 'segmentMs'>,
  nowMs: number,
): RollReason | undefined {
  if (segment.sizeInBytes > config.segmentBytes - incoming.sizeInBytes) return 'size';
  if (
    segment.sizeInBytes > 0 &&
    timeWaitedMs(segment, incoming, nowMs) > config.segmentMs - segment.rollJitterMs
  )
    return 'time';
  if (segment.indexesFull) return 'index';
  if (incoming.lastOffset - segment.baseOffset > RELATIVE_OFFSET_MAX) return 'offset';
  return undefined;
}

/** By the records' own time where they have one, so that old data, replayed, rolls as it did at first. */
function timeWaitedMs(segment: ActiveSegmentFacts, incoming: IncomingFacts, nowMs: number): number {
  const { firstTimestamp } = segment;
  if (firstTimestamp !== undefined && firstTimestamp >= 0) return incoming.maxTimestamp - firstTimestamp;
  return nowMs - segment.createdMs;
}
