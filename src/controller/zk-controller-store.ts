/**
 * The controller's store in ZooKeeper: each of its questions and writes as the verbs of KafkaZkClient. Watches are set
 * by reading what the controller has a handler for, so the lists here are read with their watch.
 */
import type { PartitionMap, TopicPartition } from '../common/index.ts';
import { TopicConfig, type BrokerConfig } from '../config/index.ts';
import {
  entityPath,
  registry,
  type BrokerInfo,
  type ControllerEpoch,
  type FinalizedFeatures,
  type KafkaZkClient,
  type LeaderAndIsr,
  type LeaderIsrAndControllerEpoch,
  type PartitionUpdate,
  type ProducerIdsBlock,
  type RequestedReassignment,
  type TopicAssignment,
  type Versioned,
} from '../zookeeper/index.ts';
import type { ControllerStore } from './controller-store.ts';

const NO_CONTROLLER = -1;

export class ZkControllerStore implements ControllerStore {
  readonly #zk: KafkaZkClient;
  readonly #config: () => BrokerConfig;

  /** `config`: the one in force, dynamic changes included. */
  constructor(zkClient: KafkaZkClient, config: () => BrokerConfig) {
    this.#zk = zkClient;
    this.#config = config;
  }

  // ---- the controller's office

  async controllerId(): Promise<number> {
    return (await this.#zk.controller.getControllerId()) ?? NO_CONTROLLER;
  }

  register(brokerId: number): Promise<ControllerEpoch> {
    return this.#zk.controller.registerControllerAndIncrementControllerEpoch(brokerId);
  }

  deleteController(epochZkVersion: number): Promise<void> {
    return this.#zk.controller.deleteController(epochZkVersion);
  }

  async readFeatures(): Promise<FinalizedFeatures | null> {
    return (await this.#zk.controller.getFeature())?.value ?? null;
  }

  createFeatures(features: FinalizedFeatures): Promise<void> {
    return this.#zk.controller.createFeature(features);
  }

  async updateFeatures(features: FinalizedFeatures): Promise<void> {
    await this.#zk.controller.updateFeature(features);
  }

  // ---- brokers

  brokers(): Promise<readonly BrokerInfo[]> {
    return this.#zk.brokers.getAllBrokersInCluster();
  }

  broker(id: number): Promise<BrokerInfo | null> {
    return this.#zk.brokers.getBroker(id);
  }

  logDirEventNotifications(): Promise<readonly string[]> {
    return this.#zk.topics.getAllLogDirEventNotifications();
  }

  brokersOfLogDirEvents(notifications: readonly string[]): Promise<readonly number[]> {
    return this.#zk.topics.getBrokerIdsFromLogDirEvents(notifications);
  }

  deleteLogDirEventNotifications(notifications: readonly string[], epochZkVersion: number): Promise<void> {
    return this.#zk.topics.deleteLogDirEventNotifications(epochZkVersion, notifications);
  }

  // ---- topics

  async topics(): Promise<readonly string[]> {
    return [...(await this.#zk.topics.getAllTopicsInCluster(true))].sort();
  }

  async topicAssignments(topics: readonly string[]): Promise<readonly TopicAssignment[]> {
    return [...(await this.#zk.topics.getTopicAssignments(topics)).values()];
  }

  setTopicAssignment(assignment: TopicAssignment, epochZkVersion: number): Promise<void> {
    return this.#zk.topics.setTopicAssignment(assignment, epochZkVersion);
  }

  async partitionsWithZnode(topic: string): Promise<readonly number[]> {
    const path = registry.topicZnodes.topicPartitions.path({ topic });
    return (await this.#zk.znodes.children(path, false)).map(Number);
  }

  async isUncleanElectionEnabled(topic: string): Promise<boolean> {
    const overrides = await this.#zk.configs.getEntityConfigs(entityPath('topics', topic));
    const config = TopicConfig.of(this.#config(), Object.fromEntries(overrides));
    return config.get('unclean.leader.election.enable');
  }

  // ---- partition states

  partitionStates(partitions: readonly TopicPartition[]): Promise<PartitionMap<LeaderIsrAndControllerEpoch>> {
    return this.#zk.partitions.getTopicPartitionStates(partitions);
  }

  createPartitionStates(
    states: PartitionMap<LeaderIsrAndControllerEpoch>,
    epochZkVersion: number,
  ): Promise<PartitionMap<PartitionUpdate>> {
    return this.#zk.partitions.createTopicPartitionStatesRaw(states, epochZkVersion);
  }

  updatePartitionStates(
    states: PartitionMap<LeaderAndIsr>,
    controllerEpoch: number,
    epochZkVersion: number,
  ): Promise<PartitionMap<PartitionUpdate>> {
    return this.#zk.partitions.updateLeaderAndIsr(states, controllerEpoch, epochZkVersion);
  }

  isrChangeNotifications(): Promise<readonly string[]> {
    return this.#zk.topics.getAllIsrChangeNotifications();
  }

  partitionsOfIsrChanges(notifications: readonly string[]): Promise<readonly TopicPartition[]> {
    return this.#zk.topics.getPartitionsFromIsrChangeNotifications(notifications);
  }

  deleteIsrChangeNotifications(notifications: readonly string[], epochZkVersion: number): Promise<void> {
    return this.#zk.topics.deleteIsrChangeNotifications(epochZkVersion, notifications);
  }

  // ---- administration

  topicDeletions(): Promise<readonly string[]> {
    return this.#zk.topics.getTopicDeletions();
  }

  deleteTopicDeletions(topics: readonly string[], epochZkVersion: number): Promise<void> {
    return this.#zk.topics.deleteTopicDeletions(topics, epochZkVersion);
  }

  async deleteTopic(topic: string, epochZkVersion: number): Promise<void> {
    await this.#zk.topics.deleteTopicZNode(topic, epochZkVersion);
    await this.#zk.configs.deleteTopicConfigs([topic], epochZkVersion);
    await this.#zk.topics.deleteTopicDeletions([topic], epochZkVersion);
  }

  preferredReplicaElection(): Promise<readonly TopicPartition[]> {
    return this.#zk.topics.getPreferredReplicaElection();
  }

  deletePreferredReplicaElection(epochZkVersion: number): Promise<void> {
    return this.#zk.topics.deletePreferredReplicaElection(epochZkVersion);
  }

  async partitionReassignment(): Promise<readonly RequestedReassignment[] | null> {
    return (await this.#zk.topics.getPartitionReassignment())?.value ?? null;
  }

  writePartitionReassignment(moves: readonly RequestedReassignment[], epochZkVersion: number): Promise<void> {
    return this.#zk.topics.setOrDeletePartitionReassignment(moves, epochZkVersion);
  }

  // ---- producer ids

  producerIdBlock(): Promise<Versioned<ProducerIdsBlock | null> | null> {
    return this.#zk.controller.getLatestProducerIdsBlock();
  }

  async writeProducerIdBlock(block: ProducerIdsBlock, expectedZkVersion: number): Promise<boolean> {
    return (await this.#zk.controller.setLatestProducerIdsBlock(block, expectedZkVersion)) !== null;
  }
}
