/**
 * The configuration a broker runs with: an immutable value made of the properties file and, above it, what was set
 * while brokers ran (ZooKeeper's /config/brokers/<id>, then /config/brokers/<default>). A change makes a new
 * BrokerConfig; whoever keeps one across an await may be looking at the older of the two.
 *
 * Precedence is per key: per-broker dynamic, cluster-wide dynamic, file, default. What the values mean is left to
 * the rooms that read them.
 */
import { brokerTable, isBrokerKey } from './broker-table.ts';
import type { BrokerKey, BrokerValue } from './broker-table.ts';
import { validateBrokerConfig } from './broker-rules.ts';
import { ConfigError } from './config-error.ts';
import { InterBrokerProtocol } from './inter-broker-protocol.ts';
import { deriveListeners } from './listeners.ts';
import type { Listeners } from './listeners.ts';
import { parseList, parseValue } from './parse-value.ts';
import type { ConfigRow, ConfigValue } from './row.ts';
import { withDynamicLayer } from './synonym-chains.ts';
import { throttledRateOf, type ThrottledRate } from './throttled-rates.ts';

export type Properties = Readonly<Record<string, string>>;

/** Where a value comes from, by the names and, in `CONFIG_SOURCE_ID`, the numbers of DescribeConfigs. */
export type ConfigSource =
  | 'DYNAMIC_TOPIC_CONFIG'
  | 'DYNAMIC_BROKER_CONFIG'
  | 'DYNAMIC_DEFAULT_BROKER_CONFIG'
  | 'STATIC_BROKER_CONFIG'
  | 'DEFAULT_CONFIG';

/** What is set in ZooKeeper for brokers, as plain properties. */
export interface DynamicProperties {
  readonly perBroker: Properties;
  readonly clusterWide: Properties;
}

export interface ZooKeeperConnect {
  /** `host:port,host:port` without the chroot. */
  readonly servers: string;
  /** The znode all paths hang below, '' for the root. */
  readonly chroot: string;
}

interface Layers {
  readonly file: Properties;
  readonly dynamic: DynamicProperties;
}

type Values = { readonly [Key in BrokerKey]: BrokerValue<Key> };

const NO_DYNAMIC: DynamicProperties = { perBroker: {}, clusterWide: {} };

export class BrokerConfig {
  /** The properties as given, dynamic ones included, unknown keys too. */
  readonly originals: Properties;
  readonly layers: Layers;
  readonly listenerFacts: Listeners;
  readonly interBrokerProtocol: InterBrokerProtocol;
  private readonly values: Values;

  private constructor(layers: Layers) {
    this.layers = layers;
    const { clusterWide, perBroker } = layers.dynamic;
    this.originals = withDynamicLayer(withDynamicLayer(layers.file, clusterWide), perBroker);
    this.values = parseAll(this.originals);
    this.listenerFacts = deriveListeners(this);
    this.interBrokerProtocol = new InterBrokerProtocol(this.get('inter.broker.protocol.version'));
  }

  /** Parses and validates a properties file; throws ConfigError at the first value Kafka refuses. */
  static parse(properties: Properties): { config: BrokerConfig; unknownKeys: readonly string[] } {
    const config = new BrokerConfig({ file: withIdSynonyms(properties), dynamic: NO_DYNAMIC });
    validateBrokerConfig(config);
    const unknownKeys = Object.keys(properties).filter((key) => !isKnown(key));
    return { config, unknownKeys };
  }

  /** The value of a key. Null only for rows whose default is null. */
  get<Key extends BrokerKey>(key: Key): BrokerValue<Key> {
    return this.values[key];
  }

  /** The same file with other dynamic properties: validated, so a bad change leaves the old config in force. */
  withDynamic(dynamic: DynamicProperties): BrokerConfig {
    const config = new BrokerConfig({ file: this.layers.file, dynamic });
    validateBrokerConfig(config);
    return config;
  }

