/**
 * Fetch v0-17: read record batches, for consumers and for follower replicas.
 *
 * - Consumers see records below the high watermark (read_committed: below the last stable offset); followers see
 *   everything, and where they ask from tells the leader how far they are.
 * - Fetch sessions (KIP-227, v7+) keep request and response to what changed.
 * - The first batch is returned whole even when it is larger than every limit, so that a reader always gets on; from v3
 *   on, that is (KIP-74): before, a limit was a limit.
 * - Followers learn from a diverging epoch where their log left the leader's (KIP-595's rule, v12+).
 *
 * v1 throttle time, v2 messages with timestamps, v3 max bytes, v4 record batches and isolation level, v5 log start offset,
 * v9 leader epoch fencing (KIP-320), v11 rack id (KIP-392), v12 flexible, v13 topic ids only (KIP-516),
 * v15 replica state (KIP-903), v16 leader endpoints (KIP-951), v17 directory id.
 */
import { ErrorCode, KafkaError, type ErrorName, type MessageInput } from '../../protocol/index.ts';
import { FetchRequest, FetchResponse } from '../../protocol/messages/01-fetch.ts';
import {
  CONSUMER_REPLICA_ID,
  type ClientMetadata,
  type FetchParams,
  type FetchPartitionRequest,
  type FetchPartitionResult,
  type SessionReads,
} from '../../replication/index.ts';
import { CLUSTER } from '../../security/index.ts';
import { NO_SESSION, type FetchContext } from '../fetch-session.ts';
import { defineHandler, type RequestContext } from '../handler.ts';
import { leaderHints } from '../leader-hints.ts';
import { adaptedToVersion, UNADAPTED_SINCE_VERSION } from '../old-consumers.ts';
import type { Services } from '../services.ts';
import type { SessionPartition } from '../session-partition.ts';

const SOFT_MAX_BYTES_SINCE_VERSION = 3;
const TOPIC_IDS_SINCE_VERSION = 13;
const RACK_ID_SINCE_VERSION = 11;
const LEADER_HINTS_SINCE_VERSION = 16;
const READ_COMMITTED = 1;

type Answer = MessageInput<typeof FetchResponse>;
type PartitionAnswer = Answer['responses'][number]['partitions'][number];
/** One topic of the answer, while partitions are still being added. */
interface TopicAnswer {
  readonly topic: string;
  readonly topicId: string;
  readonly partitions: PartitionAnswer[];
}

export const fetch = defineHandler({
  request: FetchRequest,
  response: FetchResponse,

  handle(request, context, services) {
    const follower = replicaOf(request);
    const isFollower = follower.replicaId >= 0;
    if (isFollower && !context.authorize('CLUSTER_ACTION', CLUSTER))
      throw new KafkaError('CLUSTER_AUTHORIZATION_FAILED');
    const fetchContext = services.fetchSessions.contextFor(request, {
      usesTopicIds: context.apiVersion >= TOPIC_IDS_SINCE_VERSION,
      isFollower,
      resolve: (topicId) => services.metadataCache.topicName(topicId),
    });
    if (fetchContext.error !== 'NONE') throw new KafkaError(fetchContext.error);
    const params = limits(request, follower, context, services, fetchContext.reads);
    const answering = { fetchContext, isFollower, context, services };
    if (fetchContext.reads !== undefined) return readSession(fetchContext.reads, params, answering);

    const known: FetchPartitionRequest[] = [];
    const indexOfKnown: number[] = [];
    const results: FetchPartitionResult[] = fetchContext.partitions.map((partition, index) => {
      const refused = refusal(partition, isFollower, context, services);
      if (refused !== undefined) return refused;
      indexOfKnown.push(index);
      known.push(toRead(partition));
      return failure(partition, 'UNKNOWN_SERVER_ERROR'); // until it is read
    });
    const read = services.replicaManager.fetchRecords(params, known);
    const answer = (found: readonly FetchPartitionResult[]): Answer | Promise<Answer> => {
      for (const [position, index] of indexOfKnown.entries()) {
        const result = found[position];
        if (result !== undefined) results[index] = result;
      }
      return answerWith(found, results, answering);
    };
    return read instanceof Promise ? read.then(answer) : answer(read);
  },

  failed: (_request, error) => ({
    throttleTimeMs: 0,
    errorCode: ErrorCode[error],
    sessionId: NO_SESSION,
    responses: [],
    nodeEndpoints: [],
  }),
});

