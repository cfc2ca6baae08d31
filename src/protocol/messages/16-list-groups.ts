/** ListGroups (api key 16). */
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
