/**
 * Metadata v0-12: brokers, the controller, and per topic the partitions with leader, replicas and ISR.
 *
 * - `topics` null (v1+; an empty list in v0) asks for all; an empty list in v1+ for none.
 * - A topic that does not exist is created when both the request and `auto.create.topics.enable` say so. The
 *   answer then is LEADER_NOT_AVAILABLE, because the controller has yet to elect (contract 8.6).
 * - Everything comes from the metadata cache: the answer is as old as the last UpdateMetadata.
 *
 * v1 rack, controller; v2 cluster id; v4 auto-creation flag; v5 offline replicas; v7 leader epoch; v8 authorized
 * operations; v9 flexible; v10 topic ids; v11 without cluster operations; v12 by topic id.
 */
import { isInternalTopic, ZERO_UUID } from '../../common/index.ts';
import { ErrorCode, KafkaError, type ErrorName } from '../../protocol/index.ts';
import { MetadataRequest, MetadataResponse } from '../../protocol/messages/03-metadata.ts';
import type { PartitionMetadata } from '../../metadata/index.ts';
import { CLUSTER } from '../../security/index.ts';
import { OPERATIONS_NOT_ASKED, authorizedOperations } from '../authorized-operations.ts';
import { defineHandler, type RequestContext } from '../handler.ts';
import type { Services } from '../services.ts';
import { isValidTopicName } from '../topic-name.ts';

type Topic = MetadataResponse['topics'][number];
type AskedTopic = NonNullable<MetadataRequest['topics']>[number];

const LISTENER_NOT_FOUND_SINCE_VERSION = 6;
const TOPIC_IDS_SINCE_VERSION = 12;

export const metadata = defineHandler({
  request: MetadataRequest,
  response: MetadataResponse,

  async handle(request, context, services) {
    const { metadataCache } = services;
    refuseEarlyTopicIds(request, context.apiVersion);
    const askedForAll = request.topics === null || (context.apiVersion === 0 && request.topics.length === 0);
    const topics = askedForAll
      ? allTopics(request, context, services)
      : await namedTopics(request, request.topics ?? [], context, services);
    return {
      throttleTimeMs: 0,
      brokers: metadataCache
        .aliveBrokers(context.listenerName)
        .map(({ id, host, port, rack }) => ({ nodeId: id, host, port, rack })),
      clusterId: services.clusterId,
      controllerId: metadataCache.isBrokerAlive(metadataCache.controllerId) ? metadataCache.controllerId : -1,
      topics,
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
        ? authorizedOperations(context, CLUSTER)
        : OPERATIONS_NOT_ASKED,
    };
  },

  failed: (request, error, _message, { apiVersion }) => ({
    throttleTimeMs: 0,
    brokers: [],
    clusterId: null,
    controllerId: -1,
    topics: (request.topics ?? []).map(({ name, topicId }) =>
      failedTopic(name ?? (apiVersion < TOPIC_IDS_SINCE_VERSION ? '' : null), topicId, error),
    ),
    clusterAuthorizedOperations: OPERATIONS_NOT_ASKED,
  }),
});

/** v10 and v11 already have room for topic ids, but brokers never took them (KAFKA-12701). */
function refuseEarlyTopicIds({ topics }: MetadataRequest, version: number): void {
  if (version >= TOPIC_IDS_SINCE_VERSION) return;
  if (topics?.some(({ name, topicId }) => name === null || topicId !== ZERO_UUID) === true)
    throw new KafkaError(
      'INVALID_REQUEST',
      'Topic IDs are not supported in requests for versions 10 and 11.',
    );
}

function allTopics(request: MetadataRequest, context: RequestContext, services: Services): Topic[] {
  return services.metadataCache
    .topics()
    .filter((name) => context.authorize('DESCRIBE', { type: 'TOPIC', name }))
    .map((name) => describe(name, request, context, services));
}

