/** The compiled codecs against a second, plainer implementation, for every message in every version. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  decodeMessage,
  encodeMessage,
  encodeToBuffer,
  KafkaError,
  ProtocolError,
  SCHEMAS,
  type MessageSchema,
} from '../../../src/protocol/index.ts';
import { FetchRequest, FetchResponse } from '../../../src/protocol/messages/01-fetch.ts';
import { MetadataRequest, MetadataResponse } from '../../../src/protocol/messages/03-metadata.ts';
import { ProduceRequest } from '../../../src/protocol/messages/00-produce.ts';
import { ListOffsetsRequest } from '../../../src/protocol/messages/02-list-offsets.ts';
import { ApiVersionsRequest, ApiVersionsResponse } from '../../../src/protocol/messages/18-api-versions.ts';
import type { Field } from '../../../src/protocol/schema/fields.ts';
import { parseVersionRange } from '../../../src/protocol/schema/version-range.ts';
import { composeCodec, defaultOf } from '../../support/codec-composer.ts';
import { messageArbitrary } from '../../support/message-arbitrary.ts';

const RUNS_PER_VERSION = 12;

function versionsOf(schema: MessageSchema): number[] {
  const { min, max } = parseVersionRange(schema.versions);
  return Array.from({ length: max - min + 1 }, (_, index) => min + index);
}

describe('every message in every version', () => {
  test.each([...SCHEMAS.values()].map((schema) => [schema.name, schema] as const))(
    '%s is written and read as the plain implementation does',
    (_name, schema) => {
      for (const version of versionsOf(schema)) {
        const composed = composeCodec(schema, version);
        fc.assert(
          fc.property(messageArbitrary(schema, version), (value) => {
            const bytes = encodeToBuffer(schema, version, value);
            expect(bytes.equals(composed.encode(value))).toBe(true);
            const decoded = decodeMessage(schema, version, bytes);
            expect(decoded).toEqual(value);
            expect(composed.decode(bytes)).toEqual({ value: decoded, end: bytes.length });
          }),
          { numRuns: RUNS_PER_VERSION },
        );
      }
    },
  );

  test.each([...SCHEMAS.values()].map((schema) => [schema.name, schema] as const))(
    '%s cut short or garbled gives a ProtocolError or a value, never another failure',
    (_name, schema) => {
      for (const version of versionsOf(schema)) {
        fc.assert(
          fc.property(messageArbitrary(schema, version), fc.nat(), fc.nat(255), (value, place, garbage) => {
            const bytes = encodeToBuffer(schema, version, value);
            const decodes = (buffer: Buffer): boolean => {
              try {
                decodeMessage(schema, version, buffer);
                return true;
              } catch (error) {
                expect(error).toBeInstanceOf(ProtocolError);
                return false;
              }
            };
            const at = place % Math.max(1, bytes.length);
            if (bytes.length > 0) expect(decodes(bytes.subarray(0, at))).toBe(false);
            const garbled = Buffer.from(bytes);
            garbled[at] = garbage;
            decodes(garbled);
          }),
          { numRuns: 4 },
        );
      }
    },
  );
});

describe('fields that were left out', () => {
  const mayBeLeftOut = ({ versions, options }: Field): boolean =>
    options.default !== undefined ||
    options.tag !== undefined ||
    options.ignorable === true ||
    !versions.endsWith('+');

  test.each([...SCHEMAS.values()].map((schema) => [schema.name, schema] as const))(
    '%s is written with their defaults',
    (_name, schema) => {
      const fields = Object.entries(schema.fields);
      const valueOf = (chosen: typeof fields) =>
        Object.fromEntries(chosen.map(([name, field]) => [name, defaultOf(field)]));
      const whole = valueOf(fields);
      const needed = valueOf(fields.filter(([, field]) => !mayBeLeftOut(field)));
      for (const version of versionsOf(schema)) {
        expect(encodeToBuffer(schema, version, needed)).toEqual(encodeToBuffer(schema, version, whole));
      }
    },
  );
});

describe('hostile lengths', () => {
  test('an array that claims two billion elements is refused before it is allocated', () => {
    const frame = Buffer.alloc(8);
    frame.writeInt32BE(0x7fff_ffff, 0);
    expect(() => decodeMessage(MetadataRequest, 1, frame)).toThrow(ProtocolError);
  });

  test('an array is refused whose elements could not fit in the rest of the frame', () => {
    // A topic of ListOffsets v1 takes at least 6 bytes: 12 bytes hold two of them, not three.
    const frame = Buffer.alloc(4 + 4 + 12);
    frame.writeInt32BE(3, 4);
    expect(() => decodeMessage(ListOffsetsRequest, 1, frame)).toThrow('18 bytes wanted');
  });

  test('a compact array and a compact string that claim too much are refused', () => {
    expect(() => decodeMessage(MetadataRequest, 9, Buffer.from('ffffffff0f', 'hex'))).toThrow(ProtocolError);
    expect(() => decodeMessage(ApiVersionsRequest, 3, Buffer.from('ffffffff0f', 'hex'))).toThrow(
      ProtocolError,
    );
  });

  test('a varint of six bytes is refused', () => {
    expect(() => decodeMessage(ApiVersionsRequest, 3, Buffer.from('ffffffffff01', 'hex'))).toThrow(
      'longer than 5 bytes',
    );
  });

  test('a tagged field larger than the frame is refused, and so is one that lies about its size', () => {
    const empty = '0102780278'.slice(2);
    expect(() => decodeMessage(ApiVersionsRequest, 3, Buffer.from(`${empty}010aff7f`, 'hex'))).toThrow(
      ProtocolError,
    );
    const value = { errorCode: 0, apiKeys: [], throttleTimeMs: 0, finalizedFeaturesEpoch: 7 };
    const bytes = encodeToBuffer(ApiVersionsResponse, 3, value);
    bytes[bytes.length - 9] = 7;
    expect(() => decodeMessage(ApiVersionsResponse, 3, bytes)).toThrow('tagged field 1');
  });

  test('null where a string or an array must be is refused', () => {
    expect(() => decodeMessage(ApiVersionsRequest, 3, Buffer.from('000000', 'hex'))).toThrow(
      'must not be null',
    );
    expect(() => decodeMessage(MetadataRequest, 0, Buffer.from('ffffffff', 'hex'))).toThrow('topics');
  });
});

describe('values and versions', () => {
  const noTopics = { topics: [], includeTopicAuthorizedOperations: false };

  test('tagged fields that this version does not know are skipped', () => {
    const known = encodeToBuffer(ApiVersionsRequest, 3, {
      clientSoftwareName: 'x',
      clientSoftwareVersion: 'y',
    });
    const withUnknown = Buffer.concat([
      known.subarray(0, -1),
      Buffer.from('02 05 02 aabb 63 00'.replaceAll(' ', ''), 'hex'),
    ]);
    expect(decodeMessage(ApiVersionsRequest, 3, withUnknown)).toEqual({
      clientSoftwareName: 'x',
      clientSoftwareVersion: 'y',
    });
  });

  test('a field the version lacks is refused unless it holds its default', () => {
    const request = {
      maxWaitMs: 500,
      minBytes: 1,
      maxBytes: 1000,
      isolationLevel: 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [],
      forgottenTopicsData: [],
      rackId: '',
    };
    expect(encodeToBuffer(FetchRequest, 4, request).length).toBeGreaterThan(0);
    expect(() => encodeMessage(FetchRequest, 4, { ...request, forgottenTopicsData: [forgotten] })).toThrow(
      KafkaError,
    );
    expect(() => encodeMessage(FetchRequest, 4, { ...request, forgottenTopicsData: [forgotten] })).toThrow(
      'version 4 of FetchRequest has no forgottenTopicsData',
    );
  });

  const forgotten = { topic: 't', partitions: [0] };

  test('an ignorable field the version lacks is dropped', () => {
    const value = { throttleTimeMs: 7, brokers: [], clusterId: 'c', controllerId: 3, topics: [] };
    expect(encodeToBuffer(MetadataResponse, 0, value).toString('hex')).toBe('0000000000000000');
  });

  test('a version outside the range of the message is refused', () => {
    expect(() => decodeMessage(MetadataRequest, 13, Buffer.alloc(10))).toThrow('versions 0 to 12, not 13');
    expect(() => decodeMessage(MetadataRequest, -1, Buffer.alloc(10))).toThrow(KafkaError);
  });

  test.each([
    [2 ** 63, '7fffffffffffffff'],
    [-(2 ** 63), '8000000000000000'],
    [Number.MAX_SAFE_INTEGER, '001fffffffffffff'],
    [-1, 'ffffffffffffffff'],
    [-(2 ** 32), 'ffffffff00000000'],
  ])('the int64 %d travels as %s', (epoch, hex) => {
    const bytes = encodeToBuffer(ApiVersionsResponse, 3, {
      errorCode: 0,
      apiKeys: [],
      finalizedFeaturesEpoch: epoch,
    });
    if (epoch !== -1) {
      expect(bytes.subarray(-8).toString('hex')).toBe(hex);
    }
    expect(decodeMessage(ApiVersionsResponse, 3, bytes).finalizedFeaturesEpoch).toBe(epoch);
  });

  test('a number that is no int64 is a bug of the caller', () => {
    const value = { errorCode: 0, apiKeys: [], finalizedFeaturesEpoch: 0.5 };
    expect(() => encodeMessage(ApiVersionsResponse, 3, value)).toThrow('0.5 is no int64');
  });

  test('a failed encoding leaves nothing behind for the next one', () => {
    expect(() =>
      encodeMessage(ApiVersionsResponse, 3, { errorCode: 0, apiKeys: [], finalizedFeaturesEpoch: 0.5 }),
    ).toThrow();
    expect(encodeToBuffer(MetadataRequest, 0, noTopics).toString('hex')).toBe('00000000');
  });

  test('a message larger than the scratch buffer comes out whole, and the next one too', () => {
    const topics = Array.from({ length: 100_000 }, (_, index) => ({ name: `topic-${index}` }));
    const bytes = encodeToBuffer(MetadataRequest, 8, { topics, includeTopicAuthorizedOperations: false });
    expect(decodeMessage(MetadataRequest, 8, bytes).topics?.at(-1)?.name).toBe('topic-99999');
    expect(encodeToBuffer(MetadataRequest, 0, noTopics).length).toBe(4);
  });
});

describe('record batches', () => {
  const batch = Buffer.alloc(2000, 1);
  const produce = (records: Buffer | null) => ({
    transactionalId: null,
    acks: -1,
    timeoutMs: 30_000,
    topicData: [
      {
        name: 't',
        partitionData: [
          { index: 0, records },
          { index: 1, records },
        ],
      },
    ],
  });

  test('are encoded by reference and everything else in as few Buffers as possible', () => {
    const parts = encodeMessage(ProduceRequest, 9, produce(batch));
    expect(parts.map((part) => part === batch)).toEqual([false, true, false, true, false]);
  });

  test('that are small are copied, being cheaper so', () => {
    expect(encodeMessage(ProduceRequest, 9, produce(Buffer.alloc(70)))).toHaveLength(1);
  });

  test('are decoded as slices of the frame, not as copies', () => {
    const frame = encodeToBuffer(ProduceRequest, 9, produce(batch));
    const records = decodeMessage(ProduceRequest, 9, frame).topicData[0]?.partitionData[1]?.records;
    expect(records?.equals(batch)).toBe(true);
    expect(records?.buffer).toBe(frame.buffer);
  });

  test('may be null', () => {
    const frame = encodeToBuffer(ProduceRequest, 3, produce(null));
    expect(decodeMessage(ProduceRequest, 3, frame).topicData[0]?.partitionData[0]?.records).toBeNull();
  });

  test('the default of a tagged struct is shared by all values and cannot be changed', () => {
    const partition = { partitionIndex: 0, errorCode: 0, highWatermark: 1, records: null };
    const frame = encodeToBuffer(FetchResponse, 12, { responses: [{ topic: 't', partitions: [partition] }] });
    const decoded = decodeMessage(FetchResponse, 12, frame).responses[0]?.partitions[0];
    expect(decoded?.divergingEpoch).toEqual({ epoch: -1, endOffset: -1 });
    expect(Object.isFrozen(decoded?.divergingEpoch)).toBe(true);
  });
});
