/**
 * What DescribeConfigs says of a topic's or a broker's configuration: every key with its value, where the value comes
 * from, and the chain of synonyms it was chosen from (KIP-226). Pure: the caller reads ZooKeeper.
 *
 * The chain is topic override, then per-broker dynamic, cluster-wide dynamic, file and default, each of the key's
 * broker-side names in turn; its first member is the value's source. Passwords are never told.
 */
import {
  brokerTable,
  formatValue,
  isBrokerKey,
  topicSynonyms,
  topicTable,
  type BrokerConfig,
  type ConfigRow,
  type ConfigType,
  type Properties,
  type TopicConfig,
} from '../config/index.ts';
import type { MessageInput } from '../protocol/index.ts';
import type { DescribeConfigsResponse } from '../protocol/messages/32-describe-configs.ts';

export type DescribedConfig = MessageInput<typeof DescribeConfigsResponse>['results'][number]['configs'][number];

export interface DescribeOptions {
  /** Null: every key. */
  readonly keys: readonly string[] | null;
  readonly includeSynonyms: boolean;
  readonly includeDocumentation: boolean;
}

/** ConfigSource's numbers on the wire (contract 7.2). */
const TOPIC = 1;
const DYNAMIC_BROKER = 2;
const DYNAMIC_DEFAULT_BROKER = 3;
const STATIC_BROKER = 4;
const DEFAULT = 5;

/** ConfigType's numbers on the wire (KIP-569). */
const TYPE_CODE: Record<ConfigType, number> = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
  class: 8,
  password: 9,
};
const UNKNOWN_TYPE = 0;

interface Synonym {
  readonly name: string;
  readonly value: string | null;
  readonly source: number;
}

export function describeTopicConfigs(
  broker: BrokerConfig,
  topic: TopicConfig,
  options: DescribeOptions,
): DescribedConfig[] {
  return Object.entries<ConfigRow>(topicTable)
    .filter(([name]) => wanted(name, options))
    .map(([name, row]) => {
      const value = shown(row, topic.get(name as keyof typeof topicTable));
      const synonym = (topicSynonyms as Readonly<Record<string, string>>)[name];
      const inherited = synonym === undefined ? [] : brokerSynonyms(broker, synonym);
      const overridden = Object.hasOwn(topic.overrides, name);
      const chain = overridden ? [{ name, value, source: TOPIC }, ...inherited] : inherited;
      return described({ name, value, row, chain, readOnly: false }, options);
    });
}

/** `dynamicOnly`: the broker resource with an empty name, which stands for the cluster-wide dynamic values. */
export function describeBrokerConfigs(
  broker: BrokerConfig,
  options: DescribeOptions & { readonly dynamicOnly: boolean },
): DescribedConfig[] {
  const own = Object.entries<ConfigRow>(brokerTable).filter(([, row]) => row.internal !== true);
  const known = new Map<string, ConfigRow | undefined>(own);
  for (const name of Object.keys(broker.originals)) if (!known.has(name)) known.set(name, undefined);
  const entries: DescribedConfig[] = [];
  for (const [name, row] of known) {
    if (!wanted(name, options)) continue;
    if (options.dynamicOnly && !Object.hasOwn(broker.layers.dynamic.clusterWide, name)) continue;
    const value = isBrokerKey(name) && row !== undefined ? shown(row, broker.get(name)) : null;
    const chain = options.dynamicOnly
      ? brokerSynonyms(broker, name).filter(({ source }) => source === DYNAMIC_DEFAULT_BROKER)
      : brokerSynonyms(broker, name);
    const readOnly = row?.dynamic === undefined || row.dynamic === 'read-only';
    entries.push(described({ name, value, row, chain, readOnly }, options));
  }
  return entries;
}

function wanted(name: string, { keys }: DescribeOptions): boolean {
  return keys === null || keys.includes(name);
}

function described(
  config: {
    readonly name: string;
    readonly value: string | null;
    readonly row: ConfigRow | undefined;
    readonly chain: readonly Synonym[];
    readonly readOnly: boolean;
  },
  options: DescribeOptions,
): DescribedConfig {
  const { name, value, row, chain, readOnly } = config;
  const configSource = chain[0]?.source ?? DEFAULT;
  return {
    name,
    value,
    readOnly,
    isDefault: configSource === DEFAULT,
    configSource,
    isSensitive: isSensitive(row),
    synonyms: options.includeSynonyms ? chain : [],
    configType: row === undefined ? UNKNOWN_TYPE : TYPE_CODE[row.type],
    documentation: options.includeDocumentation ? (row?.doc ?? null) : null,
  };
}

/** A key nobody knows may hold a secret, so it counts as one. */
function isSensitive(row: ConfigRow | undefined): boolean {
  return row === undefined || row.type === 'password';
}

function shown(row: ConfigRow, value: ConfigRow['default']): string | null {
  return value === null || isSensitive(row) ? null : formatValue(row.type, value);
}

/** Every place a broker key's value could come from, the strongest first. */
function brokerSynonyms(broker: BrokerConfig, key: string): Synonym[] {
  const row = isBrokerKey(key) ? (brokerTable[key] as ConfigRow) : undefined;
  const names = [key, ...(row?.fallback ?? [])];
  const { file, dynamic } = broker.layers;
  const from = (properties: Properties, source: number): Synonym[] =>
    names.flatMap((name) => {
      const text = properties[name];
      return text === undefined ? [] : [{ name, value: isSensitive(row) ? null : text, source }];
    });
  const defaults = names.flatMap((name) => {
    const other = isBrokerKey(name) ? (brokerTable[name] as ConfigRow) : undefined;
    return other === undefined || other.default === null
      ? []
      : [{ name, value: shown(other, other.default), source: DEFAULT }];
  });
  return [
    ...from(dynamic.perBroker, DYNAMIC_BROKER),
    ...from(dynamic.clusterWide, DYNAMIC_DEFAULT_BROKER),
    ...from(file, STATIC_BROKER),
    ...defaults,
  ];
}
