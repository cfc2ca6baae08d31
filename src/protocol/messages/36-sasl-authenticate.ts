/**
 * SaslAuthenticate (api key 36): one step of a SASL exchange, opaque bytes both ways (KIP-152).
 *
 * - v1: how long the session may last before the client must authenticate again (KIP-368).
 * - v2: first flexible version (KIP-482).
 */
import { bytes, int16, int64, message, string, type MessageOf } from '../schema/fields.ts';

export const SaslAuthenticateRequest = message({
  name: 'SaslAuthenticateRequest',
  apiKey: 36,
  versions: '0-2',
  flexible: '2+',
  fields: {
    authBytes: bytes('0+'),
  },
});

export const SaslAuthenticateResponse = message({
  name: 'SaslAuthenticateResponse',
  apiKey: 36,
  versions: '0-2',
  flexible: '2+',
  fields: {
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+' }),
    authBytes: bytes('0+'),
    sessionLifetimeMs: int64('1+', { default: 0, ignorable: true }),
  },
});

export type SaslAuthenticateRequest = MessageOf<typeof SaslAuthenticateRequest>;
export type SaslAuthenticateResponse = MessageOf<typeof SaslAuthenticateResponse>;
