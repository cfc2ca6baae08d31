/** LeaveGroup (api key 13). */
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
      memberId: string('3+'),
      groupInstanceId: string('3+', { nullable: '3+', default: null }),
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
