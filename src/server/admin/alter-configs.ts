/**
 * Kafka's ConfigAdminManager and the configs part of ZkAdminManager: topics' and brokers' settings are validated here,
 * written to /config, and announced in /config/changes to every broker, this one too (contract sections 2.6, 7.2).
 *
 * Any broker changes a topic's settings and those of all brokers; the settings of one broker only that broker, because
 * nobody else knows its properties file. One resource's failure is a value and touches no other resource. Settings are
 * read, changed and written back without a fence, as in the original: of two changes at once the later one stays.
 */
import {
  brokerTable,
  ConfigError,
  isBrokerKey,
  isDynamic,
  isPasswordKey,
  topicTable,
  validateDynamicProperties,
  validateReconfiguration,
  validateTopicConfig,
  type BrokerConfig,
  type Properties,
} from '../../config/index.ts';
import type { LoggerLevels } from '../../logging/index.ts';
import type { MetadataCache } from '../../metadata/index.ts';
import { errors, KafkaError, type ErrorName } from '../../protocol/index.ts';
import type { Runtime } from '../../runtime/index.ts';
import { CLUSTER, type Operation, type Resource } from '../../security/index.ts';
import {
  ControllerMovedError,
  DEFAULT_ENTITY_NAME,
  entityPath,
  type KafkaZkClient,
} from '../../zookeeper/index.ts';
import { changeLoggers, validateLoggerChanges } from './broker-loggers.ts';
import { applyChanges, RESOURCE_TYPE, validateChanges, type ResourceChange } from './config-changes.ts';
import { askPolicy, type Policies } from './policies.ts';
import { validateTopicName } from './topic-rules.ts';
import type { TopicOutcome } from './zk-admin-manager.ts';

/** What of the broker is asked. `config` is read anew after every await. */
export interface ConfigAdminParts {
  readonly runtime: Runtime;
  readonly brokerId: number;
  readonly loggerLevels: LoggerLevels;
  readonly config: BrokerConfig;
  readonly metadataCache: MetadataCache;
  readonly zkClient: KafkaZkClient;
  readonly policies: Pick<Policies, 'alterConfig'>;
}

interface AlterOptions {
  /** What is not named stays; without it, goes. */
  readonly incremental: boolean;
  readonly validateOnly: boolean;
}

type Authorize = (operation: Operation, resource: Resource) => boolean;

/** How each resource fared, in the order of the request. */
export async function alterConfigs(
  resources: readonly ResourceChange[],
  options: AlterOptions,
  authorize: Authorize,
  parts: ConfigAdminParts,
): Promise<readonly TopicOutcome[]> {
  const times = new Map<string, number>();
  for (const resource of resources) times.set(keyOf(resource), (times.get(keyOf(resource)) ?? 0) + 1);
  const outcomes: TopicOutcome[] = [];
  for (const resource of resources) {
    const isAlone = times.get(keyOf(resource)) === 1;
    outcomes.push(isAlone ? await tryAlter(resource, options, authorize, parts) : NAMED_TWICE);
  }
  return outcomes;
}

const NAMED_TWICE: TopicOutcome = {
  error: 'INVALID_REQUEST',
  message: 'Each resource must appear at most once.',
};

function keyOf({ resourceType, resourceName }: ResourceChange): string {
  return `${resourceType} ${resourceName}`;
}

async function tryAlter(
  resource: ResourceChange,
  options: AlterOptions,
  authorize: Authorize,
  parts: ConfigAdminParts,
): Promise<TopicOutcome> {
  try {
    await alter(resource, options, authorize, parts);
    return { error: 'NONE', message: null };
  } catch (error) {
    return failure(error, resource, parts);
  }
}

