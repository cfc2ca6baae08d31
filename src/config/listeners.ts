/**
 * Listeners: `NAME://host:port` lists, where NAME is mapped to a security protocol. A broker binds `listeners` and
 * tells others `advertised.listeners`; the two differ behind NAT, in containers, or with a wildcard bind address,
 * and mixing them up is the commonest reason a client cannot connect. An empty host means all interfaces.
 */
import type { BrokerKey, BrokerValue } from './broker-table.ts';
import { ConfigError } from './config-error.ts';
import { parseList } from './parse-value.ts';

export type SecurityProtocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';

export interface Endpoint {
  readonly listenerName: string;
  readonly securityProtocol: SecurityProtocol;
  /** '' means every interface. */
  readonly host: string;
  readonly port: number;
}

export interface Listeners {
  readonly listeners: readonly Endpoint[];
  readonly advertisedListeners: readonly Endpoint[];
  readonly interBrokerListenerName: string;
  readonly interBrokerSecurityProtocol: SecurityProtocol;
  /** Null: the controller's requests come by the inter-broker listener. */
  readonly controlPlaneListenerName: string | null;
}

/** As much of a BrokerConfig as listeners are derived from. */
interface ListenerSettings {
  get<Key extends BrokerKey>(key: Key): BrokerValue<Key>;
  readonly originals: Readonly<Record<string, string>>;
}

const PROTOCOLS: readonly SecurityProtocol[] = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'];
const ENDPOINT = /^(.*):\/\/\[?([0-9a-zA-Z\-%._:]*)\]?:(-?[0-9]+)$/;

export function deriveListeners(settings: ListenerSettings): Listeners {
  const protocols = parseProtocolMap(settings.get('listener.security.protocol.map'));
  const listeners = parseEndpoints('listeners', settings.get('listeners'), protocols);
  const advertised = settings.get('advertised.listeners');
  return {
    listeners,
    advertisedListeners:
      advertised === null ? listeners : parseEndpoints('advertised.listeners', advertised, protocols),
    ...interBrokerListener(settings, protocols),
    controlPlaneListenerName: controlPlaneListener(settings, protocols),
  };
}

function interBrokerListener(
  settings: ListenerSettings,
  protocols: ReadonlyMap<string, SecurityProtocol>,
): Pick<Listeners, 'interBrokerListenerName' | 'interBrokerSecurityProtocol'> {
  const name = settings.get('inter.broker.listener.name');
  const protocol = settings.get('security.inter.broker.protocol');
  if (name === null) {
    return {
      interBrokerListenerName: protocol,
      interBrokerSecurityProtocol: protocolOf('security.inter.broker.protocol', protocol),
    };
  }
  if (Object.hasOwn(settings.originals, 'security.inter.broker.protocol')) {
    throw new ConfigError(
      'inter.broker.listener.name',
      name,
      'only one of the two may be set',
      'Only one of inter.broker.listener.name and security.inter.broker.protocol should be set.',
    );
  }
  const normalised = name.toUpperCase();
  const mapped = protocols.get(normalised);
  if (mapped === undefined) {
    throw new ConfigError(
      'inter.broker.listener.name',
      name,
      'the listener must be mapped to a security protocol',
      `Listener with name ${normalised} defined in inter.broker.listener.name not found in listener.security.protocol.map.`,
    );
  }
  return { interBrokerListenerName: normalised, interBrokerSecurityProtocol: mapped };
}

function controlPlaneListener(
  settings: ListenerSettings,
  protocols: ReadonlyMap<string, SecurityProtocol>,
): string | null {
  const name = settings.get('control.plane.listener.name');
  if (name === null) return null;
  const normalised = name.toUpperCase();
  if (protocols.has(normalised)) return normalised;
  throw new ConfigError(
    'control.plane.listener.name',
    name,
    'the listener must be mapped to a security protocol',
    `Listener with ${normalised} defined in control.plane.listener.name not found in listener.security.protocol.map.`,
  );
}

function parseProtocolMap(text: string): ReadonlyMap<string, SecurityProtocol> {
  const map = new Map<string, SecurityProtocol>();
  for (const entry of parseList(text)) {
    const at = entry.lastIndexOf(':');
    map.set(
      entry.slice(0, at).trim().toUpperCase(),
      protocolOf('listener.security.protocol.map', entry.slice(at + 1).trim()),
    );
  }
  return map;
}

function protocolOf(key: string, text: string): SecurityProtocol {
  const protocol = PROTOCOLS.find((each) => each === text.toUpperCase());
  if (protocol === undefined) {
    const allowed = `the security protocol must be one of ${PROTOCOLS.join(', ')}`;
    throw new ConfigError(key, text, allowed, `Invalid security protocol \`${text}\` defined in ${key}`);
  }
  return protocol;
}

function parseEndpoints(
  key: 'listeners' | 'advertised.listeners',
  text: string,
  protocols: ReadonlyMap<string, SecurityProtocol>,
): readonly Endpoint[] {
  const endpoints = parseList(text).map((entry) => parseEndpoint(key, entry, text, protocols));
  if (new Set(endpoints.map((each) => each.listenerName)).size < endpoints.length)
    throw broken(key, text, `Each listener must have a different name, ${key}: ${text}`);
  if (key === 'listeners') refuseSharedPorts(endpoints, text);
  return endpoints;
}

function parseEndpoint(
  key: string,
  entry: string,
  text: string,
  protocols: ReadonlyMap<string, SecurityProtocol>,
): Endpoint {
  const [, name = '', host = '', port = ''] = ENDPOINT.exec(entry) ?? [];
  if (name === '' || Number(port) < 0 || Number(port) > 65535) {
    throw new ConfigError(
      key,
      entry,
      'each listener is NAME://host:port',
      `${creating(text)}Unable to parse ${entry} to a broker endpoint`,
    );
  }
  const listenerName = name.toUpperCase();
  const securityProtocol = protocols.get(listenerName);
  if (securityProtocol === undefined) {
    throw new ConfigError(
      key,
      entry,
      'the listener must be mapped to a security protocol',
      `${creating(text)}No security protocol defined for listener ${listenerName}`,
    );
  }
  return { listenerName, securityProtocol, host, port: Number(port) };
}

function creating(text: string): string {
  return `Error creating broker listeners from '${text}': `;
}

/** Two listeners may share a port only when the address of one is IPv4 and that of the other IPv6 (KAFKA-12982). */
function refuseSharedPorts(endpoints: readonly Endpoint[], text: string): void {
  for (const port of new Set(endpoints.map((each) => each.port))) {
    const hosts = endpoints.filter((each) => each.port === port).map(({ host }) => host);
    if (port === 0 || hosts.length < 2) continue;
    const [v4, v6] = [hosts.filter(isIPv4), hosts.filter(isIPv6)];
    if (v4.length + v6.length < hosts.length)
      throw broken('listeners', text, `Each listener must have a different port, listeners: ${text}`);
    if (hosts.length > 2)
      throw broken(
        'listeners',
        text,
        'Each listener must have a different port unless exactly one listener has an IPv4 address and the other ' +
          `IPv6 address, listeners: ${text}, port: ${port}`,
      );
    if (v4.length !== 1)
      throw broken(
        'listeners',
        text,
        'If you have two listeners on the same port then one needs to be IPv4 and the other IPv6, ' +
          `listeners: ${text}, port: ${port}`,
      );
  }
}

function isIPv4(host: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host);
}

function isIPv6(host: string): boolean {
  return host.includes(':');
}

/** A rule that ties listeners together. */
function broken(key: string, text: string, told: string): ConfigError {
  return new ConfigError(key, text, told, told);
}
