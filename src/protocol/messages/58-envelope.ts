/**
 * Envelope (api key 58): a request that a broker forwards to the controller for a client, with who that
 * client is (KIP-590). Outside a migration to KRaft nobody forwards: a broker closes the connection of
 * whoever sends this.
 */
import { bytes, int16, message, type MessageOf } from '../schema/fields.ts';

export const EnvelopeRequest = message({
  name: 'EnvelopeRequest',
  apiKey: 58,
  versions: '0',
  flexible: '0+',
  fields: {
    requestData: bytes('0+'),
    requestPrincipal: bytes('0+', { nullable: '0+' }),
    clientHostAddress: bytes('0+'),
  },
});

export const EnvelopeResponse = message({
  name: 'EnvelopeResponse',
  apiKey: 58,
  versions: '0',
  flexible: '0+',
  fields: {
    responseData: bytes('0+', { nullable: '0+', default: null }),
    errorCode: int16('0+'),
  },
});

export type EnvelopeRequest = MessageOf<typeof EnvelopeRequest>;
export type EnvelopeResponse = MessageOf<typeof EnvelopeResponse>;
