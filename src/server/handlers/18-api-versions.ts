/**
 * ApiVersions v0-4: which APIs this broker serves, in which versions. The first request of most clients.
 *
 * - A version we do not know is answered UNSUPPORTED_VERSION in a v0 body that names only ApiVersions, so that a
 *   newer client can fall back (KIP-511); the dispatcher does that.
 * - v3+ carries the client's software name and version, which must look like one (contract 1.1).
 * - The response header is always v0: the client does not know yet what we understand.
 */
import { ErrorCode, KafkaError } from '../../protocol/index.ts';
import { ApiVersionsRequest, ApiVersionsResponse } from '../../protocol/messages/18-api-versions.ts';
import { SERVED_APIS } from '../served-apis.ts';
import { defineHandler } from '../handler.ts';

const SOFTWARE_NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;
const SOFTWARE_NAME_SINCE_VERSION = 3;

export const apiVersions = defineHandler({
  request: ApiVersionsRequest,
  response: ApiVersionsResponse,

  handle(request, context, services) {
    const names = [request.clientSoftwareName, request.clientSoftwareVersion];
    if (context.apiVersion >= SOFTWARE_NAME_SINCE_VERSION && !names.every((name) => SOFTWARE_NAME.test(name)))
      throw new KafkaError('INVALID_REQUEST');
    return answer(0, SERVED_APIS, services.finalizedFeaturesEpoch());
  },

  failed: (_request, error) => answer(ErrorCode[error], [], -1),
});

/** What a client gets that asked in a version we do not know: always encoded as v0. */
export function unsupportedApiVersions(): ApiVersionsResponse {
  const own = SERVED_APIS.filter(({ apiKey }) => apiKey === ApiVersionsRequest.apiKey);
  return answer(ErrorCode.UNSUPPORTED_VERSION, own, -1);
}

function answer(
  errorCode: number,
  apis: readonly { readonly apiKey: number; readonly minVersion: number; readonly maxVersion: number }[],
  finalizedFeaturesEpoch: number,
): ApiVersionsResponse {
  return {
    errorCode,
    apiKeys: apis.map(({ apiKey, minVersion, maxVersion }) => ({ apiKey, minVersion, maxVersion })),
    throttleTimeMs: 0,
    supportedFeatures: [],
    finalizedFeaturesEpoch,
    finalizedFeatures: [],
    zkMigrationReady: false,
  };
}
