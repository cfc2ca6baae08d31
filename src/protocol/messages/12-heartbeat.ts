/** Heartbeat (api key 12). */
import { int16, int32, message, string, type MessageOf } from '../schema/fields.ts';

export const HeartbeatRequest = message({
  name: 'HeartbeatRequest',
  apiKey: 12,
  versions: '0-4',
  flexible: '4+',
  fields: {
    groupId: string('0+', { entity: 'groupId' }),
    generationId: int32('0+'),
    memberId: string('0+'),
    groupInstanceId: string('3+', { nullable: '3+', default: null }),
  },
});

export const HeartbeatResponse = message({
  name: 'HeartbeatResponse',
  apiKey: 12,
  versions: '0-4',
  flexible: '4+',
  fields: {
    throttleTimeMs: int32('1+', { ignorable: true }),
    errorCode: int16('0+'),
  },
});

export type HeartbeatRequest = MessageOf<typeof HeartbeatRequest>;
export type HeartbeatResponse = MessageOf<typeof HeartbeatResponse>;
