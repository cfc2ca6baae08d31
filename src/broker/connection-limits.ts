/**
 * How many connections the broker takes, out of its config: in all, per listener (`listener.name.<name>.` stands above
 * the plain key) and per address. The network room counts and refuses.
 *
 * Kafka looks host names of the overrides up when it starts; here they are addresses, and `localhost`.
 */
import { ConfigError, parseList, type BrokerConfig } from '../config/index.ts';
import type { ConnectionLimitSettings } from '../network/index.ts';

const OVERRIDES = 'max.connections.per.ip.overrides';
const LOCALHOST = '127.0.0.1';
/** The last colon parts: an IPv6 address has its own. */
const OVERRIDE = /^(?<host>.+):(?<count>\d+)$/;

export function connectionLimitsOf(config: BrokerConfig): ConnectionLimitSettings {
  return {
    maxConnections: config.get('max.connections'),
    maxPerListener: Object.fromEntries(
      config.listeners.map(({ listenerName }) => [
        listenerName,
        config.forListener(listenerName).get('max.connections'),
      ]),
    ),
    maxPerIp: config.get('max.connections.per.ip'),
    maxPerIpOverrides: Object.fromEntries(parseList(config.get(OVERRIDES)).map(overrideOf)),
  };
}

function overrideOf(text: string): [address: string, count: number] {
  const { host, count } = OVERRIDE.exec(text)?.groups ?? {};
  if (host === undefined || count === undefined)
    throw new ConfigError(OVERRIDES, text, 'host:count is wanted');
  return [host === 'localhost' ? LOCALHOST : host.replace(/^\[(.*)\]$/, '$1'), Number(count)];
}
