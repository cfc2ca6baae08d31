/** What producers hear when the log refuses a record of `__transaction_state` (contract 5.1), as a table. */
import type { ErrorName } from '../../protocol/index.ts';

const ERRORS: Partial<Record<ErrorName, ErrorName>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'COORDINATOR_NOT_AVAILABLE',
  NOT_ENOUGH_REPLICAS: 'COORDINATOR_NOT_AVAILABLE',
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 'COORDINATOR_NOT_AVAILABLE',
  // The replicas may have it yet: to ask again is right either way.
  REQUEST_TIMED_OUT: 'COORDINATOR_NOT_AVAILABLE',
  NOT_LEADER_OR_FOLLOWER: 'NOT_COORDINATOR',
  KAFKA_STORAGE_ERROR: 'NOT_COORDINATOR',
  MESSAGE_TOO_LARGE: 'UNKNOWN_SERVER_ERROR',
  RECORD_LIST_TOO_LARGE: 'UNKNOWN_SERVER_ERROR',
};

export function appendErrorOf(error: ErrorName): ErrorName {
  return ERRORS[error] ?? error;
}

/** The id is another coordinator's by now, or will be read anew: whoever has it goes on. */
export function isGone(error: ErrorName): boolean {
  return error === 'NOT_COORDINATOR' || error === 'COORDINATOR_LOAD_IN_PROGRESS';
}
