/**
 * DeleteGroups (api key 42): empty groups to be deleted with their offsets, at their coordinators (KIP-229).
 *
 * - v1: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v2: first flexible version (KIP-482).
 */
import { array, int16, int32, message, string, type MessageOf } from '../schema/fields.ts';

export const DeleteGroupsRequest = message({
  name: 'DeleteGroupsRequest',
  apiKey: 42,
  versions: '0-2',
  flexible: '2+',
  fields: {
    groupsNames: array('0+', 'string', { entity: 'groupId' }),
  },
});

export const DeleteGroupsResponse = message({
  name: 'DeleteGroupsResponse',
  apiKey: 42,
  versions: '0-2',
  flexible: '2+',
  fields: {
    throttleTimeMs: int32('0+'),
    results: array('0+', {
      groupId: string('0+', { entity: 'groupId', mapKey: true }),
      errorCode: int16('0+'),
    }),
  },
});

export type DeleteGroupsRequest = MessageOf<typeof DeleteGroupsRequest>;
export type DeleteGroupsResponse = MessageOf<typeof DeleteGroupsResponse>;
