/**
 * OffsetCommit (api key 8): a group keeps how far it got, in `__consumer_offsets` at its coordinator. Inside
 * a group the generation and the member id prove that the committer is still a member; without them it is a
 * simple commit of someone who assigns partitions by hand.
 *
 * - v0: kept in ZooKeeper instead, for the old consumer.
 * - v1: kept in the internal topic; membership; a timestamp of its own for each partition.
 * - v2: a retention time for the whole request instead of the timestamp.
 * - v3: throttle time in the response (KIP-124).
 * - v4: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v5: no retention time any more, it counts from when the group is empty (KIP-211).
 * - v6: leader epoch of the committed offset (KIP-320).
 * - v7: static members (KIP-345).
 * - v8: first flexible version (KIP-482).
 * - v9: the same for groups of the new protocol (KIP-848).
 */
import { array, int16, int32, int64, message, string, type MessageOf } from '../schema/fields.ts';

export const OffsetCommitRequest = message({
  name: 'OffsetCommitRequest',
  apiKey: 8,
  versions: '0-9',
  flexible: '8+',
  fields: {
    groupId: string('0+', { entity: 'groupId' }),
    generationIdOrMemberEpoch: int32('1+', {
      default: -1,
      ignorable: true,
      about: '-1 for a simple commit.',
    }),
    memberId: string('1+', { ignorable: true, about: 'Empty for a simple commit.' }),
    groupInstanceId: string('7+', { nullable: '7+', default: null, about: 'Set for a static member.' }),
    retentionTimeMs: int64('2-4', { default: -1, ignorable: true, about: "-1 for the broker's setting." }),
    topics: array('0+', {
      name: string('0+', { entity: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        committedOffset: int64('0+', { about: 'The next offset to read, not the last one read.' }),
        committedLeaderEpoch: int32('6+', {
          default: -1,
          ignorable: true,
          about: 'Of the last record read, -1 if unknown.',
        }),
        commitTimestamp: int64('1', { default: -1 }),
        committedMetadata: string('0+', { nullable: '0+', about: 'Whatever the client wants to be kept.' }),
      }),
    }),
  },
});

export const OffsetCommitResponse = message({
  name: 'OffsetCommitResponse',
  apiKey: 8,
  versions: '0-9',
  flexible: '8+',
  fields: {
    throttleTimeMs: int32('3+', { ignorable: true }),
    topics: array('0+', {
      name: string('0+', { entity: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
      }),
    }),
  },
});

export type OffsetCommitRequest = MessageOf<typeof OffsetCommitRequest>;
export type OffsetCommitResponse = MessageOf<typeof OffsetCommitResponse>;
