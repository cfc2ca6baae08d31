/**
 * AddPartitionsToTxn v0-5: partitions become part of a transaction, before anything is written to them (KIP-98).
 *
 * v0-3 are for producers, and add. From v4 on the request is one of brokers among themselves, about several transactions,
 * and may only ask whether the partitions are part of them (KIP-890). v2 PRODUCER_FENCED, v5 TRANSACTION_ABORTABLE.
 */
import { isInternalTopic, type TopicPartition } from '../../common/index.ts';
import { ErrorCode, type ErrorName } from '../../protocol/index.ts';
import {
  AddPartitionsToTxnRequest,
  AddPartitionsToTxnResponse,
} from '../../protocol/messages/24-add-partitions-to-txn.ts';
import { defineHandler, type RequestContext } from '../handler.ts';
import type { Services } from '../services.ts';
import { CLUSTER_ACTION } from './control-request.ts';
import { fencedFor } from './producer-fenced.ts';

type Asked = AddPartitionsToTxnRequest['transactions'][number];
type Topics = Asked['topics'];
type TopicResults = AddPartitionsToTxnResponse['resultsByTopicV3AndBelow'];

const OF_BROKERS_SINCE_VERSION = 4;
const FENCED_SINCE_VERSION = 2;

export const addPartitionsToTxn = defineHandler({
  request: AddPartitionsToTxnRequest,
  response: AddPartitionsToTxnResponse,

  access: (_request, { apiVersion }) => (apiVersion < OF_BROKERS_SINCE_VERSION ? [] : CLUSTER_ACTION),

  async handle(request, context, services) {
    const transactions = transactionsOf(request, context);
    const results = await Promise.all(
      transactions.map(async (transaction) => ({
        transactionalId: transaction.transactionalId,
        topicResults: toWire(transaction.topics, await errorsOf(transaction, context, services)),
      })),
    );
    return context.apiVersion < OF_BROKERS_SINCE_VERSION
      ? answer({ resultsByTopicV3AndBelow: results[0]?.topicResults ?? [] })
      : answer({ resultsByTransaction: results });
  },

  failed: ({ v3AndBelowTopics }, error, _message, { apiVersion }) =>
    apiVersion < OF_BROKERS_SINCE_VERSION
      ? answer({
          resultsByTopicV3AndBelow: toWire(
            v3AndBelowTopics,
            partitionsOf(v3AndBelowTopics).map(() => error),
          ),
        })
      : answer({ errorCode: ErrorCode[error] }),
});

function answer(given: Partial<AddPartitionsToTxnResponse>): AddPartitionsToTxnResponse {
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    resultsByTransaction: [],
    resultsByTopicV3AndBelow: [],
    ...given,
  };
}

function transactionsOf(
  request: AddPartitionsToTxnRequest,
  { apiVersion }: RequestContext,
): readonly Asked[] {
  if (apiVersion >= OF_BROKERS_SINCE_VERSION) return request.transactions;
  return [
    {
      transactionalId: request.v3AndBelowTransactionalId,
      producerId: request.v3AndBelowProducerId,
      producerEpoch: request.v3AndBelowProducerEpoch,
      verifyOnly: false,
      topics: request.v3AndBelowTopics,
    },
  ];
}

/** One for each partition, in their order. One that is refused keeps the others from being added. */
async function errorsOf(
  { transactionalId, topics, verifyOnly, ...producer }: Asked,
  context: RequestContext,
  { metadataCache, transactionCoordinator }: Services,
): Promise<readonly ErrorName[]> {
  const partitions = partitionsOf(topics);
  const isOfClient = context.apiVersion < OF_BROKERS_SINCE_VERSION;
  const isAllowed =
    !isOfClient || context.authorize('WRITE', { type: 'TRANSACTIONAL_ID', name: transactionalId });
  if (!isAllowed) return partitions.map(() => 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED');
  const refusals = partitions.map(({ topic, partition }): ErrorName => {
    if (isOfClient && !mayWrite(topic, context)) return 'TOPIC_AUTHORIZATION_FAILED';
    return metadataCache.partition(topic, partition) === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'NONE';
  });
  if (refusals.some((refusal) => refusal !== 'NONE'))
    return refusals.map((refusal) => (refusal === 'NONE' ? 'OPERATION_NOT_ATTEMPTED' : refusal));
  if (verifyOnly) return transactionCoordinator.verifyPartitions(transactionalId, producer, partitions);
  const error = await transactionCoordinator.addPartitions(transactionalId, producer, partitions);
  return partitions.map(() => fencedFor(context, FENCED_SINCE_VERSION, error));
}

/** Offsets are added by AddOffsetsToTxn; nobody writes to internal topics otherwise. */
function mayWrite(topic: string, context: RequestContext): boolean {
  return !isInternalTopic(topic) && context.authorize('WRITE', { type: 'TOPIC', name: topic });
}

function partitionsOf(topics: Topics): TopicPartition[] {
  return topics.flatMap(({ name: topic, partitions }) =>
    partitions.map((partition) => ({ topic, partition })),
  );
}

function toWire(topics: Topics, errors: readonly ErrorName[]): TopicResults {
  let next = 0;
  return topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map((partitionIndex) => ({
      partitionIndex,
      partitionErrorCode: ErrorCode[errors[next++] ?? 'UNKNOWN_SERVER_ERROR'],
    })),
  }));
}
