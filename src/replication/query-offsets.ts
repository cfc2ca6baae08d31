/**
 * ListOffsets and OffsetForLeaderEpoch for one partition (contract 8.2). What a client is told must not lie behind
 * what an earlier leader told it; a new leader that does not know yet how far that was says so.
 */
import { KafkaError } from '../protocol/index.ts';
import type { ReplicaLog } from './replica-log.ts';
import { errorNameOfThrown } from './error-name.ts';
import {
  EARLIEST_LOCAL_TIMESTAMP,
  EARLIEST_TIMESTAMP,
  LATEST_TIERED_TIMESTAMP,
  LATEST_TIMESTAMP,
  MAX_TIMESTAMP,
  type EpochEndOffsetRequest,
  type EpochEndOffsetResult,
  type SegmentStartsRequest,
  type SegmentStartsResult,
  type TimestampRequest,
  type TimestampResult,
} from './fetch-types.ts';
import type { Partition } from './partition.ts';

const NO_TIMESTAMP = -1;
const NOT_FOUND: TimestampResult = { error: 'NONE', timestamp: NO_TIMESTAMP, offset: -1, leaderEpoch: -1 };

export async function queryTimestamp(
  partition: Partition,
  request: TimestampRequest,
): Promise<TimestampResult> {
  const error = partition.checkAccess(request.currentLeaderEpoch, request.fetchOnlyFromLeader);
  const { log } = partition;
  if (error !== 'NONE' || log === undefined) return failedTimestamp(error);
  try {
    return await lookUp(partition, log, request);
  } catch (thrown) {
    return failedTimestamp(errorNameOfThrown(thrown));
  }
}

export function failedTimestamp(error: TimestampResult['error']): TimestampResult {
  return { error, timestamp: NO_TIMESTAMP, offset: -1, leaderEpoch: -1 };
}

async function lookUp(
  partition: Partition,
  log: ReplicaLog,
  { timestamp, isolation }: TimestampRequest,
): Promise<TimestampResult> {
  const { leaderEpoch, leaderEpochStartOffset } = partition;
  const lastFetchableOffset = endOffsetSeenBy(log, isolation);
  // The last leader may have told clients of offsets that our high watermark has not reached again yet.
  const mayLag =
    isolation !== undefined &&
    leaderEpochStartOffset !== undefined &&
    leaderEpochStartOffset > log.highWatermark;
  if (timestamp < 0) {
    switch (timestamp) {
      case LATEST_TIMESTAMP:
        if (mayLag) throw new KafkaError('OFFSET_NOT_AVAILABLE');
        return { error: 'NONE', timestamp: NO_TIMESTAMP, offset: lastFetchableOffset, leaderEpoch };
      case LATEST_TIERED_TIMESTAMP:
        return NOT_FOUND;
      case EARLIEST_TIMESTAMP:
      case EARLIEST_LOCAL_TIMESTAMP:
      case MAX_TIMESTAMP:
        break;
      default:
        throw new KafkaError('UNSUPPORTED_VERSION');
    }
  }
  const found = await log.fetchOffsetByTimestamp(timestamp, 'log-end');
  const isEarliest = timestamp === EARLIEST_TIMESTAMP || timestamp === EARLIEST_LOCAL_TIMESTAMP;
  if (found !== undefined && (isEarliest || found.offset < lastFetchableOffset))
    return { error: 'NONE', ...found };
  if (mayLag) throw new KafkaError('OFFSET_NOT_AVAILABLE');
  return NOT_FOUND;
}

function endOffsetSeenBy(log: ReplicaLog, isolation: TimestampRequest['isolation']): number {
  if (isolation === undefined) return log.logEndOffset;
  return isolation === 'read-committed' ? log.lastStableOffset : log.highWatermark;
}

export function querySegmentStarts(partition: Partition, request: SegmentStartsRequest): SegmentStartsResult {
  const error = partition.checkAccess(-1, request.fetchOnlyFromLeader);
  const { log } = partition;
  if (error !== 'NONE' || log === undefined) return { error, offsets: [] };
  try {
    const offsets = log.segmentStartsBefore(request.timestamp, request.maxNumOffsets);
    const { highWatermark } = log;
    const committed = offsets.filter((offset) => offset <= highWatermark);
    const mayShowAll = !request.isFromConsumer || committed.length === offsets.length;
    return { error: 'NONE', offsets: mayShowAll ? offsets : [highWatermark, ...committed] };
  } catch (thrown) {
    return { error: errorNameOfThrown(thrown), offsets: [] };
  }
}

export function queryEpochEnd(partition: Partition, request: EpochEndOffsetRequest): EpochEndOffsetResult {
  const error = partition.checkAccess(request.currentLeaderEpoch, true);
  const { log } = partition;
  if (error !== 'NONE' || log === undefined) return { error, leaderEpoch: -1, endOffset: -1 };
  return { error: 'NONE', ...log.endOffsetForEpoch(request.leaderEpoch) };
}
