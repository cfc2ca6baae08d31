/** The administration of topics: what CreateTopics, CreatePartitions, DeleteTopics and auto-creation share. */
export { AutoTopicCreationManager } from './auto-topic-creation-manager.ts';
export { ZkAdminManager } from './zk-admin-manager.ts';
export type {
  CreatableTopic,
  CreatePartitionsTopic,
  CreateTopicOutcome,
  TopicOperationOptions,
  TopicOutcome,
  ZkAdminManagerOptions,
} from './zk-admin-manager.ts';
