/** TxnOffsetCommit (api key 28). */
import { array, int16, int32, int64, message, string, type MessageOf } from '../schema/fields.ts';

export const TxnOffsetCommitRequest = message({
  name: 'TxnOffsetCommitRequest',
  apiKey: 28,
  versions: '0-4',
  flexible: '3+',
  fields: {
    transactionalId: string('0+', { entity: 'transactionalId' }),
    groupId: string('0+', { entity: 'groupId' }),
    producerId: int64('0+', { entity: 'producerId' }),
    producerEpoch: int16('0+'),
    generationId: int32('3+', { default: -1 }),
    memberId: string('3+', { default: '' }),
    groupInstanceId: string('3+', { nullable: '3+', default: null }),
    topics: array('0+', {
      name: string('0+', { entity: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        committedOffset: int64('0+'),
        committedLeaderEpoch: int32('2+', { default: -1, ignorable: true }),
        committedMetadata: string('0+', { nullable: '0+' }),
      }),
    }),
  },
});

export const TxnOffsetCommitResponse = message({
  name: 'TxnOffsetCommitResponse',
  apiKey: 28,
  versions: '0-4',
  flexible: '3+',
  fields: {
    throttleTimeMs: int32('0+'),
    topics: array('0+', {
      name: string('0+', { entity: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
      }),
    }),
  },
});

export type TxnOffsetCommitRequest = MessageOf<typeof TxnOffsetCommitRequest>;
export type TxnOffsetCommitResponse = MessageOf<typeof TxnOffsetCommitResponse>;
