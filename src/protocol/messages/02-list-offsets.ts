/**
 * ListOffsets (api key 2): which offset belongs to a moment: the first at or after a timestamp, or one of the
 * marks -1 (end of what may be read), -2 (start of the log), -3 (the record with the largest timestamp). This
 * is how a consumer without a committed offset finds its place.
 *
 * - v1: a single offset with its timestamp, instead of a list of segment starts (KIP-79).
 * - v2: isolation level (KIP-98) and throttle time.
 * - v3: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v4: leader epochs (KIP-320).
 * - v5: may answer OFFSET_NOT_AVAILABLE while a new leader does not know the high watermark yet (KIP-207).
 * - v6: first flexible version (KIP-482).
 * - v7: timestamp -3, the record with the largest timestamp (KIP-734).
 * - v8: timestamp -4, the start of the local log (KIP-405).
 * - v9: timestamp -5, the last tiered offset (KIP-1005).
 */
import { array, int16, int32, int64, int8, message, string, type MessageOf } from '../schema/fields.ts';

export const ListOffsetsRequest = message({
  name: 'ListOffsetsRequest',
  apiKey: 2,
  versions: '0-9',
  flexible: '6+',
  fields: {
    replicaId: int32('0+', { entity: 'brokerId', about: "A follower's broker id, or -1 for a consumer." }),
    isolationLevel: int8('2+', {
      about: '0 read_uncommitted, 1 read_committed: then -1 gives the last stable offset.',
    }),
    topics: array('0+', {
      name: string('0+', { entity: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        currentLeaderEpoch: int32('4+', {
          default: -1,
          ignorable: true,
          about: 'The leader epoch the requester knows, -1 if none.',
        }),
        timestamp: int64('0+', { about: 'In milliseconds, or a negative mark.' }),
        maxNumOffsets: int32('0', { default: 1, about: 'How many segment starts at most.' }),
      }),
    }),
  },
});

export const ListOffsetsResponse = message({
  name: 'ListOffsetsResponse',
  apiKey: 2,
  versions: '0-9',
  flexible: '6+',
  fields: {
    throttleTimeMs: int32('2+', { ignorable: true }),
    topics: array('0+', {
      name: string('0+', { entity: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
        oldStyleOffsets: array('0', 'int64', { about: 'Starts of segments, newest first.' }),
        timestamp: int64('1+', { default: -1, about: 'Of the record found, -1 for a mark or none.' }),
        offset: int64('1+', { default: -1, about: '-1 if there is no such record.' }),
        leaderEpoch: int32('4+', { default: -1, about: 'Of the record found, -1 if unknown.' }),
      }),
    }),
  },
});

export type ListOffsetsRequest = MessageOf<typeof ListOffsetsRequest>;
export type ListOffsetsResponse = MessageOf<typeof ListOffsetsResponse>;
