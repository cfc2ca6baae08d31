/**
 * TxnOffsetCommit v0-4: stores how far a group has read as part of a producer's transaction (KIP-98): what it read and
 * what it wrote become visible together, or neither does. Each partition has its own error, as with OffsetCommit.
 *
 * v2 leader epoch (KIP-320); v3 names the member, so that one of an earlier generation is fenced (KIP-447); v4
 * TRANSACTION_ABORTABLE.
 */
import type { TopicPartition } from '../../common/index.ts';
import type { OffsetAndMetadata } from '../../coordinator/index.ts';
import type { ErrorName } from '../../protocol/index.ts';
import {
  TxnOffsetCommitRequest,
  TxnOffsetCommitResponse,
} from '../../protocol/messages/28-txn-offset-commit.ts';
import { defineHandler, type RequestContext } from '../handler.ts';
import type { Services } from '../services.ts';
import { verifyGroupPartition } from '../verified-append.ts';
import { offsetRefusal, readGroup } from './group-request.ts';
import { errorsByTopic, type PartitionOutcome } from './partition-errors.ts';
import { writeTransactionalId } from './transactional-access.ts';

type WirePartition = TxnOffsetCommitRequest['topics'][number]['partitions'][number];
type Commit = readonly [TopicPartition, OffsetAndMetadata];

/** Producers before would break off over COORDINATOR_LOAD_IN_PROGRESS (KAFKA-7296). */
const KNOWS_LOADING_SINCE_VERSION = 2;
const ABORTABLE_SINCE_VERSION = 4;

export const txnOffsetCommit = defineHandler({
  request: TxnOffsetCommitRequest,
  response: TxnOffsetCommitResponse,

  access: ({ transactionalId, groupId }) => [writeTransactionalId(transactionalId), readGroup(groupId)],

  async handle(request, context, services) {
    const refused: PartitionOutcome[] = [];
    const commits: Commit[] = [];
    const nowMs = services.runtime.clock.wallMs();
    for (const { name: topic, partitions } of request.topics)
      for (const partition of partitions) {
        const topicPartition = { topic, partition: partition.partitionIndex };
        const error = offsetRefusal(topicPartition, context, services);
        if (error === 'NONE') commits.push([topicPartition, valueOf(partition, nowMs)]);
        else refused.push({ topicPartition, error });
      }
    const errors = commits.length === 0 ? [] : await commit(request, commits, context, services);
    const stored = commits.map(([topicPartition], index): PartitionOutcome => ({
      topicPartition,
      error: errors[index] ?? 'UNKNOWN_SERVER_ERROR',
    }));
    return response([...refused, ...stored], context);
  },

  failed: ({ topics }, error, _message, context) =>
    response(
      topics.flatMap(({ name: topic, partitions }) =>
        partitions.map(({ partitionIndex: partition }) => ({ topicPartition: { topic, partition }, error })),
      ),
      context,
    ),
});

function commit(
  request: TxnOffsetCommitRequest,
  offsets: readonly Commit[],
  { apiVersion }: RequestContext,
  services: Services,
): Promise<readonly ErrorName[]> {
  const { transactionalId, groupId, memberId, groupInstanceId, generationId, producerId, producerEpoch } =
    request;
  const producer = { transactionalId, producerId, producerEpoch };
  return services.groupCoordinator.commitTransactionalOffsets({
    groupId,
    memberId,
    groupInstanceId,
    generationId,
    producerId,
    producerEpoch,
    offsets,
    verify: (partition) =>
      verifyGroupPartition(partition, producer, apiVersion >= ABORTABLE_SINCE_VERSION, services),
  });
}

function valueOf(partition: WirePartition, nowMs: number): OffsetAndMetadata {
  return {
    offset: partition.committedOffset,
    leaderEpoch: partition.committedLeaderEpoch,
    metadata: partition.committedMetadata ?? '',
    commitTimestampMs: nowMs,
    expireTimestampMs: null,
  };
}

/** Those that were refused come first, as Kafka answers. */
function response(
  outcomes: readonly PartitionOutcome[],
  { apiVersion }: RequestContext,
): TxnOffsetCommitResponse {
  const told = outcomes.map(({ topicPartition, error }): PartitionOutcome => {
    const isUnheardOf = error === 'COORDINATOR_LOAD_IN_PROGRESS' && apiVersion < KNOWS_LOADING_SINCE_VERSION;
    return { topicPartition, error: isUnheardOf ? 'COORDINATOR_NOT_AVAILABLE' : error };
  });
  return { throttleTimeMs: 0, topics: errorsByTopic(told) };
}
