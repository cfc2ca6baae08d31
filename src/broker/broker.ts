/**
 * One Kafka broker: the rooms put together, and the order in which they start and stop.
 *
 * Starting (contract 2.4): ZooKeeper and its top-level paths; the cluster's id; whose log dirs these are; dynamic
 * configuration; recovery of the logs; sockets bound, so that the port is known, but not yet read from; registration
 * in /brokers/ids; the controller's election; coordinators; then requests are served. The order matters: a broker
 * that registered before its logs were recovered would be elected leader of partitions it cannot serve.
 *
 * Stopping asks the controller to move leaderships away, then goes through the same rooms in reverse.
 */
import { GROUP_METADATA_TOPIC, TRANSACTION_STATE_TOPIC, type AssertionError } from '../common/index.ts';
import { TopicConfig, type BrokerConfig } from '../config/index.ts';
import { LoggerLevels } from '../logging/index.ts';
import { Metrics } from '../metrics/index.ts';
import { SocketServer, type ReceivedRequest } from '../network/index.ts';
import { FactStream } from '../observe/index.ts';
import type { Logger, Runtime } from '../runtime/index.ts';
import { allowEverything } from '../security/index.ts';
import {
  Dispatcher,
  FetchSessionCache,
  HANDLERS,
  REUSED_APIS,
  RequestMetrics,
  type Outcome,
  type Services,
  DelayedTopicOperations,
  NO_POLICIES,
  type Policies,
} from '../server/index.ts';
import { logConfigFrom, type LogConfig } from '../storage/index.ts';
import { connectKafkaZkClient, type BrokerRegistration, type KafkaZkClient } from '../zookeeper/index.ts';
import { ConfigChanges } from './config-changes.ts';
import { connectionLimitsOf } from './connection-limits.ts';
import { DynamicBrokerConfig } from './dynamic-broker-config.ts';
import { FeatureListener } from './feature-listener.ts';
import { checkLogDirs, claimLogDirs, type LogDirIdentity } from './log-dir-identity.ts';
import { closePolicies, loadPolicies } from './load-policies.ts';
import { registerBroker, registrationOf } from './registration.ts';
import { BrokerStartError } from './broker-start-error.ts';
import { unservedSetting } from './unserved-settings.ts';
import { createParts, type BrokerParts } from './parts.ts';
import { requestControlledShutdown } from './controlled-shutdown.ts';

export interface BrokerOptions {
  readonly runtime: Runtime;
  readonly config: BrokerConfig;
  /** What listeners without a host are advertised as. */
  readonly hostName: string;
  /** Of the runtime's logger. */
  readonly loggerLevels?: LoggerLevels;
  /** A registration left by a dead session is an error at once instead of being waited out. */
  readonly strict?: boolean;
  /** The broker cannot go on: a broken invariant, or every log dir gone. Expected to end the process. */
  readonly onFatal: (reason: string, error: unknown) => void;
}

type BrokerState =
  'not-running' | 'starting' | 'recovery' | 'running' | 'pending-controlled-shutdown' | 'shutting-down';

/** KafkaServer's BrokerState gauge (contract 7.3). */
const STATE_NUMBER: Record<BrokerState, number> = {
  'not-running': 0,
  starting: 1,
  recovery: 2,
  running: 3,
  'pending-controlled-shutdown': 6,
  'shutting-down': 7,
};

