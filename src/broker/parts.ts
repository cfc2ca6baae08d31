/**
 * The rooms of one broker, made and introduced to each other. Who needs whom is decided here and nowhere else:
 * replication gets a way to the controller, coordinators get a log that is replicated, the controller gets channels
 * to brokers. Nothing is started here; `Broker` does that, in order.
 */
import { TopicConfig, type BrokerConfig } from '../config/index.ts';
import { KafkaController, networkChannels, takeProducerIdBlock } from '../controller/index.ts';
import {
  BrokerChannels,
  GroupCoordinator,
  ProducerIdManager,
  TransactionCoordinator,
  TransactionVerifier,
  coordinatorLogOf,
  groupConfigOf,
  transactionConfigOf,
  type ProducerIdBlock,
} from '../coordinator/index.ts';
import { MetadataCache } from '../metadata/index.ts';
import type { Metrics } from '../metrics/index.ts';
import { NetworkClient } from '../network/index.ts';
import type { FactStream } from '../observe/index.ts';
import { ErrorCode, KafkaError, errorNameOf } from '../protocol/index.ts';
import {
  AllocateProducerIdsRequest,
  AllocateProducerIdsResponse,
} from '../protocol/messages/67-allocate-producer-ids.ts';
import {
  AlterPartitionManager,
  BrokerToControllerChannel,
  ReplicaManager,
  type ConnectToBroker,
} from '../replication/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { AutoTopicCreationManager, ZkAdminManager, type Policies } from '../server/index.ts';
import {
  type ChangeableLogSettings,
  type LogCleanerSettings,
  LogManager,
  logConfigFrom,
} from '../storage/index.ts';
import { entityPath, type KafkaZkClient } from '../zookeeper/index.ts';

/** A broker that gets no block in this time tells its producers to come back later. */
const ALLOCATE_TIMEOUT_MS = 10_000;

export interface PartsOptions {
  readonly runtime: Runtime;
  readonly facts: FactStream;
  readonly metrics: Metrics;
  /** As it is at the start. */
  readonly config: BrokerConfig;
  /** With what has changed since. */
  readonly configNow: () => BrokerConfig;
  readonly brokerId: number;
  readonly brokerEpoch: () => number;
  readonly zkClient: KafkaZkClient;
  /** Absolute paths; the second are those of the first that are known to be unusable. */
  readonly logDirs: readonly string[];
  readonly failedLogDirs: readonly string[];
  /** Registers the broker again after its ZooKeeper session expired. */
  readonly reRegister: () => Promise<void>;
  readonly onAllLogDirsFailed: () => void;
  readonly policies: Policies;
}

export interface BrokerParts {
  readonly metadataCache: MetadataCache;
  readonly logManager: LogManager;
  readonly replicaManager: ReplicaManager;
  readonly controllerChannel: BrokerToControllerChannel;
  readonly controller: KafkaController;
  readonly groupCoordinator: GroupCoordinator;
  readonly transactionCoordinator: TransactionCoordinator;
  readonly transactionVerifier: TransactionVerifier;
  readonly producerIdManager: ProducerIdManager;
  readonly adminManager: ZkAdminManager;
  readonly autoTopicCreation: AutoTopicCreationManager;
  readonly connect: ConnectToBroker;
}

export function createParts(options: PartsOptions): BrokerParts {
  const { runtime, facts, metrics, config, brokerId, zkClient } = options;
  const metadataCache = new MetadataCache();
  const connect: ConnectToBroker = ({ host, port }, clientId) =>
    NetworkClient.connect(
      runtime,
      { host, port },
      { clientId, requestTimeoutMs: config.get('controller.socket.timeout.ms') },
    );
  const controllerChannel = createControllerChannel(options, metadataCache, connect);
  const logManager = createLogManager(options, (dir) => replicaManager.handleLogDirFailure(dir));
  const replicaManager: ReplicaManager = createReplicaManager(options, {
    metadataCache,
    logManager,
    controllerChannel,
    connect,
  });
  const controller = new KafkaController({
    runtime,
    facts,
    metrics,
    config,
    configNow: options.configNow,
    zkClient,
    brokerId,
    reRegister: options.reRegister,
    openChannel: networkChannels({ runtime, config, brokerId }),
  });
  const coordinators = createCoordinators(options, {
    metadataCache,
    replicaManager,
    controllerChannel,
    connect,
  });
  const adminManager = new ZkAdminManager({ ...options, config: options.configNow, metadataCache });
  return {
    metadataCache,
    logManager,
    replicaManager,
    controllerChannel,
    controller,
    ...coordinators,
    adminManager,
    autoTopicCreation: new AutoTopicCreationManager(config, adminManager),
    connect,
  };
}

