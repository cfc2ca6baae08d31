/**
 * DescribeConfigs v0-4: the configuration of topics and of this broker, with sources and synonyms.
 *
 * - Topic overrides are read from ZooKeeper, so any broker can answer.
 * - Only a broker itself knows its file: another broker's id is INVALID_REQUEST (contract 1.3, 8.6). The empty name
 *   stands for the cluster-wide dynamic values.
 *
 * v1 synonyms and sources (KIP-226), v3 types and documentation (KIP-569), v4 flexible.
 */
import { TopicConfig } from '../../config/index.ts';
import { ErrorCode, KafkaError, errors, type MessageInput } from '../../protocol/index.ts';
import { DescribeConfigsRequest, DescribeConfigsResponse } from '../../protocol/messages/32-describe-configs.ts';
import { CLUSTER } from '../../security/index.ts';
import {
  describeBrokerConfigs,
  describeTopicConfigs,
  type DescribeOptions,
  type DescribedConfig,
} from '../describe-configs.ts';
import { defineHandler, type RequestContext } from '../handler.ts';
import type { Services } from '../services.ts';
import { entityPath } from '../../zookeeper/index.ts';

const TOPIC = 2;
const BROKER = 4;

type Result = MessageInput<typeof DescribeConfigsResponse>['results'][number];
type Resource = DescribeConfigsRequest['resources'][number];

export const describeConfigs = defineHandler({
  request: DescribeConfigsRequest,
  response: DescribeConfigsResponse,

  async handle(request, context, services) {
    const results = await Promise.all(
      request.resources.map(async (resource): Promise<Result> => {
        try {
          const configs = await configsOf(resource, request, context, services);
          return { ...identity(resource), errorCode: 0, errorMessage: null, configs };
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
): Promise<DescribedConfig[]> {
  const options: DescribeOptions = {
    keys: resource.configurationKeys?.length === 0 ? null : resource.configurationKeys,
    includeSynonyms: request.includeSynonyms,
    includeDocumentation: request.includeDocumentation,
  };
  switch (resource.resourceType) {
    case TOPIC:
      return topicConfigs(resource.resourceName, options, context, services);
    case BROKER:
      return brokerConfigs(resource.resourceName, options, context, services);
    default:
      throw new KafkaError('INVALID_REQUEST', `Unsupported resource type: ${resource.resourceType}`);
  }
}

async function topicConfigs(
  topic: string,
  options: DescribeOptions,
  context: RequestContext,
  services: Services,
): Promise<DescribedConfig[]> {
  if (!context.authorize('DESCRIBE_CONFIGS', { type: 'TOPIC', name: topic }))
    throw new KafkaError('TOPIC_AUTHORIZATION_FAILED');
  if (!/^[a-zA-Z0-9._-]{1,249}$/.test(topic)) throw new KafkaError('INVALID_TOPIC_EXCEPTION');
  if (!services.metadataCache.contains(topic)) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION');
  const overrides = Object.fromEntries(
    await services.zkClient.configs.getEntityConfigs(entityPath('topics', topic)),
  );
  return describeTopicConfigs(services.config, TopicConfig.of(services.config, overrides), options);
}

function brokerConfigs(
  name: string,
  options: DescribeOptions,
  context: RequestContext,
  { config, brokerId }: Services,
): DescribedConfig[] {
  if (!context.authorize('DESCRIBE_CONFIGS', CLUSTER)) throw new KafkaError('CLUSTER_AUTHORIZATION_FAILED');
  if (name !== '' && name !== String(brokerId))
    throw new KafkaError(
      'INVALID_REQUEST',
      `Unexpected broker id, expected ${brokerId} or empty string, but received ${name}`,
    );
  return describeBrokerConfigs(config, { ...options, dynamicOnly: name === '' });
}
