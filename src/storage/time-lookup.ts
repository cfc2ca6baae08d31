/**
 * ListOffsets by time: the first record not older than a time, and the youngest record of all. The time index leads
 * to the segment and near the place in it; batches are then walked by header, and only the one found is opened.
 */
import { batchAt, decodeRecords, type RecordBatch } from '../records/index.ts';
import type { LogSegment } from './log-segment.ts';
import type { LogSegments } from './log-segments.ts';
import type { TimestampAndOffset } from './log-types.ts';

export async function findOffsetByTimestamp(
  segments: LogSegments,
  timestamp: number,
  startOffset: number,
): Promise<TimestampAndOffset | undefined> {
  for (const segment of [...segments.all()]) {
    try {
      // The one it should be in, or none: messages of v0 have no time, and their segment the time of its file.
      if ((await segment.youngestMs()) < timestamp) continue;
      return await findInSegment(segment, timestamp, startOffset);
    } catch (error) {
      // Retention or the cleaner took it away meanwhile: what is there now is looked through from the beginning.
      if (segment.isDeleted) return findOffsetByTimestamp(segments, timestamp, startOffset);
      throw error;
    }
  }
  return undefined;
}

async function findInSegment(
  segment: LogSegment,
  timestamp: number,
  startOffset: number,
): Promise<TimestampAndOffset | undefined> {
  const { timeIndex } = await segment.indexes();
  const from = Math.max(timeIndex.lookup(timestamp).offset, startOffset);
  let found: TimestampAndOffset | undefined;
  await segment.scanFrom(from, (batch) => {
    if (batch.maxTimestamp < timestamp || batch.lastOffset < startOffset) return true;
    const record = decodeRecords(batch).find(
      (candidate) => candidate.timestamp >= timestamp && candidate.offset >= startOffset,
    );
    if (record === undefined) return true;
    found = {
      timestamp: record.timestamp,
      offset: record.offset,
      leaderEpoch: batch.partitionLeaderEpoch,
    };
    return false;
  });
  return found;
}

/**
 * The first record that carries the largest timestamp of the log; where none has one (-1), the first of all; none when
 * that is the time of a batch that the cleaner has emptied, as in the original.
 */
export async function findMaxTimestamp(segments: LogSegments): Promise<TimestampAndOffset | undefined> {
  let youngest: LogSegment | undefined;
  let max = -Infinity;
  for (const segment of [...segments.all()]) {
    const { timestamp } = await segment.largestTimestamp();
    if (timestamp > max) {
      max = timestamp;
      youngest = segment;
    }
  }
  if (youngest === undefined) return undefined;
  const { offset } = await youngest.largestTimestamp();
  let holder: RecordBatch | undefined;
  await youngest.scanFrom(offset, (batch) => {
    if (batch.maxTimestamp !== max) return true;
    holder = batchAt(Buffer.from(batch.bytes));
    return false;
  });
  // Messages of v0 have no time at all. A batch whose header is wrong about its records has none of them to tell of.
  if (holder === undefined || holder.magic === 0) return undefined;
  const record = decodeRecords(holder).find(({ timestamp }) => timestamp === max);
  if (record === undefined) return undefined;
  return { timestamp: max, offset: record.offset, leaderEpoch: holder.partitionLeaderEpoch };
}
