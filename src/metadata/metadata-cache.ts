/**
 * What a broker knows of the cluster: live brokers with their endpoints, topics with their ids, and per partition the
 * leader, epoch, replicas and ISR. Only the controller's UpdateMetadata requests change it (contract 3.5, 3.10), so it
 * may lag behind ZooKeeper, and every client of this broker sees the same, slightly old, truth.
 *
 * Invariant: one request is applied in one synchronous step; a reader never sees half of it. `generation` moves with
 * every change, so that answers built from the cache can be kept until it does.
 */
import { PartitionMap, ZERO_UUID, type TopicPartition } from '../common/index.ts';
import type { UpdateMetadataRequest } from '../protocol/messages/06-update-metadata.ts';

/** What UpdateMetadata says of one partition. */
export interface PartitionMetadata {
  readonly topic: string;
  readonly partition: number;
  readonly controllerEpoch: number;
  /** -1: nobody leads. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly isr: readonly number[];
  /** The version of the partition's state znode. */
  readonly partitionEpoch: number;
  readonly replicas: readonly number[];
  readonly offlineReplicas: readonly number[];
}

export interface BrokerEndpoint {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

interface AliveBroker {
  readonly id: number;
  readonly rack: string | null;
  readonly endpoints: ReadonlyMap<string, { readonly host: string; readonly port: number }>;
}

/** The leader value that says "this topic is being deleted: forget the partition" (contract 3.5). */
const LEADER_DURING_DELETE = -2;
const NO_CONTROLLER = -1;

export class MetadataCache {
  readonly #partitions = new PartitionMap<PartitionMetadata>();
  readonly #idOfTopic = new Map<string, string>();
  readonly #topicOfId = new Map<string, string>();
  readonly #listeners = new Set<() => void>();
  #brokers: ReadonlyMap<number, AliveBroker> = new Map();
  #controllerId = NO_CONTROLLER;
  #generation = 0;

  /** Grows with every change. */
  get generation(): number {
    return this.#generation;
  }

  /** The controller's broker id, or -1 while unknown. */
  get controllerId(): number {
    return this.#controllerId;
  }

  /** Calls after every applied update; returns the function that ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Applies one request and returns the partitions it told us to forget. Epoch checks are the caller's. */
  updateMetadata(request: UpdateMetadataRequest): TopicPartition[] {
    this.#controllerId = request.controllerId < 0 ? NO_CONTROLLER : request.controllerId;
    this.#brokers = new Map(request.liveBrokers.map((broker) => [broker.id, aliveBroker(broker)]));
    const forgotten: TopicPartition[] = [];
    for (const state of request.ungroupedPartitionStates) this.#apply(state.topicName, state, forgotten);
    for (const topicState of request.topicStates) {
      const { topicName, topicId } = topicState;
      for (const state of topicState.partitionStates) this.#apply(topicName, state, forgotten);
      if (topicId !== ZERO_UUID && this.contains(topicName)) this.#setTopicId(topicName, topicId);
    }
    this.#generation += 1;
    for (const listener of [...this.#listeners]) listener();
    return forgotten;
  }

  contains(topic: string): boolean {
    return this.#partitions.partitionsOf(topic).size > 0;
  }

  partition(topic: string, partition: number): PartitionMetadata | undefined {
    return this.#partitions.get(topic, partition);
  }

  partitionsOf(topic: string): ReadonlyMap<number, PartitionMetadata> {
    return this.#partitions.partitionsOf(topic);
  }

  partitions(): IterableIterator<PartitionMetadata> {
    return this.#partitions.values();
  }

  topics(): string[] {
    return [...this.#partitions.topics()];
  }

  /** The topic's uuid, or ZERO_UUID when it has none or is unknown. */
  topicId(topic: string): string {
    return this.#idOfTopic.get(topic) ?? ZERO_UUID;
  }

  topicName(topicId: string): string | undefined {
    return this.#topicOfId.get(topicId);
  }

  isBrokerAlive(id: number): boolean {
    return this.#brokers.has(id);
  }

  aliveBrokerIds(): number[] {
    return [...this.#brokers.keys()];
  }

  /** The live brokers that have the listener. */
  aliveBrokers(listenerName: string): BrokerEndpoint[] {
    return [...this.#brokers.keys()].flatMap((id) => this.brokerEndpoint(id, listenerName) ?? []);
  }

  /** Where a live broker listens under that name; undefined when it is dead or has no such listener. */
  brokerEndpoint(id: number, listenerName: string): BrokerEndpoint | undefined {
    const broker = this.#brokers.get(id);
    const endpoint = broker?.endpoints.get(listenerName);
    if (broker === undefined || endpoint === undefined) return undefined;
    return { id, rack: broker.rack, host: endpoint.host, port: endpoint.port };
  }

  #apply(topic: string, state: WirePartitionState, forgotten: TopicPartition[]): void {
    const partition = state.partitionIndex;
    if (state.leader === LEADER_DURING_DELETE) {
      this.#partitions.delete(topic, partition);
      if (!this.contains(topic)) this.#forgetTopicId(topic);
      forgotten.push({ topic, partition });
      return;
    }
    this.#partitions.set(topic, partition, {
      topic,
      partition,
      controllerEpoch: state.controllerEpoch,
      leader: state.leader,
      leaderEpoch: state.leaderEpoch,
      isr: state.isr,
      partitionEpoch: state.zkVersion,
      replicas: state.replicas,
      offlineReplicas: state.offlineReplicas,
    });
  }

  #setTopicId(topic: string, topicId: string): void {
    if (this.#idOfTopic.get(topic) === topicId) return;
    this.#forgetTopicId(topic);
    this.#idOfTopic.set(topic, topicId);
    this.#topicOfId.set(topicId, topic);
  }

  #forgetTopicId(topic: string): void {
    const topicId = this.#idOfTopic.get(topic);
    if (topicId === undefined) return;
    this.#idOfTopic.delete(topic);
    this.#topicOfId.delete(topicId);
  }
}

interface WirePartitionState {
  readonly partitionIndex: number;
  readonly controllerEpoch: number;
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly isr: readonly number[];
  readonly zkVersion: number;
  readonly replicas: readonly number[];
  readonly offlineReplicas: readonly number[];
}

/** UpdateMetadata v0 sent one address without a listener name; it means PLAINTEXT. */
function aliveBroker(broker: UpdateMetadataRequest['liveBrokers'][number]): AliveBroker {
  const endpoints = new Map(broker.endpoints.map(({ listener, host, port }) => [listener, { host, port }]));
  if (endpoints.size === 0 && broker.v0Host !== '')
    endpoints.set('PLAINTEXT', { host: broker.v0Host, port: broker.v0Port });
  return { id: broker.id, rack: broker.rack, endpoints };
}
