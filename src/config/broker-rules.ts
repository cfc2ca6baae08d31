/**
 * Rules that tie several broker keys together; a row can only bound its own value. A broker that breaks one of them
 * does not start, and a dynamic change that would break one is refused.
 */
import type { BrokerKey, BrokerValue } from './broker-table.ts';
import { ConfigError } from './config-error.ts';
import type { Endpoint, Listeners } from './listeners.ts';
import { parseList } from './parse-value.ts';

interface Checked extends Pick<
  Listeners,
  'listeners' | 'advertisedListeners' | 'interBrokerListenerName' | 'controlPlaneListenerName'
> {
  get<Key extends BrokerKey>(key: Key): BrokerValue<Key>;
  readonly logDirs: readonly string[];
  readonly logRollMs: number;
  readonly logRollJitterMs: number;
}

/** A rule: the keys it speaks of, when it is broken, and what to tell. */
interface Rule {
  readonly key: BrokerKey;
  readonly broken: (config: Checked) => boolean;
  readonly told: string | ((config: Checked) => string);
  /** Told as it is, where the original throws what no `require` of its own says. */
  readonly isException?: boolean;
}

const RULES: readonly Rule[] = [
  {
    key: 'zookeeper.connect',
    broken: (config) => (config.get('zookeeper.connect') ?? '') === '',
    told: 'Missing required configuration `zookeeper.connect` which has no default value.',
  },
  {
    key: 'broker.id',
    broken: (config) =>
      config.get('broker.id.generation.enable') &&
      (config.get('broker.id') < -1 || config.get('broker.id') > config.get('reserved.broker.max.id')),
    told: 'broker.id must be greater than or equal to -1 and not greater than reserved.broker.max.id',
  },
  {
    key: 'broker.id',
    broken: (config) => !config.get('broker.id.generation.enable') && config.get('broker.id') < 0,
    told: 'broker.id must be greater than or equal to 0',
  },
  {
    key: 'node.id',
    broken: (config) => config.get('node.id') !== config.get('broker.id'),
    told: 'You must set `node.id` to the same value as `broker.id`.',
  },
  {
    key: 'log.roll.ms',
    broken: (config) => config.logRollMs < 1,
    told: 'log.roll.ms must be greater than or equal to 1',
  },
  {
    key: 'log.roll.jitter.ms',
    broken: (config) => config.logRollJitterMs < 0,
    told: 'log.roll.jitter.ms must be greater than or equal to 0',
  },
  ...(['log.retention.ms', 'log.retention.minutes', 'log.retention.hours'] as const).map((key) => ({
    key,
    broken: (config: Checked) => {
      const value = config.get(key);
      return value !== null && (value === 0 || value < -1);
    },
    told: `${key} must be unlimited (-1) or, greater than or equal to 1`,
  })),
  {
    key: 'log.dirs',
    broken: (config) => config.logDirs.length === 0,
    told: 'At least one log directory must be defined via log.dirs or log.dir.',
  },
  {
    key: 'log.cleaner.threads',
    broken: (config) => config.get('log.cleaner.enable') && config.get('log.cleaner.threads') === 0,
    told: '/ by zero',
    isException: true,
  },
  {
    key: 'log.cleaner.dedupe.buffer.size',
    broken: (config) =>
      config.get('log.cleaner.enable') &&
      config.get('log.cleaner.threads') > 0 &&
      config.get('log.cleaner.dedupe.buffer.size') / config.get('log.cleaner.threads') <= 1024 * 1024,
    told: 'log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.',
  },
  {
    key: 'replica.fetch.wait.max.ms',
    broken: (config) => config.get('replica.fetch.wait.max.ms') > config.get('replica.socket.timeout.ms'),
    told: 'replica.socket.timeout.ms should always be at least replica.fetch.wait.max.ms to prevent unnecessary socket timeouts',
  },
  {
    key: 'replica.lag.time.max.ms',
    broken: (config) => config.get('replica.fetch.wait.max.ms') > config.get('replica.lag.time.max.ms'),
    told: 'replica.fetch.wait.max.ms should always be less than or equal to replica.lag.time.max.ms to prevent frequent changes in ISR',
  },
  {
    key: 'offsets.commit.required.acks',
    broken: (config) => {
      const acks = config.get('offsets.commit.required.acks');
      return acks < -1 || acks > config.get('offsets.topic.replication.factor');
    },
    told: 'offsets.commit.required.acks must be greater or equal -1 and less or equal to offsets.topic.replication.factor',
  },
  {
    key: 'advertised.listeners',
    broken: (config) => config.advertisedListeners.length === 0,
    told: 'There must be at least one broker advertised listener.',
  },
  {
    key: 'inter.broker.listener.name',
    broken: (config) =>
      !config.advertisedListeners.some((each) => each.listenerName === config.interBrokerListenerName),
    told: (config) =>
      'inter.broker.listener.name must be a listener name defined in advertised.listeners. The valid options based ' +
      `on currently configured listeners are ${namesOf(config.advertisedListeners)}`,
  },
  {
    key: 'control.plane.listener.name',
    broken: ({ controlPlaneListenerName: name, advertisedListeners }) =>
      name !== null && !advertisedListeners.some((each) => each.listenerName === name),
    told: 'control.plane.listener.name must be a listener name defined in advertised.listeners.',
  },
  {
    key: 'control.plane.listener.name',
    broken: (config) => config.controlPlaneListenerName === config.interBrokerListenerName,
    told: 'control.plane.listener.name, when defined, should have a different value from the inter broker listener name.',
  },
  {
    key: 'advertised.listeners',
    broken: (config) => config.advertisedListeners.some((each) => each.host === '0.0.0.0'),
    told: 'advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP address.',
  },
  {
    key: 'advertised.listeners',
    broken: (config) =>
      config.advertisedListeners.some(
        (advertised) => !config.listeners.some((each) => each.listenerName === advertised.listenerName),
      ),
    told: (config) =>
      'advertised.listeners listener names must be equal to or a subset of the ones defined in listeners. Found ' +
      `${namesOf(config.advertisedListeners)}. The valid options based on the current configuration are ` +
      namesOf(config.listeners),
  },
  {
    key: 'max.connections.per.ip',
    broken: (config) =>
      config.get('max.connections.per.ip') === 0 && config.get('max.connections.per.ip.overrides') === '',
    told: 'max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides property is set.',
  },
  {
    key: 'max.connections.per.ip.overrides',
    broken: (config) => overridesProblem(config.get('max.connections.per.ip.overrides')) !== undefined,
    told: (config) => overridesProblem(config.get('max.connections.per.ip.overrides')) ?? '',
    isException: true,
  },
  {
    key: 'queued.max.request.bytes',
    broken: (config) => {
      const bytes = config.get('queued.max.request.bytes');
      return bytes > 0 && bytes < config.get('socket.request.max.bytes');
    },
    told: 'queued.max.request.bytes must be larger or equal to socket.request.max.bytes',
  },
  {
    key: 'group.coordinator.rebalance.protocols',
    broken: (config) => !config.get('group.coordinator.rebalance.protocols').includes('classic'),
    told: "Disabling the 'classic' protocol is not supported.",
  },
  {
    key: 'group.coordinator.rebalance.protocols',
    broken: (config) => config.get('group.coordinator.rebalance.protocols').length > 1,
    told: "The new rebalance protocols need a KRaft cluster; a ZooKeeper-mode broker serves 'classic' groups only.",
  },
];

