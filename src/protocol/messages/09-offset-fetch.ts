/**
 * OffsetFetch (api key 9): where a group left off: its committed offsets, for some partitions or all of them.
 *
 * - v0: read from ZooKeeper, for the old consumer.
 * - v1: read from the internal topic.
 * - v2: null asks for all partitions; an error of its own for the group (KIP-88).
 * - v3: throttle time in the response (KIP-124).
 * - v4: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v5: leader epoch of the committed offset (KIP-320).
 * - v6: first flexible version (KIP-482).
 * - v7: refuse to answer while a transaction is about to change the offsets (KIP-447).
 * - v8: several groups at a time (KIP-709).
 * - v9: membership of groups of the new protocol (KIP-848).
 */
import { array, bool, int16, int32, int64, message, string, type MessageOf } from '../schema/fields.ts';

export const OffsetFetchRequest = message({
  name: 'OffsetFetchRequest',
  apiKey: 9,
  versions: '0-9',
  flexible: '6+',
  fields: {
    groupId: string('0-7', { entity: 'groupId' }),
    topics: array(
      '0-7',
      {
        name: string('0-7', { entity: 'topicName' }),
        partitionIndexes: array('0-7', 'int32'),
      },
      { nullable: '2-7', about: 'Null for all the group has committed.' },
    ),
    groups: array('8+', {
      groupId: string('8+', { entity: 'groupId' }),
      memberId: string('9+', { nullable: '9+', default: null, ignorable: true }),
      memberEpoch: int32('9+', { default: -1, ignorable: true }),
      topics: array(
        '8+',
        {
          name: string('8+', { entity: 'topicName' }),
          partitionIndexes: array('8+', 'int32'),
        },
        { nullable: '8+', about: 'Null for all the group has committed.' },
      ),
    }),
    requireStable: bool('7+', {
      default: false,
      about: 'Answer UNSTABLE_OFFSET_COMMIT while a transaction is about to change an offset.',
    }),
  },
});

export const OffsetFetchResponse = message({
  name: 'OffsetFetchResponse',
  apiKey: 9,
  versions: '0-9',
  flexible: '6+',
  fields: {
    throttleTimeMs: int32('3+', { ignorable: true }),
    topics: array('0-7', {
      name: string('0-7', { entity: 'topicName' }),
      partitions: array('0-7', {
        partitionIndex: int32('0-7'),
        committedOffset: int64('0-7', { about: '-1 if there is none.' }),
        committedLeaderEpoch: int32('5-7', { default: -1, ignorable: true }),
        metadata: string('0-7', { nullable: '0-7' }),
        errorCode: int16('0-7'),
      }),
    }),
    errorCode: int16('2-7', {
      default: 0,
      ignorable: true,
      about: 'About the group, such as NOT_COORDINATOR.',
    }),
    groups: array('8+', {
      groupId: string('8+', { entity: 'groupId' }),
      topics: array('8+', {
        name: string('8+', { entity: 'topicName' }),
        partitions: array('8+', {
          partitionIndex: int32('8+'),
          committedOffset: int64('8+', { about: '-1 if there is none.' }),
          committedLeaderEpoch: int32('8+', { default: -1, ignorable: true }),
          metadata: string('8+', { nullable: '8+' }),
          errorCode: int16('8+'),
        }),
      }),
      errorCode: int16('8+', { default: 0, about: 'About the group, such as NOT_COORDINATOR.' }),
    }),
  },
});

export type OffsetFetchRequest = MessageOf<typeof OffsetFetchRequest>;
export type OffsetFetchResponse = MessageOf<typeof OffsetFetchResponse>;
