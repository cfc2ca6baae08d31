/**
 * Kafka's ZkAdminManager: creates topics, adds partitions, marks topics for deletion. The broker that was asked writes
 * ZooKeeper itself, and the controller finds out by its watches (contract 1.3, 2.6); then this waits until the outcome
 * has come round to its own metadata cache.
 *
 * Invariants: nothing is written before everything about the topic was found right; one topic's failure is a value and
 * touches no other topic. Who may do what, and whether this broker is the controller, is the handlers' question.
 */
import { uuidFromRandom, ZERO_UUID } from '../../common/index.ts';
import { describeTopic, TopicConfig, type BrokerConfig, type ConfigEntry } from '../../config/index.ts';
import { assignReplicas, type AssignableBroker, type MetadataCache } from '../../metadata/index.ts';
import type { Metrics } from '../../metrics/index.ts';
import { KafkaError, type ErrorName } from '../../protocol/index.ts';
import type { CreateTopicsRequest } from '../../protocol/messages/19-create-topics.ts';
import type { CreatePartitionsRequest } from '../../protocol/messages/37-create-partitions.ts';
import type { Logger, Runtime } from '../../runtime/index.ts';
import {
  ControllerMovedError,
  entityPath,
  isZkError,
  type KafkaZkClient,
  type ReplicaAssignment,
  type TopicAssignment,
} from '../../zookeeper/index.ts';
import { DelayedTopicOperations } from './delayed-topic-operations.ts';
import { askPolicy, type Policies } from './policies.ts';
import {
  collidingTopics,
  validateAddedAssignment,
  validateNewAssignment,
  validateTopicName,
  validateTopicOverrides,
  type PartitionAssignments,
} from './topic-rules.ts';

export type CreatableTopic = CreateTopicsRequest['topics'][number];
export type CreatePartitionsTopic = CreatePartitionsRequest['topics'][number];

/** How one topic fared. `message` is null where Kafka sends none. */
export interface TopicOutcome {
  readonly error: ErrorName;
  readonly message: string | null;
}

export interface CreateTopicOutcome extends TopicOutcome {
  /** ZERO_UUID when the topic was not created. */
  readonly topicId: string;
  /** -1 when the topic is refused, like `replicationFactor`. */
  readonly numPartitions: number;
  readonly replicationFactor: number;
  /** For a topic that was, or with validateOnly would be, created. */
  readonly configs: readonly ConfigEntry[];
}

export interface TopicOperationOptions {
  readonly timeoutMs: number;
  readonly validateOnly: boolean;
}

export interface ZkAdminManagerOptions {
  readonly runtime: Runtime;
  /** The one in force, dynamic changes included. */
  readonly config: () => BrokerConfig;
  readonly metrics: Metrics;
  readonly metadataCache: MetadataCache;
  readonly zkClient: KafkaZkClient;
  readonly policies: Pick<Policies, 'createTopic'>;
}

/** In CreateTopics: take the broker's default. */
const UNSET = -1;

const FINE: TopicOutcome = { error: 'NONE', message: null };
const TIMED_OUT: TopicOutcome = { error: 'REQUEST_TIMED_OUT', message: null };

export class ZkAdminManager {
  readonly #runtime: Runtime;
  readonly #config: () => BrokerConfig;
  readonly #metadataCache: MetadataCache;
  readonly #zk: KafkaZkClient;
  readonly #policies: Pick<Policies, 'createTopic'>;
  readonly #delayed: DelayedTopicOperations;
  readonly #logger: Logger;

  constructor({ runtime, config, metrics, metadataCache, zkClient, policies }: ZkAdminManagerOptions) {
    this.#runtime = runtime;
    this.#config = config;
    this.#metadataCache = metadataCache;
    this.#zk = zkClient;
    this.#policies = policies;
    this.#delayed = new DelayedTopicOperations(metadataCache, runtime.timers, metrics, 'topic');
    this.#logger = runtime.logger.child('kafka.server.ZkAdminManager');
  }

  // ---- CreateTopics

