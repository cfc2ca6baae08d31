/** OffsetForLeaderEpoch (api key 23). */
import { array, int16, int32, int64, message, string, type MessageOf } from '../schema/fields.ts';

export const OffsetForLeaderEpochRequest = message({
  name: 'OffsetForLeaderEpochRequest',
  apiKey: 23,
  versions: '0-4',
  flexible: '4+',
  fields: {
    replicaId: int32('3+', { default: -2, ignorable: true, entity: 'brokerId' }),
    topics: array('0+', {
      topic: string('0+', { entity: 'topicName', mapKey: true }),
      partitions: array('0+', {
        partition: int32('0+'),
        currentLeaderEpoch: int32('2+', { default: -1, ignorable: true }),
        leaderEpoch: int32('0+'),
      }),
    }),
  },
});

export const OffsetForLeaderEpochResponse = message({
  name: 'OffsetForLeaderEpochResponse',
  apiKey: 23,
  versions: '0-4',
  flexible: '4+',
  fields: {
    throttleTimeMs: int32('2+', { ignorable: true }),
    topics: array('0+', {
      topic: string('0+', { entity: 'topicName', mapKey: true }),
      partitions: array('0+', {
        errorCode: int16('0+'),
        partition: int32('0+'),
        leaderEpoch: int32('1+', { default: -1, ignorable: true }),
        endOffset: int64('0+', { default: -1 }),
      }),
    }),
  },
});

export type OffsetForLeaderEpochRequest = MessageOf<typeof OffsetForLeaderEpochRequest>;
export type OffsetForLeaderEpochResponse = MessageOf<typeof OffsetForLeaderEpochResponse>;
