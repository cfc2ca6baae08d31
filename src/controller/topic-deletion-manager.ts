/**
 * Deleting topics (contract 3.6): stop every replica, have every broker delete its data, and only when all of them
 * said they did, delete the znodes.
 *
 * Invariants: the znodes of a topic go last, so a controller that fails half way leaves a deletion the next one takes
 * up; a topic with a dead replica waits (it is ineligible) until the broker is back, since its data could otherwise
 * survive it and come back under the same name. A move that a new controller takes up, or that takes another step, makes
 * its topic wait until it is through; a deletion asked for while a move is under way begins all the same.
 */
import { type Replica } from './controller-context.ts';
import { sendBatch, type ControllerServices } from './controller-services.ts';
import type { PartitionStateMachine } from './partition-state-machine.ts';
import type { ReplicaStateMachine } from './replica-state-machine.ts';
import type { Turn } from './turn.ts';

export interface TopicDeletionOptions {
  readonly services: ControllerServices;
  readonly partitionStateMachine: PartitionStateMachine;
  readonly replicaStateMachine: ReplicaStateMachine;
  /** Ends the watch of the topic's znode: it must not fire for a new topic of the same name. */
  readonly mutePartitionModifications: (topic: string) => void;
}

export class TopicDeletionManager {
  readonly #services: ControllerServices;
  readonly #partitions: PartitionStateMachine;
  readonly #replicas: ReplicaStateMachine;
  readonly #mutePartitionModifications: (topic: string) => void;

  constructor(options: TopicDeletionOptions) {
    this.#services = options.services;
    this.#partitions = options.partitionStateMachine;
    this.#replicas = options.replicaStateMachine;
    this.#mutePartitionModifications = options.mutePartitionModifications;
  }