  /** By topic name. With timeout 0 every topic that was created answers REQUEST_TIMED_OUT, as in Kafka. */
  async createTopics(
    topics: readonly CreatableTopic[],
    { timeoutMs, validateOnly }: TopicOperationOptions,
  ): Promise<Map<string, CreateTopicOutcome>> {
    const outcomes = new Map<string, CreateTopicOutcome>();
    for (const topic of topics) outcomes.set(topic.name, await this.#tryCreateTopic(topic, validateOnly));
    if (validateOnly) return outcomes;
    const isReady = (name: string): boolean => this.#hasLeaders(name, outcomes.get(name)?.numPartitions ?? 0);
    await this.#whenReady(outcomes, isReady, timeoutMs);
    for (const [name, outcome] of outcomes)
      // The id of a topic that exists is told all the same.
      if (outcome.error === 'REQUEST_TIMED_OUT')
        outcomes.set(name, { ...outcome, ...NOT_CREATED, topicId: outcome.topicId });
    return outcomes;
  }

  async #tryCreateTopic(topic: CreatableTopic, validateOnly: boolean): Promise<CreateTopicOutcome> {
    try {
      return await this.#createTopic(topic, validateOnly);
    } catch (error) {
      return { ...NOT_CREATED, ...this.#failure(error, `create topic ${topic.name}`) };
    }
  }

  async #createTopic(topic: CreatableTopic, validateOnly: boolean): Promise<CreateTopicOutcome> {
    const { name } = topic;
    if (this.#metadataCache.contains(name)) throw alreadyExists(name);
    const overrides = overridesOf(topic);
    const assignments = this.#assignmentsFor(topic);
    await this.#validateTopicCreate(name, assignments, overrides);
    const isAssigned = topic.assignments.length > 0;
    await askPolicy(this.#policies.createTopic, {
      topic: name,
      numPartitions: isAssigned ? null : assignments.size,
      replicationFactor: isAssigned ? null : this.#replicationFactorOf(topic),
      replicasAssignments: isAssigned ? assignments : null,
      configs: new Map(Object.entries(overrides)),
    });
    const topicId = validateOnly ? ZERO_UUID : await this.#writeTopic(name, assignments, overrides);
    return {
      ...FINE,
      topicId,
      numPartitions: assignments.size,
      replicationFactor: assignments.get(0)?.length ?? 0,
      configs: describeTopic(TopicConfig.of(this.#config(), overrides), this.#config(), null),
    };
  }

  /** The assignment that was asked for, or one made here for the counts that were. */
  #assignmentsFor({ numPartitions, replicationFactor, assignments }: CreatableTopic): PartitionAssignments {
    if (assignments.length > 0) {
      if (numPartitions !== UNSET || replicationFactor !== UNSET)
        throw new KafkaError(
          'INVALID_REQUEST',
          'Both numPartitions or replicationFactor and replicasAssignments were set. ' +
            'Both cannot be used at the same time.',
        );
      return new Map(assignments.map(({ partitionIndex, brokerIds }) => [partitionIndex, brokerIds]));
    }
    const brokers = this.#aliveBrokers();
    return assignReplicas(
      brokers,
      numPartitions === UNSET ? this.#config().get('num.partitions') : numPartitions,
      this.#replicationFactorOf({ replicationFactor }),
      { startIndex: this.#randomIndex(brokers), shift: this.#randomIndex(brokers), firstPartition: 0 },
    );
  }

  #replicationFactorOf({ replicationFactor }: Pick<CreatableTopic, 'replicationFactor'>): number {
    return replicationFactor === UNSET ? this.#config().get('default.replication.factor') : replicationFactor;
  }

  async #validateTopicCreate(
    topic: string,
    assignments: PartitionAssignments,
    overrides: Readonly<Record<string, string>>,
  ): Promise<void> {
    validateTopicName(topic);
    if (await this.#zk.topics.isTopicMarkedForDeletion(topic))
      throw new KafkaError('TOPIC_ALREADY_EXISTS', `Topic '${topic}' is marked for deletion.`);
    if (await this.#zk.topics.topicExists(topic)) throw alreadyExists(topic);
    if (/[._]/.test(topic)) {
      const existing = await this.#zk.topics.getAllTopicsInCluster();
      if (existing.has(topic)) throw alreadyExists(topic);
      const colliding = collidingTopics(topic, existing);
      if (colliding.length > 0)
        throw new KafkaError(
          'INVALID_TOPIC_EXCEPTION',
          `Topic '${topic}' collides with existing topics: ${colliding.join(', ')}`,
        );
    }
    validateNewAssignment(assignments);
    validateTopicOverrides(overrides);
  }

  /** The configuration first, empty or not: a topic is there once its assignment is. Resolves with the topic's id. */
  async #writeTopic(
    topic: string,
    assignments: PartitionAssignments,
    overrides: Readonly<Record<string, string>>,
  ): Promise<string> {
    const topicId = uuidFromRandom((count) => this.#runtime.random.bytes(count));
    await this.#zk.configs.setOrCreateEntityConfigs(
      entityPath('topics', topic),
      new Map(Object.entries(overrides)),
    );
    try {
      await this.#zk.topics.createTopicAssignment({
        topic,
        topicId,
        partitions: plainAssignments(assignments),
      });
    } catch (error) {
      if (isZkError(error, 'NodeExists')) throw alreadyExists(topic);
      throw error;
    }
    return topicId;
  }

  // ---- CreatePartitions

  async createPartitions(
    topics: readonly CreatePartitionsTopic[],
    { timeoutMs, validateOnly }: TopicOperationOptions,
  ): Promise<Map<string, TopicOutcome>> {
    const brokers = await this.#zk.brokers.getAllBrokersInCluster();
    const outcomes = new Map<string, TopicOutcome>();
    for (const topic of topics) {
      try {
        await this.#createPartitions(topic, brokers, validateOnly);
        outcomes.set(topic.name, FINE);
      } catch (error) {
        outcomes.set(topic.name, this.#failure(error, `add partitions to topic ${topic.name}`));
      }
    }
    if (validateOnly) return outcomes;
    const counts = new Map(topics.map(({ name, count }) => [name, count]));
    return this.#whenReady(outcomes, (name) => this.#hasLeaders(name, counts.get(name) ?? 0), timeoutMs);
  }

  async #createPartitions(
    { name: topic, count, assignments }: CreatePartitionsTopic,
    brokers: readonly AssignableBroker[],
    validateOnly: boolean,
  ): Promise<void> {
    const existing = (await this.#zk.topics.getTopicAssignments([topic])).get(topic);
    if (existing === undefined || existing.partitions.size === 0)
      throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `The topic '${topic}' does not exist.`);
    checkNewCount(existing, count);
    const added = addedAssignments(existing, count, assignments, brokers);
    if (validateOnly) return;
    const partitions = new Map([...existing.partitions, ...plainAssignments(added)]);
    await this.#zk.topics.setTopicAssignment({ ...existing, partitions }, 'any');
  }

  // ---- DeleteTopics

  /** Marks the topics for deletion and waits until they are gone; marking twice is no error. */
  async deleteTopics(topics: readonly string[], timeoutMs: number): Promise<Map<string, TopicOutcome>> {
    const outcomes = new Map<string, TopicOutcome>();
    for (const topic of topics) {
      try {
        if (!(await this.#zk.topics.topicExists(topic))) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION');
        await this.#markForDeletion(topic);
        outcomes.set(topic, FINE);
      } catch (error) {
        outcomes.set(topic, { ...this.#failure(error, `delete topic ${topic}`), message: null });
      }
    }
    return this.#whenReady(outcomes, (topic) => !this.#metadataCache.contains(topic), timeoutMs);
  }

  async #markForDeletion(topic: string): Promise<void> {
    try {
      await this.#zk.topics.createDeleteTopicPath(topic);
    } catch (error) {
      if (!isZkError(error, 'NodeExists')) throw error;
    }
  }

  // ---- waiting for the outcome

  /** Gives the topics that were written time to become ready; those that do not are REQUEST_TIMED_OUT. */
  async #whenReady<T extends TopicOutcome>(
    outcomes: Map<string, T>,
    isReady: (topic: string) => boolean,
    timeoutMs: number,
  ): Promise<Map<string, T>> {
    const written = [...outcomes].filter(([, { error }]) => error === 'NONE').map(([topic]) => topic);
    const lets = timeoutMs > 0;
    if (lets) await this.#delayed.until(() => written.every((topic) => isReady(topic)), timeoutMs);
    for (const topic of written) {
      const outcome = outcomes.get(topic);
      if (outcome !== undefined && !(lets && isReady(topic)))
        outcomes.set(topic, { ...outcome, ...TIMED_OUT });
    }
    return outcomes;
  }

  #hasLeaders(topic: string, partitionCount: number): boolean {
    const partitions = [...this.#metadataCache.partitionsOf(topic).values()];
    return partitions.filter(({ leader }) => leader !== UNSET).length >= partitionCount;
  }

  #aliveBrokers(): AssignableBroker[] {
    return this.#metadataCache.aliveBrokers(this.#config().interBrokerListenerName);
  }

  #randomIndex(brokers: readonly AssignableBroker[]): number {
    return this.#runtime.random.below(Math.max(1, brokers.length));
  }

  #failure(error: unknown, what: string): TopicOutcome {
    if (error instanceof KafkaError) {
      this.#logger.debug(`Refused to ${what}: ${error.message}`);
      return { error: error.error, message: error.error === 'UNKNOWN_SERVER_ERROR' ? null : error.message };
    }
    if (error instanceof ControllerMovedError)
      return { error: 'STALE_CONTROLLER_EPOCH', message: error.message };
    this.#logger.error(`Failed to ${what}`, { error });
    return { error: 'UNKNOWN_SERVER_ERROR', message: null };
  }
}

