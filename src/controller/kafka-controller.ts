/**
 * The controller: every broker has one, and the one whose broker holds /controller acts. It watches brokers come and
 * go, elects leaders, creates and deletes partitions, and tells the brokers; it never asks them (contract 2.5, 3).
 *
 * Invariant: it acts only while it is the controller of its epoch. Every write is fenced by the version of
 * /controller_epoch, every request names the epoch, and a lost office is resigned before anything else happens.
 * The steps themselves are in events/, the rules in decide/; this class queues events and holds the parts together.
 */
import { Deferred, type PartitionMap, uuidFromRandom, type TopicPartition } from '../common/index.ts';
import type { BrokerConfig } from '../config/index.ts';
import type { Metrics } from '../metrics/index.ts';
import type { FactStream } from '../observe/index.ts';
import type {
  AlterPartitionRequest,
  AlterPartitionResponse,
} from '../protocol/messages/56-alter-partition.ts';
import type {
  AllocateProducerIdsRequest,
  AllocateProducerIdsResponse,
} from '../protocol/messages/67-allocate-producer-ids.ts';
import type { Logger, Runtime, Timer } from '../runtime/index.ts';
import { ControllerMovedError, type KafkaZkClient, type ReplicaAssignment } from '../zookeeper/index.ts';
import { ControllerChannelManager, type OpenChannel } from './controller-channel-manager.ts';
import { ControllerContext } from './controller-context.ts';
import type { ControllerEvent, EventOf } from './controller-event.ts';
import { registerControllerMetrics } from './controller-metrics.ts';
import { ControllerOffice } from './controller-office.ts';
import type { ControllerParts } from './controller-parts.ts';
import type { ControllerServices } from './controller-services.ts';
import { ZkControllerWatches } from './controller-watches.ts';
import type { FeatureUpdate } from './decide/feature-update.ts';
import type { ReassignmentTarget } from './decide/reassignment.ts';
import { answerFailed, answerNotController } from './event-answers.ts';
import { ControllerEventManager } from './event-manager.ts';
import { processAllocateProducerIds } from './events/allocate-producer-ids.ts';
import { alteredPartitions, processAlterPartition } from './events/alter-partition.ts';
import { processBrokerChange, processBrokerModifications } from './events/broker-change.ts';
import { processControlledShutdown } from './events/controlled-shutdown.ts';
import { onControllerFailover } from './events/controller-failover.ts';
import {
  processAutoPreferredReplicaLeaderElection,
  processPreferredReplicaLeaderElection,
  processReplicaLeaderElection,
  processUncleanLeaderElectionEnable,
} from './events/leader-election.ts';
import { processIsrChangeNotification, processLogDirEventNotification } from './events/notifications.ts';
import {
  processApiPartitionReassignment,
  processListPartitionReassignments,
  processZkPartitionReassignment,
} from './events/partition-reassignment.ts';
import { completeReassignments } from './events/reassignment-steps.ts';
import { processLeaderAndIsrResponse, processUpdateMetadataResponse } from './events/responses.ts';
import { processPartitionModifications, processTopicChange } from './events/topic-change.ts';
import { processTopicDeletion, processTopicDeletionStopReplicaResponse } from './events/topic-deletion.ts';
import { processUpdateFeatures } from './events/update-features.ts';
import type { ElectionOutcome, ElectionType, FeatureOutcomes, ReassignmentOutcome } from './outcomes.ts';
import { PartitionStateMachine } from './partition-state-machine.ts';
import { ReplicaStateMachine } from './replica-state-machine.ts';
import { stopReplicaEvent } from './stop-replica-answer.ts';
import { TopicDeletionManager } from './topic-deletion-manager.ts';
import { Turn } from './turn.ts';
import { ZkControllerStore } from './zk-controller-store.ts';

export interface KafkaControllerOptions {
  readonly runtime: Runtime;
  readonly facts: FactStream;
  readonly metrics: Metrics;
  readonly config: BrokerConfig;
  /** The one in force, dynamic changes included: what topics do not set for themselves. */
  readonly configNow: () => BrokerConfig;
  readonly zkClient: KafkaZkClient;
  readonly brokerId: number;
  /** Registers this broker anew after its session expired, which gives it a new broker epoch. */
  readonly reRegister: () => Promise<void>;
  /** Opens a channel to a broker's inter-broker (or control plane) listener; see networkChannels(). */
  readonly openChannel: OpenChannel;
}

/** The first balance check of a new controller; the later ones follow `leader.imbalance.check.interval.seconds`. */
const FIRST_REBALANCE_DELAY_MS = 5_000;

