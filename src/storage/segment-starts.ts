/**
 * What ListOffsets v0 asks for, from before messages had timestamps (KIP-79): where segments begin, by the time their
 * files were last changed. It was all a log knew of time, and it is as coarse as its segments are large.
 */
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from './log-types.ts';

export interface SegmentStart {
  readonly offset: number;
  readonly modifiedMs: number;
}

/** The last `count` of those not younger than `timestamp`, newest first. `starts` rise. */
export function startsBefore(starts: readonly SegmentStart[], timestamp: number, count: number): number[] {
  const end = endOf(starts, timestamp);
  return starts
    .slice(Math.max(0, end - Math.max(0, count)), end)
    .map(({ offset }) => offset)
    .reverse();
}

function endOf(starts: readonly SegmentStart[], timestamp: number): number {
  if (timestamp === LATEST_TIMESTAMP) return starts.length;
  if (timestamp === EARLIEST_TIMESTAMP) return 1;
  return starts.findLastIndex(({ modifiedMs }) => modifiedMs <= timestamp) + 1;
}
