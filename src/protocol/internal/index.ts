/** What internal topics and opaque group fields hold: defined like messages, with a version in front (codec.ts). */
import { ConsumerProtocolAssignment, ConsumerProtocolSubscription } from './consumer-protocol.ts';
import { ControlRecordKey, EndTransactionMarker } from './control-record.ts';
import { GroupMetadataKey, GroupMetadataValue } from './group-metadata.ts';
import { OffsetCommitKey, OffsetCommitValue } from './offset-commit.ts';
import { TransactionLogKey, TransactionLogValue } from './transaction-log.ts';

export * from './consumer-protocol.ts';
export * from './control-record.ts';
export * from './group-metadata.ts';
export * from './offset-commit.ts';
export * from './transaction-log.ts';

export const INTERNAL_SCHEMAS = [
  GroupMetadataKey,
  GroupMetadataValue,
  OffsetCommitKey,
  OffsetCommitValue,
  TransactionLogKey,
  TransactionLogValue,
  ControlRecordKey,
  EndTransactionMarker,
  ConsumerProtocolSubscription,
  ConsumerProtocolAssignment,
] as const;
