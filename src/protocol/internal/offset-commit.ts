/**
 * What `__consumer_offsets` holds for each partition a group has committed: how far it got. Key versions 0 and 1 are the
 * same. A null value (tombstone) says that the offset expired or was deleted.
 *
 * Kafka 3.9 writes value v3, or v1 when the commit brought a retention time of its own; v4 must be readable
 * (contract section 5.1).
 */
import { int32, int64, message, string, type MessageOf } from '../schema/fields.ts';

export const OffsetCommitKey = message({
  name: 'OffsetCommitKey',
  versions: '0-1',
  flexible: 'none',
  fields: {
    group: string('0+'),
    topic: string('0+'),
    partition: int32('0+'),
  },
});

/**
 * v1 added a time of expiry for each offset. v2 took it away again: retention counts from the moment the group becomes
 * empty (KIP-211). v3 added the leader epoch (KIP-320). v4 is the first flexible version (KIP-915).
 */
export const OffsetCommitValue = message({
  name: 'OffsetCommitValue',
  versions: '0-4',
  flexible: '4+',
  fields: {
    offset: int64('0+', { about: 'The next offset the group will read.' }),
    leaderEpoch: int32('3+', { default: -1, ignorable: true }),
    metadata: string('0+', { about: 'Whatever the client wanted to be kept with the offset.' }),
    commitTimestamp: int64('0+'),
    expireTimestamp: int64('1', { default: -1, ignorable: true }),
  },
});

export type OffsetCommitKey = MessageOf<typeof OffsetCommitKey>;
export type OffsetCommitValue = MessageOf<typeof OffsetCommitValue>;
