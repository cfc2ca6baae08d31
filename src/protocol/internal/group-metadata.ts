/**
 * What `__consumer_offsets` holds about a group itself: who is in it and what each member was assigned. A null value
 * (tombstone) says that the group is gone. Each record begins with an int16 version (see encodeVersioned); the key's
 * version also tells the kinds of records apart: 0 and 1 are offsets, 2 is a group.
 *
 * Kafka 3.9 writes value v3 and must read v4 (contract section 5.1).
 */
import { array, bytes, int32, int64, message, string, type MessageOf } from '../schema/fields.ts';

export const GroupMetadataKey = message({
  name: 'GroupMetadataKey',
  versions: '2',
  flexible: 'none',
  fields: {
    group: string('2+', { about: 'The group id.' }),
  },
});

const memberMetadata = {
  memberId: string('0+'),
  groupInstanceId: string('3+', {
    nullable: '3+',
    default: null,
    ignorable: true,
    about: 'Set for a static member (KIP-345).',
  }),
  clientId: string('0+'),
  clientHost: string('0+', { about: 'Where the member connected from, in the form "/127.0.0.1".' }),
  rebalanceTimeout: int32('1+', { default: -1, ignorable: true, about: 'In milliseconds.' }),
  sessionTimeout: int32('0+', { about: 'In milliseconds.' }),
  subscription: bytes('0+', {
    about: 'What the member asked for under the chosen protocol; opaque to the broker.',
  }),
  assignment: bytes('0+', { about: 'What the leader of the group gave it; opaque to the broker.' }),
};

/**
 * v1 added the rebalance timeout (KIP-62). v2 added the time of the last change of state. v3 added static members
 * (KIP-345). v4 is the first flexible version (KIP-915).
 */
export const GroupMetadataValue = message({
  name: 'GroupMetadataValue',
  versions: '0-4',
  flexible: '4+',
  fields: {
    protocolType: string('0+', { about: '"consumer" for consumers, "connect" for Kafka Connect.' }),
    generation: int32('0+'),
    protocol: string('0+', {
      nullable: '0+',
      about: 'The assignor the members agreed on, null in an empty group.',
    }),
    leader: string('0+', { nullable: '0+', about: 'The member id of the leader, null in an empty group.' }),
    currentStateTimestamp: int64('2+', { default: -1, ignorable: true }),
    members: array('0+', memberMetadata),
  },
});

export type GroupMetadataKey = MessageOf<typeof GroupMetadataKey>;
export type GroupMetadataValue = MessageOf<typeof GroupMetadataValue>;
