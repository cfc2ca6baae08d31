/**
 * ApiVersions (api key 18): which versions of which requests the broker offers. It is the first request of a
 * client, sent before it knows anything, so the response keeps header v0 for ever, and a version that is too
 * new is answered in v0 with error 35 (KIP-511).
 *
 * - v1: throttle time in the response (KIP-124).
 * - v2: quota violations are answered first, the connection is muted afterwards (KIP-219).
 * - v3: first flexible version (KIP-482); name and version of the client software (KIP-511); features
 *   (KIP-584).
 * - v4: lets a feature start at version 0 (KAFKA-17011).
 */
import { array, bool, int16, int32, int64, message, string, type MessageOf } from '../schema/fields.ts';

export const ApiVersionsRequest = message({
  name: 'ApiVersionsRequest',
  apiKey: 18,
  versions: '0-4',
  flexible: '3+',
  fields: {
    clientSoftwareName: string('3+', { ignorable: true, about: 'Such as apache-kafka-java.' }),
    clientSoftwareVersion: string('3+', { ignorable: true }),
  },
});

export const ApiVersionsResponse = message({
  name: 'ApiVersionsResponse',
  apiKey: 18,
  versions: '0-4',
  flexible: '3+',
  fields: {
    errorCode: int16('0+', { about: '35 if the version asked for is unknown; the answer is then in v0.' }),
    apiKeys: array('0+', {
      apiKey: int16('0+', { mapKey: true }),
      minVersion: int16('0+'),
      maxVersion: int16('0+'),
    }),
    throttleTimeMs: int32('1+', { ignorable: true }),
    supportedFeatures: array(
      '3+',
      {
        name: string('3+', { mapKey: true }),
        minVersion: int16('3+'),
        maxVersion: int16('3+'),
      },
      { tag: 0, ignorable: true, about: 'Features the broker could run.' },
    ),
    finalizedFeaturesEpoch: int64('3+', {
      default: -1,
      tag: 1,
      ignorable: true,
      about: 'The version of the /feature znode, -1 if unknown.',
    }),
    finalizedFeatures: array(
      '3+',
      {
        name: string('3+', { mapKey: true }),
        maxVersionLevel: int16('3+'),
        minVersionLevel: int16('3+'),
      },
      { tag: 2, ignorable: true, about: 'Features the whole cluster runs.' },
    ),
    zkMigrationReady: bool('3+', {
      default: false,
      tag: 3,
      ignorable: true,
      about: 'Of the migration to KRaft.',
    }),
  },
});

export type ApiVersionsRequest = MessageOf<typeof ApiVersionsRequest>;
export type ApiVersionsResponse = MessageOf<typeof ApiVersionsResponse>;
