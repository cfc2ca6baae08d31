/**
 * Which broker keys AlterConfigs may change: read-only ones need a restart, per-broker ones have no cluster-wide
 * default, and a listener's security keys must name their listener (contract section 7.2). Keys outside the table
 * are accepted, they may be a plugin's.
 */
import type { Properties } from './broker-config.ts';
import { brokerTable, isBrokerKey } from './broker-table.ts';
import { ConfigError } from './config-error.ts';
import { parseValue } from './parse-value.ts';
import type { ConfigRow } from './row.ts';

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
  );
  if (!perBroker) {
    const single = keys.filter((key) => key.startsWith('listener.name.') || scopeOf(key) === 'per-broker');
    refuse(single, 'Cannot update these configs at default cluster level, broker id must be specified');
  }
  for (const [key, text] of Object.entries(properties)) {
    if (isBrokerKey(key)) parseValue(key, brokerTable[key], text);
  }
}

function scopeOf(key: string): string | undefined {
  if (!isBrokerKey(key)) return undefined;
  const row: ConfigRow = brokerTable[key];
  return row.dynamic ?? 'read-only';
}

function refuse(keys: readonly string[], told: string): void {
  const [first] = keys;
  if (first === undefined) return;
  throw new ConfigError(first, null, told, `${told}: Set(${keys.join(', ')})`);
}