  /** The config as one listener sees it: `listener.name.<name>.<key>` stands above `<key>`. */
  forListener(listenerName: string): BrokerConfig {
    const prefix = `listener.name.${listenerName.toLowerCase()}.`;
    const raised = (properties: Properties): Properties => {
      const own = Object.entries(properties).filter(([key]) => key.startsWith(prefix));
      return {
        ...properties,
        ...Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value])),
      };
    };
    const { file, dynamic } = this.layers;
    return new BrokerConfig({
      file: raised(file),
      dynamic: { perBroker: raised(dynamic.perBroker), clusterWide: raised(dynamic.clusterWide) },
    });
  }

  /** Which layer the value of a key stands in. Fallback keys count only through `get` of their own name. */
  sourceOf(key: string): ConfigSource {
    const { file, dynamic } = this.layers;
    if (Object.hasOwn(dynamic.perBroker, key)) return 'DYNAMIC_BROKER_CONFIG';
    if (Object.hasOwn(dynamic.clusterWide, key)) return 'DYNAMIC_DEFAULT_BROKER_CONFIG';
    if (Object.hasOwn(file, key)) return 'STATIC_BROKER_CONFIG';
    return 'DEFAULT_CONFIG';
  }

  get brokerId(): number {
    return this.get('broker.id');
  }

  get listeners(): Listeners['listeners'] {
    return this.listenerFacts.listeners;
  }

  get advertisedListeners(): Listeners['advertisedListeners'] {
    return this.listenerFacts.advertisedListeners;
  }

  get interBrokerListenerName(): string {
    return this.listenerFacts.interBrokerListenerName;
  }

  get controlPlaneListenerName(): string | null {
    return this.listenerFacts.controlPlaneListenerName;
  }

  /** By which listener brokers and their controller reach each other. */
  get controllerListenerName(): string {
    return this.controlPlaneListenerName ?? this.interBrokerListenerName;
  }

  get interBrokerSecurityProtocol(): Listeners['interBrokerSecurityProtocol'] {
    return this.listenerFacts.interBrokerSecurityProtocol;
  }

  /** log.dirs, else log.dir; both may name several, parted by commas. */
  get logDirs(): readonly string[] {
    return parseList(this.get('log.dirs') ?? this.get('log.dir'));
  }

  get zookeeperConnect(): ZooKeeperConnect {
    const text = this.get('zookeeper.connect') ?? '';
    const slash = text.indexOf('/');
    if (slash < 0) return { servers: text, chroot: '' };
    return { servers: text.slice(0, slash), chroot: text.slice(slash).replace(/\/+$/, '') };
  }

  get zookeeperConnectionTimeoutMs(): number {
    return this.get('zookeeper.connection.timeout.ms') ?? this.get('zookeeper.session.timeout.ms');
  }

  /** -1 keeps closed segments for ever; the smallest unit that is set decides, and any negative value means -1. */
  get logRetentionMs(): number {
    const minutes = this.get('log.retention.minutes');
    const coarse = minutes !== null ? minutes * 60_000 : this.get('log.retention.hours') * 3_600_000;
    const retentionMs = this.get('log.retention.ms') ?? coarse;
    return retentionMs < 0 ? -1 : retentionMs;
  }

  get logRollMs(): number {
    return this.get('log.roll.ms') ?? this.get('log.roll.hours') * 3_600_000;
  }

  get logRollJitterMs(): number {
    return this.get('log.roll.jitter.ms') ?? this.get('log.roll.jitter.hours') * 3_600_000;
  }

  get logFlushIntervalMs(): number {
    return this.get('log.flush.interval.ms') ?? this.get('log.flush.scheduler.interval.ms');
  }

  /** In bytes per second; Infinity: no bound. */
  throttledRate(key: ThrottledRate): number {
    return throttledRateOf(this.layers.dynamic.perBroker, key);
  }

  get numReplicaAlterLogDirsThreads(): number {
    return this.get('num.replica.alter.log.dirs.threads') ?? this.logDirs.length;
  }
}

/** Since 2.8 broker.id has a second name, node.id: whichever is set stands for both. */
function withIdSynonyms(properties: Properties): Properties {
  const id = properties['broker.id'] ?? properties['node.id'];
  return id === undefined ? properties : { 'broker.id': id, 'node.id': id, ...properties };
}

function parseAll(properties: Properties): Values {
  const values: Record<string, ConfigValue | null> = {};
  for (const [key, row] of Object.entries<ConfigRow>(brokerTable)) {
    const text = properties[key];
    values[key] = text === undefined ? row.default : parseValue(key, row, text);
    if (row.refused !== undefined && !isDefault(row, values[key])) {
      throw new ConfigError(key, text ?? null, row.refused, `${key} cannot be set: ${row.refused}`);
    }
  }
  // Each value was parsed by the row of its key, which is what Values states key by key.
  return values as Values;
}

function isDefault(row: ConfigRow, value: ConfigValue | null): boolean {
  return (
    value === row.default || (value !== null && row.default !== null && String(value) === String(row.default))
  );
}

/** Keys of a listener and of plugins known by prefix carry settings of their own and deserve no warning. */
function isKnown(key: string): boolean {
  return isBrokerKey(key) || key.startsWith('listener.name.') || KNOWN_TO_PLUGINS.has(key);
}

/** Read by the AclAuthorizer out of the same file (contract section 6.3). */
const KNOWN_TO_PLUGINS: ReadonlySet<string> = new Set([
  'super.users',
  'allow.everyone.if.no.acl.found',
  'authorizer.zookeeper.url',
  'authorizer.zookeeper.connection.timeout.ms',
  'authorizer.zookeeper.session.timeout.ms',
  'authorizer.zookeeper.max.in.flight.requests',
]);
