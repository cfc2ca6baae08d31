/**
 * OffsetCommit v0-9: stores how far a group has read. Each partition has its own error; those of topics that do not
 * exist, or that the caller may not read, do not keep the others from being stored.
 *
 * v0 stores in ZooKeeper (`/consumers/<group>/offsets/...`), as consumers of old did; v1 carries a commit time, v2-4 a
 * retention time; v6 leader epoch (KIP-320); v7 static members (KIP-345).
 */
import { PartitionMap, type TopicPartition } from '../../common/index.ts';
import type { ErrorName } from '../../protocol/index.ts';
import { OffsetCommitRequest, OffsetCommitResponse } from '../../protocol/messages/08-offset-commit.ts';
import type { OffsetAndMetadata } from '../../coordinator/index.ts';
import { defineHandler, type RequestContext } from '../handler.ts';
import type { Services } from '../services.ts';
import { groupMemberAccess, offsetRefusal } from './group-request.ts';
import { errorsByTopic, type PartitionOutcome } from './partition-errors.ts';

type WirePartition = OffsetCommitRequest['topics'][number]['partitions'][number];

interface Commit {
  readonly topicPartition: TopicPartition;
  readonly partition: WirePartition;
}

const DEFAULT_TIMESTAMP = -1;
const DEFAULT_RETENTION_MS = -1;

export const offsetCommit = defineHandler({
  request: OffsetCommitRequest,
  response: OffsetCommitResponse,

  access: groupMemberAccess,

  async handle(request, context, services) {
    const refused: PartitionOutcome[] = [];
    const commits: Commit[] = [];
    for (const { name: topic, partitions } of request.topics)
      for (const partition of partitions) {
        const topicPartition = { topic, partition: partition.partitionIndex };
        const error = offsetRefusal(topicPartition, context, services);
        if (error === 'NONE') commits.push({ topicPartition, partition });
        else refused.push({ topicPartition, error });
      }
    // Named twice, a partition is stored and answered once, with the last of its offsets.
    const wanted = context.apiVersion === 0 ? commits : lastOfEach(commits);
    const errors = await store(request, wanted, context, services);
    const stored = wanted.map(({ topicPartition }, index): PartitionOutcome => ({
      topicPartition,
      error: errors[index] ?? 'UNKNOWN_SERVER_ERROR',
    }));
    return response([...refused, ...stored]);
  },

  failed: ({ topics }, error) =>
    response(
      topics.flatMap(({ name: topic, partitions }) =>
        partitions.map((partition) => ({
          topicPartition: { topic, partition: partition.partitionIndex },
          error,
        })),
      ),
    ),
});

function lastOfEach(commits: readonly Commit[]): readonly Commit[] {
  const last = new PartitionMap<Commit>();
  for (const commit of commits)
    last.set(commit.topicPartition.topic, commit.topicPartition.partition, commit);
  return last.size === commits.length ? commits : [...last.values()];
}

function store(
  request: OffsetCommitRequest,
  commits: readonly Commit[],
  { apiVersion }: RequestContext,
  services: Services,
): readonly ErrorName[] | Promise<readonly ErrorName[]> {
  if (commits.length === 0) return [];
  return apiVersion === 0
    ? commitToZooKeeper(request, commits, services)
    : commitToCoordinator(request, commits, services);
}

function commitToCoordinator(
  request: OffsetCommitRequest,
  commits: readonly Commit[],
  { groupCoordinator, runtime }: Services,
): Promise<readonly ErrorName[]> {
  const nowMs = runtime.clock.wallMs();
  const { retentionTimeMs } = request;
  const expireTimestampMs = retentionTimeMs === DEFAULT_RETENTION_MS ? null : nowMs + retentionTimeMs;
  const value = (partition: WirePartition): OffsetAndMetadata => ({
    offset: partition.committedOffset,
    leaderEpoch: partition.committedLeaderEpoch,
    metadata: partition.committedMetadata ?? '',
    commitTimestampMs: partition.commitTimestamp === DEFAULT_TIMESTAMP ? nowMs : partition.commitTimestamp,
    expireTimestampMs,
  });
  return groupCoordinator.commitOffsets({
    groupId: request.groupId,
    memberId: request.memberId,
    groupInstanceId: request.groupInstanceId,
    generationId: request.generationIdOrMemberEpoch,
    offsets: commits.map(({ topicPartition, partition }) => [topicPartition, value(partition)]),
  });
}

/** One after another: nobody in a hurry speaks version 0. */
async function commitToZooKeeper(
  { groupId }: OffsetCommitRequest,
  commits: readonly Commit[],
  { zkClient, config }: Services,
): Promise<readonly ErrorName[]> {
  const errors: ErrorName[] = [];
  for (const { topicPartition, partition } of commits) {
    if ((partition.committedMetadata ?? '').length > config.get('offset.metadata.max.bytes')) {
      errors.push('OFFSET_METADATA_TOO_LARGE');
      continue;
    }
    const { topics } = zkClient;
    const isStored = await topics.setOrCreateConsumerOffset(
      groupId,
      topicPartition,
      partition.committedOffset,
    );
    errors.push(isStored ? 'NONE' : 'UNKNOWN_SERVER_ERROR');
  }
  return errors;
}

/** Those that were refused come first, as Kafka answers. */
function response(outcomes: readonly PartitionOutcome[]): OffsetCommitResponse {
  return { throttleTimeMs: 0, topics: errorsByTopic(outcomes) };
}
