/**
 * The headers in front of every request and response. Which version a frame has follows from the API and its version
 * (frames.ts), for nothing in the frame says so.
 *
 * - Request v0: no client id; only ControlledShutdown v0 has it.
 * - Request v1: client id.
 * - Request v2: tagged fields at the end, for flexible versions (KIP-482). The client id keeps its classic form, so
 *   that a broker can read it without knowing the version.
 * - Response v0: the correlation id alone.
 * - Response v1: tagged fields at the end, for flexible versions except those of ApiVersions (KIP-511).
 */
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
