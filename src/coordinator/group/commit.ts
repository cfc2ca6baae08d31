/**
 * OffsetCommit: who may commit under a group's name, and what may be committed. Writing is the coordinator's.
 *
 * A consumer that manages its partitions itself commits with generation -1 and no member id, which only an Empty group
 * allows: else it would overwrite what members commit. While members wait for their assignment nobody commits, because
 * the partitions may be somebody else's already.
 */
import {
  inScalaMapOrder,
  inScalaMutableOrder,
  topicPartitionHashCode,
  type TopicPartition,
} from '../../common/index.ts';
import type { ErrorName } from '../../protocol/index.ts';
import type { StartedVerification } from '../../replication/index.ts';
import type { OffsetAndMetadata } from './group-offsets.ts';
import type { Group } from './group.ts';
import { UNKNOWN_MEMBER_ID, type Member } from './member.ts';
import { validateMember } from './validate-member.ts';

export interface CommitOffsets {
  readonly groupId: string;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  /** Below 0: not a member of the group. */
  readonly generationId: number;
  readonly offsets: readonly (readonly [TopicPartition, OffsetAndMetadata])[];
}

/** Offsets that count once the producer's transaction is committed (TxnOffsetCommit). */
export interface CommitTransactionalOffsets extends CommitOffsets {
  readonly producerId: number;
  readonly producerEpoch: number;
  /** Asks whether the group's partition is part of the transaction (KIP-890). */
  verify(topicPartition: TopicPartition): Promise<StartedVerification>;
}

export type CommitDecision =
  | { readonly kind: 'refuse'; readonly error: ErrorName }
  /** Committing is a sign of life: the session of `alive` goes on. */
  | { readonly kind: 'store'; readonly alive: Member | null };

export function decideCommit(
  group: Group,
  { memberId, groupInstanceId, generationId }: Omit<CommitOffsets, 'groupId' | 'offsets'>,
): CommitDecision {
  if (group.state === 'Dead') return refuse('COORDINATOR_NOT_AVAILABLE');
  if (group.state === 'Empty' && generationId < 0) return { kind: 'store', alive: null };
  if (generationId < 0 && memberId === UNKNOWN_MEMBER_ID && groupInstanceId === null)
    return refuse('UNKNOWN_MEMBER_ID');
  const { member, error } = validateMember(group, memberId, groupInstanceId);
  if (error !== null) return refuse(error);
  if (generationId !== group.generationId) return refuse('ILLEGAL_GENERATION');
  if (group.state === 'CompletingRebalance') return refuse('REBALANCE_IN_PROGRESS');
  return { kind: 'store', alive: member };
}

/** The partitions of one commit in the order Kafka writes them, that of its map of partitions with a topic id of 0. */
export function inCommitOrder<T extends readonly [TopicPartition, unknown]>(
  offsets: readonly T[],
): readonly T[] {
  if (offsets.length < 2) return offsets;
  const hashCodeOf = ([partition]: T): number => (961 + topicPartitionHashCode(partition)) | 0;
  return inScalaMapOrder(inScalaMutableOrder(offsets, hashCodeOf), hashCodeOf);
}

/**
 * TxnOffsetCommit: who names a member or a generation must be right (KIP-447); who names neither is taken at its word, as
 * producers before v3 have to be, and is fenced by its epoch alone. Nothing is said of anybody's session.
 */
export function decideTransactionalCommit(
  group: Group,
  { memberId, groupInstanceId, generationId }: Omit<CommitOffsets, 'groupId' | 'offsets'>,
): ErrorName {
  if (group.state === 'Dead') return 'COORDINATOR_NOT_AVAILABLE';
  if (
    generationId < 0 &&
    (group.state === 'Empty' || (memberId === UNKNOWN_MEMBER_ID && groupInstanceId === null))
  )
    return 'NONE';
  const { error } = validateMember(group, memberId, groupInstanceId);
  if (error !== null) return error;
  return generationId === group.generationId ? 'NONE' : 'ILLEGAL_GENERATION';
}

/** Counted as Java does, in UTF-16 units. */
export function isMetadataTooLarge({ metadata }: OffsetAndMetadata, maxSize: number): boolean {
  return metadata.length > maxSize;
}

/** What the client hears when the log refuses an offset commit (contract 5.1). */
export function commitErrorOf(appendError: ErrorName): ErrorName {
  return COMMIT_ERRORS.get(appendError) ?? appendError;
}

/** What members hear when the log refuses a group's metadata (contract 5.1). */
export function groupMetadataErrorOf(appendError: ErrorName): ErrorName {
  return GROUP_METADATA_ERRORS.get(appendError) ?? appendError;
}

const COORDINATOR_MOVED: readonly [ErrorName, ErrorName][] = [
  ['UNKNOWN_TOPIC_OR_PARTITION', 'COORDINATOR_NOT_AVAILABLE'],
  ['NOT_ENOUGH_REPLICAS', 'COORDINATOR_NOT_AVAILABLE'],
  ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'COORDINATOR_NOT_AVAILABLE'],
  ['NOT_LEADER_OR_FOLLOWER', 'NOT_COORDINATOR'],
  ['KAFKA_STORAGE_ERROR', 'NOT_COORDINATOR'],
];

const COMMIT_ERRORS = new Map<ErrorName, ErrorName>([
  ...COORDINATOR_MOVED,
  ['MESSAGE_TOO_LARGE', 'INVALID_COMMIT_OFFSET_SIZE'],
  ['RECORD_LIST_TOO_LARGE', 'INVALID_COMMIT_OFFSET_SIZE'],
  ['INVALID_FETCH_SIZE', 'INVALID_COMMIT_OFFSET_SIZE'],
  // Of the verification of a transaction: older clients know no NETWORK_EXCEPTION here.
  ['NETWORK_EXCEPTION', 'COORDINATOR_LOAD_IN_PROGRESS'],
]);

const GROUP_METADATA_ERRORS = new Map<ErrorName, ErrorName>([
  ...COORDINATOR_MOVED,
  ['REQUEST_TIMED_OUT', 'REBALANCE_IN_PROGRESS'],
  ['MESSAGE_TOO_LARGE', 'UNKNOWN_SERVER_ERROR'],
  ['RECORD_LIST_TOO_LARGE', 'UNKNOWN_SERVER_ERROR'],
  ['INVALID_FETCH_SIZE', 'UNKNOWN_SERVER_ERROR'],
]);

function refuse(error: ErrorName): CommitDecision {
  return { kind: 'refuse', error };
}
