/** SaslHandshake (api key 17). */
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
