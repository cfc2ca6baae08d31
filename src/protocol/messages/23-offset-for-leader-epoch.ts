/**
 * OffsetForLeaderEpoch (api key 23): where an epoch ended, at the leader of a partition (KIP-101). Followers
 * ask it before they fetch, consumers after a change of leader, to find out whether what they have was
 * truncated.
 *
 * - v1: the epoch that the end offset belongs to (KIP-279).
 * - v2: the leader epoch the requester knows, for fencing; throttle time (KIP-320).
 * - v3: replica id, which tells followers and consumers apart (KIP-392).
 * - v4: first flexible version (KIP-482).
 */
import { array, int16, int32, int64, message, string, type MessageOf } from '../schema/fields.ts';

export const OffsetForLeaderEpochRequest = message({
  name: 'OffsetForLeaderEpochRequest',
  apiKey: 23,
  versions: '0-4',
  flexible: '4+',
  fields: {
    replicaId: int32('3+', {
      default: -2,
      ignorable: true,
      entity: 'brokerId',
      about: "A follower's broker id, -1 for a consumer, -2 for a tool.",
    }),
    topics: array('0+', {
      topic: string('0+', { entity: 'topicName', mapKey: true }),
      partitions: array('0+', {
        partition: int32('0+'),
        currentLeaderEpoch: int32('2+', {
          default: -1,
          ignorable: true,
          about: 'The leader epoch the requester knows, -1 if none.',
        }),
        leaderEpoch: int32('0+', { about: 'The epoch whose end is asked for.' }),
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
        leaderEpoch: int32('1+', {
          default: -1,
          ignorable: true,
          about: 'The epoch asked for, or the last one before it that the leader has.',
        }),
        endOffset: int64('0+', { default: -1, about: 'Where the next epoch begins, or the log ends.' }),
      }),
    }),
  },
});

export type OffsetForLeaderEpochRequest = MessageOf<typeof OffsetForLeaderEpochRequest>;
export type OffsetForLeaderEpochResponse = MessageOf<typeof OffsetForLeaderEpochResponse>;
