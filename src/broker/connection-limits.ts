/**
 * How many connections the broker takes, and how fast, out of its config: in all, per listener (`listener.name.<name>.` stands above
 * the plain key) and per address. The network room counts and refuses.
 *
 * Kafka looks host names of the overrides up when it starts; here they are addresses, and `localhost`. That they are well
 * formed is a rule of the config room.
 */
import { parseList, type BrokerConfig } from '../config/index.ts';
import type { ConnectionLimitSettings } from '../network/index.ts';

const OVERRIDES = 'max.connections.per.ip.overrides';
const LOCALHOST = '127.0.0.1';

export function connectionLimitsOf(config: BrokerConfig): ConnectionLimitSettings {
  const ofListeners = config.listeners.map(
    ({ listenerName }) => [listenerName, config.forListener(listenerName)] as const,
  );
  const perListener = (key: 'max.connections' | 'max.connection.creation.rate'): Record<string, number> =>
    Object.fromEntries(ofListeners.map(([name, own]) => [name, own.get(key)]));
  return {
    maxConnections: config.get('max.connections'),
    maxPerListener: perListener('max.connections'),
    maxCreationRate: config.get('max.connection.creation.rate'),
    maxCreationRatePerListener: perListener('max.connection.creation.rate'),
    maxPerIp: config.get('max.connections.per.ip'),
    maxPerIpOverrides: Object.fromEntries(parseList(config.get(OVERRIDES)).map(overrideOf)),
  };
}

/** The last colon parts: an IPv6 address has its own. */
function overrideOf(text: string): [address: string, count: number] {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, colon).trim();
  const address = host === 'localhost' ? LOCALHOST : host.replace(/^\[(.*)\]$/, '$1');
  return [address, Number(text.slice(colon + 1))];
}
