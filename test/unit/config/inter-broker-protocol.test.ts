import { expect, test } from '@jest/globals';
import {
  InterBrokerProtocol,
  REQUEST_VERSIONS,
  SINCE_PROTOCOL,
  type InterBrokerFeature,
  type InterBrokerRequest,
} from '../../../src/config/inter-broker-protocol.ts';
import { metadataVersionOf } from '../../../src/config/index.ts';

const REQUESTS = ['Fetch', 'ListOffsets', 'LeaderAndIsr', 'StopReplica', 'UpdateMetadata'] as const;

/** What a broker of 3.9.1 sends at each inter.broker.protocol.version, in the order of REQUESTS. */
const SENT: Readonly<Record<string, readonly number[]>> = {
  '2.8': [12, 6, 5, 3, 7],
  '3.0-IV0': [12, 6, 5, 3, 7],
  '3.0': [12, 7, 5, 3, 7],
  '3.1': [13, 7, 5, 3, 7],
  '3.2': [13, 7, 6, 3, 7],
  '3.3': [13, 7, 6, 3, 7],
  '3.4': [13, 7, 7, 4, 8],
  '3.5-IV0': [14, 8, 7, 4, 8],
  '3.5': [15, 8, 7, 4, 8],
  '3.6': [15, 8, 7, 4, 8],
  '3.7': [16, 8, 7, 4, 8],
  '3.7-IV3': [15, 8, 7, 4, 8],
  '3.8': [16, 8, 7, 4, 8],
  '3.9': [17, 9, 7, 4, 8],
  '3.9-IV0': [17, 9, 7, 4, 8],
};

test.each(Object.entries(SENT))('at %s requests go out in versions %j', (protocol, versions) => {
  const spoken = new InterBrokerProtocol(protocol);
  expect(REQUESTS.map((request) => spoken.versionOf(request))).toEqual(versions);
});

test('the tables name versions that there are, oldest first', () => {
  expect(Object.keys(REQUEST_VERSIONS).sort()).toEqual([...REQUESTS].sort());
  for (const request of Object.keys(REQUEST_VERSIONS) as InterBrokerRequest[]) {
    const versions = REQUEST_VERSIONS[request].map(([since, version]) => {
      expect(metadataVersionOf(since)).toBe(since);
      return version;
    });
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
  }
  for (const since of Object.values(SINCE_PROTOCOL)) expect(metadataVersionOf(since)).toBe(since);
});

test.each<[InterBrokerFeature, string, string]>([
  ['allocateProducerIds', '2.8', '3.0-IV0'],
  ['leaderRecovery', '3.1', '3.2'],
  ['featuresWithoutMinimum', '3.2', '3.3-IV0'],
])('%s is not known at %s, but at %s', (feature, before, since) => {
  expect(new InterBrokerProtocol(before).supports(feature)).toBe(false);
  expect(new InterBrokerProtocol(since).supports(feature)).toBe(true);
});

test('brokers before 2.8 are not spoken with', () => {
  expect(['0.9.0', '2.7', '2.8', '3.9'].map((version) => new InterBrokerProtocol(version).isServed)).toEqual([
    false,
    false,
    true,
    true,
  ]);
});