const NOT_CREATED = {
  topicId: ZERO_UUID,
  numPartitions: UNSET,
  replicationFactor: UNSET,
  configs: [],
} as const;

function alreadyExists(topic: string): KafkaError {
  return new KafkaError('TOPIC_ALREADY_EXISTS', `Topic '${topic}' already exists.`);
}

function overridesOf({ configs }: CreatableTopic): Record<string, string> {
  const unset = configs.filter(({ value }) => value === null).map(({ name }) => name);
  if (unset.length > 0)
    throw new KafkaError('INVALID_CONFIG', `Null value not supported for topic configs: ${unset.join(',')}`);
  return Object.fromEntries(configs.map(({ name, value }) => [name, value ?? '']));
}

function plainAssignments(assignments: PartitionAssignments): Map<number, ReplicaAssignment> {
  return new Map(
    [...assignments].map(([partition, replicas]) => [
      partition,
      { replicas, addingReplicas: [], removingReplicas: [] },
    ]),
  );
}

function checkNewCount({ topic, partitions }: TopicAssignment, count: number): void {
  for (const { addingReplicas, removingReplicas } of partitions.values())
    if (addingReplicas.length + removingReplicas.length > 0)
      throw new KafkaError(
        'REASSIGNMENT_IN_PROGRESS',
        `A partition reassignment is in progress for the topic '${topic}'.`,
      );
  if (count < partitions.size)
    throw new KafkaError(
      'INVALID_PARTITIONS',
      `Topic currently has ${partitions.size} partitions, which is higher than the requested ${count}.`,
    );
  if (count === partitions.size)
    throw new KafkaError('INVALID_PARTITIONS', `Topic already has ${partitions.size} partitions.`);
}

