/**
 * ListGroups (api key 16): the groups that this broker coordinates; a client that wants all of them asks
 * every broker.
 *
 * - v1: throttle time in the response (KIP-124).
 * - v2: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v3: first flexible version (KIP-482).
 * - v4: states, in the response and to filter by (KIP-518).
 * - v5: types, likewise (KIP-848).
 */
import { array, int16, int32, message, string, type MessageOf } from '../schema/fields.ts';

export const ListGroupsRequest = message({
  name: 'ListGroupsRequest',
  apiKey: 16,
  versions: '0-5',
  flexible: '3+',
  fields: {
    statesFilter: array('4+', 'string'),
    typesFilter: array('5+', 'string'),
  },
});

export const ListGroupsResponse = message({
  name: 'ListGroupsResponse',
  apiKey: 16,
  versions: '0-5',
  flexible: '3+',
  fields: {
    throttleTimeMs: int32('1+', { ignorable: true }),
    errorCode: int16('0+'),
    groups: array('0+', {
      groupId: string('0+', { entity: 'groupId' }),
      protocolType: string('0+'),
      groupState: string('4+', { ignorable: true }),
      groupType: string('5+', { ignorable: true }),
    }),
  },
});

export type ListGroupsRequest = MessageOf<typeof ListGroupsRequest>;
export type ListGroupsResponse = MessageOf<typeof ListGroupsResponse>;
