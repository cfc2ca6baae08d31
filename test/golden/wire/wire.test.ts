/** Klassik's bytes against those of Apache Kafka's own classes; README.md says where samples.txt comes from. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  APIS,
  ControlRecordKey,
  ControlRecordType,
  decodeMessage,
  decodeRequestHeader,
  decodeResponse,
  decodeVersioned,
  encodeRequest,
  encodeResponse,
  encodeToBuffer,
  encodeVersioned,
  EndTransactionMarker,
  errors,
  requestHeaderVersion,
  responseHeaderVersion,
  SCHEMAS,
  type MessageSchema,
} from '../../../src/protocol/index.ts';
import { parseVersionRange } from '../../../src/protocol/schema/version-range.ts';
import { sampleOf } from './sample.ts';

const lines = readFileSync(new URL('samples.txt', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => line.split(' '));

const headers = lines.filter(([kind]) => kind === 'header').map((line) => line.slice(1).map(Number));
const markers = lines.filter(([kind]) => kind === 'marker');
const samples = new Map<string, string>();
for (const [name, version, fill, hex] of lines) samples.set(`${name} ${version} ${fill}`, hex ?? '');

const schemas = [...SCHEMAS.values()].filter(({ name }) => name !== 'ControlRecordKey' && name !== 'EndTransactionMarker');

function versionsOf(schema: MessageSchema): number[] {
  const { min, max } = parseVersionRange(schema.versions);
  return Array.from({ length: max - min + 1 }, (_, index) => min + index);
}

describe.each(schemas.map((schema) => [schema.name, schema] as const))('%s', (name, schema) => {
  test.each(versionsOf(schema))('v%d has the bytes of the original', (version) => {
    for (const fill of ['filled', 'bare']) {
      const value = sampleOf(schema, version, fill === 'filled');
      const bytes = encodeToBuffer(schema, version, value);
      expect(bytes.toString('hex')).toBe(samples.get(`${name} ${version} ${fill}`));
      expect(decodeMessage(schema, version, bytes)).toEqual(value);
    }
  });
});

test('every version of every API has the header versions of the original', () => {
  const ours = APIS.flatMap(({ key, request }) =>
    versionsOf(request).map((version) => [
      key,
      version,
      requestHeaderVersion(key, version),
      responseHeaderVersion(key, version),
    ]),
  );
  expect(ours).toEqual(headers);
});

test('a whole request and a whole response are length, header and message', () => {
  for (const { key, request, response } of APIS) {
    for (const version of versionsOf(request)) {
      const identity = { correlationId: 5, clientId: 'c' };
      const frame = Buffer.concat(encodeRequest(request, version, identity, sampleOf(request, version, true)));
      expect(frame.readInt32BE(0)).toBe(frame.length - 4);
      const header = decodeRequestHeader(frame.subarray(4));
      const clientId = requestHeaderVersion(key, version) === 0 ? '' : 'c';
      expect(header).toMatchObject({ apiKey: key, apiVersion: version, correlationId: 5, clientId });
      const body = frame.subarray(4 + header.bodyPosition).toString('hex');
      expect(body).toBe(samples.get(`${request.name} ${version} filled`));

      const value = sampleOf(response, version, true);
      const answer = Buffer.concat(encodeResponse(response, version, 9, value));
      expect(answer.readInt32BE(0)).toBe(answer.length - 4);
      expect(decodeResponse(response, version, answer.subarray(4))).toEqual({ correlationId: 9, value });
    }
  }
});

test.each(markers)('%s %s has the key and value of the original', (_, type, keyHex, valueHex) => {
  const number = ControlRecordType[type as keyof typeof ControlRecordType];
  expect(encodeVersioned(ControlRecordKey, 0, { type: number }).toString('hex')).toBe(keyHex);
  expect(encodeVersioned(EndTransactionMarker, 0, { coordinatorEpoch: 17 }).toString('hex')).toBe(valueHex);
  expect(decodeVersioned(EndTransactionMarker, Buffer.from(valueHex, 'hex'))).toEqual({
    version: 0,
    value: { coordinatorEpoch: 17 },
  });
});

test('every error has the number, retriability, exception and text of the original', () => {
  const theirs = readFileSync(new URL('errors.txt', import.meta.url), 'utf8').trimEnd().split('\n');
  const ours = Object.entries(errors)
    .sort(([, a], [, b]) => a.code - b.code)
    .map(([name, { code, retriable, exception, message }]) =>
      [code, name, retriable, exception, message].join('\t'),
    );
  expect(ours).toEqual(theirs);
});
