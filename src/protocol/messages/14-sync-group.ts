/**
 * SyncGroup (api key 14): the second half of a rebalance: the leader brings the assignment of every member,
 * and each member, the leader too, gets its own. To the coordinator assignments are opaque.
 *
 * - v1: throttle time in the response (KIP-124).
 * - v2: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v3: static members (KIP-345).
 * - v4: first flexible version (KIP-482).
 * - v5: protocol type and name on both sides, which must match (KIP-559).
 */
import { array, bytes, int16, int32, message, string, type MessageOf } from '../schema/fields.ts';

export const SyncGroupRequest = message({
  name: 'SyncGroupRequest',
  apiKey: 14,
  versions: '0-5',
  flexible: '4+',
  fields: {
    groupId: string('0+', { entity: 'groupId' }),
    generationId: int32('0+'),
    memberId: string('0+'),
    groupInstanceId: string('3+', { nullable: '3+', default: null, about: 'Set for a static member.' }),
    protocolType: string('5+', { nullable: '5+', default: null, ignorable: true }),
    protocolName: string('5+', { nullable: '5+', default: null, ignorable: true }),
    assignments: array(
      '0+',
      {
        memberId: string('0+'),
        assignment: bytes('0+'),
      },
      { about: 'From the leader: what each member gets. Empty from others.' },
    ),
  },
});

export const SyncGroupResponse = message({
  name: 'SyncGroupResponse',
  apiKey: 14,
  versions: '0-5',
  flexible: '4+',
  fields: {
    throttleTimeMs: int32('1+', { ignorable: true }),
    errorCode: int16('0+'),
    protocolType: string('5+', { nullable: '5+', default: null, ignorable: true }),
    protocolName: string('5+', { nullable: '5+', default: null, ignorable: true }),
    assignment: bytes('0+', { about: 'What this member gets.' }),
  },
});

export type SyncGroupRequest = MessageOf<typeof SyncGroupRequest>;
export type SyncGroupResponse = MessageOf<typeof SyncGroupResponse>;
