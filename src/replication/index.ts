/** The public face of replication. */
export type { LogDirChange } from './alter-log-dirs.ts';
export { AlterPartitionManager } from './alter-partition-manager.ts';
export type { AlterPartitionManagerOptions } from './alter-partition-manager.ts';
export type { AlterPartitionAnswer, IsrProposal, IsrProposer } from './alter-partition-types.ts';
export type {
  AppendEntry,
  AppendOrigin,
  AppendRequest,
  CurrentLeader,
  PartitionAppendResult,
} from './append-types.ts';
export type { BrokerClient, ConnectToBroker } from './broker-client.ts';
export { BrokerToControllerChannel } from './broker-to-controller-channel.ts';
export type { BrokerToControllerChannelOptions, ControllerCall } from './broker-to-controller-channel.ts';
export type { DeleteRecordsResult } from './delayed-delete-records.ts';
export type { DescribedLogDir, DescribedReplica } from './describe-log-dirs.ts';
export * from './fetch-types.ts';
export type { FollowerState } from './follower-state.ts';
export { Partition } from './partition.ts';
export type { PartitionContext, PartitionListener } from './partition.ts';
export type { ReplicaLog } from './replica-log.ts';
export { ReplicaManager } from './replica-manager.ts';
export type { ReplicaManagerOptions } from './replica-manager.ts';
export type { DeletionRequest, StartedVerification } from './replica-requests.ts';
export type { LeadershipHooks, ReplicaLogManager } from './role-changes.ts';
export type { VerificationGuard, VerifiedProducer } from '../storage/index.ts';
