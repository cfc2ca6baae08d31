/**
 * Topics in ZooKeeper: their replica assignments, their creation and deletion.
 *
 * A topic is created by whichever broker was asked, with unfenced writes; everything below /brokers/topics/<topic>
 * is the controller's, and fenced. `fence` is the version of /controller_epoch the caller was elected with.
 */
import { pathFault } from '../engine/connect-string.ts';
import { topicZnodes } from '../registry.ts';
import { isZkError, ZkError } from '../session.ts';
import type { TopicPartition } from '../../common/index.ts';
import type { ExpectedVersion } from '../session.ts';
import type { RequestedReassignment, TopicAssignment } from '../types.ts';
import type { Versioned } from './controller.ts';
import type { ZnodeOperations } from './znode-operations.ts';

const topicOf = ({ topic }: { readonly topic: string }): string => topicZnodes.topic.path({ topic });

export class TopicVerbs {
  readonly #znodes: ZnodeOperations;

  constructor(znodes: ZnodeOperations) {
    this.#znodes = znodes;
  }

  /** Sets the child watch when `watch` is given and a handler for /brokers/topics is registered. */
  async getAllTopicsInCluster(watch = false): Promise<Set<string>> {
    return new Set(await this.#znodes.children(topicZnodes.topics.path(), watch));
  }

  async topicExists(topic: string): Promise<boolean> {
    return (await this.#znodes.client.exists(topicOf({ topic }))) !== null;
  }

  /** Those of the given topics that exist, with their assignments and ids. Sets data watches where handled. */
  async getTopicAssignments(topics: Iterable<string>): Promise<Map<string, TopicAssignment>> {
    const found = await this.#znodes.readAll(
      topics,
      (topic) => topicOf({ topic }),
      ({ data }, topic, path) => ({ topic, ...topicZnodes.topic.decode(data, path) }),
    );
    return new Map(found);
  }

  /** A new topic: the unfenced write that starts everything. Rejects with NodeExists. */
  async createTopicAssignment(assignment: TopicAssignment): Promise<void> {
    await this.#znodes.createRecursive(topicOf(assignment), topicZnodes.topic.encode(assignment));
  }

  /** The controller's write during reassignment; with 'any' the unfenced one that adds partitions. */
  async setTopicAssignment(assignment: TopicAssignment, fence: ExpectedVersion): Promise<void> {
    await this.#znodes.fencedOrThrow(
      [
        {
          op: 'setData',
          path: topicOf(assignment),
          data: topicZnodes.topic.encode(assignment),
          version: 'any',
        },
      ],
      fence,
    );
  }

  /** Deletes a topic with all its partitions; false when it was gone already. */
  async deleteTopicZNode(topic: string, fence: ExpectedVersion): Promise<boolean> {
    return this.#znodes.deleteRecursive(topicOf({ topic }), fence);
  }

  // ---- wishes to delete topics

  /** Rejects with NodeExists when the topic is already on its way out. */
  async createDeleteTopicPath(topic: string): Promise<void> {
    await this.#znodes.createRecursive(topicZnodes.deleteTopic.path({ topic }), null);
  }

  /** The topics somebody wants deleted; sets the child watch when a handler is registered. */
  async getTopicDeletions(): Promise<string[]> {
    return [...(await this.#znodes.children(topicZnodes.deleteTopics.path()))];
  }

  async isTopicMarkedForDeletion(topic: string): Promise<boolean> {
    return (await this.#znodes.client.exists(topicZnodes.deleteTopic.path({ topic }))) !== null;
  }

  async deleteTopicDeletions(topics: readonly string[], fence: ExpectedVersion): Promise<void> {
    await this.#znodes.fencedOrThrow(
      topics.map((topic) => ({
        op: 'delete' as const,
        path: topicZnodes.deleteTopic.path({ topic }),
        version: 'any' as const,
      })),
      fence,
      ['NoNode'],
    );
  }

  // ---- wishes laid down by tools of old

  /** Null without such a wish. Sets the watch when a handler is registered. */
  async getPartitionReassignment(): Promise<Versioned<readonly RequestedReassignment[]> | null> {
    const path = topicZnodes.reassignPartitions.path();
    const found = await this.#znodes.read(path);
    if (found === null) return null;
    return { value: topicZnodes.reassignPartitions.decode(found.data, path), zkVersion: found.stat.version };
  }

  /** Writes what is left to move, or removes the znode when nothing is. */
  async setOrDeletePartitionReassignment(
    moves: readonly RequestedReassignment[],
    fence: ExpectedVersion,
  ): Promise<void> {
    const path = topicZnodes.reassignPartitions.path();
    if (moves.length === 0)
      return this.#znodes.fencedOrThrow([{ op: 'delete', path, version: 'any' }], fence, ['NoNode']);
    const data = topicZnodes.reassignPartitions.encode(moves);
    const [outcome] = await this.#znodes.fenced([{ op: 'setData', path, data, version: 'any' }], fence);
    if (outcome === undefined || outcome.ok) return;
    if (outcome.error !== 'NoNode') throw new ZkError(outcome.error, path);
    await this.#znodes.fencedOrThrow([{ op: 'create', path, data, mode: 'persistent' }], fence);
  }

  /** Asks the controller for moves in the old way, as old tools do. Rejects with NodeExists. */
  async createPartitionReassignment(moves: readonly RequestedReassignment[]): Promise<void> {
    await this.#znodes.createRecursive(
      topicZnodes.reassignPartitions.path(),
      topicZnodes.reassignPartitions.encode(moves),
    );
  }

  async getPreferredReplicaElection(): Promise<readonly TopicPartition[]> {
    const path = topicZnodes.preferredReplicaElection.path();
    const found = await this.#znodes.read(path);
    return found === null ? [] : topicZnodes.preferredReplicaElection.decode(found.data, path);
  }

  async createPreferredReplicaElection(partitions: readonly TopicPartition[]): Promise<void> {
    await this.#znodes.createRecursive(
      topicZnodes.preferredReplicaElection.path(),
      topicZnodes.preferredReplicaElection.encode(partitions),
    );
  }

