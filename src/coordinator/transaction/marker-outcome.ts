/**
 * What a leader's answer to a marker means (WriteTxnMarkers), as a table. An answer that stands in no row is a surprise,
 * and is tried again: a marker that is given up keeps readers of committed records from going on.
 */
import type { ErrorName } from '../../protocol/index.ts';

export type MarkerOutcome =
  /** Written, or the partition is of a format that holds no transaction. */
  | 'done'
  | 'retry'
  /** Another coordinator or another producer has taken over: what is left to do is no longer ours to do. */
  | 'cancel'
  | 'surprise';

const OUTCOMES: Partial<Record<ErrorName, MarkerOutcome>> = {
  NONE: 'done',
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 'done',
  UNSUPPORTED_VERSION: 'done',
  UNKNOWN_TOPIC_OR_PARTITION: 'retry',
  NOT_LEADER_OR_FOLLOWER: 'retry',
  NOT_ENOUGH_REPLICAS: 'retry',
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 'retry',
  REQUEST_TIMED_OUT: 'retry',
  KAFKA_STORAGE_ERROR: 'retry',
  INVALID_PRODUCER_EPOCH: 'cancel',
  TRANSACTION_COORDINATOR_FENCED: 'cancel',
};

export function markerOutcomeOf(error: ErrorName): MarkerOutcome {
  return OUTCOMES[error] ?? 'surprise';
}
