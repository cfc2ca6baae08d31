/**
 * The requests of one step of the controller: collected per broker, then sent in Kafka's order (contract 3.5):
 * LeaderAndIsr to each broker, UpdateMetadata to each broker, StopReplica to each broker.
 *
 * Invariants: whatever is told to the replicas of a partition is also told to every live broker's metadata cache; each
 * request names the epoch of the controller and the epoch of the broker it is for, so that neither an old controller
 * nor a broker's earlier life can act on it; each goes out in the version of `inter.broker.protocol.version`.
 * Delivery and retries are left to the channel manager.
 */
import { PartitionMap, ZERO_UUID, type TopicPartition } from '../common/index.ts';
import type { InterBrokerProtocol } from '../config/index.ts';
import type { LeaderAndIsrRequest } from '../protocol/messages/04-leader-and-isr.ts';
import type { StopReplicaRequest } from '../protocol/messages/05-stop-replica.ts';
import type { UpdateMetadataRequest } from '../protocol/messages/06-update-metadata.ts';
import {
  LeaderRecoveryState,
  type LeaderIsrAndControllerEpoch,
  type SecurityProtocolName,
} from '../zookeeper/index.ts';
import type { ControllerContext } from './controller-context.ts';
import { LEADER_DURING_DELETE } from './leader-and-isr.ts';

/** A request to one broker. StopReplica also says which partitions it deletes, for the answer to be read by. */
export type ControlRequest =
  | { readonly kind: 'LeaderAndIsr'; readonly brokerId: number; readonly request: LeaderAndIsrRequest }
  | { readonly kind: 'UpdateMetadata'; readonly brokerId: number; readonly request: UpdateMetadataRequest }
  | { readonly kind: 'StopReplica'; readonly brokerId: number; readonly request: StopReplicaRequest };

type LeaderAndIsrPartition = LeaderAndIsrRequest['topicStates'][number]['partitionStates'][number];
type UpdateMetadataPartition = UpdateMetadataRequest['topicStates'][number]['partitionStates'][number];
type StopReplicaPartition = StopReplicaRequest['topicStates'][number]['partitionStates'][number];

/** The numbers of Kafka's security protocols on the wire. */
const SECURITY_PROTOCOL_IDS: Readonly<Record<SecurityProtocolName, number>> = {
  PLAINTEXT: 0,
  SSL: 1,
  SASL_PLAINTEXT: 2,
  SASL_SSL: 3,
};

/** LeaderAndIsr's `type` is for KRaft migrations; a ZooKeeper controller always says "unknown". */
const UNKNOWN_REQUEST_TYPE = 0;

export interface RequestBatchOptions {
  readonly context: ControllerContext;
  readonly controllerId: number;
  /** The listener whose endpoints followers use to reach leaders. */
  readonly interBrokerListenerName: string;
  readonly protocol: Pick<InterBrokerProtocol, 'supports'>;
}

export class ControllerRequestBatch {
  readonly #options: RequestBatchOptions;
  readonly #leaderAndIsr = new Map<number, PartitionMap<LeaderAndIsrPartition>>();
  readonly #stopReplica = new Map<number, PartitionMap<StopReplicaPartition>>();
  readonly #updateMetadataBrokers = new Set<number>();
  readonly #updateMetadata = new PartitionMap<UpdateMetadataPartition>();

  constructor(options: RequestBatchOptions) {
    this.#options = options;
  }

  /** Tells `brokers` of the partition's state, and every live broker's metadata cache with them. */
  addLeaderAndIsr(
    brokers: readonly number[],
    of: TopicPartition,
    state: LeaderIsrAndControllerEpoch,
    isNew: boolean,
  ): void {
    const { context, protocol } = this.#options;
    const { replicas, addingReplicas, removingReplicas } = context.assignment(of);
    for (const broker of brokers) {
      const partitions = partitionsFor(this.#leaderAndIsr, broker);
      partitions.set(of.topic, of.partition, {
        topicName: '',
        partitionIndex: of.partition,
        controllerEpoch: state.controllerEpoch,
        leader: state.leader,
        leaderEpoch: state.leaderEpoch,
        isr: [...state.isr],
        partitionEpoch: state.partitionEpoch,
        replicas: [...replicas],
        addingReplicas: [...addingReplicas],
        removingReplicas: [...removingReplicas],
        isNew: isNew || (partitions.get(of.topic, of.partition)?.isNew ?? false),
        leaderRecoveryState: protocol.supports('leaderRecovery')
          ? state.leaderRecoveryState
          : LeaderRecoveryState.RECOVERED,
      });
    }
    this.addUpdateMetadata(context.liveOrShuttingDownBrokerIds(), [of]);
  }

  addStopReplica(broker: number, of: TopicPartition, deletePartition: boolean): void {
    const partitions = partitionsFor(this.#stopReplica, broker);
    partitions.set(of.topic, of.partition, {
      partitionIndex: of.partition,
      leaderEpoch: this.#options.context.leaderEpochToStop(of),
      deletePartition: deletePartition || (partitions.get(of.topic, of.partition)?.deletePartition ?? false),
    });
  }

  /** An UpdateMetadata without partitions still tells who is alive. */
  addUpdateMetadata(brokers: readonly number[], partitions: Iterable<TopicPartition>): void {
    const { context } = this.#options;
    for (const broker of brokers) this.#updateMetadataBrokers.add(broker);
    for (const of of partitions) {
      const state = context.leadership(of);
      if (state === undefined) continue;
      const beingDeleted = context.isQueuedForDeletion(of.topic);
      const replicas = context.replicasOfPartition(of);
      this.#updateMetadata.set(of.topic, of.partition, {
        topicName: '',
        partitionIndex: of.partition,
        controllerEpoch: state.controllerEpoch,
        leader: beingDeleted ? LEADER_DURING_DELETE : state.leader,
        leaderEpoch: beingDeleted ? 0 : state.leaderEpoch,
        isr: [...state.isr],
        zkVersion: beingDeleted ? 0 : state.partitionEpoch,
        replicas: replicas.map(({ replica }) => replica),
        offlineReplicas: replicas
          .filter((row) => !context.isReplicaOnline(row))
          .map(({ replica }) => replica),
      });
    }
  }

