/**
 * Which broker keys AlterConfigs may change: read-only ones need a restart, per-broker ones have no cluster-wide
 * default, and a listener's security keys must name their listener (contract section 7.2). Keys outside the table
 * are accepted, they may be a plugin's.
 */
import type { Properties } from './broker-config.ts';
import { brokerTable, isBrokerKey } from './broker-table.ts';
import type { BrokerKey } from './broker-table.ts';
import { ConfigError } from './config-error.ts';
import { parseValue } from './parse-value.ts';
import type { ConfigRow } from './row.ts';
import { isThrottledRate, throttledRateTable } from './throttled-rates.ts';

/** Security keys of listeners, of which the plain key (without a listener's name) cannot be changed dynamically. */
const LISTENER_SECURITY = /^(ssl|sasl)\.|^principal\.builder\.class$/;

/** Throws ConfigError unless all of `properties` may be set on one broker, or with `perBroker` false on all. */
export function validateDynamicProperties(properties: Properties, perBroker: boolean): void {
  const keys = Object.keys(properties);
  const readOnly = keys.filter((key) => isBrokerKey(key) && scopeOf(key) === 'read-only');
  refuse(readOnly, 'Cannot update these configs dynamically');
  const withoutListener = keys.filter((key) => LISTENER_SECURITY.test(key) && scopeOf(key) === 'per-broker');
  refuse(
    withoutListener,
    'These security configs can be dynamically updated only per-listener using the listener prefix',
    'HashSet',
  );
  for (const [key, text] of Object.entries(properties)) {
    const base = listenerKeyOf(key) ?? key;
    if (isBrokerKey(base)) parseValue(base, brokerTable[base], text);
    else if (isThrottledRate(key)) parseValue(key, throttledRateTable[key], text);
  }
  if (perBroker) return;
  refuse(
    keysOfOneBroker(properties),
    'Cannot update these configs at default cluster level, broker id must be specified',
  );
}

/** The keys that can be set on one broker only: its listeners and their security, but for what they are limited to. */
function keysOfOneBroker(properties: Properties): readonly string[] {
  return Object.keys(properties).filter((key) => {
    const ofListener = listenerKeyOf(key);
    return ofListener === undefined
      ? scopeOf(key) === 'per-broker'
      : !(isBrokerKey(ofListener) && LIMITS_OF_LISTENERS.has(ofListener));
  });
}

/** What `listener.name.<name>.<key>` says of its listener. */
function listenerKeyOf(key: string): string | undefined {
  return /^listener\.name\.[^.]*\.(.*)$/.exec(key)?.[1];
}

/** A value that is written to ZooKeeper only encrypted. */
export function isPasswordKey(key: string): boolean {
  return PASSWORD_KEYS.some((each) => key.endsWith(each));
}

const PASSWORD_KEYS = Object.entries<ConfigRow>(brokerTable)
  .filter(([, row]) => row.type === 'password' && row.dynamic === 'per-broker')
  .map(([key]) => key);

/** What a listener may have of its own, and all brokers a default of. */
const LIMITS_OF_LISTENERS: ReadonlySet<BrokerKey> = new Set([
  'max.connections',
  'max.connection.creation.rate',
  'num.network.threads',
]);

/**
 * Of what stands in ZooKeeper for one broker (or for all), what counts: values that are none are left out, and so is
 * what cannot be changed while a broker runs, or not for all at once. Somebody wrote it there past the brokers.
 */
export function effectiveDynamicProperties(
  properties: Properties,
  perBroker: boolean,
): { readonly effective: Properties; readonly ignored: readonly string[] } {
  const ignored: string[] = [];
  const effective = Object.entries(properties).filter(([key, value]) => {
    try {
      validateDynamicProperties({ [key]: value }, perBroker);
      return true;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      ignored.push(key);
      return false;
    }
  });
  return { effective: Object.fromEntries(effective), ignored };
}

function scopeOf(key: string): string | undefined {
  if (!isBrokerKey(key)) return undefined;
  const row: ConfigRow = brokerTable[key];
  return row.dynamic ?? 'read-only';
}

/** `collection`: what Scala calls the set it prints. */
function refuse(keys: readonly string[], told: string, collection = 'Set'): void {
  const [first] = keys;
  if (first === undefined) return;
  throw new ConfigError(first, null, told, `${told}: ${collection}(${keys.join(', ')})`);
}
