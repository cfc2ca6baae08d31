/** Retention: asks plan-retention.ts which of the oldest segments may go, and takes them away. */
import { roll } from './append-to-log.ts';
import type { LogState } from './log-state.ts';
import { planRetention, type RetentionPlan, type SegmentFacts } from './plan-retention.ts';

/** Returns how many segments went, and where the log begins because of it. */
export async function deleteOldSegments(
  log: LogState,
): Promise<{ readonly count: number; readonly firstOffset: number }> {
  // Looked at twice: the first time may load indexes, which must not hold up appends.
  if (plan(log, await segmentFacts(log)).length === 0) return { count: 0, firstOffset: log.logStartOffset };
  const plans = await log.writer.exclusively(async () => {
    const decided = plan(log, await segmentFacts(log));
    await deleteOldest(log, countOf(decided));
    return decided;
  });
  for (const { reason, count: ofReason } of plans)
    log.env.runtime.logger.info(`Deleted ${ofReason} segments of ${log.name} due to ${reason}`);
  return { count: countOf(plans), firstOffset: log.segments.first?.baseOffset ?? log.nextOffset };
}

function plan(log: LogState, facts: readonly SegmentFacts[]): RetentionPlan[] {
  const { logStartOffset, highWatermark, nextOffset } = log;
  // What is placed and not yet written counts: a segment that is still owed bytes is not below the high watermark.
  const state = { logStartOffset, logEndOffset: nextOffset, highWatermark, nowMs: log.nowMs() };
  return planRetention(facts, state, log.config);
}

function countOf(plans: readonly RetentionPlan[]): number {
  return plans.reduce((sum, { count }) => sum + count, 0);
}

async function segmentFacts(log: LogState): Promise<SegmentFacts[]> {
  const { cleanupPolicy, retentionMs } = log.config;
  const goesByTime = cleanupPolicy.includes('delete') && retentionMs >= 0;
  const facts: SegmentFacts[] = [];
  for (const segment of [...log.segments.all()]) {
    // Looking it up may take a read.
    const largestTimestamp = goesByTime ? await segment.youngestMs() : -1;
    const { baseOffset, sizeInBytes } = segment;
    facts.push({ baseOffset, sizeInBytes, largestTimestamp });
  }
  // A roll meanwhile made the last one looked at an ordinary segment; it is taken into account next time.
  return facts.length === log.segments.count ? facts : facts.slice(0, -1);
}

async function deleteOldest(log: LogState, count: number): Promise<void> {
  if (count === 0) return;
  // All of it may go: the log goes on in an empty segment.
  if (count === log.segments.count) {
    roll(log, log.nextOffset, log.nowMs());
    await log.beginSegment(log.segments.active);
  }
  const gone = log.segments.all().slice(0, count);
  await log.removeSegments(gone);
  for (const { baseOffset } of gone) log.emitSegment('deleted', baseOffset);
}
