/**
 * The rooms of one broker, made and introduced to each other. Who needs whom is decided here and nowhere else:
 * replication gets a way to the controller, coordinators get a log that is replicated, the controller gets channels
 * to brokers. Nothing is started here; `Broker` does that, in order.
 */
import type { BrokerConfig } from '../config/index.ts';
import { KafkaController, networkChannels } from '../controller/index.ts';
import {
  GroupCoordinator,
  ProducerIdManager,
  coordinatorLogOf,
  groupConfigOf,
  type ProducerIdBlock,
} from '../coordinator/index.ts';
import { MetadataCache } from '../metadata/index.ts';
import type { Metrics } from '../metrics/index.ts';
import { NetworkClient } from '../network/index.ts';
import type { FactStream } from '../observe/index.ts';
import { ErrorCode, KafkaError, errorNameOf } from '../protocol/index.ts';
import {
  AllocateProducerIdsRequest,
  AllocateProducerIdsResponse,
} from '../protocol/messages/67-allocate-producer-ids.ts';
import { BrokerToControllerChannel, ReplicaManager, type ConnectToBroker } from '../replication/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { AutoTopicCreationManager, ZkAdminManager } from '../server/index.ts';
import { LogManager } from '../storage/index.ts';
import type { KafkaZkClient } from '../zookeeper/index.ts';

export interface PartsOptions {
  readonly runtime: Runtime;
  readonly facts: FactStream;
  readonly metrics: Metrics;
  readonly config: BrokerConfig;
  readonly brokerId: number;
  readonly brokerEpoch: () => number;
  readonly zkClient: KafkaZkClient;
  /** Registers the broker again after its ZooKeeper session expired. */
  readonly reRegister: () => Promise<void>;
  readonly onAllLogDirsFailed: () => void;
}

export interface BrokerParts {
  readonly metadataCache: MetadataCache;
  readonly logManager: LogManager;
  readonly replicaManager: ReplicaManager;
  readonly controllerChannel: BrokerToControllerChannel;
  readonly controller: KafkaController;
  readonly groupCoordinator: GroupCoordinator;
  readonly producerIdManager: ProducerIdManager;
  readonly adminManager: ZkAdminManager;
  readonly autoTopicCreation: AutoTopicCreationManager;
  readonly connect: ConnectToBroker;
}
