/** The administration of topics and configs: what the handlers of such requests and auto-creation share. */
export { alterConfigs } from './alter-configs.ts';
export { AutoTopicCreationManager } from './auto-topic-creation-manager.ts';
export { DelayedTopicOperations } from './delayed-topic-operations.ts';
export { describeLoggers } from './broker-loggers.ts';
export { NO_POLICIES } from './policies.ts';
export type { Policies, Policy } from './policies.ts';
export { OPERATION } from './config-changes.ts';
export { ZkAdminManager } from './zk-admin-manager.ts';
export type {
  CreatableTopic,
  CreatePartitionsTopic,
  CreateTopicOutcome,
  TopicOperationOptions,
  TopicOutcome,
  ZkAdminManagerOptions,
} from './zk-admin-manager.ts';
