/** Version ranges, what a broker advertises, what two sides agree on, and the code shown to people. */
import { describe, expect, test } from '@jest/globals';
import {
  advertisedApis,
  ApiKeys,
  apiByKey,
  APIS,
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  decodeVersioned,
  encodeVersioned,
  GroupMetadataKey,
  highestCommonVersion,
  isKnownRequest,
  KafkaError,
  OffsetCommitKey,
  peekVersion,
  renderProtocolShow,
} from '../../../src/protocol/index.ts';
import { parseVersionRange, rangeContains } from '../../../src/protocol/schema/version-range.ts';

describe('version ranges', () => {
  test('are open, closed, a single version, or empty', () => {
    expect(parseVersionRange('3+')).toEqual({ min: 3, max: 32_767 });
    expect(parseVersionRange('2-12')).toEqual({ min: 2, max: 12 });
    expect(parseVersionRange('7')).toEqual({ min: 7, max: 7 });
    expect([0, 1, 32_767].filter((version) => rangeContains('none', version))).toEqual([]);
  });

  test('that are none are a bug of the definition', () => {
    expect(() => parseVersionRange('-3+')).toThrow('no version range');
    expect(() => parseVersionRange('1.5')).toThrow('no version range');
  });
});

describe('what a broker advertises', () => {
  test('is 62 requests, by ascending key', () => {
    const offers = advertisedApis();
    expect(offers).toHaveLength(62);
    expect(offers.map(({ apiKey }) => apiKey)).toEqual(
      offers.map(({ apiKey }) => apiKey).toSorted((a, b) => a - b),
    );
    expect(offers[1]).toEqual({ apiKey: ApiKeys.Fetch, minVersion: 0, maxVersion: 17 });
  });

  test('can be narrowed or left out, never widened', () => {
    const offers = advertisedApis({ Fetch: { minVersion: 4, maxVersion: 99 }, Envelope: null });
    expect(offers).toHaveLength(61);
    expect(offers[1]).toEqual({ apiKey: ApiKeys.Fetch, minVersion: 4, maxVersion: 17 });
  });

  test('request and response of an API have the same versions', () => {
    for (const { request, response } of APIS) expect(response.versions).toBe(request.versions);
  });

  test('is what can be decoded', () => {
    expect(isKnownRequest(ApiKeys.Metadata, 12)).toBe(true);
    expect(isKnownRequest(ApiKeys.Metadata, 13)).toBe(false);
    expect(isKnownRequest(ApiKeys.Metadata, -1)).toBe(false);
    expect(isKnownRequest(55, 0)).toBe(false);
    expect(apiByKey(71)).toBeUndefined();
  });
});

test.each([
  [{ apiKey: 56, minVersion: 0, maxVersion: 2 }, 2],
  [{ apiKey: 56, minVersion: 0, maxVersion: 9 }, 3],
  [{ apiKey: 56, minVersion: 4, maxVersion: 9 }, null],
  [{ apiKey: 99, minVersion: 0, maxVersion: 1 }, null],
])('with a peer that offers %j we speak version %p', (offer, version) => {
  expect(highestCommonVersion(offer)).toBe(version);
});

describe('what is stored has its version in front', () => {
  test('which for keys tells offsets and groups apart', () => {
    const offset = encodeVersioned(OffsetCommitKey, 1, { group: 'g', topic: 't', partition: 3 });
    expect(offset.toString('hex')).toBe('0001' + '000167' + '000174' + '00000003');
    expect(peekVersion(offset)).toBe(1);
    expect(peekVersion(encodeVersioned(GroupMetadataKey, 2, { group: 'g' }))).toBe(2);
  });

  test('and a version we lack is refused', () => {
    expect(() => decodeVersioned(OffsetCommitKey, Buffer.from('0007', 'hex'))).toThrow(KafkaError);
  });

  test('except where later versions may only append: those are read as our newest', () => {
    const value = { assignedPartitions: [{ topic: 't', partitions: [1] }], userData: null };
    const bytes = Buffer.concat([encodeVersioned(ConsumerProtocolAssignment, 3, value), Buffer.from('more')]);
    bytes.writeInt16BE(9, 0);
    expect(decodeVersioned(ConsumerProtocolAssignment, bytes, 'readAsNewest')).toEqual({ version: 9, value });
    expect(() => decodeVersioned(ConsumerProtocolSubscription, bytes)).toThrow('versions 0 to 3, not 9');
  });
});

describe('klassik protocol show', () => {
  test('prints the code that reads one version', () => {
    expect(renderProtocolShow('HeartbeatRequest', 4, 'decode')).toBe(
      `function decode_HeartbeatRequest_v4(r) {
  const groupId = r.compactString();
  const generationId = r.int32();
  const memberId = r.compactString();
  const groupInstanceId = r.compactNullableString();
  r.skipTags();
  return { groupId, generationId, memberId, groupInstanceId };
}
`,
    );
  });

  test('prints the code that writes one version, with its guard for what the version lacks', () => {
    expect(renderProtocolShow('HeartbeatRequest', 0, 'encode')).toContain(
      "if (groupInstanceId !== null) versionLacks('groupInstanceId', 0);",
    );
  });

  test('takes the name of an API for both its messages', () => {
    const text = renderProtocolShow('Heartbeat', 1, 'decode');
    expect(text).toContain('decode_HeartbeatRequest_v1');
    expect(text).toContain('decode_HeartbeatResponse_v1');
  });

  test('refuses names and versions that are none', () => {
    expect(() => renderProtocolShow('Heartbreak', 0, 'decode')).toThrow(
      'No message or API is called Heartbreak',
    );
    expect(() => renderProtocolShow('Heartbeat', 5, 'decode')).toThrow('versions 0 to 4, not 5');
  });
});
