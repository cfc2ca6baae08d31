/** The public face of the coordinators. */
export { groupConfigOf, type GroupConfig } from './group/group-config.ts';
export { GroupCoordinator, type GroupCoordinatorOptions } from './group/group-coordinator.ts';
export type { CommitOffsets, CommitTransactionalOffsets } from './group/commit.ts';
export type { DescribedGroup, ListedGroup } from './group/describe.ts';
export type { FetchedOffset } from './group/fetch.ts';
export type { OffsetAndMetadata } from './group/group-offsets.ts';
export type { Heartbeat } from './group/heartbeat.ts';
export type { JoinGroup } from './group/join.ts';
export type { LeaveResult, LeavingMember } from './group/leave.ts';
export type { JoinGroupResult, SyncGroupResult } from './group/member.ts';
export type { SyncGroup } from './group/sync.ts';
export type { AppendOutcome, CoordinatorLog, LogChunk, ReadableLog } from './runtime/coordinator-log.ts';
export { partitionFor } from './runtime/partition-for.ts';
export { coordinatorLogOf } from './runtime/replica-manager-log.ts';
export {
  ProducerIdManager,
  type ProducerIdBlock,
  type ProducerIdBlockSource,
} from './transaction/producer-id-manager.ts';
export {
  TransactionCoordinator,
  type InitProducerId,
  type InitProducerIdResult,
  type ListedTransactions,
  type TransactionCoordinatorOptions,
} from './transaction/transaction-coordinator.ts';
export type { ProducerIdAndEpoch } from './transaction/init-producer-id.ts';
export type { DescribedTransaction } from './transaction/describe.ts';
export { transactionConfigOf, type TransactionConfig } from './transaction/transaction-config.ts';
export { BrokerChannels } from './runtime/broker-channels.ts';
export {
  TransactionVerifier,
  type TransactionToVerify,
  type TransactionVerifierOptions,
} from './transaction/transaction-verifier.ts';
