/**
 * JoinGroup (api key 11): a consumer becomes a member of its group. The coordinator holds all members back
 * until everyone has (re)joined, picks a protocol they all know and a leader, and answers; the leader alone
 * learns who the others are, because it will assign the partitions (SyncGroup).
 *
 * - v1: a rebalance timeout apart from the session timeout (KIP-62).
 * - v2: throttle time in the response (KIP-124).
 * - v3: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v4: a new member gets an id first and joins with it in a second request (KIP-394).
 * - v5: static members (KIP-345).
 * - v6: first flexible version (KIP-482).
 * - v7: protocol type in the response (KIP-559).
 * - v8: why the member joins (KIP-800).
 * - v9: tells a static leader that nothing needs to be assigned (KIP-814).
 */
import { array, bool, bytes, int16, int32, message, string, type MessageOf } from '../schema/fields.ts';

export const JoinGroupRequest = message({
  name: 'JoinGroupRequest',
  apiKey: 11,
  versions: '0-9',
  flexible: '6+',
  fields: {
    groupId: string('0+', { entity: 'groupId' }),
    sessionTimeoutMs: int32('0+', { about: 'A member that is silent for this long is removed.' }),
    rebalanceTimeoutMs: int32('1+', {
      default: -1,
      ignorable: true,
      about: 'How long the member may take to rejoin.',
    }),
    memberId: string('0+', { about: 'Empty at the first time.' }),
    groupInstanceId: string('5+', {
      nullable: '5+',
      default: null,
      about: 'Set for a static member: it keeps its place across restarts.',
    }),
    protocolType: string('0+', { about: '"consumer" for consumers.' }),
    protocols: array(
      '0+',
      {
        name: string('0+', { mapKey: true }),
        metadata: bytes('0+', {
          about: 'Its subscription (internal/consumer-protocol.ts); opaque to the broker.',
        }),
      },
      { about: 'The assignors the member knows, its favourite first.' },
    ),
    reason: string('8+', { nullable: '8+', default: null, ignorable: true }),
  },
});

export const JoinGroupResponse = message({
  name: 'JoinGroupResponse',
  apiKey: 11,
  versions: '0-9',
  flexible: '6+',
  fields: {
    throttleTimeMs: int32('2+', { ignorable: true }),
    errorCode: int16('0+'),
    generationId: int32('0+', { default: -1, about: 'Counts the rebalances of the group.' }),
    protocolType: string('7+', { nullable: '7+', default: null, ignorable: true }),
    protocolName: string('0+', { nullable: '7+', about: 'The assignor all agree on.' }),
    leader: string('0+', { about: 'The member id of the leader.' }),
    skipAssignment: bool('9+', { default: false, about: 'The leader is to keep the assignment as it is.' }),
    memberId: string('0+', { about: 'The id to use from now on.' }),
    members: array(
      '0+',
      {
        memberId: string('0+'),
        groupInstanceId: string('5+', { nullable: '5+', default: null, ignorable: true }),
        metadata: bytes('0+'),
      },
      { about: 'Only for the leader: who is to get partitions.' },
    ),
  },
});

export type JoinGroupRequest = MessageOf<typeof JoinGroupRequest>;
export type JoinGroupResponse = MessageOf<typeof JoinGroupResponse>;
