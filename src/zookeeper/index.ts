export * from './types.ts';
export * from './session.ts';
export * as registry from './registry.ts';
export { ZnodeFormatError } from './json.ts';
export { desanitize, sanitize } from './sanitizer.ts';
export { ZooKeeperClient } from './zookeeper-client.ts';
export type {
  StateChangeHandler,
  ZNodeChangeHandler,
  ZNodeChildChangeHandler,
  ZooKeeperClientOptions,
} from './zookeeper-client.ts';
export { KafkaZkClient } from './kafka-zk-client.ts';
export type { KafkaZkClientOptions } from './kafka-zk-client.ts';
export { ControllerMovedError } from './verbs/znode-operations.ts';
export type { AclPolicy, WriteOp, WriteOutcome } from './verbs/znode-operations.ts';
export type { RegistrationOutcome } from './verbs/brokers.ts';
export type { ControllerEpoch, Versioned } from './verbs/controller.ts';
export type { PartitionUpdate } from './verbs/partitions.ts';
export { entityPath, userClientPath } from './verbs/configs.ts';
export type { EntityPath } from './verbs/configs.ts';
export * from './verbs/access.ts';
export { connectKafkaZkClient, secureAclPolicy } from './connect.ts';
export type { KafkaZkConnectOptions } from './connect.ts';
export { openZooKeeperSession } from './engine/session-engine.ts';
export type { SessionOptions } from './engine/session-engine.ts';
export { parseConnectString } from './engine/connect-string.ts';
export type { ConnectString, ZooKeeperServer } from './engine/connect-string.ts';
export { ChangeNotificationListener } from './change-notifications.ts';
export type { ChangeNotificationOptions } from './change-notifications.ts';
