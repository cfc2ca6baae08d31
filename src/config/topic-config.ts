/**
 * The configuration of one topic: its own overrides above the broker's values of the synonyms. Made anew when either
 * of the two changes, so a log holds the TopicConfig of its latest notification.
 */
import type { BrokerConfig, Properties } from './broker-config.ts';
import { ConfigError } from './config-error.ts';
import { parseValue } from './parse-value.ts';
import { isTopicKey, topicSynonyms, topicTable } from './topic-table.ts';
import type { TopicKey, TopicValue } from './topic-table.ts';
import type { ConfigRow, ConfigValue } from './row.ts';

type Values = { readonly [Key in TopicKey]: TopicValue<Key> };

export class TopicConfig {
  readonly overrides: Properties;
  private readonly values: Values;

  private constructor(values: Values, overrides: Properties) {
    this.values = values;
    this.overrides = overrides;
  }

  /** Overrides of keys this version does not know are kept and ignored, as in a cluster that is being upgraded. */
  static of(broker: BrokerConfig, overrides: Properties = {}): TopicConfig {
    const values: Record<string, ConfigValue | null> = {};
    for (const [key, row] of Object.entries<ConfigRow>(topicTable)) {
      const text = overrides[key];
      values[key] = text === undefined ? defaultOf(broker, key, row) : parseValue(key, row, text);
    }
    // Each value was parsed by the row of its key, which is what Values states key by key.
    return new TopicConfig(values as Values, { ...overrides });
  }

  get<Key extends TopicKey>(key: Key): TopicValue<Key> {
    return this.values[key];
  }

  get isCompacted(): boolean {
    return this.values['cleanup.policy'].includes('compact');
  }

  get isDeleted(): boolean {
    return this.values['cleanup.policy'].includes('delete');
  }
}

function defaultOf(broker: BrokerConfig, key: string, row: ConfigRow): ConfigValue | null {
  switch (key) {
    case 'retention.ms':
      return broker.logRetentionMs;
    case 'segment.ms':
      return broker.logRollMs;
    case 'segment.jitter.ms':
      return broker.logRollJitterMs;
    case 'flush.ms':
      return broker.logFlushIntervalMs;
    default:
      return isTopicKey(key) && key in topicSynonyms
        ? broker.get(topicSynonyms[key as keyof typeof topicSynonyms])
        : row.default;
  }
}

/** Throws ConfigError (INVALID_CONFIG on the wire) unless a topic may have these overrides. */
export function validateTopicConfig(overrides: Properties): void {
  for (const [key, text] of Object.entries(overrides)) {
    if (!isTopicKey(key)) {
      throw new ConfigError(key, text, 'a topic configuration key', `Unknown topic config name: ${key}`);
    }
    const row: ConfigRow = topicTable[key];
    const value = parseValue(key, row, text);
    if (row.refused !== undefined && value !== row.default) {
      throw new ConfigError(key, text, row.refused, row.refused);
    }
  }
  const minimum = numberOf(overrides, 'min.compaction.lag.ms');
  const maximum = numberOf(overrides, 'max.compaction.lag.ms');
  if (minimum > maximum) {
    const told = `conflict topic config setting min.compaction.lag.ms (${minimum}) > max.compaction.lag.ms (${maximum})`;
    throw new ConfigError('min.compaction.lag.ms', String(minimum), told, told);
  }
}

function numberOf(overrides: Properties, key: 'min.compaction.lag.ms' | 'max.compaction.lag.ms'): number {
  const text = overrides[key];
  return text === undefined ? topicTable[key].default : Number(parseValue(key, topicTable[key], text));
}
