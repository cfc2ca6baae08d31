/**
 * What Fetch, ListOffsets and OffsetForLeaderEpoch ask of the ReplicaManager, and what they are told. A follower and
 * a consumer send the same request; only `replicaId` tells them apart, and with it how far they may read and whether
 * their offset counts as an acknowledgement.
 */
import type { ErrorName } from '../protocol/index.ts';
import type { CurrentLeader } from './append-types.ts';
import type { SessionActivity } from './follower-state.ts';

/** The replica id of everybody who is not a broker. */
export const CONSUMER_REPLICA_ID = -1;
/** A tool that may read uncommitted records and any replica, as kafka-replica-verification did. */
export const DEBUGGING_REPLICA_ID = -2;

export type IsolationLevel = 'read-uncommitted' | 'read-committed';

export interface FetchParams {
  /** -1 for consumers. */
  readonly replicaId: number;
  /** The follower's broker epoch, -1 when the request has none. */
  readonly brokerEpoch: number;
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  /** Not even the first batch may exceed the limits: consumers older than KIP-74 take a limit for one. */
  readonly hardMaxBytesLimit?: boolean | undefined;
  readonly isolation: IsolationLevel;
  /** The follower's session, where it has one. */
  readonly session?: SessionActivity | undefined;
  /** Given by consumers of v11 and later: they may be sent to, and served by, a follower (KIP-392). */
  readonly clientMetadata?: ClientMetadata | undefined;
}

export interface ClientMetadata {
  readonly rackId: string;
  readonly clientId: string;
  readonly listenerName: string;
}

export interface FetchPartitionRequest {
  readonly topic: string;
  readonly partition: number;
  /** ZERO_UUID below v13. */
  readonly topicId: string;
  readonly fetchOffset: number;
  /** The follower's log start offset, -1 from consumers. */
  readonly logStartOffset: number;
  readonly partitionMaxBytes: number;
  /** -1: the requester does not say which leader it means. */
  readonly currentLeaderEpoch: number;
  /** The epoch of the last record it has, -1: unknown. Makes the leader look for divergence (KIP-320, KIP-595). */
  readonly lastFetchedEpoch: number;
}

/**
 * A follower's fetch session as its reads see it. A follower may follow thousands of partitions of one leader, so a
 * fetch reads only those that were asked for anew or have news.
 */
export interface SessionReads {
  /** Of this session alone, for those who wait. */
  readonly name: string;
  lastFetchMs: number;
  /** Takes what is to be read, in order; once more before the answer: all of that, and what has news since. */
  take(): readonly FetchPartitionRequest[];
  /** What `take` would give, without taking it. */
  pending(): Iterable<FetchPartitionRequest>;
}

/** Who wants to hear of a partition: its end or its high watermark moved, its role changed. */
export interface PartitionWatcher {
  /** `isUrgent`: a fetch that waits may have to be answered. */
  onNews(isUrgent: boolean): void;
}

export interface FetchPartitionResult {
  readonly topic: string;
  readonly partition: number;
  readonly topicId: string;
  readonly error: ErrorName;
  /** -1 with an error. */
  readonly highWatermark: number;
  /** -1 with an error. */
  readonly lastStableOffset: number;
  /** -1 with an error. */
  readonly logStartOffset: number;
  /** Whole batches, by reference and in order; the last may be cut short unless it is the first of the response. */
  readonly records: readonly Buffer[];
  /** The bytes in `records`. */
  readonly sizeInBytes: number;
  /** Where the requester's log left the leader's: records are empty then. */
  readonly divergingEpoch?: { readonly epoch: number; readonly endOffset: number };
  readonly currentLeader?: CurrentLeader;
  /** For read-committed consumers: the aborted transactions in range; null for everybody else. */
  readonly abortedTransactions: readonly AbortedTransactionRange[] | null;
  /** The follower to read from instead, -1: this broker. */
  readonly preferredReadReplica: number;
  /** Of followers: there is more to be said, also if nothing happens. Records found no room, or it is not in the ISR. */
  readonly isUnsettled?: boolean;
  /** Gives back the buffer that `records` lie in; to be called when nobody looks at them any more, if at all. */
  readonly release?: (() => void) | undefined;
}

export interface AbortedTransactionRange {
  readonly producerId: number;
  readonly firstOffset: number;
}

export interface TimestampRequest {
  readonly topic: string;
  readonly partition: number;
  /** A time, or one of the sentinels below. */
  readonly timestamp: number;
  /** Undefined for replicas, which see up to the log end. */
  readonly isolation: IsolationLevel | undefined;
  readonly currentLeaderEpoch: number;
  readonly fetchOnlyFromLeader: boolean;
}

/** The sentinels of ListOffsets. */
export const LATEST_TIMESTAMP = -1;
export const EARLIEST_TIMESTAMP = -2;
export const MAX_TIMESTAMP = -3;
export const EARLIEST_LOCAL_TIMESTAMP = -4;
export const LATEST_TIERED_TIMESTAMP = -5;

/** An offset of -1 without an error: no record is that young. */
export interface TimestampResult {
  readonly error: ErrorName;
  readonly timestamp: number;
  readonly offset: number;
  readonly leaderEpoch: number;
}

/** ListOffsets v0. */
export interface SegmentStartsRequest {
  readonly topic: string;
  readonly partition: number;
  /** A time, LATEST_TIMESTAMP or EARLIEST_TIMESTAMP. */
  readonly timestamp: number;
  readonly maxNumOffsets: number;
  /** Consumers are told nothing beyond the high watermark. */
  readonly isFromConsumer: boolean;
  readonly fetchOnlyFromLeader: boolean;
}

export interface SegmentStartsResult {
  readonly error: ErrorName;
  /** Newest first. */
  readonly offsets: readonly number[];
}

export interface EpochEndOffsetRequest {
  readonly topic: string;
  readonly partition: number;
  readonly currentLeaderEpoch: number;
  readonly leaderEpoch: number;
}

/** -1 and -1 without an error: the leader knows no epoch that old. */
export interface EpochEndOffsetResult {
  readonly error: ErrorName;
  readonly leaderEpoch: number;
  readonly endOffset: number;
}