async function alter(
  resource: ResourceChange,
  options: AlterOptions,
  authorize: Authorize,
  parts: ConfigAdminParts,
): Promise<void> {
  const { resourceType, resourceName } = resource;
  validateChanges(resource.configs);
  switch (resourceType) {
    case RESOURCE_TYPE.TOPIC:
      requireAuthorized(
        authorize('ALTER_CONFIGS', { type: 'TOPIC', name: resourceName }),
        'TOPIC_AUTHORIZATION_FAILED',
      );
      return alterTopic(resource, options, parts);
    case RESOURCE_TYPE.BROKER:
      if (resourceName !== '') requireThisBroker(resourceName, parts.brokerId);
      requireAuthorized(authorize('ALTER_CONFIGS', CLUSTER), 'CLUSTER_AUTHORIZATION_FAILED');
      return alterBroker(resource, options, parts);
    case RESOURCE_TYPE.BROKER_LOGGER:
      if (!options.incremental) break;
      requireThisLogger(resourceName, parts.brokerId);
      requireAuthorized(authorize('ALTER_CONFIGS', CLUSTER), 'CLUSTER_AUTHORIZATION_FAILED');
      validateLoggerChanges(parts.loggerLevels, resource.configs);
      if (!options.validateOnly) changeLoggers(parts.loggerLevels, resource.configs);
      return;
    case RESOURCE_TYPE.CLIENT_METRICS:
      throw new KafkaError(
        'INVALID_REQUEST',
        'AlterConfigs is only supported for topics and brokers, but resource type is CLIENT_METRICS',
      );
    default:
      break;
  }
  throw new KafkaError('INVALID_REQUEST', `Unknown resource type ${resourceType}`);
}

async function alterTopic(
  { resourceName: topic, configs }: ResourceChange,
  { incremental, validateOnly }: AlterOptions,
  { metadataCache, zkClient, runtime, policies }: ConfigAdminParts,
): Promise<void> {
  const entity = entityPath('topics', topic);
  const current =
    incremental && topic !== '' ? await zkClient.configs.getEntityConfigs(entity) : new Map<string, string>();
  const next = applyChanges(Object.fromEntries(current), configs, topicTable);
  if (topic === '') throw new KafkaError('INVALID_REQUEST', 'Default topic resources are not allowed.');
  if (!metadataCache.contains(topic))
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `The topic '${topic}' does not exist.`);
  validateTopicName(topic);
  validateOverrides(topic, next);
  if (!(await zkClient.topics.topicExists(topic)))
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `Topic '${topic}' does not exist.`);
  await askPolicy(policies.alterConfig, {
    resource: { type: 'TOPIC', name: topic },
    configs: settingsOf(configs),
  });
  if (validateOnly) return;
  await write(zkClient, entity, next);
  runtime.logger.child('kafka.server.ZkAdminManager').info(`Updated the configs of topic ${topic}`);
}

/** A setting nobody knows, and two that contradict each other, are told as they are; a wrong value with its topic. */
function validateOverrides(topic: string, overrides: Properties): void {
  try {
    validateTopicConfig(overrides);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const asItIs = /^(Unknown topic config name|conflict topic config setting)/.test(error.message);
    const where = asItIs
      ? ''
      : `Invalid config value for resource ConfigResource(type=TOPIC, name='${topic}'): `;
    throw new KafkaError('INVALID_CONFIG', `${where}${error.message}`, { cause: error });
  }
}

async function alterBroker(
  { resourceName, configs }: ResourceChange,
  { incremental, validateOnly }: AlterOptions,
  parts: ConfigAdminParts,
): Promise<void> {
  const { zkClient, brokerId, runtime } = parts;
  const isOfOne = resourceName !== '';
  const name = isOfOne ? String(brokerId) : DEFAULT_ENTITY_NAME;
  const entity = entityPath('brokers', name);
  const current = incremental ? await zkClient.configs.getEntityConfigs(entity) : new Map<string, string>();
  // What somebody wrote there past the brokers and cannot change has no effect, and does not outlive a change.
  const changeable = [...current].filter(([key]) => !isBrokerKey(key) || isDynamic(key));
  const next = applyChanges(Object.fromEntries(changeable), configs, brokerTable);
  validateBrokerProperties(next, isOfOne, parts.config);
  await askPolicy(parts.policies.alterConfig, {
    resource: { type: 'BROKER', name: resourceName },
    configs: settingsOf(configs),
  });
  if (validateOnly) return;
  refusePasswords(next, parts);
  await write(zkClient, entity, next);
  runtime.logger.child('kafka.server.ZkAdminManager').info(`Updated the configs of brokers, entity ${name}`);
}

