/**
 * What Produce and the coordinators ask of the ReplicaManager, and what they are told: plain values, one outcome per
 * partition in the order of the entries. An outcome is never an exception, because a request that touches five
 * hundred partitions must not throw five hundred times.
 */
import type { ErrorName } from '../protocol/index.ts';
import type { JudgedRecords, VerificationGuard } from '../storage/index.ts';

export interface AppendRequest {
  /** How long to wait for the in-sync replicas, for `requiredAcks` -1. */
  readonly timeoutMs: number;
  /** 0: nobody is waiting, 1: the leader has it, -1: every in-sync replica has it. */
  readonly requiredAcks: number;
  /** Clients may not write to `__consumer_offsets` and `__transaction_state`. */
  readonly internalTopicsAllowed: boolean;
  readonly origin: AppendOrigin;
  readonly entries: readonly AppendEntry[];
  /** Called once every entry has its place in its log, or is refused: what comes later comes behind them. */
  readonly onBegun?: (() => void) | undefined;
}

/** Coordinators write control batches and skip the checks of producer sequences. */
export type AppendOrigin = 'client' | 'coordinator';

export interface AppendEntry {
  readonly topic: string;
  readonly partition: number;
  /** Whole record batches. Their offsets and leader epochs are stamped in place. */
  readonly records: Buffer;
  /** Of a transactional append that was verified with the coordinator (KIP-890, part 1). */
  readonly verificationGuard?: VerificationGuard | undefined;
  /** What another thread has made of the records. */
  readonly judged?: JudgedRecords | undefined;
}

export interface PartitionAppendResult {
  readonly topic: string;
  readonly partition: number;
  readonly error: ErrorName;
  readonly errorMessage?: string;
  /** The records to blame, by their index in the batch (produce v8 and later). */
  readonly recordErrors?: readonly { readonly batchIndex: number; readonly message: string }[];
  /** The offset of the first record, -1 with an error. */
  readonly baseOffset: number;
  /** Set for topics with LogAppendTime, otherwise -1. */
  readonly logAppendTimeMs: number;
  readonly logStartOffset: number;
  /** Where to go instead, with NOT_LEADER_OR_FOLLOWER (KIP-951). */
  readonly currentLeader?: CurrentLeader;
  /** What was appended, for the metrics of the request path; 0 with an error. */
  readonly recordCount: number;
}

export interface CurrentLeader {
  readonly leaderId: number;
  readonly leaderEpoch: number;
}
