/** What appends and reads of a log tell their callers. Plain values; no I/O. */
import { type ErrorName, KafkaError } from '../protocol/index.ts';
import type { JudgedRecords } from './judge-records.ts';
import type { VerificationGuard } from './transaction-verification.ts';

/**
 * Who appends. `client`: a producer, whose batches are checked in full. `coordinator`: a group or transaction
 * coordinator of this broker, which may also write control batches. `replication` is a follower's append.
 */
export type AppendOrigin = 'client' | 'coordinator' | 'replication';

export interface AppendOptions {
  /** Stamped into every batch. */
  readonly leaderEpoch: number;
  readonly origin?: AppendOrigin;
  /** What another thread has made of the records; without it, it is done at once. */
  readonly judged?: JudgedRecords | undefined;
  /** With which a transaction may begin; undefined where none was given. */
  readonly verificationGuard?: VerificationGuard | undefined;
}

export interface LogAppendInfo {
  /** Of a duplicate: where the original lies. -1 when nothing was appended. */
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly maxTimestamp: number;
  /** The time of the append under LogAppendTime, else -1. */
  readonly logAppendTime: number;
  readonly logStartOffset: number;
  readonly sizeInBytes: number;
  readonly numMessages: number;
  /** An idempotent producer sent these batches before: nothing was written (contract section 5.3). */
  readonly duplicate: boolean;
}

/** Refused because of single records: Produce v8 and later name them. */
export class RecordValidationError extends KafkaError {
  readonly recordErrors: readonly { readonly batchIndex: number; readonly message: string }[];

  constructor(
    error: ErrorName,
    message: string,
    recordErrors: readonly { readonly batchIndex: number; readonly message: string }[],
  ) {
    super(error, message);
    this.recordErrors = recordErrors;
  }
}

/** How far a reader may see. */
export type FetchIsolation =
  /** Followers: everything written. */
  | 'log-end'
  /** Consumers. */
  | 'high-watermark'
  /** Consumers that read committed: up to the last stable offset, with the aborted transactions. */
  | 'txn-committed';

export interface ReadOptions {
  readonly startOffset: number;
  readonly maxBytes: number;
  readonly isolation: FetchIsolation;
  /** The first batch is returned whole, even above maxBytes (KIP-74). */
  readonly minOneMessage: boolean;
}

export interface LogOffsetMetadata {
  readonly messageOffset: number;
  readonly segmentBaseOffset: number;
  /** Of the batch that holds the offset. */
  readonly relativePositionInSegment: number;
}

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

export interface FetchDataInfo {
  /** Whole batches back to back (the last may be cut off). */
  readonly records: readonly Buffer[];
  readonly sizeInBytes: number;
  /** Where reading began; undefined at the end of the log. */
  readonly fetchOffsetMetadata: LogOffsetMetadata | undefined;
  /** maxBytes was smaller than the first batch, and minOneMessage was not asked for. */
  readonly firstEntryIncomplete: boolean;
  /** Only for txn-committed. */
  readonly abortedTransactions: readonly AbortedTransaction[] | null;
  /** Gives the memory back once the bytes have left: to be called once at most, never touch `records` after. */
  readonly release?: () => void;
}

const NO_BYTES = Buffer.alloc(0);

/** The records of an answer as one buffer; copies only when they lie in several. */
export function joinRecords({ records, sizeInBytes }: FetchDataInfo): Buffer {
  if (records.length === 0) return NO_BYTES;
  return records.length === 1 && records[0] !== undefined ? records[0] : Buffer.concat(records, sizeInBytes);
}

export interface EpochEndOffset {
  /** -1: no such epoch is known. */
  readonly leaderEpoch: number;
  readonly endOffset: number;
}

export interface TimestampAndOffset {
  readonly timestamp: number;
  readonly offset: number;
  /** -1 when unknown. */
  readonly leaderEpoch: number;
}

/** The special times of ListOffsets. */
export const LATEST_TIMESTAMP = -1;
export const EARLIEST_TIMESTAMP = -2;
export const MAX_TIMESTAMP = -3;
export const EARLIEST_LOCAL_TIMESTAMP = -4;
export const LATEST_TIERED_TIMESTAMP = -5;