async function namedTopics(
  request: MetadataRequest,
  asked: readonly AskedTopic[],
  context: RequestContext,
  services: Services,
): Promise<Topic[]> {
  const { metadataCache } = services;
  const found: Topic[] = [];
  const missing: string[] = [];
  for (const { topicId, name: given } of uniqueTopics(asked)) {
    const name = given ?? metadataCache.topicName(topicId);
    if (name === undefined) found.push(failedTopic(null, topicId, 'UNKNOWN_TOPIC_ID'));
    else if (!context.authorize('DESCRIBE', { type: 'TOPIC', name }))
      found.push(failedTopic(name, ZERO_UUID, 'TOPIC_AUTHORIZATION_FAILED'));
    else if (metadataCache.contains(name)) found.push(describe(name, request, context, services));
    else missing.push(name);
  }
  if (missing.length === 0) return found;
  const mayCreate = request.allowAutoTopicCreation && services.config.get('auto.create.topics.enable');
  const errors = mayCreate
    ? await services.autoTopicCreation.createTopics(missing)
    : new Map(missing.map((name) => [name, unknownTopicError(name)] as const));
  return [
    ...found,
    ...missing.map((name) => failedTopic(name, ZERO_UUID, errors.get(name) ?? 'UNKNOWN_TOPIC_OR_PARTITION')),
  ];
}

/** One id makes it a request by ids: names are not looked at then. */
function uniqueTopics(asked: readonly AskedTopic[]): AskedTopic[] {
  const byId = asked.filter(({ topicId }) => topicId !== ZERO_UUID);
  if (byId.length > 0)
    return [...new Map(byId.map((topic) => [topic.topicId, { ...topic, name: null }])).values()];
  return [...new Map(asked.map((topic) => [topic.name ?? '', topic])).values()];
}

function unknownTopicError(name: string): ErrorName {
  return isValidTopicName(name) ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'INVALID_TOPIC_EXCEPTION';
}

function failedTopic(name: string | null, topicId: string, error: ErrorName): Topic {
  return {
    errorCode: ErrorCode[error],
    name,
    topicId,
    isInternal: name !== null && isInternalTopic(name),
    partitions: [],
    topicAuthorizedOperations: OPERATIONS_NOT_ASKED,
  };
}

function describe(
  name: string,
  request: MetadataRequest,
  context: RequestContext,
  services: Services,
): Topic {
  const { metadataCache } = services;
  const partitions = [...metadataCache.partitionsOf(name).values()].sort((a, b) => a.partition - b.partition);
  return {
    errorCode: 0,
    name,
    topicId: metadataCache.topicId(name),
    isInternal: isInternalTopic(name),
    partitions: partitions.map((state) => describePartition(state, context, services)),
    topicAuthorizedOperations: request.includeTopicAuthorizedOperations
      ? authorizedOperations(context, { type: 'TOPIC', name })
      : OPERATIONS_NOT_ASKED,
  };
}

function describePartition(
  state: PartitionMetadata,
  context: RequestContext,
  services: Services,
): Topic['partitions'][number] {
  const { metadataCache } = services;
  const reachable = (id: number): boolean =>
    metadataCache.brokerEndpoint(id, context.listenerName) !== undefined;
  // v0 clients could not bear replicas they cannot reach, and were told of them as an error instead.
  const shown = (ids: readonly number[]): number[] =>
    context.apiVersion === 0 ? ids.filter(reachable) : [...ids];
  const replicaNodes = shown(state.replicas);
  const isrNodes = shown(state.isr);
  const hasLeader = reachable(state.leader);
  const isAlive = metadataCache.isBrokerAlive(state.leader);
  const errorWithoutLeader: ErrorName =
    isAlive && context.apiVersion >= LISTENER_NOT_FOUND_SINCE_VERSION
      ? 'LISTENER_NOT_FOUND'
      : 'LEADER_NOT_AVAILABLE';
  const isIncomplete = replicaNodes.length < state.replicas.length || isrNodes.length < state.isr.length;
  const error: ErrorName = !hasLeader ? errorWithoutLeader : isIncomplete ? 'REPLICA_NOT_AVAILABLE' : 'NONE';
  return {
    errorCode: ErrorCode[error],
    partitionIndex: state.partition,
    leaderId: hasLeader ? state.leader : -1,
    leaderEpoch: state.leaderEpoch,
    replicaNodes,
    isrNodes,
    offlineReplicas: [...state.offlineReplicas],
  };
}