type Coordinators =
  'groupCoordinator' | 'producerIdManager' | 'transactionCoordinator' | 'transactionVerifier';

/** The coordinators of groups and of transactions, and who asks others about theirs. */
function createCoordinators(
  options: PartsOptions,
  {
    metadataCache,
    replicaManager,
    controllerChannel,
    connect,
  }: Pick<BrokerParts, 'metadataCache' | 'replicaManager' | 'controllerChannel' | 'connect'>,
): Pick<BrokerParts, Coordinators> {
  const { runtime, facts, metrics, config, brokerId } = options;
  const groupCoordinator = new GroupCoordinator({
    runtime,
    facts,
    metrics,
    config: groupConfigOf(config),
    log: coordinatorLogOf(replicaManager, {
      timeoutMs: config.get('offsets.commit.timeout.ms'),
      requiredAcks: config.get('offsets.commit.required.acks'),
    }),
  });
  const producerIdManager = new ProducerIdManager(
    { allocateBlock: () => nextBlock(options, controllerChannel) },
    runtime.clock,
    runtime.logger,
  );
  const listenerName = config.interBrokerListenerName;
  const settings = transactionConfigOf(config);
  const transactionCoordinator = new TransactionCoordinator({
    runtime,
    facts,
    metrics,
    config: settings,
    log: coordinatorLogOf(replicaManager, { timeoutMs: settings.requestTimeoutMs, requiredAcks: -1 }),
    producerIds: producerIdManager,
    metadataCache,
    listenerName,
    channels: new BrokerChannels(connect, `broker-${brokerId}-txn-marker-sender`),
  });
  const transactionVerifier = new TransactionVerifier({
    clock: runtime.clock,
    logger: runtime.logger.child('kafka.server.AddPartitionsToTxnManager', { broker: brokerId }),
    metrics,
    metadataCache,
    listenerName,
    channels: new BrokerChannels(connect, `broker-${brokerId}-add-partitions-to-txn`),
    requestTimeoutMs: settings.requestTimeoutMs,
    partitionFor: (transactionalId) => transactionCoordinator.partitionFor(transactionalId),
  });
  return { groupCoordinator, producerIdManager, transactionCoordinator, transactionVerifier };
}

/** Replication proposes ISR changes to the controller and reaches leaders over the inter-broker listener. */
function createReplicaManager(
  { runtime, facts, metrics, config, brokerId, brokerEpoch, zkClient }: PartsOptions,
  {
    metadataCache,
    logManager,
    controllerChannel,
    connect,
  }: Pick<BrokerParts, 'metadataCache' | 'logManager' | 'controllerChannel' | 'connect'>,
): ReplicaManager {
  return new ReplicaManager({
    runtime,
    facts,
    metrics,
    config,
    brokerId,
    brokerEpoch,
    logManager,
    metadataCache,
    zk: {
      topicConfig: async (topic) =>
        Object.fromEntries(await zkClient.configs.getEntityConfigs(entityPath('topics', topic))),
    },
    connect,
    isrProposer: new AlterPartitionManager({
      channel: controllerChannel,
      timers: runtime.timers,
      logger: runtime.logger.child('kafka.server.AlterPartitionManager', { broker: brokerId }),
      brokerId,
      brokerEpoch,
    }),
  });
}

/** The way to whoever is the controller, as the metadata cache knows it. */
function createControllerChannel(
  { runtime, config, brokerId }: PartsOptions,
  metadataCache: MetadataCache,
  connect: ConnectToBroker,
): BrokerToControllerChannel {
  return new BrokerToControllerChannel({
    clock: runtime.clock,
    timers: runtime.timers,
    logger: runtime.logger.child('kafka.server.NodeToControllerChannelManager', { broker: brokerId }),
    clientId: `broker-${brokerId}-to-controller`,
    listenerName: config.controllerListenerName,
    requestTimeoutMs: config.get('controller.socket.timeout.ms'),
    metadataCache,
    connect,
  });
}

