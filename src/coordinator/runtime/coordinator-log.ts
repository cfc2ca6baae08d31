/**
 * What a coordinator needs of replication: to append to a partition of its topic, and to read one from its start. A
 * coordinator lives where its partition's leader lives, so both are local.
 *
 * Invariant it relies on: appends to one partition get their offsets in the order of the calls, and are answered in
 * that order. A coordinator decides in memory and appends in the same turn; the log then tells the same story.
 */
import type { ErrorName } from '../../protocol/index.ts';
import type { VerificationGuard } from '../../replication/index.ts';

export interface AppendOutcome {
  readonly error: ErrorName;
  /** The offset of the batch's first record, -1 with an error. */
  readonly baseOffset: number;
}

export interface LogChunk {
  /** Whole record batches; only the last buffer may end in a piece of one. */
  readonly records: readonly Buffer[];
  readonly sizeInBytes: number;
  readonly release?: () => void;
}

export interface ReadableLog {
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  read(options: {
    readonly startOffset: number;
    readonly maxBytes: number;
    readonly isolation: 'log-end';
    readonly minOneMessage: true;
  }): LogChunk | Promise<LogChunk>;
}

export interface CoordinatorAppendOptions {
  /** Nobody waits: the leader's own log is enough, however few replicas are in sync. */
  readonly unattended?: boolean | undefined;
  /** How long the replicas may take, where it is not what all appends of the coordinator have. */
  readonly timeoutMs?: number | undefined;
  /** Of a batch that belongs to a producer's transaction, once that is verified (KIP-890). */
  readonly verificationGuard?: VerificationGuard | undefined;
}

export interface CoordinatorLog {
  /** Answers once as many replicas have the batch as the coordinator was told to wait for, or says why not. */
  append(
    topic: string,
    partition: number,
    records: Buffer,
    options?: CoordinatorAppendOptions,
  ): Promise<AppendOutcome>;
  /** The log of a partition this broker has; undefined otherwise. */
  logOf(topic: string, partition: number): ReadableLog | undefined;
}
