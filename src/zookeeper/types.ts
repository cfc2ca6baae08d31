/**
 * The values Kafka keeps in ZooKeeper, as the rest of Klassik handles them. Their bytes are registry.ts's business.
 */

/** A partition's replicas, and the moves among them while it is being reassigned (KIP-455). */
export interface ReplicaAssignment {
  /** All replicas, the preferred leader first; during a reassignment the target ones come first. */
  readonly replicas: readonly number[];
  readonly addingReplicas: readonly number[];
  readonly removingReplicas: readonly number[];
}

/** What /brokers/topics/<topic> says. */
export interface TopicAssignment {
  readonly topic: string;
  /** Null only for a topic made before topic ids (KIP-516). */
  readonly topicId: string | null;
  readonly partitions: ReadonlyMap<number, ReplicaAssignment>;
}

/** KIP-704: RECOVERING after an unclean election, until the new leader has caught its own log up. */
export const LeaderRecoveryState = { RECOVERED: 0, RECOVERING: 1 } as const;
export type LeaderRecoveryState = (typeof LeaderRecoveryState)[keyof typeof LeaderRecoveryState];

/** `leader` of a partition that has none. */
export const NO_LEADER = -1;

/** The one record of a partition's leader and in-sync replicas. */
export interface LeaderAndIsr {
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly isr: readonly number[];
  readonly leaderRecoveryState: LeaderRecoveryState;
  /** The version of the state znode: Kafka's partition epoch, formerly zkVersion. Not part of the data. */
  readonly partitionEpoch: number;
}

export interface LeaderIsrAndControllerEpoch extends LeaderAndIsr {
  /** The epoch of the controller that wrote it last. */
  readonly controllerEpoch: number;
}

export type SecurityProtocolName = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';

export interface BrokerEndpoint {
  readonly host: string;
  readonly port: number;
  readonly listenerName: string;
  readonly securityProtocol: SecurityProtocolName;
}

export interface SupportedFeature {
  readonly minVersion: number;
  readonly maxVersion: number;
}

/** What a broker says about itself in /brokers/ids/<id>. */
export interface BrokerRegistration {
  readonly id: number;
  readonly endpoints: readonly BrokerEndpoint[];
  readonly rack: string | null;
  readonly features: ReadonlyMap<string, SupportedFeature>;
  /** -1 without JMX. */
  readonly jmxPort: number;
}

/** A live broker; its epoch is the czxid of its znode, so every registration has a higher one. */
export interface BrokerInfo extends BrokerRegistration {
  readonly epoch: number;
}

/** What /controller says; `kraftControllerEpoch` is above 0 only while a KRaft migration holds the cluster. */
export interface ControllerInfo {
  readonly brokerId: number;
  readonly timestampMs: number;
  readonly kraftControllerEpoch: number;
}

/** A block of producer ids, both ends inclusive. */
export interface ProducerIdsBlock {
  readonly brokerId: number;
  readonly firstProducerId: number;
  readonly lastProducerId: number;
}

export interface FinalizedFeatures {
  /** Status 1 on the wire; a disabled znode (0) means "no finalized features, on purpose". */
  readonly enabled: boolean;
  readonly maxVersionLevels: ReadonlyMap<string, number>;
  /** In the format of before 3.3, which names the lowest level beside the highest. */
  readonly withMinimum?: true;
}

/** /config/topics, /config/clients, ... */
export type ConfigEntityType = 'topics' | 'clients' | 'users' | 'brokers' | 'ips';

/** The name of an entity's defaults, a znode of this very name. */
export const DEFAULT_ENTITY_NAME = '<default>';

/** Config names to values, in the order they were read or are to be written. */
export type ConfigMap = ReadonlyMap<string, string>;

export interface AccessControlEntryJson {
  readonly principal: string;
  /** `Allow`, `Deny` */
  readonly permissionType: string;
  readonly host: string;
  /** `Read`, `DescribeConfigs`, ... */
  readonly operation: string;
}

/** A change of a prefixed ACL; literal ones are told in plain text. */
export interface ExtendedAclChange {
  /** Upper case: `GROUP` */
  readonly resourceType: string;
  readonly name: string;
  /** `PREFIXED` */
  readonly patternType: string;
}

export interface DelegationTokenInfo {
  readonly tokenId: string;
  /** Principals as `User:alice`; sanitized in the znode. */
  readonly owner: string;
  readonly tokenRequester: string;
  readonly renewers: readonly string[];
  readonly issueTimestampMs: number;
  readonly maxTimestampMs: number;
  readonly expiryTimestampMs: number;
}

/** Replicas to move, as the legacy tools write them to /admin/reassign_partitions. */
export interface RequestedReassignment {
  readonly topic: string;
  readonly partition: number;
  readonly replicas: readonly number[];
}
