/**
 * A controller's parts around a store in memory: what ZooKeeper would hold, with its versions and its fencing, and the
 * requests brokers would have received. No network, no timers.
 */
import { PartitionMap, type TopicPartition } from '../../../src/common/index.ts';
import { BrokerConfig } from '../../../src/config/index.ts';
import { ControllerChannelManager } from '../../../src/controller/controller-channel-manager.ts';
import { ControllerContext } from '../../../src/controller/controller-context.ts';
import type { ControllerEvent } from '../../../src/controller/controller-event.ts';
import type { ControlRequest } from '../../../src/controller/controller-request-batch.ts';
import type { ControllerParts } from '../../../src/controller/controller-parts.ts';
import type { ControllerServices } from '../../../src/controller/controller-services.ts';
import type { ControllerStore } from '../../../src/controller/controller-store.ts';
import type { ControllerWatches } from '../../../src/controller/controller-watches.ts';
import { onControllerFailover } from '../../../src/controller/events/controller-failover.ts';
import { PartitionStateMachine } from '../../../src/controller/partition-state-machine.ts';
import { ReplicaStateMachine } from '../../../src/controller/replica-state-machine.ts';
import { TopicDeletionManager } from '../../../src/controller/topic-deletion-manager.ts';
import { Turn } from '../../../src/controller/turn.ts';
import { Metrics } from '../../../src/metrics/index.ts';
import { FactStream } from '../../../src/observe/index.ts';
import type { Logger, Timers } from '../../../src/runtime/index.ts';
import {
  ControllerMovedError,
  LeaderRecoveryState,
  type BrokerInfo,
  type ControllerEpoch,
  type FinalizedFeatures,
  type LeaderAndIsr,
  type LeaderIsrAndControllerEpoch,
  type PartitionUpdate,
  type ProducerIdsBlock,
  type RequestedReassignment,
  type TopicAssignment,
  type Versioned,
} from '../../../src/zookeeper/index.ts';

const nothing = (): void => undefined;

export const silentLogger: Logger = {
  isEnabled: () => false,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
  child: () => silentLogger,
};

/** A logger that keeps its errors. */
export function recordingLogger(errors: string[]): Logger {
  const logger: Logger = { ...silentLogger, error: (message) => errors.push(message), child: () => logger };
  return logger;
}

export const stoppedClock = { wallMs: () => 0, monotonicMs: () => 0 };

/** Timers that fire when told to. */
export class ManualTimers implements Timers {
  readonly pending: { readonly delayMs: number; readonly callback: () => void }[] = [];

  after(delayMs: number, callback: () => void): { cancel: () => void } {
    const timer = { delayMs, callback };
    this.pending.push(timer);
    return {
      cancel: () => {
        const index = this.pending.indexOf(timer);
        if (index >= 0) this.pending.splice(index, 1);
      },
    };
  }

  endOfTurn(callback: () => void): void {
    queueMicrotask(callback);
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(delayMs, resolve);
    });
  }

  fireAll(): void {
    for (const { callback } of this.pending.splice(0)) callback();
  }
}

export function broker(id: number, epoch = id * 100, rack: string | null = null): BrokerInfo {
  return {
    id,
    epoch,
    rack,
    jmxPort: -1,
    features: new Map(),
    endpoints: [{ host: `host${id}`, port: 9092, listenerName: 'PLAINTEXT', securityProtocol: 'PLAINTEXT' }],
  };
}

export function stateOf(leader: number, isr: readonly number[], leaderEpoch = 0): LeaderAndIsr {
  return { leader, isr, leaderEpoch, leaderRecoveryState: LeaderRecoveryState.RECOVERED, partitionEpoch: 0 };
}

export function topic(name: string, partitions: readonly (readonly number[])[]): TopicAssignment {
  const rows = partitions.map((replicas) => ({ replicas, addingReplicas: [], removingReplicas: [] }));
  return { topic: name, topicId: `id-of-${name}`, partitions: new Map(rows.entries()) };
}

