/** Retention: asks plan-retention.ts which of the oldest segments may go, and takes them away. */
import { roll } from './append-to-log.ts';
import type { LogState } from './log-state.ts';
import { planRetention, type SegmentFacts } from './plan-retention.ts';

/** Returns how many segments went, and where the log begins because of it. */
export async function deleteOldSegments(
  log: LogState,
): Promise<{ readonly count: number; readonly firstOffset: number }> {
  const facts = await segmentFacts(log);
  const nowMs = log.nowMs();
  const { logStartOffset, logEndOffset, highWatermark } = log;
  const plans = planRetention(facts, { logStartOffset, logEndOffset, highWatermark, nowMs }, log.config);
  const count = plans.reduce((sum, plan) => sum + plan.count, 0);
  if (count > 0) await deleteOldest(log, count, nowMs);
  for (const { reason, count: ofReason } of plans)
    log.env.runtime.logger.info(`Deleted ${ofReason} segments of ${log.name} due to ${reason}`);
  return { count, firstOffset: log.segments.first?.baseOffset ?? log.nextOffset };
}

async function segmentFacts(log: LogState): Promise<SegmentFacts[]> {
  const facts: SegmentFacts[] = [];
  for (const segment of [...log.segments.all()]) {
    const { timestamp } = await segment.largestTimestamp();
    const { baseOffset, sizeInBytes, modifiedMs } = segment;
    facts.push({ baseOffset, sizeInBytes, largestTimestamp: timestamp >= 0 ? timestamp : modifiedMs });
  }
  // A roll meanwhile made the last one looked at an ordinary segment; it is taken into account next time.
  return facts.length === log.segments.count ? facts : facts.slice(0, -1);
}

async function deleteOldest(log: LogState, count: number, nowMs: number): Promise<void> {
  // All of it may go: the log goes on in an empty segment.
  if (count === log.segments.count) {
    roll(log, log.nextOffset, nowMs);
    await log.segments.active.createFile();
  }
  const gone = log.segments.all().slice(0, count);
  await log.writer.drain();
  await log.removeSegments(gone);
  for (const { baseOffset } of gone) log.emitSegment('deleted', baseOffset);
}
