/**
 * CreateAcls (api key 30): new ACLs, each with its own result (KIP-140).
 *
 * - v1: literal and prefixed patterns (KIP-290); quota violations are answered first, the connection is muted
 *   afterwards (KIP-219).
 * - v2: first flexible version (KIP-482).
 * - v3: resources of type USER (KIP-373).
 */
import { array, int16, int32, int8, message, string, type MessageOf } from '../schema/fields.ts';

export const CreateAclsRequest = message({
  name: 'CreateAclsRequest',
  apiKey: 30,
  versions: '0-3',
  flexible: '2+',
  fields: {
    creations: array('0+', {
      resourceType: int8('0+'),
      resourceName: string('0+'),
      resourcePatternType: int8('1+', { default: 3 }),
      principal: string('0+'),
      host: string('0+'),
      operation: int8('0+'),
      permissionType: int8('0+'),
    }),
  },
});

export const CreateAclsResponse = message({
  name: 'CreateAclsResponse',
  apiKey: 30,
  versions: '0-3',
  flexible: '2+',
  fields: {
    throttleTimeMs: int32('0+'),
    results: array('0+', {
      errorCode: int16('0+'),
      errorMessage: string('0+', { nullable: '0+' }),
    }),
  },
});

export type CreateAclsRequest = MessageOf<typeof CreateAclsRequest>;
export type CreateAclsResponse = MessageOf<typeof CreateAclsResponse>;
