/**
 * Which versions of which requests a broker offers (the content of an ApiVersions answer), and which version two sides
 * that offer different ranges speak.
 */
import { APIS, apiByKey, type ApiName } from './api-keys.ts';

export interface VersionOffer {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

/** A narrower range for some requests, or null for not offering them at all. */
export type OfferOverrides = Readonly<
  Partial<Record<ApiName, { readonly minVersion: number; readonly maxVersion: number } | null>>
>;

/** In order of their keys, as a Kafka 3.9 broker lists them; no listener gets fewer (contract section 1.1). */
export function advertisedApis(overrides: OfferOverrides = {}): VersionOffer[] {
  return APIS.flatMap(({ key, name, minVersion, maxVersion }) => {
    const override = overrides[name];
    if (override === null) return [];
    return [
      {
        apiKey: key,
        minVersion: Math.max(minVersion, override?.minVersion ?? minVersion),
        maxVersion: Math.min(maxVersion, override?.maxVersion ?? maxVersion),
      },
    ];
  });
}

/** Whether this room can decode the request at all. */
export function isKnownRequest(apiKey: number, version: number): boolean {
  const api = apiByKey(apiKey);
  return api !== undefined && version >= api.minVersion && version <= api.maxVersion;
}

/** The newest version that both we and a peer with this offer speak, null if there is none. */
export function highestCommonVersion(offer: VersionOffer): number | null {
  const api = apiByKey(offer.apiKey);
  if (api === undefined) return null;
  const version = Math.min(api.maxVersion, offer.maxVersion);
  return version >= Math.max(api.minVersion, offer.minVersion) ? version : null;
}
