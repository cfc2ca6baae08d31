/**
 * DeleteRecords v0-2: forget the records before an offset, -1 for all that are committed (KIP-107). Answered once every
 * live replica's log starts there, with the smallest of their log starts.
 */
import { PartitionMap } from '../../common/index.ts';
import { ErrorCode, type ErrorName, type MessageInput } from '../../protocol/index.ts';
import { DeleteRecordsRequest, DeleteRecordsResponse } from '../../protocol/messages/21-delete-records.ts';
import type { DeleteRecordsResult, DeletionRequest } from '../../replication/index.ts';
import { defineHandler, type RequestContext } from '../handler.ts';
import type { Services } from '../services.ts';

type Topics = MessageInput<typeof DeleteRecordsResponse>['topics'];

const NO_LOW_WATERMARK = -1;

export const deleteRecords = defineHandler({
  request: DeleteRecordsRequest,
  response: DeleteRecordsResponse,

  async handle(request, context, services) {
    const entries = entriesOf(request);
    // In the order of the entries: why one is refused, or undefined where the replica manager decides.
    const refusals = entries.map((entry) => refusal(entry, context, services));
    const accepted = entries.filter((_, index) => refusals[index] === undefined);
    const deleted = await services.replicaManager.deleteRecords(request.timeoutMs, accepted);
    let next = 0;
    const results = refusals.map((refused) => refused ?? deleted[next++]);
    return { throttleTimeMs: 0, topics: byTopic(results.filter((result) => result !== undefined)) };
  },

  failed: (request, error) => ({
    throttleTimeMs: 0,
    topics: byTopic(entriesOf(request).map((entry) => failure(entry, error))),
  }),
});

/** Named twice, a partition is answered once; its last offset counts. */
function entriesOf({ topics }: DeleteRecordsRequest): DeletionRequest[] {
  const offsets = new PartitionMap<number>();
  for (const { name, partitions } of topics)
    for (const { partitionIndex, offset } of partitions) offsets.set(name, partitionIndex, offset);
  return [...offsets].map(([topicPartition, offset]) => ({ ...topicPartition, offset }));
}

function refusal(
  entry: DeletionRequest,
  context: RequestContext,
  { metadataCache }: Services,
): DeleteRecordsResult | undefined {
  const { topic, partition } = entry;
  if (!context.authorize('DELETE', { type: 'TOPIC', name: topic }))
    return failure(entry, 'TOPIC_AUTHORIZATION_FAILED');
  const isKnown = metadataCache.partition(topic, partition) !== undefined;
  return isKnown ? undefined : failure(entry, 'UNKNOWN_TOPIC_OR_PARTITION');
}

function failure({ topic, partition }: DeletionRequest, error: ErrorName): DeleteRecordsResult {
  return { topic, partition, error, lowWatermark: NO_LOW_WATERMARK };
}

function byTopic(results: readonly DeleteRecordsResult[]): Topics {
  const topics = new Map<string, Topics[number]['partitions'][number][]>();
  for (const { topic, partition, error, lowWatermark } of results) {
    let partitions = topics.get(topic);
    if (partitions === undefined) topics.set(topic, (partitions = []));
    partitions.push({ partitionIndex: partition, lowWatermark, errorCode: ErrorCode[error] });
  }
  return [...topics].map(([name, partitions]) => ({ name, partitions }));
}
