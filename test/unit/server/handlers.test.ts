import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import {
  apiByKey,
  decodeMessage,
  encodeResponse,
  encodeToBuffer,
  type ErrorName,
} from '../../../src/protocol/index.ts';
import { NO_RESPONSE, type RequestContext } from '../../../src/server/handler.ts';
import { HANDLERS } from '../../../src/server/handlers/index.ts';
import { SERVED_APIS } from '../../../src/server/served-apis.ts';
import { messageArbitrary } from '../../support/message-arbitrary.ts';

const ERRORS: readonly ErrorName[] = [
  'UNKNOWN_SERVER_ERROR',
  'NOT_CONTROLLER',
  'CLUSTER_AUTHORIZATION_FAILED',
];

function contextOf(apiKey: number, apiVersion: number): RequestContext {
  return {
    apiKey,
    apiVersion,
    correlationId: 1,
    clientId: 'test',
    principal: { type: 'User', name: 'ANONYMOUS' },
    clientHost: '127.0.0.1',
    listenerName: 'PLAINTEXT',
    connectionId: 'test',
    authorize: () => true,
    letSameFollow: () => undefined,
    onSent: () => undefined,
  };
}

describe('the answer that a request failed as a whole', () => {
  test.each(
    SERVED_APIS.map(
      ({ apiKey, minVersion, maxVersion }) =>
        [apiByKey(apiKey)?.name, apiKey, minVersion, maxVersion] as const,
    ),
  )('can be sent for %s in every version served', (_name, apiKey, minVersion, maxVersion) => {
    const bound = HANDLERS.get(apiKey);
    if (bound === undefined) throw new Error('no handler');
    for (let version = minVersion; version <= maxVersion; version++)
      fc.assert(
        fc.property(
          messageArbitrary(bound.requestSchema, version),
          fc.constantFrom(...ERRORS),
          (value, error) => {
            const bytes = encodeToBuffer(bound.requestSchema, version, value);
            const request = decodeMessage(bound.requestSchema, version, bytes) as never;
            const answer = bound.handler.failed(request, error, 'why', contextOf(apiKey, version));
            if (answer === NO_RESPONSE) return;
            const buffers = encodeResponse(bound.responseSchema, version, 1, answer as never);
            expect(Buffer.concat(buffers).length).toBeGreaterThan(4);
          },
        ),
        { numRuns: 20 },
      );
  });

  test('every served API has a handler, and every handler is served', () => {
    expect([...HANDLERS.keys()]).toEqual(SERVED_APIS.map(({ apiKey }) => apiKey));
  });
});