/** ZooKeeper as the controller sees it. `writes` lists every fenced write, by path. */
class MemoryStore implements ControllerStore {
  readonly writes: string[] = [];
  readonly brokersById = new Map<number, BrokerInfo>();
  readonly topicsByName = new Map<string, TopicAssignment>();
  readonly states = new PartitionMap<LeaderIsrAndControllerEpoch>();
  readonly deletions = new Set<string>();
  readonly uncleanTopics = new Set<string>();
  preferredElections: TopicPartition[] = [];
  reassignments: readonly RequestedReassignment[] | null = null;
  isrChanges: { readonly name: string; readonly partitions: readonly TopicPartition[] }[] = [];
  logDirEvents: { readonly name: string; readonly brokerId: number }[] = [];
  controller = -1;
  epoch = 0;
  block: ProducerIdsBlock | null = null;
  blockVersion = 0;
  /** Runs before each write of states: a leader that is faster. */
  beforeUpdate: () => void = nothing;

  #fence(epochZkVersion: number): void {
    if (epochZkVersion !== this.epoch) throw new ControllerMovedError('another controller was elected');
  }

  controllerId = (): Promise<number> => Promise.resolve(this.controller);

  register(brokerId: number): Promise<ControllerEpoch> {
    if (this.controller !== -1) return Promise.reject(new ControllerMovedError('somebody was faster'));
    this.controller = brokerId;
    this.epoch += 1;
    return Promise.resolve({ epoch: this.epoch, zkVersion: this.epoch });
  }

  async deleteController(epochZkVersion: number): Promise<void> {
    await Promise.resolve();
    this.#fence(epochZkVersion);
    this.controller = -1;
  }

  readFeatures = (): Promise<FinalizedFeatures | null> =>
    Promise.resolve({ enabled: true, maxVersionLevels: new Map() });
  createFeatures = (): Promise<void> => Promise.resolve();
  updateFeatures: (features: FinalizedFeatures) => Promise<void> = () => Promise.resolve();
  brokers = (): Promise<BrokerInfo[]> => Promise.resolve([...this.brokersById.values()]);
  broker = (id: number): Promise<BrokerInfo | null> => Promise.resolve(this.brokersById.get(id) ?? null);
  logDirEventNotifications = (): Promise<string[]> =>
    Promise.resolve(this.logDirEvents.map(({ name }) => name));

  brokersOfLogDirEvents(names: readonly string[]): Promise<number[]> {
    const found = this.logDirEvents.filter(({ name }) => names.includes(name));
    return Promise.resolve(found.map(({ brokerId }) => brokerId));
  }

  async deleteLogDirEventNotifications(names: readonly string[], epochZkVersion: number): Promise<void> {
    await Promise.resolve();
    if (names.length > 0) this.#fence(epochZkVersion);
    this.logDirEvents = this.logDirEvents.filter(({ name }) => !names.includes(name));
  }

  topics = (): Promise<string[]> => Promise.resolve([...this.topicsByName.keys()]);

  topicAssignments(topics: readonly string[]): Promise<TopicAssignment[]> {
    return Promise.resolve(topics.flatMap((name) => this.topicsByName.get(name) ?? []));
  }

  async setTopicAssignment(assignment: TopicAssignment, epochZkVersion: number): Promise<void> {
    await Promise.resolve();
    this.#fence(epochZkVersion);
    this.writes.push(`set ${assignment.topic}`);
    this.topicsByName.set(assignment.topic, assignment);
  }

  partitionsWithZnode = (name: string): Promise<number[]> =>
    Promise.resolve([...this.states.partitionsOf(name).keys()]);
  isUncleanElectionEnabled = (name: string): Promise<boolean> =>
    Promise.resolve(this.uncleanTopics.has(name));

  partitionStates(partitions: readonly TopicPartition[]): Promise<PartitionMap<LeaderIsrAndControllerEpoch>> {
    const found = new PartitionMap<LeaderIsrAndControllerEpoch>();
    for (const { topic: name, partition } of partitions) {
      const state = this.states.get(name, partition);
      if (state !== undefined) found.set(name, partition, state);
    }
    return Promise.resolve(found);
  }

  async createPartitionStates(
    states: PartitionMap<LeaderIsrAndControllerEpoch>,
    epochZkVersion: number,
  ): Promise<PartitionMap<PartitionUpdate>> {
    await Promise.resolve();
    this.#fence(epochZkVersion);
    const updates = new PartitionMap<PartitionUpdate>();
    for (const [of, state] of states) {
      this.writes.push(`create ${of.topic}-${of.partition}`);
      this.states.set(of.topic, of.partition, { ...state, partitionEpoch: 0 });
      updates.set(of.topic, of.partition, { kind: 'updated', state: { ...state, partitionEpoch: 0 } });
    }
    return updates;
  }

  async updatePartitionStates(
    states: PartitionMap<LeaderAndIsr>,
    controllerEpoch: number,
    epochZkVersion: number,
  ): Promise<PartitionMap<PartitionUpdate>> {
    await Promise.resolve();
    this.beforeUpdate();
    this.#fence(epochZkVersion);
    const updates = new PartitionMap<PartitionUpdate>();
    for (const [of, state] of states) {
      const current = this.states.get(of.topic, of.partition);
      if (current === undefined) updates.set(of.topic, of.partition, { kind: 'failed', error: 'NoNode' });
      else if (current.partitionEpoch !== state.partitionEpoch)
        updates.set(of.topic, of.partition, { kind: 'bad-version' });
      else {
        const written = { ...state, controllerEpoch, partitionEpoch: current.partitionEpoch + 1 };
        this.writes.push(`set ${of.topic}-${of.partition}`);
        this.states.set(of.topic, of.partition, written);
        updates.set(of.topic, of.partition, { kind: 'updated', state: written });
      }
    }
    return updates;
  }

  isrChangeNotifications = (): Promise<string[]> => Promise.resolve(this.isrChanges.map(({ name }) => name));

  partitionsOfIsrChanges(names: readonly string[]): Promise<TopicPartition[]> {
    const found = this.isrChanges.filter(({ name }) => names.includes(name));
    return Promise.resolve(found.flatMap(({ partitions }) => partitions));
  }

  async deleteIsrChangeNotifications(names: readonly string[], epochZkVersion: number): Promise<void> {
    await Promise.resolve();
    if (names.length > 0) this.#fence(epochZkVersion);
    this.isrChanges = this.isrChanges.filter(({ name }) => !names.includes(name));
  }

  topicDeletions = (): Promise<string[]> => Promise.resolve([...this.deletions]);

  async deleteTopicDeletions(topics: readonly string[], epochZkVersion: number): Promise<void> {
    await Promise.resolve();
    this.#fence(epochZkVersion);
    for (const name of topics) this.deletions.delete(name);
  }

  async deleteTopic(name: string, epochZkVersion: number): Promise<void> {
    await Promise.resolve();
    this.#fence(epochZkVersion);
    this.writes.push(`delete ${name}`);
    this.topicsByName.delete(name);
    this.states.deleteTopic(name);
    this.deletions.delete(name);
  }

  preferredReplicaElection = (): Promise<TopicPartition[]> => Promise.resolve(this.preferredElections);

  async deletePreferredReplicaElection(epochZkVersion: number): Promise<void> {
    await Promise.resolve();
    this.#fence(epochZkVersion);
    this.preferredElections = [];
  }

  partitionReassignment = (): Promise<readonly RequestedReassignment[] | null> =>
    Promise.resolve(this.reassignments);

  async writePartitionReassignment(
    moves: readonly RequestedReassignment[],
    epochZkVersion: number,
  ): Promise<void> {
    await Promise.resolve();
    this.#fence(epochZkVersion);
    this.writes.push(moves.length > 0 ? 'set reassign_partitions' : 'delete reassign_partitions');
    this.reassignments = moves.length > 0 ? moves : null;
  }

  producerIdBlock = (): Promise<Versioned<ProducerIdsBlock | null>> =>
    Promise.resolve({ value: this.block, zkVersion: this.blockVersion });

  writeProducerIdBlock(block: ProducerIdsBlock, expectedZkVersion: number): Promise<boolean> {
    this.beforeUpdate();
    if (expectedZkVersion !== this.blockVersion) return Promise.resolve(false);
    this.block = block;
    this.blockVersion += 1;
    return Promise.resolve(true);
  }
}

