/**
 * DescribeProducers v0: the producers that a partition's log remembers, with their last sequence numbers and where their
 * open transactions began (KIP-664). Any replica may be asked.
 */
import { ErrorCode, errors, KafkaError, type ErrorName, type MessageInput } from '../../protocol/index.ts';
import {
  DescribeProducersRequest,
  DescribeProducersResponse,
} from '../../protocol/messages/61-describe-producers.ts';
import { validateTopicName } from '../admin/topic-rules.ts';
import { defineHandler, type RequestContext } from '../handler.ts';
import type { Services } from '../services.ts';

type Partition = MessageInput<typeof DescribeProducersResponse>['topics'][number]['partitions'][number];

interface Refusal {
  readonly error: ErrorName;
  readonly message: string | null;
}

export const describeProducers = defineHandler({
  request: DescribeProducersRequest,
  response: DescribeProducersResponse,

  handle: ({ topics }, context, services) => ({
    throttleTimeMs: 0,
    topics: topics.map(({ name, partitionIndexes }) => {
      const refused = refusal(name, context, services);
      return {
        name,
        partitions: partitionIndexes.map((partition) =>
          refused === undefined ? describe(name, partition, services) : failure(partition, refused),
        ),
      };
    }),
  }),

  failed: ({ topics }, error, message) => ({
    throttleTimeMs: 0,
    topics: topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partition) => failure(partition, { error, message })),
    })),
  }),
});

function refusal(topic: string, context: RequestContext, { metadataCache }: Services): Refusal | undefined {
  try {
    validateTopicName(topic);
  } catch (thrown) {
    if (thrown instanceof KafkaError) return { error: thrown.error, message: thrown.message };
    throw thrown;
  }
  if (!context.authorize('READ', { type: 'TOPIC', name: topic }))
    return refusedAs('TOPIC_AUTHORIZATION_FAILED');
  return metadataCache.contains(topic) ? undefined : refusedAs('UNKNOWN_TOPIC_OR_PARTITION');
}

function refusedAs(error: ErrorName): Refusal {
  return { error, message: errors[error].message };
}

function describe(topic: string, index: number, { replicaManager, metadataCache }: Services): Partition {
  const partition = replicaManager.getPartition(topic, index);
  if (partition?.isOffline === true) return failure(index, { error: 'KAFKA_STORAGE_ERROR', message: null });
  if (partition?.log === undefined) {
    const isKnown = metadataCache.partition(topic, index) !== undefined;
    const error = isKnown ? 'NOT_LEADER_OR_FOLLOWER' : 'UNKNOWN_TOPIC_OR_PARTITION';
    return failure(index, { error, message: null });
  }
  return {
    partitionIndex: index,
    errorCode: 0,
    activeProducers: partition.log.activeProducers().map((producer) => ({
      producerId: producer.producerId,
      producerEpoch: producer.producerEpoch,
      lastSequence: producer.lastSequence,
      lastTimestamp: producer.lastTimestamp,
      coordinatorEpoch: producer.coordinatorEpoch,
      currentTxnStartOffset: producer.currentTxnFirstOffset,
    })),
  };
}

function failure(partitionIndex: number, { error, message }: Refusal): Partition {
  return { partitionIndex, errorCode: ErrorCode[error], errorMessage: message, activeProducers: [] };
}