const STATE_CHANGE_HANDLER = 'controller-state-change-handler';

export class KafkaController {
  readonly #options: KafkaControllerOptions;
  readonly #context = new ControllerContext();
  readonly #logger: Logger;
  readonly #events: ControllerEventManager;
  readonly #parts: ControllerParts;
  readonly #office: ControllerOffice;
  readonly #removeMetrics: () => void;
  #rebalanceTimer: Timer | null = null;

  constructor(options: KafkaControllerOptions) {
    const { runtime, metrics, facts } = options;
    this.#options = options;
    this.#logger = runtime.logger.child('kafka.controller.KafkaController');
    this.#events = new ControllerEventManager({
      clock: runtime.clock,
      timers: runtime.timers,
      metrics,
      facts,
      logger: this.#logger,
      processor: {
        process: (event, turn) => this.#process(event, turn),
        preempt: (event) => {
          answerNotController(event);
        },
      },
    });
    this.#parts = this.#createParts();
    this.#office = new ControllerOffice({
      parts: this.#parts,
      facts,
      onElected: async (turn) => {
        await onControllerFailover(this.#parts, turn);
        this.#scheduleRebalance(FIRST_REBALANCE_DELAY_MS);
      },
      onResigned: () => {
        this.#rebalanceTimer?.cancel();
      },
    });
    this.#removeMetrics = registerControllerMetrics({
      metrics,
      context: this.#context,
      isActive: () => this.isActive,
      stateId: () => this.#events.stateId,
    });
  }

  #createParts(): ControllerParts {
    const { runtime, metrics, facts, config, configNow, zkClient, brokerId, openChannel } = this.#options;
    const put = (event: ControllerEvent): void => {
      this.#events.put(event);
    };
    const watches = new ZkControllerWatches(zkClient, put);
    const services: ControllerServices = {
      brokerId,
      config,
      context: this.#context,
      store: new ZkControllerStore(zkClient, configNow),
      channels: new ControllerChannelManager({
        clock: runtime.clock,
        timers: runtime.timers,
        metrics,
        logger: runtime.logger.child('kafka.controller.ControllerChannelManager'),
        openChannel,
        onResponse: (request, { kind, response }) => {
          const { brokerId: from } = request;
          if (kind === 'LeaderAndIsr')
            put({ kind: 'LeaderAndIsrResponseReceived', brokerId: from, response });
          if (kind === 'UpdateMetadata')
            put({ kind: 'UpdateMetadataResponseReceived', brokerId: from, response });
          if (kind !== 'StopReplica' || request.kind !== 'StopReplica') return;
          const event = stopReplicaEvent(request, response, (topic) =>
            this.#context.isDeletionStarted(topic),
          );
          if (event !== null) put(event);
        },
      }),
      facts,
      metrics,
      logger: this.#logger,
      timers: runtime.timers,
      stateChangeLogger: runtime.logger.child('state.change.logger'),
    };
    const partitionStateMachine = new PartitionStateMachine(services);
    const replicaStateMachine = new ReplicaStateMachine(services);
    const topicDeletionManager = new TopicDeletionManager({
      services,
      partitionStateMachine,
      replicaStateMachine,
      mutePartitionModifications: (topic) => {
        watches.unwatchTopics([topic]);
      },
    });
    const newTopicId = (): string => uuidFromRandom((count) => runtime.random.bytes(count));
    return {
      ...services,
      partitionStateMachine,
      replicaStateMachine,
      topicDeletionManager,
      watches,
      put,
      newTopicId,
    };
  }

  /** Watches /controller and stands for election (contract 2.4 step 9). Resolves when the first attempt has ended. */
  async startup(): Promise<void> {
    this.#options.zkClient.client.registerStateChangeHandler({
      name: STATE_CHANGE_HANDLER,
      // Awaited, so that nothing of the old session's life happens in the new one.
      beforeInitializingSession: () => this.#events.clearAndPut({ kind: 'Expire' }),
      afterInitializingSession: () => {
        this.#events.put({ kind: 'RegisterBrokerAndReelect' });
      },
    });
    await this.#events.putAndWait({ kind: 'Startup' });
  }

  /** Stops acting. The znode /controller goes with the broker's session. */
  async shutdown(): Promise<void> {
    this.#options.zkClient.client.unregisterStateChangeHandler(STATE_CHANGE_HANDLER);
    await this.#events.close();
    const turn = new Turn('Shutdown');
    this.#office.resign(turn, 'the broker shuts down');
    turn.end();
    this.#removeMetrics();
  }

  // ---- what the broker's request handlers ask

  /** Whether this broker is the controller, as far as it knows. */
  get isActive(): boolean {
    return this.#office.isActive;
  }

  /** The broker that is the controller, as this one last read it; -1 when there is none. */
  get activeControllerId(): number {
    return this.#office.activeControllerId;
  }

  get controllerEpoch(): number {
    return this.#context.epoch;
  }

  isTopicQueuedForDeletion(topic: string): boolean {
    return this.#context.isQueuedForDeletion(topic);
  }

  /** The name for a topic id; only the active controller knows any. */
  topicName(topicId: string): string | undefined {
    return this.#context.topicName(topicId);
  }

  enableDefaultUncleanLeaderElection(): void {
    this.#events.put({ kind: 'UncleanLeaderElectionEnable' });
  }

  enableTopicUncleanLeaderElection(topic: string): void {
    if (this.isActive) this.#events.put({ kind: 'TopicUncleanLeaderElectionEnable', topic });
  }

  /** Resolves with the partitions the broker still leads; rejects with KafkaError (contract 3.8). */
  controlledShutdown(brokerId: number, brokerEpoch: number): Promise<readonly TopicPartition[]> {
    const answer = new Deferred<readonly TopicPartition[]>();
    this.#events.put({ kind: 'ControlledShutdown', brokerId, brokerEpoch, answer });
    return answer.promise;
  }

  alterPartition(request: AlterPartitionRequest, version: number): Promise<AlterPartitionResponse> {
    const answer = new Deferred<AlterPartitionResponse>();
    this.#events.put({ kind: 'AlterPartitionReceived', request, version, answer });
    return answer.promise;
  }

  allocateProducerIds(request: AllocateProducerIdsRequest): Promise<AllocateProducerIdsResponse> {
    const answer = new Deferred<AllocateProducerIdsResponse>();
    this.#events.put({ kind: 'AllocateProducerIds', request, answer });
    return answer.promise;
  }

  /** Resolves when the moves have begun, not when they are through; rejects with NOT_CONTROLLER. */
  alterPartitionReassignments(
    targets: PartitionMap<ReassignmentTarget>,
  ): Promise<PartitionMap<ReassignmentOutcome>> {
    const answer = new Deferred<PartitionMap<ReassignmentOutcome>>();
    this.#events.put({ kind: 'ApiPartitionReassignment', targets, answer });
    return answer.promise;
  }

  /** `partitions` null: all moves that are under way. Rejects with NOT_CONTROLLER. */
  listPartitionReassignments(
    partitions: readonly TopicPartition[] | null,
  ): Promise<PartitionMap<ReplicaAssignment>> {
    const answer = new Deferred<PartitionMap<ReplicaAssignment>>();
    this.#events.put({ kind: 'ListPartitionReassignments', partitions, answer });
    return answer.promise;
  }

  electLeaders(
    partitions: readonly TopicPartition[],
    electionType: ElectionType,
  ): Promise<PartitionMap<ElectionOutcome>> {
    const answer = new Deferred<PartitionMap<ElectionOutcome>>();
    this.#events.put({ kind: 'ReplicaLeaderElection', partitions, electionType, answer });
    return answer.promise;
  }

  /** Rejects with NOT_CONTROLLER. */
  updateFeatures(updates: readonly FeatureUpdate[]): Promise<FeatureOutcomes> {
    const answer = new Deferred<FeatureOutcomes>();
    this.#events.put({ kind: 'UpdateFeatures', updates, answer });
    return answer.promise;
  }

  // ---- events

  async #process(event: ControllerEvent, turn: Turn): Promise<void> {
    try {
      await this.#dispatch(event, turn);
    } catch (error) {
      answerFailed(event, error);
      if (!(error instanceof ControllerMovedError)) throw error;
      await this.#office.maybeResign(turn, `${event.kind}: ${error.message}`);
    }
  }

  /** The events of the office concern every broker, all others only the controller. */
  async #dispatch(event: ControllerEvent, turn: Turn): Promise<void> {
    if (isOfficeEvent(event)) await this.#processOffice(event, turn);
    else if (this.isActive) await this.#processAsController(event, turn);
    else answerNotController(event);
  }

  async #processOffice(event: OfficeEvent, turn: Turn): Promise<void> {
    switch (event.kind) {
      case 'Startup':
        await this.#parts.watches.watchController();
        return this.#office.elect(turn);
      case 'ControllerChange':
        return this.#office.maybeResign(turn, '/controller changed');
      case 'Expire':
        this.#office.resign(turn, 'the ZooKeeper session expired');
        return;
      case 'RegisterBrokerAndReelect':
        await this.#options.reRegister();
        return this.#reelect(turn);
      case 'Reelect':
        return this.#reelect(turn);
    }
  }

  async #reelect(turn: Turn): Promise<void> {
    await this.#office.maybeResign(turn, '/controller was deleted');
    await this.#office.elect(turn);
  }

  async #processAsController(event: ClusterEvent, turn: Turn): Promise<void> {
    const parts = this.#parts;
    switch (event.kind) {
      case 'BrokerChange':
        return processBrokerChange(parts, turn);
      case 'BrokerModifications':
        return processBrokerModifications(parts, turn, event.brokerId);
      case 'TopicChange':
        return processTopicChange(parts, turn);
      case 'PartitionModifications':
        return processPartitionModifications(parts, turn, event.topic);
      case 'TopicDeletion':
        return processTopicDeletion(parts, turn);
      case 'TopicDeletionStopReplicaResponseReceived':
        return processTopicDeletionStopReplicaResponse(parts, turn, event);
      case 'IsrChangeNotification':
        return processIsrChangeNotification(parts, turn);
      case 'LogDirEventNotification':
        return processLogDirEventNotification(parts, turn);
      case 'PreferredReplicaLeaderElection':
        return processPreferredReplicaLeaderElection(parts, turn);
      case 'AutoPreferredReplicaLeaderElection':
        return this.#rebalance(turn);
      case 'UncleanLeaderElectionEnable':
        return processUncleanLeaderElectionEnable(parts, turn);
      case 'TopicUncleanLeaderElectionEnable':
        return processUncleanLeaderElectionEnable(parts, turn, event.topic);
      case 'LeaderAndIsrResponseReceived':
        return processLeaderAndIsrResponse(parts, turn, event);
      case 'UpdateMetadataResponseReceived':
        processUpdateMetadataResponse(parts, event);
        return;
      case 'ControlledShutdown':
        event.answer.resolve(await processControlledShutdown(parts, turn, event));
        return;
      case 'AlterPartitionReceived':
        return this.#alterPartition(event, turn);
      case 'ZkPartitionReassignment':
        await processZkPartitionReassignment(parts, turn);
        return;
      case 'ApiPartitionReassignment':
        event.answer.resolve(await processApiPartitionReassignment(parts, turn, event.targets));
        return;
      case 'ListPartitionReassignments':
        event.answer.resolve(processListPartitionReassignments(parts, event.partitions));
        return;
      case 'UpdateFeatures':
        event.answer.resolve(await processUpdateFeatures(parts, event.updates));
        return;
      case 'ReplicaLeaderElection':
        event.answer.resolve(
          await processReplicaLeaderElection(parts, turn, event.partitions, event.electionType),
        );
        return;
      case 'AllocateProducerIds':
        event.answer.resolve(await processAllocateProducerIds(parts, event.request));
        return;
    }
  }

  /** The leader has its answer before a move that it completed goes on. */
  async #alterPartition(
    { request, version, answer }: EventOf<'AlterPartitionReceived'>,
    turn: Turn,
  ): Promise<void> {
    const response = await processAlterPartition(this.#parts, turn, request, version);
    answer.resolve(response);
    await completeReassignments(this.#parts, turn, alteredPartitions(this.#context, response));
  }

  async #rebalance(turn: Turn): Promise<void> {
    try {
      await processAutoPreferredReplicaLeaderElection(this.#parts, turn);
    } finally {
      this.#scheduleRebalance(this.#options.config.get('leader.imbalance.check.interval.seconds') * 1000);
    }
  }

  #scheduleRebalance(delayMs: number): void {
    this.#rebalanceTimer?.cancel();
    if (!this.#options.config.get('auto.leader.rebalance.enable')) return;
    this.#rebalanceTimer = this.#options.runtime.timers.after(delayMs, () => {
      this.#events.put({ kind: 'AutoPreferredReplicaLeaderElection' });
    });
  }
}

type OfficeEvent = EventOf<(typeof OFFICE_EVENTS)[number]>;
type ClusterEvent = Exclude<ControllerEvent, OfficeEvent>;

const OFFICE_EVENTS = [
  'Startup',
  'ControllerChange',
  'Expire',
  'RegisterBrokerAndReelect',
  'Reelect',
] as const;

function isOfficeEvent(event: ControllerEvent): event is OfficeEvent {
  return (OFFICE_EVENTS as readonly string[]).includes(event.kind);
}
