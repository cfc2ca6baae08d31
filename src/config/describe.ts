/**
 * What DescribeConfigs answers: for each key its value, where the value comes from, and its synonyms, that is every
 * layer that holds a value for it, the strongest first. A sensitive value is never shown, not even to its owner.
 * A key nobody knows is taken for sensitive: it may be a plugin's password (contract section 7.2).
 */
import type { BrokerConfig, ConfigSource, Properties } from './broker-config.ts';
import { brokerTable, isBrokerKey } from './broker-table.ts';
import { formatValue } from './parse-value.ts';
import type { ConfigRow, ConfigType } from './row.ts';
import { SYNONYM_CHAINS } from './synonym-chains.ts';
import { isThrottledRate, throttledRateTable } from './throttled-rates.ts';
import type { TopicConfig } from './topic-config.ts';
import { isTopicKey, topicSynonyms, topicTable } from './topic-table.ts';

export interface ConfigSynonym {
  readonly name: string;
  readonly value: string | null;
  readonly source: ConfigSource;
}

export interface ConfigEntry {
  readonly name: string;
  readonly value: string | null;
  readonly source: ConfigSource;
  readonly readOnly: boolean;
  readonly sensitive: boolean;
  /** Null for a key that is in no table. */
  readonly type: ConfigType | null;
  readonly synonyms: readonly ConfigSynonym[];
  readonly documentation: string | null;
}

/** The numbers of DescribeConfigs for sources and types. */
export const CONFIG_SOURCE_ID: Readonly<Record<ConfigSource, number>> = {
  DYNAMIC_TOPIC_CONFIG: 1,
  DYNAMIC_BROKER_CONFIG: 2,
  DYNAMIC_DEFAULT_BROKER_CONFIG: 3,
  STATIC_BROKER_CONFIG: 4,
  DEFAULT_CONFIG: 5,
};

