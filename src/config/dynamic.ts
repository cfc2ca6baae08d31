/**
 * Which broker keys AlterConfigs may change: read-only ones need a restart, per-broker ones have no cluster-wide
 * default, and a listener's security keys must name their listener (contract section 7.2). Keys outside the table
 * are accepted, they may be a plugin's.
 */
import type { BrokerConfig, Properties } from './broker-config.ts';
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
    if (isBrokerKey(key)) parseValue(key, brokerTable[key], text);
    else if (isThrottledRate(key)) parseValue(key, throttledRateTable[key], text);
  }
  if (perBroker) return;
  refuse(
    keysOfOneBroker(properties),
    'Cannot update these configs at default cluster level, broker id must be specified',
  );
}

/** The keys that can be set on one broker only: its listeners and their security. */
export function keysOfOneBroker(properties: Properties): readonly string[] {
  return Object.keys(properties).filter(
    (key) => key.startsWith('listener.name.') || scopeOf(key) === 'per-broker',
  );
}

/** The counts of threads that a running broker may change, by no more than half or double at once. */
const THREAD_COUNTS = [
  'num.io.threads',
  'num.network.threads',
  'num.replica.fetchers',
  'num.recovery.threads.per.data.dir',
  'background.threads',
] as const satisfies readonly BrokerKey[];

/** Throws ConfigError when `next` cannot follow on `current` while the broker runs. */
export function validateReconfiguration(current: BrokerConfig, next: BrokerConfig): void {
  for (const key of THREAD_COUNTS) {
    const problem = threadCountProblem(current.get(key), next.get(key));
    if (problem !== undefined)
      throw notReconfigurable(
        key,
        next.get(key),
        `Dynamic thread count update validation failed for ${key}=${next.get(key)}, value should ${problem}`,
      );
  }
  const problem = cleanerThreadsProblem(current.get('log.cleaner.threads'), next.get('log.cleaner.threads'));
  if (problem !== undefined)
    throw notReconfigurable('log.cleaner.threads', next.get('log.cleaner.threads'), problem);
}

function threadCountProblem(old: number, wanted: number): string | undefined {
  if (wanted === old) return undefined;
  if (wanted < 1) return 'be at least 1';
  if (wanted < Math.trunc(old / 2)) return `be at least half the current value ${old}`;
  return wanted > old * 2 ? `not be greater than double the current value ${old}` : undefined;
}

function cleanerThreadsProblem(old: number, wanted: number): string | undefined {
  if (wanted < 1) return 'Log cleaner threads should be at least 1';
  if (wanted < Math.trunc(old / 2))
    return `Log cleaner threads cannot be reduced to less than half the current value ${old}`;
  return wanted > old * 2
    ? `Log cleaner threads cannot be increased to more than double the current value ${old}`
    : undefined;
}

/** The original reports the exception of the part that refuses as if it were the value of a config. */
function notReconfigurable(key: string, value: number, told: string): ConfigError {
  const thrown = `org.apache.kafka.common.config.ConfigException: ${told}`;
  return new ConfigError(
    key,
    String(value),
    told,
    `Invalid value ${thrown} for configuration Invalid dynamic configuration`,
  );
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