/** Given ones are checked; made ones go on where the topic's first partition began. */
function addedAssignments(
  { partitions }: TopicAssignment,
  count: number,
  given: CreatePartitionsTopic['assignments'],
  brokers: readonly AssignableBroker[],
): PartitionAssignments {
  const increment = count - partitions.size;
  const first = partitions.get(0)?.replicas ?? [];
  if (given === null) {
    const startIndex = Math.max(
      0,
      brokers.findIndex(({ id }) => id >= (first[0] ?? 0)),
    );
    const start = { startIndex, shift: startIndex, firstPartition: partitions.size };
    return assignReplicas(brokers, increment, first.length, start);
  }
  const alive = brokers.map(({ id }) => id);
  const unknown = new Set(given.flatMap(({ brokerIds }) => brokerIds).filter((id) => !alive.includes(id)));
  if (unknown.size > 0)
    throw new KafkaError(
      'INVALID_REPLICA_ASSIGNMENT',
      `Unknown broker(s) in replica assignment: ${[...unknown].join(', ')}.`,
    );
  if (given.length !== increment)
    throw new KafkaError(
      'INVALID_REPLICA_ASSIGNMENT',
      `Increasing the number of partitions by ${increment} but ${given.length} assignments provided.`,
    );
  const added = new Map(given.map(({ brokerIds }, index) => [partitions.size + index, brokerIds]));
  validateAddedAssignment(added, first.length, alive);
  return added;
}
