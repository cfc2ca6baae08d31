/** The log of a replica, as far as replication looks at it. UnifiedLog is one; so is a test's log in memory. */
import type { UnifiedLog } from '../storage/index.ts';

export type ReplicaLog = Pick<
  UnifiedLog,
  | 'activeProducers'
  | 'appendAsFollower'
  | 'assignEpochStartOffset'
  | 'assignTopicId'
  | 'config'
  | 'dir'
  | 'drain'
  | 'endOffsetForEpoch'
  | 'fetchOffsetByTimestamp'
  | 'highWatermark'
  | 'lastStableOffset'
  | 'latestEpoch'
  | 'logEndOffset'
  | 'logStartOffset'
  | 'maybeIncrementHighWatermark'
  | 'maybeIncrementLogStartOffset'
  | 'nextOffset'
  | 'onLogEndMoved'
  | 'parentDir'
  | 'read'
  | 'segmentStartsBefore'
  | 'sizeInBytes'
  | 'startAppendAsLeader'
  | 'startTransactionVerification'
  | 'topicId'
  | 'truncateFullyAndStartAt'
  | 'truncateTo'
  | 'updateHighWatermark'
>;
