/**
 * What the controller watches in ZooKeeper, and which event each watch puts (contract 2.2, 2.5).
 *
 * Invariant: a watch only ever puts an event; it reads nothing and changes nothing, so whatever happens in ZooKeeper
 * is handled in the order of the queue. A watch of ZooKeeper fires once: the reads of the events set it again.
 */
import { registry, type KafkaZkClient } from '../zookeeper/index.ts';
import type { ControllerEvent } from './controller-event.ts';

export interface ControllerWatches {
  /** /controller: set by every broker, for as long as it lives. */
  watchController(): Promise<void>;
  /** The lists of brokers, topics, deletions and notifications; set by the controller before it reads them. */
  watchCluster(): Promise<void>;
  unwatchCluster(): void;
  watchBrokers(ids: readonly number[]): Promise<void>;
  unwatchBrokers(ids: readonly number[]): void;
  /** The watches are set by reading the topics. */
  watchTopics(topics: readonly string[]): void;
  unwatchTopics(topics: readonly string[]): void;
  /** Sets the watch of /admin/preferred_replica_election and says whether it is there. */
  watchPreferredReplicaElection(): Promise<boolean>;
  /** The same for /admin/reassign_partitions. */
  watchPartitionReassignment(): Promise<boolean>;
}

const { cluster, topicZnodes } = registry;

const CHILD_EVENTS: readonly (readonly [path: string, kind: ChildEventKind])[] = [
  [cluster.brokerIds.path(), 'BrokerChange'],
  [topicZnodes.topics.path(), 'TopicChange'],
  [topicZnodes.deleteTopics.path(), 'TopicDeletion'],
  [topicZnodes.logDirEventNotifications.path(), 'LogDirEventNotification'],
  [topicZnodes.isrChangeNotifications.path(), 'IsrChangeNotification'],
];

type ChildEventKind =
  'BrokerChange' | 'TopicChange' | 'TopicDeletion' | 'LogDirEventNotification' | 'IsrChangeNotification';

export class ZkControllerWatches implements ControllerWatches {
  readonly #client: KafkaZkClient['client'];
  readonly #put: (event: ControllerEvent) => void;
  readonly #brokers = new Set<number>();
  readonly #topics = new Set<string>();

  constructor(zkClient: KafkaZkClient, put: (event: ControllerEvent) => void) {
    this.#client = zkClient.client;
    this.#put = put;
  }

  async watchController(): Promise<void> {
    await this.#client.registerZNodeChangeHandlerAndCheckExistence({
      path: cluster.controller.path(),
      handleCreation: () => {
        this.#put({ kind: 'ControllerChange' });
      },
      handleDataChange: () => {
        this.#put({ kind: 'ControllerChange' });
      },
      handleDeletion: () => {
        this.#put({ kind: 'Reelect' });
      },
    });
  }

  async watchCluster(): Promise<void> {
    for (const [path, kind] of CHILD_EVENTS)
      this.#client.registerZNodeChildChangeHandler({
        path,
        handleChildChange: () => {
          this.#put({ kind });
        },
      });
    await this.watchPreferredReplicaElection();
    await this.watchPartitionReassignment();
  }

  unwatchCluster(): void {
    for (const [path] of CHILD_EVENTS) this.#client.unregisterZNodeChildChangeHandler(path);
    this.#client.unregisterZNodeChangeHandler(topicZnodes.preferredReplicaElection.path());
    this.#client.unregisterZNodeChangeHandler(topicZnodes.reassignPartitions.path());
    this.unwatchBrokers([...this.#brokers]);
    this.unwatchTopics([...this.#topics]);
  }

  async watchBrokers(ids: readonly number[]): Promise<void> {
    for (const brokerId of ids) {
      this.#brokers.add(brokerId);
      await this.#client.registerZNodeChangeHandlerAndCheckExistence({
        path: cluster.brokerId.path({ id: brokerId }),
        handleDataChange: () => {
          this.#put({ kind: 'BrokerModifications', brokerId });
        },
      });
    }
  }

  unwatchBrokers(ids: readonly number[]): void {
    for (const id of ids) {
      this.#brokers.delete(id);
      this.#client.unregisterZNodeChangeHandler(cluster.brokerId.path({ id }));
    }
  }

  watchTopics(topics: readonly string[]): void {
    for (const topic of topics) {
      this.#topics.add(topic);
      this.#client.registerZNodeChangeHandler({
        path: topicZnodes.topic.path({ topic }),
        handleDataChange: () => {
          this.#put({ kind: 'PartitionModifications', topic });
        },
      });
    }
  }

  unwatchTopics(topics: readonly string[]): void {
    for (const topic of topics) {
      this.#topics.delete(topic);
      this.#client.unregisterZNodeChangeHandler(topicZnodes.topic.path({ topic }));
    }
  }

  watchPreferredReplicaElection(): Promise<boolean> {
    return this.#client.registerZNodeChangeHandlerAndCheckExistence({
      path: topicZnodes.preferredReplicaElection.path(),
      handleCreation: () => {
        this.#put({ kind: 'PreferredReplicaLeaderElection' });
      },
    });
  }

  watchPartitionReassignment(): Promise<boolean> {
    return this.#client.registerZNodeChangeHandlerAndCheckExistence({
      path: topicZnodes.reassignPartitions.path(),
      handleCreation: () => {
        this.#put({ kind: 'ZkPartitionReassignment' });
      },
    });
  }
}
