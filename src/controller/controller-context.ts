/**
 * The controller's picture of the cluster: live brokers and their epochs, topics and ids, assignments, leaders, the
 * states of partitions and replicas, and what is to be deleted. ZooKeeper is the truth; this is what the controller
 * has read from it or written to it, and everything it decides is decided from here.
 *
 * Invariants: only the running event changes it (every mutation takes that event's Turn); it is empty while this
 * broker is not the controller; topic ids and names are one to one.
 */
import { assert, PartitionMap, type TopicPartition } from '../common/index.ts';
import type { BrokerInfo, LeaderIsrAndControllerEpoch, ReplicaAssignment } from '../zookeeper/index.ts';
import { LEADER_EPOCH_DURING_DELETE, NO_LEADER_EPOCH } from './leader-and-isr.ts';
import { NO_REPLICAS } from './replica-assignment.ts';
import type { PartitionState, ReplicaState } from './transitions.ts';
import type { Turn } from './turn.ts';

/** One replica: a partition on a broker. */
export interface Replica extends TopicPartition {
  readonly replica: number;
}

export class ControllerContext {
  #epoch = 0;
  #epochZkVersion = 0;
  readonly #liveBrokers = new Map<number, BrokerInfo>();
  readonly #shuttingDownBrokerIds = new Set<number>();
  readonly #allTopics = new Set<string>();
  readonly #topicIds = new Map<string, string>();
  readonly #topicNames = new Map<string, string>();
  readonly #assignments = new PartitionMap<ReplicaAssignment>();
  readonly #beingReassigned = new PartitionMap<true>();
  readonly #leadership = new PartitionMap<LeaderIsrAndControllerEpoch>();
  readonly #partitionStates = new PartitionMap<PartitionState>();
  readonly #replicaStates = new PartitionMap<Map<number, ReplicaState>>();
  readonly #replicasOnOfflineDirs = new Map<number, PartitionMap<true>>();
  readonly #topicsToBeDeleted = new Set<string>();
  readonly #topicsWithDeletionStarted = new Set<string>();
  readonly #topicsIneligibleForDeletion = new Set<string>();

  // ---- the controller's own epoch

  get epoch(): number {
    return this.#epoch;
  }

  /** The version of /controller_epoch that every write of this controller checks. */
  get epochZkVersion(): number {
    return this.#epochZkVersion;
  }

  setEpoch(turn: Turn, epoch: number, epochZkVersion: number): void {
    turn.check();
    this.#epoch = epoch;
    this.#epochZkVersion = epochZkVersion;
  }

  /** Forgets everything: this broker is not the controller (any more). */
  reset(turn: Turn): void {
    turn.check();
    this.setEpoch(turn, 0, 0);
    for (const part of [
      this.#liveBrokers,
      this.#shuttingDownBrokerIds,
      this.#allTopics,
      this.#topicIds,
      this.#topicNames,
      this.#assignments,
      this.#beingReassigned,
      this.#leadership,
      this.#partitionStates,
      this.#replicaStates,
      this.#replicasOnOfflineDirs,
      this.#topicsToBeDeleted,
      this.#topicsWithDeletionStarted,
      this.#topicsIneligibleForDeletion,
    ])
      part.clear();
  }

  // ---- brokers

  addLiveBrokers(turn: Turn, brokers: Iterable<BrokerInfo>): void {
    turn.check();
    for (const broker of brokers) this.#liveBrokers.set(broker.id, broker);
  }

  removeLiveBrokers(turn: Turn, ids: Iterable<number>): void {
    turn.check();
    for (const id of ids) this.#liveBrokers.delete(id);
  }

  markShuttingDown(turn: Turn, id: number): void {
    turn.check();
    this.#shuttingDownBrokerIds.add(id);
  }

  /** Returns whether the broker was shutting down. */
  unmarkShuttingDown(turn: Turn, id: number): boolean {
    turn.check();
    return this.#shuttingDownBrokerIds.delete(id);
  }

  get shuttingDownBrokerIds(): ReadonlySet<number> {
    return this.#shuttingDownBrokerIds;
  }

