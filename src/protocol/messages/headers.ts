/** The headers in front of every request and response. */
import { int16, int32, message, string, type MessageOf } from '../schema/fields.ts';

export const RequestHeader = message({
  name: 'RequestHeader',
  versions: '0-2',
  flexible: '2+',
  fields: {
    requestApiKey: int16('0+'),
    requestApiVersion: int16('0+'),
    correlationId: int32('0+'),
    clientId: string('1+', { nullable: '1+', ignorable: true, flexible: 'none' }),
  },
});

export const ResponseHeader = message({
  name: 'ResponseHeader',
  versions: '0-1',
  flexible: '1+',
  fields: {
    correlationId: int32('0+'),
  },
});

export type RequestHeader = MessageOf<typeof RequestHeader>;
export type ResponseHeader = MessageOf<typeof ResponseHeader>;
