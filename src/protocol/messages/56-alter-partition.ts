/** AlterPartition (api key 56). */
import { array, int16, int32, int64, int8, message, string, uuid, type MessageOf } from '../schema/fields.ts';

export const AlterPartitionRequest = message({
  name: 'AlterPartitionRequest',
  apiKey: 56,
  versions: '0-3',
  flexible: '0+',
  fields: {
    brokerId: int32('0+', { entity: 'brokerId' }),
    brokerEpoch: int64('0+', { default: -1 }),
    topics: array('0+', {
      topicName: string('0-1', { ignorable: true, entity: 'topicName' }),
      topicId: uuid('2+', { ignorable: true }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        leaderEpoch: int32('0+'),
        newIsr: array('0-2', 'int32', { entity: 'brokerId' }),
        newIsrWithEpochs: array('3+', {
          brokerId: int32('3+', { entity: 'brokerId' }),
          brokerEpoch: int64('3+', { default: -1 }),
        }),
        leaderRecoveryState: int8('1+', { default: 0 }),
        partitionEpoch: int32('0+'),
      }),
    }),
  },
});

export const AlterPartitionResponse = message({
  name: 'AlterPartitionResponse',
  apiKey: 56,
  versions: '0-3',
  flexible: '0+',
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    topics: array('0+', {
      topicName: string('0-1', { ignorable: true, entity: 'topicName' }),
      topicId: uuid('2+', { ignorable: true }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
        leaderId: int32('0+', { entity: 'brokerId' }),
        leaderEpoch: int32('0+'),
        isr: array('0+', 'int32', { entity: 'brokerId' }),
        leaderRecoveryState: int8('1+', { default: 0, ignorable: true }),
        partitionEpoch: int32('0+'),
      }),
    }),
  },
});

export type AlterPartitionRequest = MessageOf<typeof AlterPartitionRequest>;
export type AlterPartitionResponse = MessageOf<typeof AlterPartitionResponse>;
