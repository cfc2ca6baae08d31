/**
 * Everything a handler may ask. Handlers see these interfaces of the rooms below and never reach around them; the
 * broker fills them in once, at start.
 */
import type { BrokerConfig } from '../config/index.ts';
import type { KafkaController } from '../controller/index.ts';
import type {
  GroupCoordinator,
  ProducerIdManager,
  TransactionCoordinator,
  TransactionVerifier,
} from '../coordinator/index.ts';
import type { LoggerLevels } from '../logging/index.ts';
import type { MetadataCache } from '../metadata/index.ts';
import type { FactStream } from '../observe/index.ts';
import type { ReplicaManager } from '../replication/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { KafkaZkClient } from '../zookeeper/index.ts';
import type {
  AutoTopicCreationManager,
  DelayedTopicOperations,
  Policies,
  ZkAdminManager,
} from './admin/index.ts';
import type { FetchSessionCache } from './fetch-session.ts';

export interface Services {
  readonly runtime: Runtime;
  readonly facts: FactStream;
  readonly config: BrokerConfig;
  readonly brokerId: number;
  readonly loggerLevels: LoggerLevels;
  readonly clusterId: string;
  /** This broker's epoch: the czxid of its registration, which changes with every new ZooKeeper session. */
  brokerEpoch(): number;
  readonly metadataCache: MetadataCache;
  readonly replicaManager: ReplicaManager;
  readonly controller: KafkaController;
  readonly groupCoordinator: GroupCoordinator;
  readonly transactionCoordinator: TransactionCoordinator;
  /** Asks the coordinators of transactions, here and elsewhere. */
  readonly transactionVerifier: TransactionVerifier;
  readonly producerIdManager: ProducerIdManager;
  readonly adminManager: ZkAdminManager;
  readonly policies: Policies;
  /** ElectLeaders requests that wait for the new leaders to be known here. */
  readonly delayedElections: DelayedTopicOperations;
  readonly autoTopicCreation: AutoTopicCreationManager;
  readonly fetchSessions: FetchSessionCache;
  readonly zkClient: KafkaZkClient;
  /** `/feature`'s version, which ApiVersions reports as the finalized features epoch. */
  finalizedFeaturesEpoch(): number;
}