interface Answering {
  readonly fetchContext: FetchContext;
  readonly isFollower: boolean;
  readonly context: RequestContext;
  readonly services: Services;
}

/** A follower that was here before: of its partitions those are read that have news. */
function readSession(
  reads: SessionReads,
  params: FetchParams,
  answering: Answering,
): Answer | Promise<Answer> {
  const { fetchContext, services } = answering;
  const read = services.replicaManager.fetchInSession(params, reads);
  const answer = (found: readonly FetchPartitionResult[]): Answer | Promise<Answer> => {
    const results = fetchContext.partitions.map(
      (partition, index) => found[index] ?? failure(partition, 'UNKNOWN_TOPIC_ID'),
    );
    return answerWith(found, results, answering);
  };
  return read instanceof Promise ? read.then(answer) : answer(read);
}

/** `found` is what was read of all the results. */
function answerWith(
  found: readonly FetchPartitionResult[],
  results: readonly FetchPartitionResult[],
  { fetchContext, isFollower, context, services }: Answering,
): Answer | Promise<Answer> {
  releaseOnceSent(found, context);
  if (context.apiVersion >= UNADAPTED_SINCE_VERSION) return respond(fetchContext, results, context, services);
  const fetchOffsets = fetchContext.partitions.map(({ fetchOffset }) => fetchOffset);
  const fetched = { version: context.apiVersion, isFollower };
  const adapted = adaptedToVersion(results, fetchOffsets, fetched, services);
  return adapted instanceof Promise
    ? adapted.then((done) => respond(fetchContext, done, context, services))
    : respond(fetchContext, adapted, context, services);
}

/** What was read from disk lies in buffers that the next reads want. */
function releaseOnceSent(results: readonly FetchPartitionResult[], context: RequestContext): void {
  const releases = results.flatMap(({ release }) => release ?? []);
  if (releases.length > 0)
    context.onSent(() => {
      for (const release of releases) release();
    });
}

/** v15 moved the follower's id into a struct of its own, with the broker epoch beside it. */
function replicaOf(request: FetchRequest): { readonly replicaId: number; readonly brokerEpoch: number } {
  const { replicaId, replicaEpoch } = request.replicaState;
  return replicaId >= 0
    ? { replicaId, brokerEpoch: replicaEpoch }
    : { replicaId: request.replicaId, brokerEpoch: -1 };
}

function limits(
  request: FetchRequest,
  follower: { readonly replicaId: number; readonly brokerEpoch: number },
  context: RequestContext,
  services: Services,
  session: SessionReads | undefined,
): FetchParams {
  const isFollower = follower.replicaId >= 0;
  const maxBytes = isFollower
    ? request.maxBytes
    : Math.min(request.maxBytes, services.config.get('fetch.max.bytes'));
  return {
    replicaId: isFollower ? follower.replicaId : CONSUMER_REPLICA_ID,
    brokerEpoch: follower.brokerEpoch,
    maxWaitMs: request.maxWaitMs,
    minBytes: Math.min(request.minBytes, maxBytes),
    maxBytes,
    hardMaxBytesLimit: context.apiVersion < SOFT_MAX_BYTES_SINCE_VERSION,
    isolation: request.isolationLevel === READ_COMMITTED ? 'read-committed' : 'read-uncommitted',
    session,
    clientMetadata:
      isFollower || context.apiVersion < RACK_ID_SINCE_VERSION ? undefined : metadataOf(request, context),
  };
}

