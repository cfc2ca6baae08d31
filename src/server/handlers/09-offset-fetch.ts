/**
 * OffsetFetch v0-9: how far groups have read.
 *
 * v0 reads from ZooKeeper. v2+ may ask for every partition (topics null) and has an error of its own. Before, an error
 * of the request is each partition's, while one of the coordinator leaves the answer of v1 empty, as Kafka's does. v7 requireStable (KIP-447). v8+ ask for several groups
 * (KIP-709). v9 names the member, which only matters to groups of the newer protocol.
 */
import { PartitionMap, type TopicPartition } from '../../common/index.ts';
import { ErrorCode, type ErrorName } from '../../protocol/index.ts';
import { OffsetFetchRequest, OffsetFetchResponse } from '../../protocol/messages/09-offset-fetch.ts';
import type { FetchedOffset } from '../../coordinator/index.ts';
import { defineHandler, type RequestContext } from '../handler.ts';
import type { Services } from '../services.ts';

type AskedGroup = Pick<OffsetFetchRequest['groups'][number], 'groupId' | 'topics'>;
type FetchedGroup = OffsetFetchResponse['groups'][number];

const GROUP_ERROR_SINCE_VERSION = 2;
const SEVERAL_GROUPS_SINCE_VERSION = 8;
const INVALID_OFFSET = -1;
const NO_LEADER_EPOCH = -1;

export const offsetFetch = defineHandler({
  request: OffsetFetchRequest,
  response: OffsetFetchResponse,

  async handle(request, context, services) {
    const fetched: FetchedGroup[] = [];
    for (const group of groupsOf(request, context)) {
      const isAllowed = context.authorize('DESCRIBE', { type: 'GROUP', name: group.groupId });
      if (!isAllowed) fetched.push(deniedGroup(group, context));
      else if (context.apiVersion === 0) fetched.push(await fetchFromZooKeeper(group, context, services));
      else fetched.push(fetchGroup(group, request.requireStable, context, services));
    }
    return toWire(fetched, context);
  },

  failed: (request, error, _message, context) =>
    toWire(
      groupsOf(request, context).map((asked) =>
        context.apiVersion < GROUP_ERROR_SINCE_VERSION
          ? failedPartitions(asked, error)
          : failedGroup(asked.groupId, error),
      ),
      context,
    ),
});

function groupsOf(request: OffsetFetchRequest, { apiVersion }: RequestContext): readonly AskedGroup[] {
  return apiVersion < SEVERAL_GROUPS_SINCE_VERSION ? [request] : request.groups;
}

function fetchGroup(
  { groupId, topics }: AskedGroup,
  requireStable: boolean,
  context: RequestContext,
  { groupCoordinator }: Services,
): FetchedGroup {
  const isVisible = ({ topic }: { readonly topic: string }): boolean =>
    context.authorize('DESCRIBE', { type: 'TOPIC', name: topic });
  const asked = topics && partitionsOf(topics);
  const { error, offsets } = groupCoordinator.fetchOffsets(
    groupId,
    asked && asked.filter(isVisible),
    requireStable,
  );
  if (error !== 'NONE') return failedGroup(groupId, error);
  // Who asks for everything is not told of what it may not see; who names a topic is told that it may not.
  const hidden = (asked ?? []).filter((partition) => !isVisible(partition));
  return group(groupId, [...offsets.filter(isVisible), ...hidden.map(unauthorized)]);
}

async function fetchFromZooKeeper(
  { groupId, topics }: AskedGroup,
  context: RequestContext,
  { metadataCache, zkClient }: Services,
): Promise<FetchedGroup> {
  const offsets: FetchedOffset[] = [];
  for (const topicPartition of partitionsOf(topics ?? [])) {
    const { topic, partition } = topicPartition;
    if (!context.authorize('DESCRIBE', { type: 'TOPIC', name: topic })) {
      offsets.push(unauthorized(topicPartition));
      continue;
    }
    const offset =
      metadataCache.partition(topic, partition) === undefined
        ? null
        : await zkClient.topics.getConsumerOffset(groupId, topicPartition);
    if (offset === null) offsets.push(noOffset(topicPartition, 'UNKNOWN_TOPIC_OR_PARTITION'));
    else if (Number.isNaN(offset)) offsets.push(noOffset(topicPartition, 'UNKNOWN_SERVER_ERROR'));
    else offsets.push({ ...noOffset(topicPartition, 'NONE'), offset });
  }
  return group(groupId, offsets);
}

function partitionsOf(topics: NonNullable<AskedGroup['topics']>): TopicPartition[] {
  return topics.flatMap(({ name, partitionIndexes }) =>
    partitionIndexes.map((partition) => ({ topic: name, partition })),
  );
}

function noOffset({ topic, partition }: TopicPartition, error: ErrorName): FetchedOffset {
  return { topic, partition, offset: INVALID_OFFSET, leaderEpoch: NO_LEADER_EPOCH, metadata: '', error };
}

function unauthorized(topicPartition: TopicPartition): FetchedOffset {
  return noOffset(topicPartition, 'TOPIC_AUTHORIZATION_FAILED');
}

function group(groupId: string, offsets: readonly FetchedOffset[]): FetchedGroup {
  const byTopic = new PartitionMap<FetchedOffset>();
  for (const offset of offsets) byTopic.set(offset.topic, offset.partition, offset);
  return {
    groupId,
    topics: [...byTopic.topics()].map((name) => ({
      name,
      partitions: [...byTopic.partitionsOf(name).values()].map((fetched) => ({
        partitionIndex: fetched.partition,
        committedOffset: fetched.offset,
        committedLeaderEpoch: fetched.leaderEpoch,
        metadata: fetched.metadata,
        errorCode: ErrorCode[fetched.error],
      })),
    })),
    errorCode: 0,
  };
}

/** v0 is answered apart from the other versions. */
function deniedGroup(asked: AskedGroup, { apiVersion }: RequestContext): FetchedGroup {
  const error = 'GROUP_AUTHORIZATION_FAILED';
  return apiVersion === 0 ? failedPartitions(asked, error) : failedGroup(asked.groupId, error);
}

function failedPartitions({ groupId, topics }: AskedGroup, error: ErrorName): FetchedGroup {
  return group(
    groupId,
    partitionsOf(topics ?? []).map((partition) => noOffset(partition, error)),
  );
}

function failedGroup(groupId: string, error: ErrorName): FetchedGroup {
  return { groupId, topics: [], errorCode: ErrorCode[error] };
}

function toWire(groups: FetchedGroup[], { apiVersion }: RequestContext): OffsetFetchResponse {
  if (apiVersion >= SEVERAL_GROUPS_SINCE_VERSION)
    return { throttleTimeMs: 0, topics: [], errorCode: 0, groups };
  const [only] = groups;
  return { throttleTimeMs: 0, topics: only?.topics ?? [], errorCode: only?.errorCode ?? 0, groups: [] };
}
