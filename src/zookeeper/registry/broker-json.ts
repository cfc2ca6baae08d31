/**
 * The JSON of /brokers/ids/<id> in its five versions. Version 5 is written; 1 to 5 are read, because brokers of
 * different ages share a cluster during an upgrade (contract section 2.3).
 */
import { ZnodeFormatError } from '../json.ts';
import type { JsonReader, JsonValue } from '../json.ts';
import type { BrokerEndpoint, BrokerRegistration, SecurityProtocolName, SupportedFeature } from '../types.ts';

/** A broker's registration with the moment it was written. */
export interface BrokerRecord {
  readonly registration: BrokerRegistration;
  readonly timestampMs: number;
}

const SECURITY_PROTOCOLS: readonly SecurityProtocolName[] = [
  'PLAINTEXT',
  'SSL',
  'SASL_PLAINTEXT',
  'SASL_SSL',
];
const ENDPOINT = /^(.*):\/\/\[?([^\]]*)\]?:(-?\d+)$/;

function endpointText({ listenerName, host, port }: BrokerEndpoint): string {
  return `${listenerName}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** `host` and `port` at the top are for clients of old: the first plain endpoint, or nothing. */
export function encodeBroker({ registration, timestampMs }: BrokerRecord): JsonValue {
  const plain = registration.endpoints.find(({ securityProtocol }) => securityProtocol === 'PLAINTEXT');
  return {
    features: new Map(
      [...registration.features].map(([name, { minVersion, maxVersion }]) => [
        name,
        { min_version: minVersion, max_version: maxVersion },
      ]),
    ),
    listener_security_protocol_map: new Map(
      registration.endpoints.map(({ listenerName, securityProtocol }) => [listenerName, securityProtocol]),
    ),
    endpoints: registration.endpoints.map(endpointText),
    ...(registration.rack === null ? {} : { rack: registration.rack }),
    jmx_port: registration.jmxPort,
    port: plain?.port ?? -1,
    host: plain?.host ?? null,
    version: 5,
    timestamp: String(timestampMs),
  };
}

function securityProtocol(name: string): SecurityProtocolName {
  const protocol = SECURITY_PROTOCOLS.find((known) => known === name);
  if (protocol === undefined) throw new ZnodeFormatError(`"${name}" is no security protocol`);
  return protocol;
}

function decodeEndpoint(endpoint: string, protocols: ReadonlyMap<string, string> | null): BrokerEndpoint {
  const [, listenerName, host, port] = ENDPOINT.exec(endpoint) ?? [];
  if (listenerName === undefined || host === undefined || port === undefined)
    throw new ZnodeFormatError(`"${endpoint}" is no endpoint of a broker`);
  // Before version 4 a listener was named after its protocol.
  const protocol = protocols === null ? listenerName : protocols.get(listenerName);
  if (protocol === undefined) throw new ZnodeFormatError(`listener ${listenerName} has no security protocol`);
  return { listenerName, host, port: Number(port), securityProtocol: securityProtocol(protocol) };
}

function decodeEndpoints(parsed: JsonReader, version: number): BrokerEndpoint[] {
  if (version === 1)
    return [
      {
        listenerName: 'PLAINTEXT',
        securityProtocol: 'PLAINTEXT',
        host: parsed.field('host').text(),
        port: parsed.field('port').int(),
      },
    ];
  const protocols = parsed.optional('listener_security_protocol_map');
  const byListener =
    protocols === undefined
      ? null
      : new Map(protocols.entries().map(([listener, protocol]) => [listener, protocol.text()]));
  return parsed
    .field('endpoints')
    .list()
    .map((endpoint) => decodeEndpoint(endpoint.text(), byListener));
}

function decodeFeatures(parsed: JsonReader): Map<string, SupportedFeature> {
  const features = parsed.optional('features')?.entries() ?? [];
  return new Map(
    features.map(([name, range]) => [
      name,
      { minVersion: range.field('min_version').int(), maxVersion: range.field('max_version').int() },
    ]),
  );
}

/** The id is not in the data but in the path: `id` is -1 here, and whoever read the znode fills it in. */
export function decodeBroker(parsed: JsonReader): BrokerRecord {
  const version = parsed.field('version').int();
  if (version < 1) throw new ZnodeFormatError(`a broker's registration cannot have version ${version}`);
  const registration: BrokerRegistration = {
    id: -1,
    endpoints: decodeEndpoints(parsed, version),
    rack: parsed.optional('rack')?.text() ?? null,
    features: decodeFeatures(parsed),
    jmxPort: parsed.optional('jmx_port')?.int() ?? -1,
  };
  return { registration, timestampMs: parsed.optional('timestamp')?.int() ?? -1 };
}
