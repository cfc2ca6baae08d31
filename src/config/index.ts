export { BrokerConfig } from './broker-config.ts';
export type { ConfigSource, DynamicProperties, Properties, ZooKeeperConnect } from './broker-config.ts';
export { brokerTable, brokerThemes, isBrokerKey } from './broker-table.ts';
export type { BrokerKey, BrokerValue } from './broker-table.ts';
export { metadataVersionOf } from './checks.ts';
export { ConfigError } from './config-error.ts';
export type { Endpoint, SecurityProtocol } from './listeners.ts';
export {
  CONFIG_SOURCE_ID,
  CONFIG_TYPE_ID,
  describeBroker,
  describeBrokerDefaults,
  describeTopic,
  isDynamic,
  isSensitiveKey,
} from './describe.ts';
export type { ConfigEntry, ConfigSynonym } from './describe.ts';
export { effectiveDynamicProperties, isPasswordKey, validateDynamicProperties } from './dynamic.ts';
export { OLDEST_SERVED_PROTOCOL } from './inter-broker-protocol.ts';
export type { InterBrokerProtocol, InterBrokerRequest } from './inter-broker-protocol.ts';
export { formatValue, parseList, parseValue } from './parse-value.ts';
export { parseProperties } from './properties-file.ts';
export { isQuotaKey, parseQuota, quotaTable } from './quota.ts';
export type { QuotaEntity, QuotaKey } from './quota.ts';
export { validateReconfiguration } from './reconfiguration.ts';
export { INT_MAX, LONG_MAX } from './row.ts';
export type { ConfigRow, ConfigTable, ConfigType, ConfigValue, DynamicScope, Importance } from './row.ts';
export { TopicConfig, validateTopicConfig } from './topic-config.ts';
export { isTopicKey, topicSynonyms, topicTable } from './topic-table.ts';
export type { TopicKey, TopicValue } from './topic-table.ts';
