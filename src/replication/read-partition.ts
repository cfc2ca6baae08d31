/**
 * Reads one partition for a Fetch request: the checks of contract 8.2 in Kafka's order, the look for divergence that a
 * follower's fetch asks for (KIP-595), the records, and what a follower's offset tells its leader.
 *
 * Invariant: the offsets in an answer were true before the records were read, so a follower never takes a high
 * watermark for records it was not shown. Answers at once unless the log has to go to disk.
 */
import type { ErrorName } from '../protocol/index.ts';
import type { FetchDataInfo, FetchIsolation } from '../storage/index.ts';
import type { ReplicaLog } from './replica-log.ts';
import { findDivergence } from './decide-truncation.ts';
import { isConsistentTopicId } from './decide-leader-and-isr.ts';
import { errorNameOfThrown } from './error-name.ts';
import type { FetchParams, FetchPartitionRequest, FetchPartitionResult } from './fetch-types.ts';
import type { FollowerState } from './follower-state.ts';
import type { Partition } from './partition.ts';

/** What is read under: the request's budget as far as other partitions left it. */
export interface ReadBudget {
  readonly maxBytes: number;
  /** Nothing was read for this request yet: the first batch comes whole, so that a consumer never gets stuck (KIP-74). */
  readonly minOneMessage: boolean;
}

/** Where a replica stands is told, but it gets no records now. */
export const NO_BUDGET: ReadBudget = { maxBytes: 0, minOneMessage: false };

export function isFollowerFetch(params: FetchParams): boolean {
  return params.replicaId >= 0;
}

/** Consumers that told where they are may read from any replica (KIP-392). */
export function isLeaderOnly(params: FetchParams): boolean {
  return isFollowerFetch(params) || (params.replicaId === -1 && params.clientMetadata === undefined);
}

/** How far this requester may see. */
export function isolationOf(params: FetchParams): FetchIsolation {
  if (params.replicaId !== -1) return 'log-end';
  return params.isolation === 'read-committed' ? 'txn-committed' : 'high-watermark';
}

/** Where that ends in a log. */
export function endOffsetFor(log: ReplicaLog, isolation: FetchIsolation): number {
  if (isolation === 'log-end') return log.logEndOffset;
  return isolation === 'high-watermark' ? log.highWatermark : log.lastStableOffset;
}

export function readPartition(
  partition: Partition,
  request: FetchPartitionRequest,
  params: FetchParams,
  budget: ReadBudget,
): FetchPartitionResult | Promise<FetchPartitionResult> {
  const error = checkRead(partition, request, params);
  const { log } = partition;
  if (error !== 'NONE' || log === undefined) return failedRead(request, error, partition);
  const follower = isFollowerFetch(params) ? partition.followers.get(params.replicaId) : undefined;
  if (isFollowerFetch(params) && follower === undefined) {
    // It asks as a replica that the controller has not told us of, or no longer counts.
    const unknown = request.currentLeaderEpoch === -1 ? 'NOT_LEADER_OR_FOLLOWER' : 'UNKNOWN_LEADER_EPOCH';
    return failedRead(request, unknown, partition);
  }
  const before = snapshot(log);
  if (request.lastFetchedEpoch !== -1) {
    const diverged = checkDivergence(log, request, before);
    if (diverged !== undefined) return diverged;
  }
  let data: FetchDataInfo | Promise<FetchDataInfo>;
  try {
    data = log.read({
      startOffset: request.fetchOffset,
      maxBytes: Math.min(request.partitionMaxBytes, budget.maxBytes),
      isolation: isolationOf(params),
      minOneMessage: budget.minOneMessage,
    });
  } catch (thrown) {
    return failedRead(request, errorNameOfThrown(thrown), partition);
  }
  const finish = (read: FetchDataInfo): FetchPartitionResult => {
    if (follower === undefined) return result(request, before, read);
    tellLeader(partition, follower, request, params, before.logEndOffset);
    const foundNoRoom = read.sizeInBytes === 0 && before.logEndOffset > request.fetchOffset;
    const isUnsettled = foundNoRoom || !partition.isr.includes(follower.brokerId);
    return result(request, before, read, isUnsettled);
  };
  if (!('then' in data)) return finish(data);
  return data.then(finish, (thrown: unknown) => failedRead(request, errorNameOfThrown(thrown), partition));
}