function metadataOf({ rackId }: FetchRequest, { clientId, listenerName }: RequestContext): ClientMetadata {
  return { rackId, clientId: clientId ?? '', listenerName };
}

function refusal(
  asked: SessionPartition,
  isFollower: boolean,
  context: RequestContext,
  services: Services,
): FetchPartitionResult | undefined {
  const { topic, partition } = asked;
  if (topic === undefined) return failure(asked, 'UNKNOWN_TOPIC_ID');
  if (isFollower) return undefined;
  if (!context.authorize('READ', { type: 'TOPIC', name: topic }))
    return failure(asked, 'TOPIC_AUTHORIZATION_FAILED');
  if (services.metadataCache.partition(topic, partition) === undefined)
    return failure(asked, 'UNKNOWN_TOPIC_OR_PARTITION');
  return undefined;
}

function toRead(partition: SessionPartition): FetchPartitionRequest {
  return {
    topic: partition.topic ?? '',
    partition: partition.partition,
    topicId: partition.topicId,
    fetchOffset: partition.fetchOffset,
    logStartOffset: partition.logStartOffset,
    partitionMaxBytes: partition.partitionMaxBytes,
    currentLeaderEpoch: partition.currentLeaderEpoch,
    lastFetchedEpoch: partition.lastFetchedEpoch,
  };
}

function respond(
  fetchContext: FetchContext,
  results: readonly FetchPartitionResult[],
  context: RequestContext,
  services: Services,
): Answer {
  const { error, sessionId, include } = fetchContext.conclude(results);
  if (error !== 'NONE')
    return { throttleTimeMs: 0, errorCode: ErrorCode[error], sessionId, responses: [], nodeEndpoints: [] };
  const responses: TopicAnswer[] = [];
  const hinted = context.apiVersion >= LEADER_HINTS_SINCE_VERSION;
  const leaders: number[] = [];
  let current: TopicAnswer | undefined;
  for (const [index, asked] of fetchContext.partitions.entries()) {
    const result = results[index];
    if (result === undefined || !include(index)) continue;
    const topic = asked.topic ?? '';
    // Neighbours of one topic share its entry, as they came in the request.
    if (current?.topic !== topic || current.topicId !== asked.topicId)
      responses.push((current = { topic, topicId: asked.topicId, partitions: [] }));
    const currentLeader = hinted ? result.currentLeader : undefined;
    if (currentLeader !== undefined) leaders.push(currentLeader.leaderId);
    const data = partitionData(asked.partition, result);
    current.partitions.push(currentLeader === undefined ? data : { ...data, currentLeader });
  }
  const nodeEndpoints = leaderHints(services.metadataCache, leaders, context.listenerName);
  return { throttleTimeMs: 0, errorCode: 0, sessionId, responses, nodeEndpoints };
}

function partitionData(partitionIndex: number, result: FetchPartitionResult): PartitionAnswer {
  const { divergingEpoch } = result;
  const data: PartitionAnswer = {
    partitionIndex,
    errorCode: ErrorCode[result.error],
    highWatermark: result.highWatermark,
    lastStableOffset: result.lastStableOffset,
    logStartOffset: result.logStartOffset,
    abortedTransactions: result.abortedTransactions,
    preferredReadReplica: result.preferredReadReplica,
    records: isRefusedByVersion(result.error) ? null : result.records,
  };
  return divergingEpoch === undefined ? data : { ...data, divergingEpoch };
}

/** What cannot be told to so old a consumer has null for records, where other errors come with none. */
function isRefusedByVersion(error: ErrorName): boolean {
  return error === 'UNSUPPORTED_VERSION' || error === 'UNSUPPORTED_COMPRESSION_TYPE';
}

function failure({ topic, topicId, partition }: SessionPartition, error: ErrorName): FetchPartitionResult {
  return {
    topic: topic ?? '',
    partition,
    topicId,
    error,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    records: [],
    sizeInBytes: 0,
    abortedTransactions: [],
    preferredReadReplica: -1,
  };
}