class NoWatches implements ControllerWatches {
  readonly #store: MemoryStore;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  watchController = (): Promise<void> => Promise.resolve();
  watchCluster = (): Promise<void> => Promise.resolve();
  unwatchCluster = nothing;
  watchBrokers = (): Promise<void> => Promise.resolve();
  unwatchBrokers = nothing;
  watchTopics = nothing;
  unwatchTopics = nothing;
  watchPreferredReplicaElection = (): Promise<boolean> =>
    Promise.resolve(this.#store.preferredElections.length > 0);
  watchPartitionReassignment = (): Promise<boolean> => Promise.resolve(this.#store.reassignments !== null);
}

export interface TestController {
  readonly store: MemoryStore;
  readonly context: ControllerContext;
  readonly parts: ControllerParts;
  readonly turn: Turn;
  readonly events: ControllerEvent[];
  readonly errors: string[];
  /** What brokers received, oldest first. */
  readonly sent: ControlRequest[];
}

const CONTROLLER_ID = 1;

/** Parts of a controller in office with epoch 1; nothing is loaded yet. */
export function testController(properties: Readonly<Record<string, string>> = {}): TestController {
  const { config } = BrokerConfig.parse({
    'broker.id': String(CONTROLLER_ID),
    'zookeeper.connect': 'nowhere:2181',
    ...properties,
  });
  const store = new MemoryStore();
  store.controller = CONTROLLER_ID;
  store.epoch = 1;
  const context = new ControllerContext();
  const turn = new Turn('test');
  context.setEpoch(turn, 1, 1);
  const [sent, events, errors]: [ControlRequest[], ControllerEvent[], string[]] = [[], [], []];
  const metrics = new Metrics(stoppedClock);
  const logger = recordingLogger(errors);
  const channels = new ControllerChannelManager({
    clock: stoppedClock,
    timers: new ManualTimers(),
    metrics,
    logger,
    openChannel: () => ({
      send: (request) => {
        sent.push(request);
        return new Promise(nothing);
      },
      close: nothing,
    }),
    onResponse: nothing,
  });
  // The brokers here never answer, so requests are recorded when they are handed over, not when they are delivered.
  channels.send = (requests) => void sent.push(...requests);
  const services: ControllerServices = {
    brokerId: CONTROLLER_ID,
    config,
    context,
    store,
    channels,
    facts: new FactStream({ broker: CONTROLLER_ID, nowMs: () => 0 }),
    metrics,
    timers: { endOfTurn: queueMicrotask },
    logger,
    stateChangeLogger: logger,
  };
  const partitionStateMachine = new PartitionStateMachine(services);
  const replicaStateMachine = new ReplicaStateMachine(services);
  const topicDeletionManager = new TopicDeletionManager({
    services,
    partitionStateMachine,
    replicaStateMachine,
    mutePartitionModifications: nothing,
  });
  const parts: ControllerParts = {
    ...services,
    partitionStateMachine,
    replicaStateMachine,
    topicDeletionManager,
    watches: new NoWatches(store),
    put: (event) => void events.push(event),
    newTopicId: () => 'a-new-topic-id',
  };
  return { store, context, parts, turn, events, errors, sent };
}

/** Puts brokers and a topic with its states into the store, as an earlier controller would have left them. */
export function seed(
  { store }: TestController,
  brokers: readonly number[],
  name: string,
  partitions: readonly { readonly replicas: readonly number[]; readonly state: LeaderAndIsr }[],
): void {
  for (const id of brokers) store.brokersById.set(id, broker(id));
  const assignment = topic(
    name,
    partitions.map(({ replicas }) => replicas),
  );
  store.topicsByName.set(name, assignment);
  for (const [partition, { state }] of partitions.entries())
    store.states.set(name, partition, { ...state, controllerEpoch: 1 });
}

/** `LeaderAndIsr>2 orders-0`: kind, receiver, partitions. */
export function summary(requests: readonly ControlRequest[]): string[] {
  return requests.map(({ kind, brokerId, request }) => {
    const partitions = request.topicStates.flatMap(({ topicName, partitionStates }) =>
      partitionStates.map(({ partitionIndex }) => `${topicName}-${partitionIndex}`),
    );
    return [`${kind}>${brokerId}`, ...partitions].join(' ');
  });
}

/** After it has taken office, with nothing sent or written since. */
export async function elected(controller: TestController): Promise<TestController> {
  await onControllerFailover(controller.parts, controller.turn);
  controller.sent.length = 0;
  controller.store.writes.length = 0;
  return controller;
}
