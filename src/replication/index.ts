/** The public face of replication. */
export type {
  AppendEntry,
  AppendOrigin,
  AppendRequest,
  CurrentLeader,
  PartitionAppendResult,
} from './append-types.ts';
export * from './fetch-types.ts';
export type { Partition } from './partition.ts';
export { ReplicaManager } from './replica-manager.ts';
export type { DeleteRecordsResult, LeadershipHooks, ReplicaManagerOptions } from './replica-manager.ts';
