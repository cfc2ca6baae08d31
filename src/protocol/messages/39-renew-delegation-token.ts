/**
 * RenewDelegationToken (api key 39): a delegation token should live longer, up to its maximum life time
 * (KIP-48).
 *
 * - v1: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v2: first flexible version (KIP-482).
 */
import { bytes, int16, int32, int64, message, type MessageOf } from '../schema/fields.ts';

export const RenewDelegationTokenRequest = message({
  name: 'RenewDelegationTokenRequest',
  apiKey: 39,
  versions: '0-2',
  flexible: '2+',
  fields: {
    hmac: bytes('0+'),
    renewPeriodMs: int64('0+'),
  },
});

export const RenewDelegationTokenResponse = message({
  name: 'RenewDelegationTokenResponse',
  apiKey: 39,
  versions: '0-2',
  flexible: '2+',
  fields: {
    errorCode: int16('0+'),
    expiryTimestampMs: int64('0+'),
    throttleTimeMs: int32('0+'),
  },
});

export type RenewDelegationTokenRequest = MessageOf<typeof RenewDelegationTokenRequest>;
export type RenewDelegationTokenResponse = MessageOf<typeof RenewDelegationTokenResponse>;
