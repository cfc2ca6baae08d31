/**
 * LeaveGroup (api key 13): a member leaves on its own, so that the group need not wait for its session to
 * time out. An administrator may remove several, static ones too.
 *
 * - v1: throttle time in the response (KIP-124).
 * - v2: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v3: several members, named by member id or instance id (KIP-345).
 * - v4: first flexible version (KIP-482).
 * - v5: why they leave (KIP-800).
 */
import { array, int16, int32, message, string, type MessageOf } from '../schema/fields.ts';

export const LeaveGroupRequest = message({
  name: 'LeaveGroupRequest',
  apiKey: 13,
  versions: '0-5',
  flexible: '4+',
  fields: {
    groupId: string('0+', { entity: 'groupId' }),
    memberId: string('0-2'),
    members: array('3+', {
      memberId: string('3+', { about: 'May be empty when the instance id is given.' }),
      groupInstanceId: string('3+', { nullable: '3+', default: null, about: 'Set for a static member.' }),
      reason: string('5+', { nullable: '5+', default: null, ignorable: true }),
    }),
  },
});

export const LeaveGroupResponse = message({
  name: 'LeaveGroupResponse',
  apiKey: 13,
  versions: '0-5',
  flexible: '4+',
  fields: {
    throttleTimeMs: int32('1+', { ignorable: true }),
    errorCode: int16('0+'),
    members: array('3+', {
      memberId: string('3+'),
      groupInstanceId: string('3+', { nullable: '3+' }),
      errorCode: int16('3+'),
    }),
  },
});

export type LeaveGroupRequest = MessageOf<typeof LeaveGroupRequest>;
export type LeaveGroupResponse = MessageOf<typeof LeaveGroupResponse>;