  /** The requests, in the order they have to be sent. Brokers that are gone get none. */
  requests(): ControlRequest[] {
    return [
      ...this.#leaderAndIsrRequests(),
      ...this.#updateMetadataRequests(),
      ...this.#stopReplicaRequests(),
    ];
  }

  #header(brokerEpoch: number): {
    controllerId: number;
    isKRaftController: boolean;
    controllerEpoch: number;
    brokerEpoch: number;
  } {
    const { context, controllerId } = this.#options;
    return { controllerId, isKRaftController: false, controllerEpoch: context.epoch, brokerEpoch };
  }

  #leaderAndIsrRequests(): ControlRequest[] {
    return this.#toLiveBrokers(this.#leaderAndIsr).map(({ brokerId, brokerEpoch, partitions }) => {
      const leaders = new Set([...partitions.values()].map(({ leader }) => leader));
      const request: LeaderAndIsrRequest = {
        ...this.#header(brokerEpoch),
        type: UNKNOWN_REQUEST_TYPE,
        ungroupedPartitionStates: [],
        topicStates: this.#byTopic(partitions),
        liveLeaders: this.#liveLeaders(leaders),
      };
      return { kind: 'LeaderAndIsr', brokerId, request };
    });
  }

  #liveLeaders(leaders: ReadonlySet<number>): LeaderAndIsrRequest['liveLeaders'] {
    const { context, interBrokerListenerName } = this.#options;
    return context.liveOrShuttingDownBrokers().flatMap(({ id, endpoints }) => {
      const endpoint = endpoints.find(({ listenerName }) => listenerName === interBrokerListenerName);
      if (!leaders.has(id) || endpoint === undefined) return [];
      return [{ brokerId: id, hostName: endpoint.host, port: endpoint.port }];
    });
  }

  #updateMetadataRequests(): ControlRequest[] {
    const { context } = this.#options;
    const topicStates = this.#byTopic(this.#updateMetadata);
    const liveBrokers = context.liveOrShuttingDownBrokers().map(({ id, endpoints, rack }) => ({
      id,
      v0Host: '',
      v0Port: 0,
      endpoints: endpoints.map(({ host, port, listenerName, securityProtocol }) => ({
        port,
        host,
        listener: listenerName,
        securityProtocol: SECURITY_PROTOCOL_IDS[securityProtocol],
      })),
      rack,
    }));
    return context
      .liveOrShuttingDownBrokers()
      .filter(({ id }) => this.#updateMetadataBrokers.has(id))
      .map(({ id, epoch }) => ({
        kind: 'UpdateMetadata',
        brokerId: id,
        request: {
          ...this.#header(epoch),
          type: UNKNOWN_REQUEST_TYPE,
          ungroupedPartitionStates: [],
          topicStates,
          liveBrokers,
        },
      }));
  }

  #stopReplicaRequests(): ControlRequest[] {
    return this.#toLiveBrokers(this.#stopReplica).map(({ brokerId, brokerEpoch, partitions }) => ({
      kind: 'StopReplica',
      brokerId,
      request: {
        ...this.#header(brokerEpoch),
        deletePartitions: false,
        ungroupedPartitions: [],
        topics: [],
        topicStates: this.#byTopic(partitions),
      },
    }));
  }

  #toLiveBrokers<T>(
    perBroker: ReadonlyMap<number, PartitionMap<T>>,
  ): { brokerId: number; brokerEpoch: number; partitions: PartitionMap<T> }[] {
    return this.#options.context.liveOrShuttingDownBrokers().flatMap(({ id, epoch }) => {
      const partitions = perBroker.get(id);
      return partitions === undefined ? [] : [{ brokerId: id, brokerEpoch: epoch, partitions }];
    });
  }

  #byTopic<T>(partitions: PartitionMap<T>): { topicName: string; topicId: string; partitionStates: T[] }[] {
    return [...partitions.topics()].map((topicName) => ({
      topicName,
      topicId: this.#options.context.topicId(topicName) ?? ZERO_UUID,
      partitionStates: [...partitions.partitionsOf(topicName).values()],
    }));
  }
}

function partitionsFor<T>(perBroker: Map<number, PartitionMap<T>>, broker: number): PartitionMap<T> {
  let partitions = perBroker.get(broker);
  if (partitions === undefined) perBroker.set(broker, (partitions = new PartitionMap<T>()));
  return partitions;
}