  async deletePreferredReplicaElection(fence: ExpectedVersion): Promise<void> {
    const path = topicZnodes.preferredReplicaElection.path();
    await this.#znodes.fencedOrThrow([{ op: 'delete', path, version: 'any' }], fence, ['NoNode']);
  }

  // ---- notifications for the controller

  /** The names of the children, ascending: `log_dir_event_0000000000`, ... */
  async getAllLogDirEventNotifications(): Promise<string[]> {
    return [...(await this.#znodes.children(topicZnodes.logDirEventNotifications.path()))].sort();
  }

  /** The brokers that told of a failed log directory. */
  async getBrokerIdsFromLogDirEvents(names: readonly string[]): Promise<number[]> {
    const found = await this.#znodes.readAll(names, logDirEventPath, ({ data }, _name, path) =>
      topicZnodes.logDirEventNotification.decode(data, path),
    );
    return found.map(([, broker]) => broker);
  }

  async deleteLogDirEventNotifications(fence: ExpectedVersion, names?: readonly string[]): Promise<void> {
    const found = names ?? (await this.#znodes.children(topicZnodes.logDirEventNotifications.path(), false));
    await this.#deleteAll(found.map(logDirEventPath), fence);
  }

  async getAllIsrChangeNotifications(): Promise<string[]> {
    return [...(await this.#znodes.children(topicZnodes.isrChangeNotifications.path()))].sort();
  }

  async getPartitionsFromIsrChangeNotifications(names: readonly string[]): Promise<TopicPartition[]> {
    const found = await this.#znodes.readAll(names, isrChangePath, ({ data }, _name, path) =>
      topicZnodes.isrChangeNotification.decode(data, path),
    );
    return found.flatMap(([, partitions]) => partitions);
  }

  async deleteIsrChangeNotifications(fence: ExpectedVersion, names?: readonly string[]): Promise<void> {
    const found = names ?? (await this.#znodes.children(topicZnodes.isrChangeNotifications.path(), false));
    await this.#deleteAll(found.map(isrChangePath), fence);
  }

  async #deleteAll(paths: readonly string[], fence: ExpectedVersion): Promise<void> {
    await this.#znodes.fencedOrThrow(
      paths.map((path) => ({ op: 'delete' as const, path, version: 'any' as const })),
      fence,
      ['NoNode'],
    );
  }

  // ---- offsets of OffsetCommit and OffsetFetch v0

  /** Null when there is none, NaN when what is stored is no number or the group's name cannot be part of a path. */
  async getConsumerOffset(group: string, { topic, partition }: TopicPartition): Promise<number | null> {
    const path = consumerOffsetPath(group, topic, partition);
    if (pathFault(path) !== null) return Number.NaN;
    const data = (await this.#znodes.read(path))?.data ?? null;
    return data === null ? null : topicZnodes.consumerOffset.decode(data);
  }

  /** False when the group's name cannot be part of a path. */
  async setOrCreateConsumerOffset(
    group: string,
    { topic, partition }: TopicPartition,
    offset: number,
  ): Promise<boolean> {
    const path = consumerOffsetPath(group, topic, partition);
    if (pathFault(path) !== null) return false;
    try {
      await this.#znodes.setOrCreate(path, topicZnodes.consumerOffset.encode(offset));
    } catch (error) {
      // Two commits at once made the znode; the other's is as good as ours.
      if (!isZkError(error, 'NodeExists')) throw error;
      await this.#znodes.setData(path, topicZnodes.consumerOffset.encode(offset), 'any');
    }
    return true;
  }
}

/** A group may have any name, with slashes in it too: Kafka takes them as they are. */
function consumerOffsetPath(group: string, topic: string, partition: number): string {
  return `/consumers/${group}/offsets/${topic}/${partition}`;
}

const logDirEventPath = (name: string): string => `${topicZnodes.logDirEventNotifications.path()}/${name}`;
const isrChangePath = (name: string): string => `${topicZnodes.isrChangeNotifications.path()}/${name}`;
