/**
 * DescribeTransactions v0: state and partitions of transactions, asked of their coordinators (KIP-664). Partitions of
 * topics that the caller may not see are left out.
 */
import { PartitionMap } from '../../common/index.ts';
import { ErrorCode, type ErrorName } from '../../protocol/index.ts';
import {
  DescribeTransactionsRequest,
  DescribeTransactionsResponse,
} from '../../protocol/messages/65-describe-transactions.ts';
import { defineHandler, type RequestContext } from '../handler.ts';
import type { Services } from '../services.ts';

type Described = DescribeTransactionsResponse['transactionStates'][number];

export const describeTransactions = defineHandler({
  request: DescribeTransactionsRequest,
  response: DescribeTransactionsResponse,

  handle: ({ transactionalIds }, context, services) => ({
    throttleTimeMs: 0,
    transactionStates: transactionalIds.map((transactionalId) =>
      describe(transactionalId, context, services),
    ),
  }),

  failed: ({ transactionalIds }, error) => ({
    throttleTimeMs: 0,
    transactionStates: transactionalIds.map((transactionalId) => failure(transactionalId, error)),
  }),
});

function describe(
  transactionalId: string,
  context: RequestContext,
  { transactionCoordinator }: Services,
): Described {
  if (!context.authorize('DESCRIBE', { type: 'TRANSACTIONAL_ID', name: transactionalId }))
    return failure(transactionalId, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED');
  const described = transactionCoordinator.describe(transactionalId);
  if (typeof described === 'string') return failure(transactionalId, described);
  const byTopic = new PartitionMap<true>();
  for (const { topic, partition } of described.partitions)
    if (context.authorize('DESCRIBE', { type: 'TOPIC', name: topic })) byTopic.set(topic, partition, true);
  return {
    errorCode: 0,
    transactionalId,
    transactionState: described.state,
    transactionTimeoutMs: described.timeoutMs,
    transactionStartTimeMs: described.startMs,
    producerId: described.producerId,
    producerEpoch: described.producerEpoch,
    topics: [...byTopic.topics()].map((topic) => ({
      topic,
      partitions: [...byTopic.partitionsOf(topic).keys()],
    })),
  };
}

function failure(transactionalId: string, error: ErrorName): Described {
  return {
    errorCode: ErrorCode[error],
    transactionalId,
    transactionState: '',
    transactionTimeoutMs: 0,
    transactionStartTimeMs: 0,
    producerId: 0,
    producerEpoch: 0,
    topics: [],
  };
}
