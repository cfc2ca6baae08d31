/**
 * FindCoordinator v0-6: which broker coordinates a group or a transactional id. It is the leader of the partition of
 * `__consumer_offsets` or `__transaction_state` the id falls on; the topic is created by the first who asks, whatever
 * `auto.create.topics.enable` says, and the answer meanwhile is COORDINATOR_NOT_AVAILABLE.
 *
 * v0-3 ask for one key, v4+ for several (KIP-699). v1 added key types: share groups (v6) have no coordinator in Kafka 3.9.
 */
import { ErrorCode, errors, KafkaError, type ErrorName } from '../../protocol/index.ts';
import {
  FindCoordinatorRequest,
  FindCoordinatorResponse,
} from '../../protocol/messages/10-find-coordinator.ts';
import { CLUSTER } from '../../security/index.ts';
import { defineHandler, type RequestContext } from '../handler.ts';
import { GROUP_METADATA_TOPIC, TRANSACTION_STATE_TOPIC } from '../../common/index.ts';
import type { Services } from '../services.ts';

const BATCHED_SINCE_VERSION = 4;
const SHARE_SINCE_VERSION = 6;

const KEY_TYPE = { group: 0, transaction: 1, share: 2 } as const;

interface Node {
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

const NO_NODE: Node = { id: -1, host: '', port: -1 };

type Found =
  | { readonly error: 'NONE'; readonly node: Node }
  | { readonly error: Exclude<ErrorName, 'NONE'>; readonly node: typeof NO_NODE };

export const findCoordinator = defineHandler({
  request: FindCoordinatorRequest,
  response: FindCoordinatorResponse,

  handle(request, context, services) {
    const { keyType } = request;
    if (!Object.values<number>(KEY_TYPE).includes(keyType)) throw new KafkaError('INVALID_REQUEST');
    const found = keysOf(request, context).map((key) => ({ key, ...find(keyType, key, context, services) }));
    return toWire(found, context);
  },

  failed: (request, error, message, context) =>
    toWire(
      keysOf(request, context).map((key) => ({ key, error, node: NO_NODE })),
      context,
      message,
    ),
});

function keysOf(request: FindCoordinatorRequest, { apiVersion }: RequestContext): readonly string[] {
  return apiVersion < BATCHED_SINCE_VERSION ? [request.key] : request.coordinatorKeys;
}

function find(keyType: number, key: string, context: RequestContext, services: Services): Found {
  switch (keyType) {
    case KEY_TYPE.group:
      if (!context.authorize('DESCRIBE', { type: 'GROUP', name: key }))
        return nowhere('GROUP_AUTHORIZATION_FAILED');
      return findLeader(GROUP_METADATA_TOPIC, services.groupCoordinator.partitionFor(key), context, services);
    case KEY_TYPE.transaction:
      if (!context.authorize('DESCRIBE', { type: 'TRANSACTIONAL_ID', name: key }))
        return nowhere('TRANSACTIONAL_ID_AUTHORIZATION_FAILED');
      return findLeader(
        TRANSACTION_STATE_TOPIC,
        services.transactionCoordinator.partitionFor(key),
        context,
        services,
      );
    default:
      if (context.apiVersion < SHARE_SINCE_VERSION) return nowhere('INVALID_REQUEST');
      if (!context.authorize('CLUSTER_ACTION', CLUSTER)) return nowhere('CLUSTER_AUTHORIZATION_FAILED');
      return nowhere('COORDINATOR_NOT_AVAILABLE');
  }
}

function findLeader(
  topic: string,
  index: number,
  { listenerName }: RequestContext,
  services: Services,
): Found {
  const { metadataCache } = services;
  if (!metadataCache.contains(topic)) {
    createInternalTopic(topic, services);
    return nowhere('COORDINATOR_NOT_AVAILABLE');
  }
  const partition = metadataCache.partition(topic, index);
  const leader = partition && metadataCache.brokerEndpoint(partition.leader, listenerName);
  return leader === undefined ? nowhere('COORDINATOR_NOT_AVAILABLE') : { error: 'NONE', node: leader };
}

/** Not waited for: the client asks again in a moment anyway. */
function createInternalTopic(topic: string, { autoTopicCreation, runtime }: Services): void {
  autoTopicCreation.createTopics([topic]).catch((error: unknown) => {
    runtime.logger.warn(`Creating ${topic} failed`, { error });
  });
}

function nowhere(error: Exclude<ErrorName, 'NONE'>): Found {
  return { error, node: NO_NODE };
}

function toWire(
  found: readonly { readonly key: string; readonly error: ErrorName; readonly node: Node }[],
  { apiVersion }: RequestContext,
  message?: string,
): FindCoordinatorResponse {
  const isBatched = apiVersion >= BATCHED_SINCE_VERSION;
  const [first] = found;
  const { error, node } = first ?? { error: 'NONE' as const, node: NO_NODE };
  return {
    throttleTimeMs: 0,
    errorCode: isBatched ? 0 : ErrorCode[error],
    errorMessage: isBatched ? '' : (message ?? (errors[error].message || error)),
    nodeId: isBatched ? 0 : node.id,
    host: isBatched ? '' : node.host,
    port: isBatched ? 0 : node.port,
    coordinators: !isBatched
      ? []
      : found.map(({ key, error: ofKey, node: { id, host, port } }) => ({
          key,
          nodeId: id,
          host,
          port,
          errorCode: ErrorCode[ofKey],
          errorMessage: message ?? '',
        })),
  };
}
