/**
 * ListOffsets v0-9: which offset is the first, the last, or the first at or after a moment.
 *
 * Special timestamps: -1 latest, -2 earliest, -3 the record with the largest timestamp (v7), -4 earliest local (v8),
 * -5 latest tiered (v9). Consumers get offsets below the high watermark, read_committed ones (v2) below the last
 * stable offset; replicas see the log's end. v0 answers a list of segment boundaries, as before message timestamps
 * existed.
 */
import { ErrorCode, type ErrorName } from '../../protocol/index.ts';
import { ListOffsetsRequest, ListOffsetsResponse } from '../../protocol/messages/02-list-offsets.ts';
import { CONSUMER_REPLICA_ID, DEBUGGING_REPLICA_ID } from '../../replication/index.ts';
import { defineHandler, type RequestContext } from '../handler.ts';
import type { Services } from '../services.ts';

const LEADER_EPOCH_SINCE_VERSION = 4;
/** Since which version each mark may be used instead of a timestamp. */
const MARK_SINCE_VERSION: ReadonlyMap<number, number> = new Map([
  [-1, 0],
  [-2, 0],
  [-3, 7],
  [-4, 8],
  [-5, 9],
]);
const READ_COMMITTED = 1;

type AskedPartition = ListOffsetsRequest['topics'][number]['partitions'][number];
type AnsweredPartition = ListOffsetsResponse['topics'][number]['partitions'][number];

export const listOffsets = defineHandler({
  request: ListOffsetsRequest,
  response: ListOffsetsResponse,

  async handle(request, context, services) {
    const twice = namedTwice(request);
    const topics = await Promise.all(
      request.topics.map(async ({ name, partitions }) => ({
        name,
        partitions: await Promise.all(
          partitions.map((asked) =>
            lookUp(name, asked, twice(name, asked.partitionIndex), request, context, services),
          ),
        ),
      })),
    );
    return { throttleTimeMs: 0, topics };
  },

  failed: (request, error) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((asked) => answer(asked, error)),
    })),
  }),
});

async function lookUp(
  topic: string,
  asked: AskedPartition,
  isNamedTwice: boolean,
  request: ListOffsetsRequest,
  context: RequestContext,
  services: Services,
): Promise<AnsweredPartition> {
  if (isNamedTwice && context.apiVersion > 0) return answer(asked, 'INVALID_REQUEST');
  if (!context.authorize('DESCRIBE', { type: 'TOPIC', name: topic }))
    return answer(asked, 'TOPIC_AUTHORIZATION_FAILED');
  if (asked.timestamp < 0 && !(context.apiVersion >= (MARK_SINCE_VERSION.get(asked.timestamp) ?? Infinity)))
    return answer(asked, 'UNSUPPORTED_VERSION');
  if (context.apiVersion === 0) return segmentStarts(topic, asked, request.replicaId, services);
  const found = await services.replicaManager.fetchOffsetForTimestamp({
    topic,
    partition: asked.partitionIndex,
    timestamp: asked.timestamp,
    isolation:
      request.replicaId !== CONSUMER_REPLICA_ID
        ? undefined
        : request.isolationLevel === READ_COMMITTED
          ? 'read-committed'
          : 'read-uncommitted',
    currentLeaderEpoch: asked.currentLeaderEpoch,
    fetchOnlyFromLeader: request.replicaId !== DEBUGGING_REPLICA_ID,
  });
  const empty = answer(asked, downgraded(found.error, context.apiVersion));
  if (found.error !== 'NONE') return empty;
  const leaderEpoch = context.apiVersion >= LEADER_EPOCH_SINCE_VERSION ? found.leaderEpoch : -1;
  return { ...empty, timestamp: found.timestamp, offset: found.offset, leaderEpoch };
}

function segmentStarts(
  topic: string,
  asked: AskedPartition,
  replicaId: number,
  services: Services,
): AnsweredPartition {
  const { error, offsets } = services.replicaManager.fetchSegmentStarts({
    topic,
    partition: asked.partitionIndex,
    timestamp: asked.timestamp,
    maxNumOffsets: asked.maxNumOffsets,
    isFromConsumer: replicaId === CONSUMER_REPLICA_ID,
    fetchOnlyFromLeader: replicaId !== DEBUGGING_REPLICA_ID,
  });
  return { ...answer(asked, error), oldStyleOffsets: [...offsets] };
}

/** OFFSET_NOT_AVAILABLE is younger than v5; older clients are told to look for the leader again (contract 8.2). */
function downgraded(error: ErrorName, version: number): ErrorName {
  return error === 'OFFSET_NOT_AVAILABLE' && version < 5 ? 'LEADER_NOT_AVAILABLE' : error;
}

function answer({ partitionIndex }: AskedPartition, error: ErrorName): AnsweredPartition {
  return {
    partitionIndex,
    errorCode: ErrorCode[error],
    oldStyleOffsets: [],
    timestamp: -1,
    offset: -1,
    leaderEpoch: -1,
  };
}

/** A partition that one request names twice is answered INVALID_REQUEST, each time. */
function namedTwice(request: ListOffsetsRequest): (topic: string, partition: number) => boolean {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { name, partitions } of request.topics)
    for (const { partitionIndex } of partitions) {
      const key = `${name}:${partitionIndex}`;
      if (seen.has(key)) twice.add(key);
      seen.add(key);
    }
  return (topic, partition) => twice.has(`${topic}:${partition}`);
}
