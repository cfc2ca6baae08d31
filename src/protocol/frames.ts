/**
 * Requests and responses as they travel: 4 bytes of length, a header, the message. Decoding takes a frame without its
 * length, as framing hands it over.
 *
 * Two oddities are Kafka's: ControlledShutdown v0 has a header without client id, and the response to ApiVersions
 * always has header v0, so that a client that asked in a version the broker lacks can still read the answer (KIP-511).
 */
import { defined } from '../common/index.ts';
import { ApiKeys, apiByKey } from './api-keys.ts';
import { sharedWriter } from './codec.ts';
import { RequestHeader, ResponseHeader } from './messages/headers.ts';
import { ProtocolError } from './protocol-error.ts';
import { decoderOf, encoderOf } from './schema/compile.ts';
import type { Fields, MessageSchema, StructInput, StructOf } from './schema/fields.ts';
import { isFlexible } from './schema/layout.ts';
import { Reader } from './schema/reader.ts';

export interface DecodedRequestHeader {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  /** Where the message starts in the frame. */
  readonly bodyPosition: number;
}

/** 0, 1 or 2. An unknown key is read with header v1, which is what every header starts like. */
export function requestHeaderVersion(apiKey: number, apiVersion: number): number {
  if (apiKey === ApiKeys.ControlledShutdown && apiVersion === 0) return 0;
  const api = apiByKey(apiKey);
  return api !== undefined && isFlexible(api.request, apiVersion) ? 2 : 1;
}

export function responseHeaderVersion(apiKey: number, apiVersion: number): number {
  if (apiKey === ApiKeys.ApiVersions) return 0;
  const api = apiByKey(apiKey);
  return api !== undefined && isFlexible(api.response, apiVersion) ? 1 : 0;
}

/**
 * The header of a request, whether or not this broker serves its key and version: that is for the caller to check before
 * it decodes the message. Throws ProtocolError.
 */
export function decodeRequestHeader(frame: Buffer): DecodedRequestHeader {
  if (frame.length < 4) throw new ProtocolError(`a request of ${frame.length} bytes has no header`);
  const version = requestHeaderVersion(frame.readInt16BE(0), frame.readInt16BE(2));
  const reader = new Reader(frame);
  const header = decoderOf(RequestHeader, version)(reader);
  return {
    apiKey: header.requestApiKey,
    apiVersion: header.requestApiVersion,
    correlationId: header.correlationId,
    clientId: header.clientId,
    bodyPosition: reader.position,
  };
}

export interface RequestIdentity {
  readonly correlationId: number;
  readonly clientId: string | null;
}

export function encodeRequest<F extends Fields>(
  schema: MessageSchema<F>,
  version: number,
  { correlationId, clientId }: RequestIdentity,
  value: StructInput<F>,
): Buffer[] {
  const apiKey = defined(schema.apiKey, `the api key of ${schema.name}`);
  const writer = sharedWriter;
  writer.reset();
  writer.int32(0);
  encoderOf(RequestHeader, requestHeaderVersion(apiKey, version))(writer, {
    requestApiKey: apiKey,
    requestApiVersion: version,
    correlationId,
    clientId,
  });
  encoderOf(schema, version)(writer, value);
  writer.patchFrameLength();
  return writer.take();
}

export function encodeResponse<F extends Fields>(
  schema: MessageSchema<F>,
  version: number,
  correlationId: number,
  value: StructInput<F>,
): Buffer[] {
  const apiKey = defined(schema.apiKey, `the api key of ${schema.name}`);
  const writer = sharedWriter;
  writer.reset();
  writer.int32(0);
  encoderOf(ResponseHeader, responseHeaderVersion(apiKey, version))(writer, { correlationId });
  encoderOf(schema, version)(writer, value);
  writer.patchFrameLength();
  return writer.take();
}

/** Throws ProtocolError. */
export function decodeResponse<F extends Fields>(
  schema: MessageSchema<F>,
  version: number,
  frame: Buffer,
): { readonly correlationId: number; readonly value: StructOf<F> } {
  const apiKey = defined(schema.apiKey, `the api key of ${schema.name}`);
  const reader = new Reader(frame);
  const { correlationId } = decoderOf(ResponseHeader, responseHeaderVersion(apiKey, version))(reader);
  return { correlationId, value: decoderOf(schema, version)(reader) };
}
