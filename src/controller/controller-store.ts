/**
 * What the controller asks of ZooKeeper, as one interface, so that the state machines can be tested against a store in
 * memory. zk-controller-store.ts is the real one.
 *
 * Every write that takes `epochZkVersion` is fenced: it happens only while /controller_epoch has that version, and
 * throws ControllerMovedError when it has not (contract 2.1). Outcomes of single partitions are values.
 */
import type { PartitionMap, TopicPartition } from '../common/index.ts';
import type {
  BrokerInfo,
  ControllerEpoch,
  FinalizedFeatures,
  LeaderAndIsr,
  LeaderIsrAndControllerEpoch,
  PartitionUpdate,
  ProducerIdsBlock,
  RequestedReassignment,
  TopicAssignment,
  Versioned,
} from '../zookeeper/index.ts';

export interface ControllerStore {
  // ---- the controller's office
  /** The broker id in /controller, or -1. */
  controllerId(): Promise<number>;
  /** Throws ControllerMovedError when another was faster. */
  register(brokerId: number): Promise<ControllerEpoch>;
  deleteController(epochZkVersion: number): Promise<void>;
  readFeatures(): Promise<FinalizedFeatures | null>;
  createFeatures(features: FinalizedFeatures): Promise<void>;
  updateFeatures(features: FinalizedFeatures): Promise<void>;

  // ---- brokers
  brokers(): Promise<readonly BrokerInfo[]>;
  broker(id: number): Promise<BrokerInfo | null>;
  logDirEventNotifications(): Promise<readonly string[]>;
  brokersOfLogDirEvents(notifications: readonly string[]): Promise<readonly number[]>;
  deleteLogDirEventNotifications(notifications: readonly string[], epochZkVersion: number): Promise<void>;

  // ---- topics
  topics(): Promise<readonly string[]>;
  topicAssignments(topics: readonly string[]): Promise<readonly TopicAssignment[]>;
  /** The unfenced kind is not the controller's: this is the write that gives ids, restores and reassigns. */
  setTopicAssignment(assignment: TopicAssignment, epochZkVersion: number): Promise<void>;
  /** The partitions of a topic that have a znode of their own. */
  partitionsWithZnode(topic: string): Promise<readonly number[]>;
  /** The topic's own setting, else the broker's. */
  isUncleanElectionEnabled(topic: string): Promise<boolean>;

  // ---- partition states
  /** Those that have a state. */
  partitionStates(partitions: readonly TopicPartition[]): Promise<PartitionMap<LeaderIsrAndControllerEpoch>>;
  createPartitionStates(
    states: PartitionMap<LeaderIsrAndControllerEpoch>,
    epochZkVersion: number,
  ): Promise<PartitionMap<PartitionUpdate>>;
  /** Each on the version in its `partitionEpoch`; what comes back has the new one. */
  updatePartitionStates(
    states: PartitionMap<LeaderAndIsr>,
    controllerEpoch: number,
    epochZkVersion: number,
  ): Promise<PartitionMap<PartitionUpdate>>;
  isrChangeNotifications(): Promise<readonly string[]>;
  partitionsOfIsrChanges(notifications: readonly string[]): Promise<readonly TopicPartition[]>;
  deleteIsrChangeNotifications(notifications: readonly string[], epochZkVersion: number): Promise<void>;

  // ---- administration
  topicDeletions(): Promise<readonly string[]>;
  deleteTopicDeletions(topics: readonly string[], epochZkVersion: number): Promise<void>;
  /** Deletes the topic's znodes, its configuration and its deletion mark, in Kafka's order (contract 2.6). */
  deleteTopic(topic: string, epochZkVersion: number): Promise<void>;
  preferredReplicaElection(): Promise<readonly TopicPartition[]>;
  deletePreferredReplicaElection(epochZkVersion: number): Promise<void>;
  /** What /admin/reassign_partitions asks for; null without that znode. */
  partitionReassignment(): Promise<readonly RequestedReassignment[] | null>;
  /** Writes what is left of it; nothing left deletes the znode. */
  writePartitionReassignment(moves: readonly RequestedReassignment[], epochZkVersion: number): Promise<void>;

  // ---- producer ids
  /** A null block before the first one; null when the znode is missing. */
  producerIdBlock(): Promise<Versioned<ProducerIdsBlock | null> | null>;
  /** False when another block was written first. */
  writeProducerIdBlock(block: ProducerIdsBlock, expectedZkVersion: number): Promise<boolean>;
}