export const CONFIG_TYPE_ID: Readonly<Record<ConfigType, number>> = {
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

/** All keys of one broker, or those of `names` that exist. */
export function describeBroker(config: BrokerConfig, names: readonly string[] | null): ConfigEntry[] {
  const shown = Object.entries<ConfigRow>(brokerTable).filter(([, row]) => row.internal !== true);
  const all = new Set([...Object.keys(config.originals), ...shown.map(([name]) => name)]);
  return [...all]
    .filter((name) => names?.includes(name) ?? true)
    .map((name) => brokerEntry(config, name, synonymsOf(config, name)));
}

/** What is set for all brokers at once: the resource "brokers" with an empty name. */
export function describeBrokerDefaults(config: BrokerConfig, names: readonly string[] | null): ConfigEntry[] {
  return Object.keys(config.layers.dynamic.clusterWide)
    .filter((name) => names?.includes(name) ?? true)
    .map((name) => {
      const synonyms = synonymsOf(config, name);
      return brokerEntry(
        config,
        name,
        synonyms.filter((each) => each.source === 'DYNAMIC_DEFAULT_BROKER_CONFIG'),
        config.layers.dynamic.clusterWide,
      );
    });
}

/** All keys of a topic, or those of `names` that exist. */
export function describeTopic(
  topic: TopicConfig,
  broker: BrokerConfig,
  names: readonly string[] | null,
): ConfigEntry[] {
  return Object.entries<ConfigRow>(topicTable)
    .filter(([name]) => names?.includes(name) ?? true)
    .map(([name, row]) => {
      const value = isTopicKey(name) ? topic.get(name) : null;
      const text = value === null ? null : formatValue(row.type, value);
      const own = Object.hasOwn(topic.overrides, name)
        ? [{ name, value: text, source: 'DYNAMIC_TOPIC_CONFIG' } as const]
        : [];
      const synonyms = [...own, ...synonymsOfTopicKey(broker, name)];
      return {
        name,
        value: text,
        source: synonyms[0]?.source ?? 'DEFAULT_CONFIG',
        readOnly: false,
        sensitive: false,
        type: row.type,
        synonyms,
        documentation: row.doc,
      };
    });
}

function synonymsOfTopicKey(broker: BrokerConfig, name: string): ConfigSynonym[] {
  const synonyms: Partial<Record<string, string>> = topicSynonyms;
  const brokerKey = synonyms[name];
  return brokerKey === undefined ? [] : synonymsOf(broker, brokerKey);
}

function brokerEntry(
  config: BrokerConfig,
  name: string,
  synonyms: readonly ConfigSynonym[],
  from: Properties = config.originals,
): ConfigEntry {
  const row = rowOf(name);
  const sensitive = isSensitiveKey(name);
  return {
    name,
    value: sensitive ? null : from === config.originals ? effectiveText(config, name) : (from[name] ?? null),
    source: synonyms[0]?.source ?? 'DEFAULT_CONFIG',
    readOnly: !isDynamic(name),
    sensitive,
    type: row?.type ?? (isThrottledRate(name) ? throttledRateTable[name].type : null),
    synonyms,
    documentation: row?.doc ?? null,
  };
}

/** As it was understood: `delete, compact` is shown as `delete,compact`. What is in no table is shown as it is written. */
function effectiveText(config: BrokerConfig, name: string): string | null {
  if (!isBrokerKey(name)) return config.originals[name] ?? null;
  const value = config.get(name);
  return value === null ? null : formatValue(brokerTable[name].type, value);
}

/** Every layer's value of a broker key and of the keys it falls back to, as written, the layer that wins first. */
function synonymsOf(config: BrokerConfig, name: string): ConfigSynonym[] {
  const chain = chainOf(name);
  const { file, dynamic } = config.layers;
  const layers: readonly (readonly [ConfigSource, Properties | 'defaults'])[] = [
    ['DYNAMIC_BROKER_CONFIG', dynamic.perBroker],
    ['DYNAMIC_DEFAULT_BROKER_CONFIG', dynamic.clusterWide],
    ['STATIC_BROKER_CONFIG', file],
    ['DEFAULT_CONFIG', 'defaults'],
  ];
  const found = layers.flatMap(([source, properties]) =>
    chain.flatMap((key): ConfigSynonym[] => {
      const row = rowOf(key);
      const text = properties === 'defaults' ? defaultOf(row) : properties[key];
      return text === undefined ? [] : [{ name: key, value: isSensitiveKey(key) ? null : text, source }];
    }),
  );
  // The original drops what stands before the key's own name, and so shows log.retention.hours=168 of a file neither
  // as a synonym of log.retention.ms nor as a reason to list retention.ms among a topic's configs.
  const first = found.findIndex((each) => each.name === name);
  return first < 0 ? [] : found.slice(first);
}

function chainOf(name: string): readonly string[] {
  const chain = SYNONYM_CHAINS.find((each) => each.includes(name));
  if (chain !== undefined) return chain;
  const base = baseOfListenerKey(name);
  return base === undefined ? [name] : [name, base];
}

/** `listener.name.external.ssl.keystore.type` overrides `ssl.keystore.type`; a mechanism may stand between. */
function baseOfListenerKey(name: string): string | undefined {
  const rest = /^listener\.name\.[^.]*\.(.*)$/.exec(name)?.[1];
  return rest === undefined || isBrokerKey(rest) ? rest : /^[^.]*\.(.*)$/.exec(rest)?.[1];
}

function defaultOf(row: ConfigRow | undefined): string | undefined {
  return row === undefined || row.default === null ? undefined : formatValue(row.type, row.default);
}

function rowOf(name: string): ConfigRow | undefined {
  const base = isBrokerKey(name) ? name : baseOfListenerKey(name);
  return base !== undefined && isBrokerKey(base) ? brokerTable[base] : undefined;
}

/** Whether DescribeConfigs and logs must hide the value of a key. */
export function isSensitiveKey(name: string): boolean {
  const row = rowOf(name);
  return row === undefined ? !isThrottledRate(name) : row.type === 'password';
}

/** Whether a key can change while the broker runs. */
export function isDynamic(name: string): boolean {
  const scope = rowOf(name)?.dynamic;
  return scope !== undefined && scope !== 'read-only';
}