/** The next block of producer ids: from the controller, or from ZooKeeper where controllers give none yet. */
function nextBlock(
  { config, zkClient, brokerId, brokerEpoch }: PartsOptions,
  channel: BrokerToControllerChannel,
): Promise<ProducerIdBlock> {
  return config.interBrokerProtocol.supports('allocateProducerIds')
    ? allocateBlock(channel, brokerId, brokerEpoch)
    : takeBlock(zkClient, brokerId);
}

/** From the controller (KIP-730). */
async function allocateBlock(
  channel: BrokerToControllerChannel,
  brokerId: number,
  brokerEpoch: () => number,
): Promise<ProducerIdBlock> {
  const { errorCode, producerIdStart, producerIdLen } = await channel.call({
    request: AllocateProducerIdsRequest,
    response: AllocateProducerIdsResponse,
    value: () => ({ brokerId, brokerEpoch: brokerEpoch() }),
    errorCodeOf: (response) => response.errorCode,
    timeoutMs: ALLOCATE_TIMEOUT_MS,
  });
  if (errorCode !== ErrorCode.NONE) throw new KafkaError(errorNameOf(errorCode));
  return { start: producerIdStart, len: producerIdLen };
}

async function takeBlock({ controller }: KafkaZkClient, brokerId: number): Promise<ProducerIdBlock> {
  const store: Parameters<typeof takeProducerIdBlock>[0] = {
    producerIdBlock: () => controller.getLatestProducerIdsBlock(),
    writeProducerIdBlock: async (block, version) =>
      (await controller.setLatestProducerIdsBlock(block, version)) !== null,
  };
  const block = await takeProducerIdBlock(store, brokerId);
  if (block === null) throw new KafkaError('UNKNOWN_SERVER_ERROR');
  const { firstProducerId: start, lastProducerId } = block;
  return { start, len: lastProducerId - start + 1 };
}

/**
 * What lies in a failed dir stops at once; then the controller is told, which moves its leaders. With the last dir
 * gone the broker stops.
 */
function createLogManager(
  options: PartsOptions,
  stopReplicasIn: (dir: string) => Promise<unknown>,
): LogManager {
  const { runtime, facts, metrics, config, zkClient, brokerId } = options;
  const logger = runtime.logger.child('kafka.log.LogManager', { broker: brokerId });
  const logManager: LogManager = new LogManager({
    runtime,
    facts,
    logDirs: options.logDirs,
    failedLogDirs: options.failedLogDirs,
    defaultConfig: logConfigFrom(TopicConfig.of(config)),
    metrics,
    ...(config.get('log.cleaner.enable') ? { cleaner: logCleanerSettings(config) } : {}),
    settings: {
      retentionCheckIntervalMs: config.get('log.retention.check.interval.ms'),
      initialTaskDelayMs: config.get('log.initial.task.delay.ms'),
      flushSchedulerIntervalMs: config.get('log.flush.scheduler.interval.ms'),
      flushOffsetCheckpointIntervalMs: config.get('log.flush.offset.checkpoint.interval.ms'),
      flushStartOffsetCheckpointIntervalMs: config.get('log.flush.start.offset.checkpoint.interval.ms'),
      producerIdExpirationCheckIntervalMs: config.get('producer.id.expiration.check.interval.ms'),
      ...changeableLogSettings(config),
    },
    onLogDirFailure: (dir) => {
      if (logManager.liveLogDirs.length === 0) return options.onAllLogDirsFailed();
      stopReplicasIn(dir)
        .then(() => zkClient.brokers.propagateLogDirEvent(brokerId))
        .catch((error: unknown) => logger.error(`cannot tell the controller that ${dir} failed`, { error }));
    },
  });
  return logManager;
}

export function changeableLogSettings(config: BrokerConfig): ChangeableLogSettings {
  return {
    producerIdExpirationMs: config.get('producer.id.expiration.ms'),
    verifiesTransactions: config.get('transaction.partition.verification.enable'),
    recoveryThreadsPerDir: config.get('num.recovery.threads.per.data.dir'),
  };
}

export function logCleanerSettings(config: BrokerConfig): LogCleanerSettings {
  return {
    threads: config.get('log.cleaner.threads'),
    dedupeBufferSize: config.get('log.cleaner.dedupe.buffer.size'),
    ioBufferSize: config.get('log.cleaner.io.buffer.size'),
    ioBufferLoadFactor: config.get('log.cleaner.io.buffer.load.factor'),
    ioMaxBytesPerSecond: config.get('log.cleaner.io.max.bytes.per.second'),
    backoffMs: config.get('log.cleaner.backoff.ms'),
  };
}