  /** By id, in the order of the ids. */
  liveOrShuttingDownBrokers(): BrokerInfo[] {
    return [...this.#liveBrokers.values()].sort((a, b) => a.id - b.id);
  }

  liveOrShuttingDownBrokerIds(): number[] {
    return this.liveOrShuttingDownBrokers().map(({ id }) => id);
  }

  liveOrShuttingDownBroker(id: number): BrokerInfo | undefined {
    return this.#liveBrokers.get(id);
  }

  /** The epoch of each live (or shutting down) broker: the czxid of its registration. */
  brokerEpochs(): ReadonlyMap<number, number> {
    return new Map([...this.#liveBrokers.values()].map(({ id, epoch }) => [id, epoch]));
  }

  isLiveBroker(id: number): boolean {
    return this.#liveBrokers.has(id) && !this.#shuttingDownBrokerIds.has(id);
  }

  isReplicaOnline({ topic, partition, replica }: Replica): boolean {
    return this.isLiveBroker(replica) && !this.#isOnOfflineDir(topic, partition, replica);
  }

  isReplicaOnlineOrShuttingDown({ topic, partition, replica }: Replica): boolean {
    return this.#liveBrokers.has(replica) && !this.#isOnOfflineDir(topic, partition, replica);
  }

  #isOnOfflineDir(topic: string, partition: number, replica: number): boolean {
    return this.#replicasOnOfflineDirs.get(replica)?.has(topic, partition) ?? false;
  }

  /** The partitions a broker could not serve when last asked, because their disk had failed. */
  replicasOnOfflineDirs(brokerId: number): TopicPartition[] {
    return [...(this.#replicasOnOfflineDirs.get(brokerId) ?? [])].map(([partition]) => partition);
  }

  setReplicasOnOfflineDirs(turn: Turn, brokerId: number, partitions: Iterable<TopicPartition>): void {
    turn.check();
    const offline = new PartitionMap<true>();
    for (const { topic, partition } of partitions) offline.set(topic, partition, true);
    this.#replicasOnOfflineDirs.set(brokerId, offline);
  }

  forgetOfflineDirs(turn: Turn, brokerId: number): void {
    turn.check();
    this.#replicasOnOfflineDirs.delete(brokerId);
  }

  // ---- topics

  get allTopics(): ReadonlySet<string> {
    return this.#allTopics;
  }

  setAllTopics(turn: Turn, topics: Iterable<string>): void {
    turn.check();
    this.#allTopics.clear();
    for (const topic of topics) this.#allTopics.add(topic);
  }

  addTopicId(turn: Turn, topic: string, topicId: string): void {
    turn.check();
    const [knownId, knownName] = [this.#topicIds.get(topic), this.#topicNames.get(topicId)];
    assert(
      knownId === undefined || knownId === topicId,
      `topic ${topic} already has the id ${knownId ?? ''}`,
    );
    assert(
      knownName === undefined || knownName === topic,
      `id ${topicId} belongs to topic ${knownName ?? ''}`,
    );
    this.#topicIds.set(topic, topicId);
    this.#topicNames.set(topicId, topic);
  }

  topicId(topic: string): string | undefined {
    return this.#topicIds.get(topic);
  }

  topicName(topicId: string): string | undefined {
    return this.#topicNames.get(topicId);
  }

  /** Forgets a topic that is gone from ZooKeeper; the states of its replicas go with it. */
  removeTopic(turn: Turn, topic: string): void {
    turn.check();
    this.#topicsToBeDeleted.delete(topic);
    this.#topicsWithDeletionStarted.delete(topic);
    this.#topicsIneligibleForDeletion.delete(topic);
    this.#allTopics.delete(topic);
    const topicId = this.#topicIds.get(topic);
    if (topicId !== undefined) this.#topicNames.delete(topicId);
    this.#topicIds.delete(topic);
    this.#assignments.deleteTopic(topic);
    this.#beingReassigned.deleteTopic(topic);
    this.#leadership.deleteTopic(topic);
    this.#partitionStates.deleteTopic(topic);
    this.#replicaStates.deleteTopic(topic);
  }

  // ---- assignments

  assignment({ topic, partition }: TopicPartition): ReplicaAssignment {
    return this.#assignments.get(topic, partition) ?? NO_REPLICAS;
  }

  setAssignment(turn: Turn, { topic, partition }: TopicPartition, assignment: ReplicaAssignment): void {
    turn.check();
    this.#assignments.set(topic, partition, assignment);
  }

  /** Topics in the order they were learnt, partitions by number. */
  allPartitions(): TopicPartition[] {
    return [...this.#assignments.topics()].flatMap((topic) => this.partitionsOfTopic(topic));
  }

  partitionsOfTopic(topic: string): TopicPartition[] {
    const partitions = [...this.#assignments.partitionsOf(topic).keys()].sort((a, b) => a - b);
    return partitions.map((partition) => ({ topic, partition }));
  }

  replicasOfPartition(of: TopicPartition): Replica[] {
    return this.assignment(of).replicas.map((replica) => ({
      topic: of.topic,
      partition: of.partition,
      replica,
    }));
  }

  replicasOfTopic(topic: string): Replica[] {
    return this.partitionsOfTopic(topic).flatMap((partition) => this.replicasOfPartition(partition));
  }

  replicasOnBrokers(ids: readonly number[]): Replica[] {
    return this.allPartitions()
      .flatMap((partition) => this.replicasOfPartition(partition))
      .filter(({ replica }) => ids.includes(replica));
  }

  // ---- reassignments

  /**
   * From the first step of the move to its very last, which is a little longer than its assignment shows: the last
   * writes may have to be tried again.
   */
  isBeingReassigned({ topic, partition }: TopicPartition): boolean {
    return this.#beingReassigned.has(topic, partition);
  }

  markBeingReassigned(turn: Turn, { topic, partition }: TopicPartition): void {
    turn.check();
    this.#beingReassigned.set(topic, partition, true);
  }

  unmarkBeingReassigned(turn: Turn, { topic, partition }: TopicPartition): void {
    turn.check();
    this.#beingReassigned.delete(topic, partition);
  }

  partitionsBeingReassigned(): TopicPartition[] {
    return [...this.#beingReassigned].map(([of]) => of);
  }

  isTopicBeingReassigned(topic: string): boolean {
    return this.#beingReassigned.partitionsOf(topic).size > 0;
  }

  // ---- leaders

  leadership({ topic, partition }: TopicPartition): LeaderIsrAndControllerEpoch | undefined {
    return this.#leadership.get(topic, partition);
  }

  setLeadership(turn: Turn, { topic, partition }: TopicPartition, state: LeaderIsrAndControllerEpoch): void {
    turn.check();
    this.#leadership.set(topic, partition, state);
  }

  /** The leader epoch of a StopReplica request. */
  leaderEpochToStop(of: TopicPartition): number {
    if (this.isQueuedForDeletion(of.topic)) return LEADER_EPOCH_DURING_DELETE;
    return this.leadership(of)?.leaderEpoch ?? NO_LEADER_EPOCH;
  }

  get partitionsWithLeadershipCount(): number {
    return this.#leadership.size;
  }

  /** The partitions whose state is known, without those of topics that are being deleted. */
  partitionsWithLeadership(): { readonly of: TopicPartition; readonly state: LeaderIsrAndControllerEpoch }[] {
    return this.allPartitions().flatMap((of) => {
      const state = this.leadership(of);
      return state === undefined || this.isQueuedForDeletion(of.topic) ? [] : [{ of, state }];
    });
  }

  partitionsWithOfflineLeader(): TopicPartition[] {
    return this.partitionsWithLeadership()
      .filter(({ of, state }) => !this.isReplicaOnline({ ...of, replica: state.leader }))
      .map(({ of }) => of);
  }

  /** What a broker that wants to stop still leads and others could lead: replication factor above 1. */
  movablePartitionsLedBy(id: number): TopicPartition[] {
    return this.partitionsWithLeadership()
      .filter(({ of, state }) => state.leader === id && this.assignment(of).replicas.length > 1)
      .map(({ of }) => of);
  }

  // ---- states

  partitionState({ topic, partition }: TopicPartition): PartitionState {
    return this.#partitionStates.get(topic, partition) ?? 'NonExistentPartition';
  }

  setPartitionState(turn: Turn, { topic, partition }: TopicPartition, state: PartitionState): void {
    turn.check();
    this.#partitionStates.set(topic, partition, state);
  }

  partitionsInState(...states: readonly PartitionState[]): TopicPartition[] {
    return this.allPartitions().filter((partition) => states.includes(this.partitionState(partition)));
  }

  replicaState({ topic, partition, replica }: Replica): ReplicaState {
    return this.#replicaStates.get(topic, partition)?.get(replica) ?? 'NonExistentReplica';
  }

  setReplicaState(turn: Turn, { topic, partition, replica }: Replica, state: ReplicaState): void {
    turn.check();
    const states = this.#replicaStates.get(topic, partition);
    if (states === undefined) this.#replicaStates.set(topic, partition, new Map([[replica, state]]));
    else states.set(replica, state);
  }

  replicasInState(topic: string, state: ReplicaState): Replica[] {
    return this.replicasOfTopic(topic).filter((replica) => this.replicaState(replica) === state);
  }

  // ---- deletion

  get topicsToBeDeleted(): ReadonlySet<string> {
    return this.#topicsToBeDeleted;
  }

  get topicsIneligibleForDeletion(): ReadonlySet<string> {
    return this.#topicsIneligibleForDeletion;
  }

  queueForDeletion(turn: Turn, topics: Iterable<string>): void {
    turn.check();
    for (const topic of topics) this.#topicsToBeDeleted.add(topic);
  }

  markDeletionStarted(turn: Turn, topics: Iterable<string>): void {
    turn.check();
    for (const topic of topics) this.#topicsWithDeletionStarted.add(topic);
  }

  haltDeletion(turn: Turn, topics: Iterable<string>): void {
    turn.check();
    for (const topic of topics) this.#topicsIneligibleForDeletion.add(topic);
  }

  resumeDeletion(turn: Turn, topics: Iterable<string>): void {
    turn.check();
    for (const topic of topics) this.#topicsIneligibleForDeletion.delete(topic);
  }

  isQueuedForDeletion(topic: string): boolean {
    return this.#topicsToBeDeleted.has(topic);
  }

  isDeletionStarted(topic: string): boolean {
    return this.#topicsWithDeletionStarted.has(topic);
  }

  isIneligibleForDeletion(topic: string): boolean {
    return this.#topicsIneligibleForDeletion.has(topic);
  }
}
