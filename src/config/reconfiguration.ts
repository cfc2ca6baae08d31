/**
 * Whether one config can follow on another while the broker runs: what Kafka's parts say in their
 * `validateReconfiguration`, in the order in which it asks them. That each key may change at all is dynamic.ts's
 * business; what the changes do, that of the rooms that read them.
 */
import type { BrokerConfig, Properties } from './broker-config.ts';
import type { BrokerKey } from './broker-table.ts';
import { ConfigError } from './config-error.ts';
import { formatValue } from './parse-value.ts';

/** The counts of threads that a running broker may change, by no more than half or double at once. */
const THREAD_COUNTS = [
  'num.io.threads',
  'num.replica.fetchers',
  'num.recovery.threads.per.data.dir',
  'background.threads',
] as const satisfies readonly BrokerKey[];

const JMX_REPORTER = 'org.apache.kafka.common.metrics.JmxReporter';

/** Throws ConfigError when `next` cannot follow on `current` while the broker runs. */
export function validateReconfiguration(current: BrokerConfig, next: BrokerConfig): void {
  for (const { listenerName } of current.listeners)
    validateAcceptor(current.forListener(listenerName), next.forListener(listenerName));
  validateReporters(current, next);
  for (const key of THREAD_COUNTS) validateThreads(key, current.get(key), next.get(key));
  validateCleanerThreads(current.get('log.cleaner.threads'), next.get('log.cleaner.threads'));
  validateLocalRetention(next);
  validateListeners(current, next);
}

/** Of what takes a listener's connections, with the listener's own settings above the broker's. */
function validateAcceptor(current: BrokerConfig, next: BrokerConfig): void {
  validateThreads('num.network.threads', current.get('num.network.threads'), next.get('num.network.threads'));
  const connections = next.get('max.connections');
  if (connections !== current.get('max.connections') && connections < 1)
    throw notReconfigurable('max.connections', connections, `Invalid max.connections ${connections}`);
}

function validateReporters(current: BrokerConfig, next: BrokerConfig): void {
  const reporters = next.get('metric.reporters');
  if (reporters.join() === current.get('metric.reporters').join()) return;
  const unknown = reporters.find((name) => name !== JMX_REPORTER);
  if (unknown !== undefined)
    throw notReconfigurable(
      'metric.reporters',
      unknown,
      'Validation of dynamic config update of Set(metric.reporters) failed with class class ' +
        'kafka.server.DynamicMetricsReporters',
    );
}

function validateThreads(key: BrokerKey, old: number, wanted: number): void {
  const problem = threadCountProblem(old, wanted);
  if (problem !== undefined)
    throw notReconfigurable(
      key,
      wanted,
      `Dynamic thread count update validation failed for ${key}=${wanted}, value should ${problem}`,
    );
}

function threadCountProblem(old: number, wanted: number): string | undefined {
  if (wanted === old) return undefined;
  if (wanted < 1) return 'be at least 1';
  if (wanted < Math.trunc(old / 2)) return `be at least half the current value ${old}`;
  return wanted > old * 2 ? `not be greater than double the current value ${old}` : undefined;
}

function validateCleanerThreads(old: number, wanted: number): void {
  const problem = cleanerThreadsProblem(old, wanted);
  if (problem !== undefined) throw notReconfigurable('log.cleaner.threads', wanted, problem);
}

function cleanerThreadsProblem(old: number, wanted: number): string | undefined {
  if (wanted < 1) return 'Log cleaner threads should be at least 1';
  if (wanted < Math.trunc(old / 2))
    return `Log cleaner threads cannot be reduced to less than half the current value ${old}`;
  return wanted > old * 2
    ? `Log cleaner threads cannot be increased to more than double the current value ${old}`
    : undefined;
}

/** As much as the whole log's, which -2 stands for, or less. */
const LIKE_THE_WHOLE = -2;

function validateLocalRetention(next: BrokerConfig): void {
  validateLocal(
    'log.local.retention.ms',
    next.get('log.local.retention.ms'),
    'log.retention.ms',
    next.logRetentionMs,
  );
  validateLocal(
    'log.local.retention.bytes',
    next.get('log.local.retention.bytes'),
    'log.retention.bytes',
    next.get('log.retention.bytes'),
  );
}

function validateLocal(key: BrokerKey, local: number, wholeKey: BrokerKey, whole: number): void {
  if (whole < 0 || local === LIKE_THE_WHOLE) return;
  const invalid = (told: string): ConfigError =>
    notReconfigurable(key, local, `Invalid value ${local} for configuration ${key}: ${told}`);
  if (local === -1) throw invalid(`Value must not be -1 as ${wholeKey} value is set as ${whole}.`);
  if (local > whole)
    throw invalid(`Value must not be more than ${wholeKey} property value: ${formatValue('long', whole)}`);
}

/** Keys whose change makes the original look at its listeners as a whole. */
const OF_LISTENERS =
  /^(listeners|advertised\.listeners|listener\.security\.protocol\.map|max\.connections|max\.connection\.creation\.rate|num\.network\.threads|principal\.builder\.class|(ssl|sasl)\..*)$/;
/** What a listener that is there may change without being taken away and made anew. */
const OF_A_LISTENER_CHANGEABLE =
  /^(ssl\.keystore\.(type|location|password|key|certificate\.chain)|ssl\.key\.password|ssl\.truststore\.(type|location|password|certificates)|max\.connections|max\.connection\.creation\.rate|num\.network\.threads)$/;

function validateListeners(current: BrokerConfig, next: BrokerConfig): void {
  if (!differing(current.originals, next.originals).some((key) => OF_LISTENERS.test(key))) return;
  for (const { listenerName, securityProtocol } of next.listeners) {
    const before = current.listeners.find((each) => each.listenerName === listenerName);
    if (before === undefined && securityProtocol !== 'PLAINTEXT')
      throw notReconfigurable(
        'listeners',
        listenerName,
        `Listener ${listenerName} asks for ${securityProtocol}, and only PLAINTEXT is served yet`,
      );
    if (before === undefined) continue;
    const prefix = `listener.name.${listenerName.toLowerCase()}.`;
    const fixed = differing(current.originals, next.originals)
      .filter((key) => key.startsWith(prefix))
      .find((key) => !OF_A_LISTENER_CHANGEABLE.test(key.slice(prefix.length)));
    if (fixed !== undefined)
      throw notReconfigurable(
        fixed,
        next.originals[fixed] ?? 'null',
        `Configs cannot be updated dynamically for existing listener ListenerName(${listenerName}), ` +
          'restart broker or create a new listener for update',
      );
    if (before.securityProtocol !== securityProtocol)
      throw notReconfigurable(
        'listener.security.protocol.map',
        securityProtocol,
        `Security protocol cannot be updated for existing listener ListenerName(${listenerName})`,
      );
  }
}

/** The keys that are not the same in both. */
function differing(left: Properties, right: Properties): readonly string[] {
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].filter(
    (key) => left[key] !== right[key],
  );
}

/** The original reports the exception of the part that refuses as if it were the value of a config. */
function notReconfigurable(key: string, value: number | string, told: string): ConfigError {
  const thrown = `org.apache.kafka.common.config.ConfigException: ${told}`;
  return new ConfigError(
    key,
    String(value),
    told,
    `Invalid value ${thrown} for configuration Invalid dynamic configuration`,
  );
}