/** Throws ConfigError for the first rule that does not hold. */
export function validateBrokerConfig(config: Checked): void {
  for (const rule of RULES) {
    if (!rule.broken(config)) continue;
    const value = config.get(rule.key);
    const told = typeof rule.told === 'string' ? rule.told : rule.told(config);
    const allowed = rule.isException === true ? `anything but: ${told}` : told;
    throw new ConfigError(rule.key, value === null ? null : String(value), allowed, told);
  }
}

function namesOf(endpoints: readonly Endpoint[]): string {
  return endpoints.map(({ listenerName }) => listenerName).join(',');
}

/** What is wrong with `host:count,host:count`, in the words of what fails in the original. */
function overridesProblem(text: string): string | undefined {
  const entries = parseList(text).map((entry) => {
    const colon = entry.lastIndexOf(':');
    return { entry, colon, host: entry.slice(0, colon).trim(), count: entry.slice(colon + 1).trim() };
  });
  const unparted = entries.find(({ colon }) => colon < 0);
  if (unparted !== undefined)
    return (
      "Error parsing configuration property 'max.connections.per.ip.overrides': " +
      `begin 0, end -1, length ${unparted.entry.length}`
    );
  const uncounted = entries.find(({ count }) => !/^[+-]?\d+$/.test(count));
  if (uncounted !== undefined) return `For input string: "${uncounted.count}"`;
  const invalid = entries.filter(({ host }) => !/^[0-9a-zA-Z\-%._:[\]]*$/.test(host)).map(({ host }) => host);
  return invalid.length === 0
    ? undefined
    : `max.connections.per.ip.overrides contains invalid addresses : ${invalid.join(',')}`;
}