function validateBrokerProperties(properties: Properties, isOfOne: boolean, config: BrokerConfig): void {
  try {
    validateDynamicProperties(properties, isOfOne);
    const { perBroker, clusterWide } = config.layers.dynamic;
    const next = config.withDynamic(
      isOfOne ? { perBroker: properties, clusterWide } : { perBroker, clusterWide: properties },
    );
    validateReconfiguration(config, next);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // A rule that ties keys together is told in full by `allowed`; Scala's require puts its own words before it.
    const told = error.message === error.allowed ? `requirement failed: ${error.message}` : error.message;
    throw new KafkaError('INVALID_REQUEST', told, { cause: error });
  }
}

function settingsOf(configs: ResourceChange['configs']): Map<string, string | null> {
  return new Map(configs.map(({ name, value }) => [name, value]));
}

/** Passwords would be encrypted where they are written, which is not done here (docs/differences.md). */
function refusePasswords(properties: Properties, { config, brokerId }: ConfigAdminParts): void {
  if (!Object.keys(properties).some(isPasswordKey)) return;
  const told =
    config.get('password.encoder.secret') === null
      ? 'Password encoder secret not configured'
      : 'Passwords cannot be changed while this broker runs';
  throw new KafkaError(
    'INVALID_CONFIG',
    `Invalid config value for resource ConfigResource(type=BROKER, name='${brokerId}'): ${told}`,
  );
}

async function write({ configs }: KafkaZkClient, entity: string, properties: Properties): Promise<void> {
  await configs.setOrCreateEntityConfigs(entity, new Map(Object.entries(properties)));
  await configs.createConfigChangeNotification(entity);
}

function requireAuthorized(allowed: boolean, otherwise: ErrorName): void {
  if (!allowed) throw new KafkaError(otherwise);
}

function requireThisBroker(name: string, brokerId: number): void {
  const told = brokerIdProblem(
    name,
    brokerId,
    `Unexpected broker id, expected ${brokerId}, but received ${name}`,
  );
  if (told !== undefined) throw new KafkaError('INVALID_REQUEST', told);
}

function requireThisLogger(name: string, brokerId: number): void {
  // The original names the id it expects as the one it received, too.
  const told = brokerIdProblem(
    name,
    brokerId,
    `Unexpected node id. Expected ${brokerId}, but received ${brokerId}`,
  );
  if (told !== undefined) throw new KafkaError('INVALID_REQUEST', told);
}

function brokerIdProblem(name: string, brokerId: number, unexpected: string): string | undefined {
  if (!/^[+-]?\d+$/.test(name)) return `Node id must be an integer, but it is: ${name}`;
  return Number(name) === brokerId ? undefined : unexpected;
}

function failure(error: unknown, resource: ResourceChange, { runtime }: ConfigAdminParts): TopicOutcome {
  if (error instanceof KafkaError) {
    const unexpected = error.error === 'UNKNOWN_SERVER_ERROR';
    return { error: error.error, message: unexpected ? null : error.message };
  }
  if (error instanceof ControllerMovedError)
    return { error: 'STALE_CONTROLLER_EPOCH', message: errors.STALE_CONTROLLER_EPOCH.message };
  runtime.logger
    .child('kafka.server.ZkAdminManager')
    .error(`Failed to alter the configs of resource ${keyOf(resource)}`, { error });
  return { error: 'UNKNOWN_SERVER_ERROR', message: null };
}
