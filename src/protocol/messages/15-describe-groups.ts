/**
 * DescribeGroups (api key 15): state, protocol and members of groups, asked of their coordinators. A group
 * nobody knows is described as Dead, not as an error.
 *
 * - v1: throttle time in the response (KIP-124).
 * - v2: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v3: what the client may do with the group (KIP-430).
 * - v4: instance ids of static members (KIP-345).
 * - v5: first flexible version (KIP-482).
 */
import { array, bool, bytes, int16, int32, message, string, type MessageOf } from '../schema/fields.ts';

export const DescribeGroupsRequest = message({
  name: 'DescribeGroupsRequest',
  apiKey: 15,
  versions: '0-5',
  flexible: '5+',
  fields: {
    groups: array('0+', 'string', { entity: 'groupId' }),
    includeAuthorizedOperations: bool('3+'),
  },
});

export const DescribeGroupsResponse = message({
  name: 'DescribeGroupsResponse',
  apiKey: 15,
  versions: '0-5',
  flexible: '5+',
  fields: {
    throttleTimeMs: int32('1+', { ignorable: true }),
    groups: array('0+', {
      errorCode: int16('0+'),
      groupId: string('0+', { entity: 'groupId' }),
      groupState: string('0+'),
      protocolType: string('0+'),
      protocolData: string('0+'),
      members: array('0+', {
        memberId: string('0+'),
        groupInstanceId: string('4+', { nullable: '4+', default: null, ignorable: true }),
        clientId: string('0+'),
        clientHost: string('0+'),
        memberMetadata: bytes('0+'),
        memberAssignment: bytes('0+'),
      }),
      authorizedOperations: int32('3+', { default: -2147483648 }),
    }),
  },
});

export type DescribeGroupsRequest = MessageOf<typeof DescribeGroupsRequest>;
export type DescribeGroupsResponse = MessageOf<typeof DescribeGroupsResponse>;
