/**
 * SaslHandshake (api key 17): which SASL mechanism the client wants; the answer lists those the broker has.
 * After v0 the exchange follows as bare length-prefixed bytes, after v1 inside SaslAuthenticate requests
 * (KIP-152).
 *
 * It has no flexible version: old clients chose the version of this request wrongly (KAFKA-9577).
 */
import { array, int16, message, string, type MessageOf } from '../schema/fields.ts';

export const SaslHandshakeRequest = message({
  name: 'SaslHandshakeRequest',
  apiKey: 17,
  versions: '0-1',
  flexible: 'none',
  fields: {
    mechanism: string('0+'),
  },
});

export const SaslHandshakeResponse = message({
  name: 'SaslHandshakeResponse',
  apiKey: 17,
  versions: '0-1',
  flexible: 'none',
  fields: {
    errorCode: int16('0+'),
    mechanisms: array('0+', 'string'),
  },
});

export type SaslHandshakeRequest = MessageOf<typeof SaslHandshakeRequest>;
export type SaslHandshakeResponse = MessageOf<typeof SaslHandshakeResponse>;