/** The order matters: a wrong topic id is told before a wrong epoch, an old epoch before a wrong broker. */
function checkRead(partition: Partition, request: FetchPartitionRequest, params: FetchParams): ErrorName {
  if (!isConsistentTopicId(request.topicId, partition.topicId)) return 'INCONSISTENT_TOPIC_ID';
  return partition.checkAccess(request.currentLeaderEpoch, isLeaderOnly(params));
}

interface Offsets {
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly logEndOffset: number;
}

function snapshot(log: ReplicaLog): Offsets {
  const { highWatermark, lastStableOffset, logStartOffset, logEndOffset } = log;
  return { highWatermark, lastStableOffset, logStartOffset, logEndOffset };
}

const NO_RECORDS: readonly Buffer[] = [];

function checkDivergence(
  log: ReplicaLog,
  request: FetchPartitionRequest,
  offsets: Offsets,
): FetchPartitionResult | undefined {
  const { fetchOffset, lastFetchedEpoch } = request;
  const end = log.endOffsetForEpoch(lastFetchedEpoch);
  const divergence = findDivergence({ fetchOffset, lastFetchedEpoch, end });
  if (divergence.kind === 'unknown') return failedRead(request, 'OFFSET_OUT_OF_RANGE');
  if (divergence.kind === 'none') return undefined;
  const { leaderEpoch: epoch, endOffset } = divergence.end;
  return { ...result(request, offsets, undefined), divergingEpoch: { epoch, endOffset } };
}

/** The disk may have been slow: the partition may have another leader by now, or the follower may be gone. */
function tellLeader(
  partition: Partition,
  follower: FollowerState,
  request: FetchPartitionRequest,
  params: FetchParams,
  leaderLogEndOffset: number,
): void {
  if (!partition.isLeader || partition.followers.get(params.replicaId) !== follower) return;
  partition.onFollowerFetch(follower, {
    fetchOffset: request.fetchOffset,
    logStartOffset: request.logStartOffset,
    leaderLogEndOffset,
    brokerEpoch: params.brokerEpoch,
    session: params.session,
  });
}

/** One shape for all, and no spreading: this is done for every partition of every fetch. */
function result(
  request: FetchPartitionRequest,
  offsets: Offsets,
  data: FetchDataInfo | undefined,
  isUnsettled = false,
): FetchPartitionResult {
  return {
    topic: request.topic,
    partition: request.partition,
    topicId: request.topicId,
    error: 'NONE',
    highWatermark: offsets.highWatermark,
    lastStableOffset: offsets.lastStableOffset,
    logStartOffset: offsets.logStartOffset,
    records: data?.records ?? NO_RECORDS,
    sizeInBytes: data?.sizeInBytes ?? 0,
    abortedTransactions: data?.abortedTransactions ?? null,
    preferredReadReplica: -1,
    isUnsettled,
    release: data?.release,
  };
}

/** The answer for a consumer that should read elsewhere: offsets, but no records. */
export function redirectedRead(
  partition: Partition,
  request: FetchPartitionRequest,
  params: FetchParams,
  preferredReadReplica: number,
): FetchPartitionResult {
  const error = checkRead(partition, request, params);
  const { log } = partition;
  if (error !== 'NONE' || log === undefined) return failedRead(request, error, partition);
  return { ...result(request, snapshot(log), undefined), preferredReadReplica };
}

/** `partition`, where given, tells the requester who leads instead (KIP-951). */
export function failedRead(
  request: FetchPartitionRequest,
  error: ErrorName,
  partition?: Partition,
): FetchPartitionResult {
  const { topic, topicId } = request;
  const namesLeader = error === 'NOT_LEADER_OR_FOLLOWER' || error === 'FENCED_LEADER_EPOCH';
  return {
    topic,
    partition: request.partition,
    topicId,
    error,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    records: NO_RECORDS,
    sizeInBytes: 0,
    abortedTransactions: null,
    preferredReadReplica: -1,
    ...(namesLeader && partition !== undefined ? { currentLeader: partition.currentLeader } : {}),
  };
}
