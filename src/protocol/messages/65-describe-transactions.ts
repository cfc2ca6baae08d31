/**
 * DescribeTransactions (api key 65): state and partitions of transactions, asked of their coordinators
 * (KIP-664).
 */
import { array, int16, int32, int64, message, string, type MessageOf } from '../schema/fields.ts';

export const DescribeTransactionsRequest = message({
  name: 'DescribeTransactionsRequest',
  apiKey: 65,
  versions: '0',
  flexible: '0+',
  fields: {
    transactionalIds: array('0+', 'string', { entity: 'transactionalId' }),
  },
});

export const DescribeTransactionsResponse = message({
  name: 'DescribeTransactionsResponse',
  apiKey: 65,
  versions: '0',
  flexible: '0+',
  fields: {
    throttleTimeMs: int32('0+'),
    transactionStates: array('0+', {
      errorCode: int16('0+'),
      transactionalId: string('0+', { entity: 'transactionalId' }),
      transactionState: string('0+'),
      transactionTimeoutMs: int32('0+'),
      transactionStartTimeMs: int64('0+'),
      producerId: int64('0+', { entity: 'producerId' }),
      producerEpoch: int16('0+'),
      topics: array('0+', {
        topic: string('0+', { entity: 'topicName', mapKey: true }),
        partitions: array('0+', 'int32'),
      }),
    }),
  },
});

export type DescribeTransactionsRequest = MessageOf<typeof DescribeTransactionsRequest>;
export type DescribeTransactionsResponse = MessageOf<typeof DescribeTransactionsResponse>;
