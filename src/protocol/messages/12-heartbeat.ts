/**
 * Heartbeat (api key 12): a member tells its coordinator that it is still there, and learns from the error
 * code whether the group is rebalancing without it.
 *
 * - v1: throttle time in the response (KIP-124).
 * - v2: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v3: static members (KIP-345).
 * - v4: first flexible version (KIP-482).
 */
import { int16, int32, message, string, type MessageOf } from '../schema/fields.ts';

export const HeartbeatRequest = message({
  name: 'HeartbeatRequest',
  apiKey: 12,
  versions: '0-4',
  flexible: '4+',
  fields: {
    groupId: string('0+', { entity: 'groupId' }),
    generationId: int32('0+', { about: 'The generation the member believes the group to be in.' }),
    memberId: string('0+'),
    groupInstanceId: string('3+', { nullable: '3+', default: null, about: 'Set for a static member.' }),
  },
});

export const HeartbeatResponse = message({
  name: 'HeartbeatResponse',
  apiKey: 12,
  versions: '0-4',
  flexible: '4+',
  fields: {
    throttleTimeMs: int32('1+', { ignorable: true }),
    errorCode: int16('0+', { about: 'REBALANCE_IN_PROGRESS asks the member to join again.' }),
  },
});

export type HeartbeatRequest = MessageOf<typeof HeartbeatRequest>;
export type HeartbeatResponse = MessageOf<typeof HeartbeatResponse>;
