/**
 * ExpireDelegationToken (api key 40): a delegation token should end at a given time, or now (KIP-48).
 *
 * - v1: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v2: first flexible version (KIP-482).
 */
import { bytes, int16, int32, int64, message, type MessageOf } from '../schema/fields.ts';

export const ExpireDelegationTokenRequest = message({
  name: 'ExpireDelegationTokenRequest',
  apiKey: 40,
  versions: '0-2',
  flexible: '2+',
  fields: {
    hmac: bytes('0+'),
    expiryTimePeriodMs: int64('0+'),
  },
});

export const ExpireDelegationTokenResponse = message({
  name: 'ExpireDelegationTokenResponse',
  apiKey: 40,
  versions: '0-2',
  flexible: '2+',
  fields: {
    errorCode: int16('0+'),
    expiryTimestampMs: int64('0+'),
    throttleTimeMs: int32('0+'),
  },
});

export type ExpireDelegationTokenRequest = MessageOf<typeof ExpireDelegationTokenRequest>;
export type ExpireDelegationTokenResponse = MessageOf<typeof ExpireDelegationTokenResponse>;
