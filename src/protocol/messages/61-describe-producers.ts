/**
 * DescribeProducers (api key 61): the producers that the leaders of partitions know, with their last sequence
 * numbers and open transactions (KIP-664).
 */
import { array, int16, int32, int64, message, string, type MessageOf } from '../schema/fields.ts';

export const DescribeProducersRequest = message({
  name: 'DescribeProducersRequest',
  apiKey: 61,
  versions: '0',
  flexible: '0+',
  fields: {
    topics: array('0+', {
      name: string('0+', { entity: 'topicName' }),
      partitionIndexes: array('0+', 'int32'),
    }),
  },
});

export const DescribeProducersResponse = message({
  name: 'DescribeProducersResponse',
  apiKey: 61,
  versions: '0',
  flexible: '0+',
  fields: {
    throttleTimeMs: int32('0+'),
    topics: array('0+', {
      name: string('0+', { entity: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
        errorMessage: string('0+', { nullable: '0+', default: null }),
        activeProducers: array('0+', {
          producerId: int64('0+', { entity: 'producerId' }),
          producerEpoch: int32('0+'),
          lastSequence: int32('0+', { default: -1 }),
          lastTimestamp: int64('0+', { default: -1 }),
          coordinatorEpoch: int32('0+'),
          currentTxnStartOffset: int64('0+', { default: -1 }),
        }),
      }),
    }),
  },
});

export type DescribeProducersRequest = MessageOf<typeof DescribeProducersRequest>;
export type DescribeProducersResponse = MessageOf<typeof DescribeProducersResponse>;
