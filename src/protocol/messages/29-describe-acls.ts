/**
 * DescribeAcls (api key 29): the ACLs that match a filter (KIP-140).
 *
 * - v1: literal and prefixed patterns (KIP-290); quota violations are answered first, the connection is muted
 *   afterwards (KIP-219).
 * - v2: first flexible version (KIP-482).
 * - v3: resources of type USER (KIP-373).
 */
import { array, int16, int32, int8, message, string, type MessageOf } from '../schema/fields.ts';

export const DescribeAclsRequest = message({
  name: 'DescribeAclsRequest',
  apiKey: 29,
  versions: '0-3',
  flexible: '2+',
  fields: {
    resourceTypeFilter: int8('0+'),
    resourceNameFilter: string('0+', { nullable: '0+' }),
    patternTypeFilter: int8('1+', { default: 3 }),
    principalFilter: string('0+', { nullable: '0+' }),
    hostFilter: string('0+', { nullable: '0+' }),
    operation: int8('0+'),
    permissionType: int8('0+'),
  },
});

export const DescribeAclsResponse = message({
  name: 'DescribeAclsResponse',
  apiKey: 29,
  versions: '0-3',
  flexible: '2+',
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+' }),
    resources: array('0+', {
      resourceType: int8('0+'),
      resourceName: string('0+'),
      patternType: int8('1+', { default: 3 }),
      acls: array('0+', {
        principal: string('0+'),
        host: string('0+'),
        operation: int8('0+'),
        permissionType: int8('0+'),
      }),
    }),
  },
});

export type DescribeAclsRequest = MessageOf<typeof DescribeAclsRequest>;
export type DescribeAclsResponse = MessageOf<typeof DescribeAclsResponse>;
