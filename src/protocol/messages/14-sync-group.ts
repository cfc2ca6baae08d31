/** SyncGroup (api key 14). */
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
    groupInstanceId: string('3+', { nullable: '3+', default: null }),
    protocolType: string('5+', { nullable: '5+', default: null, ignorable: true }),
    protocolName: string('5+', { nullable: '5+', default: null, ignorable: true }),
    assignments: array('0+', {
      memberId: string('0+'),
      assignment: bytes('0+'),
    }),
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
    assignment: bytes('0+'),
  },
});

export type SyncGroupRequest = MessageOf<typeof SyncGroupRequest>;
export type SyncGroupResponse = MessageOf<typeof SyncGroupResponse>;
