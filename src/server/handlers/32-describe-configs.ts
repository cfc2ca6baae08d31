/**
 * DescribeConfigs v0-4: the configuration of topics and of this broker, with sources and synonyms, and the levels of
 * this broker's loggers.
 *
 * - Topic overrides are read from ZooKeeper, so any broker can answer.
 * - Only a broker itself knows its file: another broker's id is INVALID_REQUEST (contract 1.3, 8.6). The empty name
 *   stands for the cluster-wide dynamic values.
 *
 * v1 synonyms and sources (KIP-226), v3 types and documentation (KIP-569), v4 flexible.
 */
import {
  CONFIG_SOURCE_ID,
  CONFIG_TYPE_ID,
  TopicConfig,
  describeBroker,
  describeBrokerDefaults,
  describeTopic,
  type ConfigEntry,
} from '../../config/index.ts';
import { ErrorCode, KafkaError, errors, type MessageInput } from '../../protocol/index.ts';
import {
  DescribeConfigsRequest,
  DescribeConfigsResponse,
} from '../../protocol/messages/32-describe-configs.ts';
import { CLUSTER } from '../../security/index.ts';
import { entityPath } from '../../zookeeper/index.ts';
import { defineHandler, type RequestContext } from '../handler.ts';
import type { Services } from '../services.ts';
import { describeLoggers } from '../admin/index.ts';
import { validateTopicName } from '../admin/topic-rules.ts';

const TOPIC = 2;
const BROKER = 4;
const BROKER_LOGGER = 8;
/** ConfigType of a key that is in no table. */
const UNKNOWN_TYPE = 0;
/** ConfigSource of a logger's level. */
const LOGGER_SOURCE = 6;

type Result = MessageInput<typeof DescribeConfigsResponse>['results'][number];
type Config = Result['configs'][number];
type Resource = DescribeConfigsRequest['resources'][number];

export const describeConfigs = defineHandler({
  request: DescribeConfigsRequest,
  response: DescribeConfigsResponse,

  async handle(request, context, services) {
    const results = await Promise.all(
      request.resources.map(async (resource): Promise<Result> => {
        try {
          const configs = await configsOf(resource, request, context, services);
          return { ...identity(resource), errorCode: 0, errorMessage: '', configs };
        } catch (error) {
          if (!(error instanceof KafkaError)) throw error;
          return { ...identity(resource), errorCode: error.code, errorMessage: error.message, configs: [] };
        }
      }),
    );
    return { throttleTimeMs: 0, results };
  },

  failed: (request, error) => ({
    throttleTimeMs: 0,
    results: request.resources.map((resource) => ({
      ...identity(resource),
      errorCode: ErrorCode[error],
      errorMessage: errors[error].message,
      configs: [],
    })),
  }),
});

function identity({ resourceType, resourceName }: Resource): Pick<Result, 'resourceType' | 'resourceName'> {
  return { resourceType, resourceName };
}

async function configsOf(
  resource: Resource,
  request: DescribeConfigsRequest,
  context: RequestContext,
  services: Services,
): Promise<Config[]> {
  const { resourceType, resourceName, configurationKeys } = resource;
  // Some clients send an empty list for "all".
  const keys = configurationKeys?.length === 0 ? null : configurationKeys;
  if (resourceType === BROKER_LOGGER) return loggerEntries(resourceName, keys, context, services);
  const entries = await entriesOf(resource, keys, context, services);
  return entries.map((entry) => described(entry, request));
}

async function entriesOf(
  { resourceType, resourceName }: Resource,
  keys: readonly string[] | null,
  context: RequestContext,
  services: Services,
): Promise<ConfigEntry[]> {
  switch (resourceType) {
    case TOPIC:
      return topicEntries(resourceName, keys, context, services);
    case BROKER:
      return brokerEntries(resourceName, keys, context, services);
    default:
      throw new KafkaError('INVALID_REQUEST');
  }
}

async function topicEntries(
  topic: string,
  keys: readonly string[] | null,
  context: RequestContext,
  { config, metadataCache, zkClient }: Services,
): Promise<ConfigEntry[]> {
  if (!context.authorize('DESCRIBE_CONFIGS', { type: 'TOPIC', name: topic }))
    throw new KafkaError('TOPIC_AUTHORIZATION_FAILED');
  validateTopicName(topic);
  if (!metadataCache.contains(topic)) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', '');
  const overrides = Object.fromEntries(await zkClient.configs.getEntityConfigs(entityPath('topics', topic)));
  return describeTopic(TopicConfig.of(config, overrides), config, keys);
}

function brokerEntries(
  name: string,
  keys: readonly string[] | null,
  context: RequestContext,
  { config, brokerId }: Services,
): ConfigEntry[] {
  if (!context.authorize('DESCRIBE_CONFIGS', CLUSTER)) throw new KafkaError('CLUSTER_AUTHORIZATION_FAILED');
  if (name === '') return describeBrokerDefaults(config, keys);
  if (name === String(brokerId)) return describeBroker(config, keys);
  throw new KafkaError(
    'INVALID_REQUEST',
    wrongBrokerId(name, `Unexpected broker id, expected ${brokerId} or empty string, but received ${name}`),
  );
}

function loggerEntries(
  name: string,
  keys: readonly string[] | null,
  context: RequestContext,
  { loggerLevels, brokerId }: Services,
): Config[] {
  if (!context.authorize('DESCRIBE_CONFIGS', CLUSTER)) throw new KafkaError('CLUSTER_AUTHORIZATION_FAILED');
  if (name === '') throw new KafkaError('INVALID_REQUEST', 'Broker id must not be empty');
  if (name !== String(brokerId))
    throw new KafkaError(
      'INVALID_REQUEST',
      wrongBrokerId(name, `Unexpected broker id, expected ${brokerId} but received ${name}`),
    );
  return describeLoggers(loggerLevels, keys).map(({ name: logger, level }) => ({
    name: logger,
    value: level,
    readOnly: false,
    isDefault: false,
    configSource: LOGGER_SOURCE,
    isSensitive: false,
    synonyms: [],
    configType: UNKNOWN_TYPE,
    documentation: null,
  }));
}

function wrongBrokerId(name: string, unexpected: string): string {
  return /^[+-]?\d+$/.test(name) ? unexpected : `Broker id must be an integer, but it is: ${name}`;
}

function described(entry: ConfigEntry, request: DescribeConfigsRequest): Config {
  return {
    name: entry.name,
    value: entry.value,
    readOnly: entry.readOnly,
    // Only v0 has this in place of the source, and the original never sets it.
    isDefault: false,
    configSource: CONFIG_SOURCE_ID[entry.source],
    isSensitive: entry.sensitive,
    synonyms: request.includeSynonyms
      ? entry.synonyms.map(({ name, value, source }) => ({ name, value, source: CONFIG_SOURCE_ID[source] }))
      : [],
    configType: entry.type === null ? UNKNOWN_TYPE : CONFIG_TYPE_ID[entry.type],
    documentation: request.includeDocumentation ? entry.documentation : null,
  };
}