export class Broker {
  readonly metrics: Metrics;
  readonly facts: FactStream;
  readonly #options: BrokerOptions;
  readonly #runtime: Runtime;
  readonly #logger: Logger;
  readonly #dynamicConfig: DynamicBrokerConfig;
  #policies: Policies = NO_POLICIES;
  #state: BrokerState = 'not-running';
  #brokerId = -1;
  #brokerEpoch = -1;
  #clusterId = '';
  #zkClient: KafkaZkClient | undefined;
  #parts: BrokerParts | undefined;
  #sockets: SocketServer<null> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: BrokerOptions) {
    this.#options = options;
    this.#runtime = options.runtime;
    this.#brokerId = options.config.brokerId;
    this.#logger = options.runtime.logger.child('kafka.server.KafkaServer', { id: this.#brokerId });
    this.#dynamicConfig = new DynamicBrokerConfig(
      options.config,
      options.runtime.logger.child('kafka.server.DynamicBrokerConfig'),
    );
    this.metrics = new Metrics(options.runtime.clock);
    this.facts = new FactStream({
      broker: this.#brokerId,
      nowMs: () => options.runtime.clock.wallMs(),
    });
    this.metrics.gauge('kafka.server:type=KafkaServer,name=BrokerState', () => STATE_NUMBER[this.#state]);
  }

  /** Its rooms once they are made, for who looks at a broker from outside: nobody decides anything from them. */
  get parts(): BrokerParts | undefined {
    return this.#parts;
  }

  get brokerId(): number {
    return this.#brokerId;
  }

  /** The one in force: it may be another after an await. */
  get #config(): BrokerConfig {
    return this.#dynamicConfig.current;
  }

  /** The port of each listener, once the broker has started. */
  get ports(): ReadonlyMap<string, number> {
    return this.#sockets?.ports() ?? new Map<string, number>();
  }

  /** Resolves when requests are served; rejects with what keeps the broker from starting. */
  async start(): Promise<void> {
    this.#enter('starting');
    this.#policies = await loadPolicies(this.#config, this.#runtime.disk);
    const zkClient = await this.#joinCluster();
    const logDirs = this.#config.logDirs.map((dir) => this.#runtime.disk.absolutePath(dir));
    const dirs = await this.#identify(zkClient, logDirs);
    await this.#dynamicConfig.load(zkClient.configs, this.#brokerId);
    const unserved = unservedSetting(this.#config);
    if (unserved !== undefined) throw new BrokerStartError(unserved);
    const identity = { clusterId: this.#clusterId, brokerId: this.#brokerId };
    const failedLogDirs = await claimLogDirs(this.#runtime, logDirs, dirs, identity);
    const features = new FeatureListener(zkClient, this.#logger);
    const parts = createParts({
      runtime: this.#runtime,
      facts: this.facts,
      metrics: this.metrics,
      config: this.#config,
      configNow: () => this.#config,
      brokerId: this.#brokerId,
      brokerEpoch: () => this.#brokerEpoch,
      zkClient,
      logDirs,
      failedLogDirs,
      reRegister: () => this.#register(zkClient),
      policies: this.#policies,
      onAllLogDirsFailed: () => this.#options.onFatal('every log dir has failed', undefined),
    });
    this.#parts = parts;
    this.#enter('recovery');
    await this.#loadLogs(zkClient, parts);
    await features.start();
    this.#sockets = this.#serverOf(parts, zkClient, features);
    await this.#bind(this.#sockets);
    parts.logManager.startup();
    parts.replicaManager.startup();
    await this.#register(zkClient);
    await parts.controller.startup();
    parts.groupCoordinator.startup(
      await this.#partitionsOf(zkClient, GROUP_METADATA_TOPIC, 'offsets.topic.num.partitions'),
    );
    parts.transactionCoordinator.startup(
      await this.#partitionsOf(zkClient, TRANSACTION_STATE_TOPIC, 'transaction.state.log.num.partitions'),
    );
    await this.#listenToConfigChanges(zkClient, parts, this.#sockets);
    this.#sockets.startProcessing();
    this.#enter('running');
    this.#logger.info('started');
  }

  /** Stops in order; calling it again waits for the same stop. */
  shutdown(): Promise<void> {
    this.#stopping ??= this.#shutdown();
    return this.#stopping;
  }

  /** For a broker that did not come to serve: its session ends and its id is free. Nothing on disk is touched. */
  async abandon(): Promise<void> {
    await this.#zkClient?.close();
  }

  async #shutdown(): Promise<void> {
    this.#logger.info('shutting down');
    const parts = this.#parts;
    if (
      this.#state === 'running' &&
      this.#config.get('controlled.shutdown.enable') &&
      this.#zkClient &&
      parts
    ) {
      this.#enter('pending-controlled-shutdown');
      await requestControlledShutdown({
        runtime: this.#runtime,
        config: this.#config,
        zkClient: this.#zkClient,
        connect: parts.connect,
        brokerId: this.#brokerId,
        brokerEpoch: this.#brokerEpoch,
        logger: this.#logger,
      });
    }
    this.#enter('shutting-down');
    this.#sockets?.stopProcessing();
    parts?.transactionVerifier.close();
    await parts?.transactionCoordinator.shutdown();
    await parts?.groupCoordinator.shutdown();
    await closePolicies(this.#policies, this.#logger);
    parts?.controllerChannel.close();
    await parts?.replicaManager.shutdown({ checkpointHighWatermarks: true });
    await parts?.logManager.shutdown();
    await parts?.controller.shutdown();
    await this.#zkClient?.close();
    await this.#sockets?.shutdown();
    await this.#runtime.workers.close();
    this.#enter('not-running');
    this.#logger.info('shut down completed');
  }

  #enter(state: BrokerState): void {
    this.#state = state;
    if (this.facts.active) this.facts.emit({ kind: 'broker-state', state });
  }

  async #joinCluster(): Promise<KafkaZkClient> {
    const { servers, chroot } = this.#config.zookeeperConnect;
    this.#logger.info(`Connecting to zookeeper on ${servers}${chroot}`);
    const zkClient = await connectKafkaZkClient({
      connect: `${servers}${chroot}`,
      sessionTimeoutMs: this.#config.get('zookeeper.session.timeout.ms'),
      connectionTimeoutMs: this.#config.zookeeperConnectionTimeoutMs,
      maxInFlightRequests: this.#config.get('zookeeper.max.in.flight.requests'),
      setAcl: this.#config.get('zookeeper.set.acl'),
      runtime: this.#runtime,
      facts: this.facts,
    });
    this.#zkClient = zkClient;
    await zkClient.createTopLevelPaths();
    this.#clusterId = await zkClient.brokers.createOrGetClusterId();
    this.#logger.info(`Cluster ID = ${this.#clusterId}`);
    return zkClient;
  }

  /** Settles which broker this is. */
  async #identify(zkClient: KafkaZkClient, logDirs: readonly string[]): Promise<LogDirIdentity> {
    const expected = { clusterId: this.#clusterId, brokerId: this.#config.brokerId };
    const identity = await checkLogDirs(this.#runtime, logDirs, expected);
    this.#brokerId =
      expected.brokerId >= 0
        ? expected.brokerId
        : (identity.storedBrokerId ??
          (await zkClient.brokers.generateBrokerId(this.#config.get('reserved.broker.max.id'))));
    return identity;
  }

  async #loadLogs({ configs, topics }: KafkaZkClient, parts: BrokerParts): Promise<void> {
    const known = await configs.getTopicConfigs(await topics.getAllTopicsInCluster());
    for (const [topic, overrides] of known)
      parts.replicaManager.updateTopicThrottles(topic, Object.fromEntries(overrides));
    const configOf = (topic: string): LogConfig =>
      this.#logConfig(Object.fromEntries(known.get(topic) ?? new Map<string, string>()));
    await parts.logManager.load({ configOf });
  }

  #logConfig(overrides: Readonly<Record<string, string>>): LogConfig {
    return logConfigFrom(TopicConfig.of(this.#config, overrides));
  }

  #serverOf(parts: BrokerParts, zkClient: KafkaZkClient, features: FeatureListener): SocketServer<null> {
    const dispatcher = new Dispatcher({
      handlers: HANDLERS,
      services: this.#services(parts, zkClient, features),
      authorizer: allowEverything,
      metrics: new RequestMetrics(this.metrics),
      logger: this.#runtime.logger.child('kafka.server.KafkaApis', { broker: this.#brokerId }),
      onBug: (error: AssertionError) => this.#options.onFatal('a broken invariant', error),
    });
    const config = this.#config;
    return new SocketServer<null>({
      runtime: this.#runtime,
      metrics: this.metrics,
      facts: this.facts,
      listeners: config.listeners.map(({ listenerName, host, port }) => ({ listenerName, host, port })),
      protectedListener: config.interBrokerListenerName,
      controlPlaneListener: config.controlPlaneListenerName ?? undefined,
      limits: connectionLimitsOf(config),
      connectionsMaxIdleMs: config.get('connections.max.idle.ms'),
      socketRequestMaxBytes: config.get('socket.request.max.bytes'),
      queuedMaxRequestBytes: config.get('queued.max.request.bytes'),
      socketListenBacklogSize: config.get('socket.listen.backlog.size'),
      reusedApis: REUSED_APIS,
      openSession: () => null,
      onRequest: (request) => serve(dispatcher, request),
    });
  }

  #services(parts: BrokerParts, zkClient: KafkaZkClient, features: FeatureListener): Services {
    const configNow = (): BrokerConfig => this.#config;
    return {
      runtime: this.#runtime,
      facts: this.facts,
      get config() {
        return configNow();
      },
      brokerId: this.#brokerId,
      loggerLevels: this.#options.loggerLevels ?? new LoggerLevels(),
      clusterId: this.#clusterId,
      brokerEpoch: () => this.#brokerEpoch,
      metadataCache: parts.metadataCache,
      replicaManager: parts.replicaManager,
      controller: parts.controller,
      groupCoordinator: parts.groupCoordinator,
      transactionCoordinator: parts.transactionCoordinator,
      transactionVerifier: parts.transactionVerifier,
      producerIdManager: parts.producerIdManager,
      adminManager: parts.adminManager,
      policies: this.#policies,
      delayedElections: new DelayedTopicOperations(
        parts.metadataCache,
        this.#runtime.timers,
        this.metrics,
        'ElectLeader',
      ),
      autoTopicCreation: parts.autoTopicCreation,
      fetchSessions: new FetchSessionCache({
        maxSessions: this.#config.get('max.incremental.fetch.session.cache.slots'),
        clock: this.#runtime.clock,
        random: this.#runtime.random,
        news: parts.replicaManager,
      }),
      zkClient,
      finalizedFeaturesEpoch: () => features.epoch,
    };
  }

  async #bind(sockets: SocketServer<null>): Promise<void> {
    const ports = await sockets.bind();
    for (const { listenerName, host } of this.#config.listeners)
      this.#logger.info(`Awaiting socket connections on ${host}:${ports.get(listenerName) ?? 0}.`);
  }

  #registration(): BrokerRegistration {
    return registrationOf({
      brokerId: this.#brokerId,
      rack: this.#config.get('broker.rack'),
      advertisedListeners: this.#config.advertisedListeners,
      boundPorts: this.ports,
      hostName: this.#options.hostName,
    });
  }

  async #register(zkClient: KafkaZkClient): Promise<void> {
    const registration = this.#registration();
    this.#brokerEpoch = await registerBroker({
      zkClient,
      registration,
      sessionTimeoutMs: this.#config.get('zookeeper.session.timeout.ms'),
      strict: this.#options.strict ?? false,
      timers: this.#runtime.timers,
      logger: this.#logger,
    });
    const endpoints = registration.endpoints.map(({ host, port }) => `${host}:${port}`).join(', ');
    this.#logger.info(`registered in ZooKeeper as ${endpoints} with broker epoch ${this.#brokerEpoch}`);
  }

  #listenToConfigChanges(
    zkClient: KafkaZkClient,
    parts: BrokerParts,
    sockets: SocketServer<null>,
  ): Promise<void> {
    const changes = new ConfigChanges({
      zkClient,
      clock: this.#runtime.clock,
      logger: this.#logger,
      brokerId: this.#brokerId,
      config: this.#dynamicConfig,
      parts,
      sockets,
      updateRegistration: () => zkClient.brokers.updateBrokerInfo(this.#registration()),
    });
    return changes.start();
  }

  /** How many partitions a coordinator's ids are spread over: what the topic has, or what it will be created with. */
  async #partitionsOf(
    { topics }: KafkaZkClient,
    topic: string,
    created: 'offsets.topic.num.partitions' | 'transaction.state.log.num.partitions',
  ): Promise<number> {
    const assignments = await topics.getTopicAssignments([topic]);
    const count = assignments.get(topic)?.partitions.size ?? 0;
    return count > 0 ? count : this.#config.get(created);
  }
}

/** Hands a request to the dispatcher and its outcome back to the connection. */
function serve(dispatcher: Dispatcher, request: ReceivedRequest<null>): void {
  const { connection } = request;
  const conclude = (outcome: Outcome): void => {
    switch (outcome.kind) {
      case 'respond':
        return request.respond(outcome.buffers, { onSent: outcome.onSent });
      case 'no-response':
        return request.respond(null);
      case 'close':
        return connection.close(outcome.reason);
    }
  };
  const outcome = dispatcher.dispatch(request.frame, {
    connectionId: connection.id,
    listenerName: connection.listenerName,
    clientHost: connection.remoteAddress,
    letSameFollow: () => request.letSameFollow(),
  });
  if (outcome instanceof Promise) void outcome.then(conclude);
  else conclude(outcome);
}
