/**
 * OffsetDelete v0: forgets committed offsets of single partitions (KIP-496). The group may have members, as long as
 * none of them reads the topic. A group that cannot be asked fails the request as a whole, partitions are not named
 * then.
 */
import { PartitionMap, type TopicPartition } from '../../common/index.ts';
import { ErrorCode, KafkaError, type ErrorName } from '../../protocol/index.ts';
import { OffsetDeleteRequest, OffsetDeleteResponse } from '../../protocol/messages/47-offset-delete.ts';
import { defineHandler, type RequestContext } from '../handler.ts';
import type { Services } from '../services.ts';
import { errorsByTopic, type PartitionOutcome } from './partition-errors.ts';

export const offsetDelete = defineHandler({
  request: OffsetDeleteRequest,
  response: OffsetDeleteResponse,

  access: ({ groupId }) => [
    {
      operation: 'DELETE',
      resource: { type: 'GROUP', name: groupId },
      ifDenied: 'GROUP_AUTHORIZATION_FAILED',
    },
  ],

  handle(request, context, services) {
    const refused: PartitionOutcome[] = [];
    const asked = new PartitionMap<true>();
    for (const { name: topic, partitions } of request.topics)
      for (const { partitionIndex: partition } of partitions) {
        const error = refusal({ topic, partition }, context, services);
        if (error === 'NONE') asked.set(topic, partition, true);
        else refused.push({ topicPartition: { topic, partition }, error });
      }
    // Named twice, a partition is answered once.
    const wanted = [...asked].map(([topicPartition]) => topicPartition);
    const { error, errors } = services.groupCoordinator.deleteOffsets(request.groupId, wanted);
    if (error !== 'NONE') throw new KafkaError(error);
    const deleted = wanted.map((topicPartition, index): PartitionOutcome => ({
      topicPartition,
      error: errors[index] ?? 'UNKNOWN_SERVER_ERROR',
    }));
    return { throttleTimeMs: 0, errorCode: 0, topics: errorsByTopic([...refused, ...deleted]) };
  },

  failed: (_request, error) => ({ throttleTimeMs: 0, errorCode: ErrorCode[error], topics: [] }),
});

function refusal(
  { topic, partition }: TopicPartition,
  context: RequestContext,
  { metadataCache }: Services,
): ErrorName {
  if (!context.authorize('READ', { type: 'TOPIC', name: topic })) return 'TOPIC_AUTHORIZATION_FAILED';
  return metadataCache.partition(topic, partition) === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'NONE';
}