  get #enabled(): boolean {
    return this.#services.config.get('delete.topic.enable');
  }

  /** What a new controller finds under /admin/delete_topics. */
  async init(turn: Turn, toBeDeleted: readonly string[], ineligible: readonly string[]): Promise<void> {
    const { context, store } = this.#services;
    if (!this.#enabled) {
      await store.deleteTopicDeletions(toBeDeleted, context.epochZkVersion);
      return;
    }
    context.queueForDeletion(turn, toBeDeleted);
    context.haltDeletion(
      turn,
      ineligible.filter((topic) => toBeDeleted.includes(topic)),
    );
  }

  async enqueue(turn: Turn, topics: readonly string[]): Promise<void> {
    if (!this.#enabled) return;
    this.#services.context.queueForDeletion(turn, topics);
    await this.resumeDeletions(turn);
  }

  /** A broker with replicas of these topics is back: what was halted may go on. */
  async resumeDeletionForTopics(turn: Turn, topics: readonly string[]): Promise<void> {
    const { context } = this.#services;
    const queued = topics.filter((topic) => context.isQueuedForDeletion(topic));
    if (!this.#enabled || queued.length === 0) return;
    context.resumeDeletion(turn, queued);
    await this.resumeDeletions(turn);
  }

  /** The replicas could not be deleted, or their broker died: their topics wait. */
  async failReplicaDeletion(turn: Turn, replicas: readonly Replica[]): Promise<void> {
    const { context } = this.#services;
    const failed = replicas.filter(({ topic }) => context.isQueuedForDeletion(topic));
    if (!this.#enabled || failed.length === 0) return;
    await this.#replicas.handleStateChanges(turn, failed, 'ReplicaDeletionIneligible');
    this.halt(
      turn,
      failed.map(({ topic }) => topic),
      'a replica could not be deleted',
    );
    await this.resumeDeletions(turn);
  }

  /** The broker says it deleted these replicas. */
  async completeReplicaDeletion(turn: Turn, replicas: readonly Replica[]): Promise<void> {
    const deleted = replicas.filter(({ topic }) => this.#services.context.isQueuedForDeletion(topic));
    await this.#replicas.handleStateChanges(turn, deleted, 'ReplicaDeletionSuccessful');
    await this.resumeDeletions(turn);
  }

  halt(turn: Turn, topics: readonly string[], reason: string): void {
    const { context, logger } = this.#services;
    const queued = [...new Set(topics)].filter((topic) => context.isQueuedForDeletion(topic));
    if (!this.#enabled || queued.length === 0) return;
    context.haltDeletion(turn, queued);
    logger.info(`Halted deletion of topics ${queued.join(',')}: ${reason}`);
  }

  /** Takes every queued topic one step further. */
  async resumeDeletions(turn: Turn): Promise<void> {
    if (!this.#enabled) return;
    const { context, logger } = this.#services;
    const retry: string[] = [];
    const start: string[] = [];
    for (const topic of [...context.topicsToBeDeleted]) {
      const states = context.replicasOfTopic(topic).map((row) => context.replicaState(row));
      const inProgress = states.includes('ReplicaDeletionStarted');
      if (states.every((state) => state === 'ReplicaDeletionSuccessful')) {
        await this.#complete(turn, topic);
        logger.info(`Deletion of topic ${topic} successfully completed`);
        continue;
      }
      if (!inProgress && states.includes('ReplicaDeletionIneligible')) retry.push(topic);
      if (!inProgress && !context.isIneligibleForDeletion(topic)) {
        logger.info(`Deletion of topic ${topic} (re)started`);
        start.push(topic);
      }
    }
    const failed = retry.flatMap((topic) => context.replicasInState(topic, 'ReplicaDeletionIneligible'));
    await this.#replicas.handleStateChanges(turn, failed, 'OfflineReplica');
    if (start.length > 0) await this.#start(turn, start);
  }

  async #complete(turn: Turn, topic: string): Promise<void> {
    const { context, store } = this.#services;
    this.#mutePartitionModifications(topic);
    const replicas = context.replicasInState(topic, 'ReplicaDeletionSuccessful');
    await this.#replicas.handleStateChanges(turn, replicas, 'NonExistentReplica');
    await store.deleteTopic(topic, context.epochZkVersion);
    context.removeTopic(turn, topic);
  }

  async #start(turn: Turn, topics: readonly string[]): Promise<void> {
    const { context } = this.#services;
    const unseen = topics.filter((topic) => !context.isDeletionStarted(topic));
    const partitions = unseen.flatMap((topic) => context.partitionsOfTopic(topic));
    await this.#partitions.handleStateChanges(turn, partitions, 'OfflinePartition');
    await this.#partitions.handleStateChanges(turn, partitions, 'NonExistentPartition');
    // After the moves, so that the count of offline partitions follows them (see the controller's gauges).
    context.markDeletionStarted(turn, unseen);
    // Leader -2 in this UpdateMetadata: brokers stop serving the topics and forget them.
    sendBatch(this.#services, (batch) => {
      const all = topics.flatMap((topic) => context.partitionsOfTopic(topic));
      batch.addUpdateMetadata(context.liveOrShuttingDownBrokerIds(), all);
    });
    await this.#deleteReplicas(turn, topics);
  }

  async #deleteReplicas(turn: Turn, topics: readonly string[]): Promise<void> {
    const { context } = this.#services;
    const replicas = topics.flatMap((topic) => context.replicasOfTopic(topic));
    const dead = replicas.filter((row) => !context.isReplicaOnline(row));
    const toDelete = replicas.filter(
      (row) => context.isReplicaOnline(row) && context.replicaState(row) !== 'ReplicaDeletionSuccessful',
    );
    await this.#replicas.handleStateChanges(turn, dead, 'ReplicaDeletionIneligible');
    // First stop all, so that no follower fetches from a leader that is about to delete its log.
    await this.#replicas.handleStateChanges(turn, toDelete, 'OfflineReplica');
    await this.#replicas.handleStateChanges(turn, toDelete, 'ReplicaDeletionStarted');
    this.halt(
      turn,
      dead.map(({ topic }) => topic),
      'some replicas are offline',
    );
  }
}
