/**
 * CreateDelegationToken (api key 38): a token that stands for its owner and can be handed to workers, which
 * log in with it by SCRAM (KIP-48).
 *
 * - v1: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v2: first flexible version (KIP-482).
 * - v3: on behalf of another owner (KIP-373).
 */
import { array, bytes, int16, int32, int64, message, string, type MessageOf } from '../schema/fields.ts';

export const CreateDelegationTokenRequest = message({
  name: 'CreateDelegationTokenRequest',
  apiKey: 38,
  versions: '0-3',
  flexible: '2+',
  fields: {
    ownerPrincipalType: string('3+', { nullable: '3+' }),
    ownerPrincipalName: string('3+', { nullable: '3+' }),
    renewers: array('0+', {
      principalType: string('0+'),
      principalName: string('0+'),
    }),
    maxLifetimeMs: int64('0+'),
  },
});

export const CreateDelegationTokenResponse = message({
  name: 'CreateDelegationTokenResponse',
  apiKey: 38,
  versions: '0-3',
  flexible: '2+',
  fields: {
    errorCode: int16('0+'),
    principalType: string('0+'),
    principalName: string('0+'),
    tokenRequesterPrincipalType: string('3+'),
    tokenRequesterPrincipalName: string('3+'),
    issueTimestampMs: int64('0+'),
    expiryTimestampMs: int64('0+'),
    maxTimestampMs: int64('0+'),
    tokenId: string('0+'),
    hmac: bytes('0+'),
    throttleTimeMs: int32('0+'),
  },
});

export type CreateDelegationTokenRequest = MessageOf<typeof CreateDelegationTokenRequest>;
export type CreateDelegationTokenResponse = MessageOf<typeof CreateDelegationTokenResponse>;
