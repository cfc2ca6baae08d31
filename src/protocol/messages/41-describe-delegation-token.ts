/**
 * DescribeDelegationToken (api key 41): the delegation tokens of some owners, as far as the client may see
 * them (KIP-48).
 *
 * - v1: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v2: first flexible version (KIP-482).
 * - v3: who asked for the token, if not its owner (KIP-373).
 */
import { array, bytes, int16, int32, int64, message, string, type MessageOf } from '../schema/fields.ts';

export const DescribeDelegationTokenRequest = message({
  name: 'DescribeDelegationTokenRequest',
  apiKey: 41,
  versions: '0-3',
  flexible: '2+',
  fields: {
    owners: array(
      '0+',
      {
        principalType: string('0+'),
        principalName: string('0+'),
      },
      { nullable: '0+' },
    ),
  },
});

export const DescribeDelegationTokenResponse = message({
  name: 'DescribeDelegationTokenResponse',
  apiKey: 41,
  versions: '0-3',
  flexible: '2+',
  fields: {
    errorCode: int16('0+'),
    tokens: array('0+', {
      principalType: string('0+'),
      principalName: string('0+'),
      tokenRequesterPrincipalType: string('3+'),
      tokenRequesterPrincipalName: string('3+'),
      issueTimestamp: int64('0+'),
      expiryTimestamp: int64('0+'),
      maxTimestamp: int64('0+'),
      tokenId: string('0+'),
      hmac: bytes('0+'),
      renewers: array('0+', {
        principalType: string('0+'),
        principalName: string('0+'),
      }),
    }),
    throttleTimeMs: int32('0+'),
  },
});

export type DescribeDelegationTokenRequest = MessageOf<typeof DescribeDelegationTokenRequest>;
export type DescribeDelegationTokenResponse = MessageOf<typeof DescribeDelegationTokenResponse>;
