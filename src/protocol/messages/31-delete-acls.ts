/**
 * DeleteAcls (api key 31): delete the ACLs that match filters; the response names those that went (KIP-140).
 *
 * - v1: literal and prefixed patterns (KIP-290); quota violations are answered first, the connection is muted
 *   afterwards (KIP-219).
 * - v2: first flexible version (KIP-482).
 * - v3: resources of type USER (KIP-373).
 */
import { array, int16, int32, int8, message, string, type MessageOf } from '../schema/fields.ts';

export const DeleteAclsRequest = message({
  name: 'DeleteAclsRequest',
  apiKey: 31,
  versions: '0-3',
  flexible: '2+',
  fields: {
    filters: array('0+', {
      resourceTypeFilter: int8('0+'),
      resourceNameFilter: string('0+', { nullable: '0+' }),
      patternTypeFilter: int8('1+', { default: 3 }),
      principalFilter: string('0+', { nullable: '0+' }),
      hostFilter: string('0+', { nullable: '0+' }),
      operation: int8('0+'),
      permissionType: int8('0+'),
    }),
  },
});

export const DeleteAclsResponse = message({
  name: 'DeleteAclsResponse',
  apiKey: 31,
  versions: '0-3',
  flexible: '2+',
  fields: {
    throttleTimeMs: int32('0+'),
    filterResults: array('0+', {
      errorCode: int16('0+'),
      errorMessage: string('0+', { nullable: '0+' }),
      matchingAcls: array('0+', {
        errorCode: int16('0+'),
        errorMessage: string('0+', { nullable: '0+' }),
        resourceType: int8('0+'),
        resourceName: string('0+'),
        patternType: int8('1+', { default: 3 }),
        principal: string('0+'),
        host: string('0+'),
        operation: int8('0+'),
        permissionType: int8('0+'),
      }),
    }),
  },
});

export type DeleteAclsRequest = MessageOf<typeof DeleteAclsRequest>;
export type DeleteAclsResponse = MessageOf<typeof DeleteAclsResponse>;
