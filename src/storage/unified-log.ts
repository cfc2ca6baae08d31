/** The log of one partition replica. (Face first: the implementation replaces this interface by a class of the same shape.) */
import type { TopicPartition } from '../common/index.ts';
import type { LogConfig } from './log-config.ts';
import type {
  AppendOptions,
  EpochEndOffset,
  FetchDataInfo,
  FetchIsolation,
  LogAppendInfo,
  ReadOptions,
  TimestampAndOffset,
} from './log-types.ts';

export interface UnifiedLog {
  readonly topicPartition: TopicPartition;
  /** From partition.metadata; null until one is known. */
  readonly topicId: string | null;
  /** The partition's folder, and the log dir it lies in. */
  readonly dir: string;
  readonly parentDir: string;
  readonly config: LogConfig;

  readonly logStartOffset: number;
  /** Written: what readers can see at most. */
  readonly logEndOffset: number;
  /** Assigned: the offset the next append gets. Ahead of logEndOffset while writes are under way. */
  readonly nextOffset: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  /** Everything below is on the disk's platter. */
  readonly recoveryPoint: number;
  readonly sizeInBytes: number;
  readonly numberOfSegments: number;

  /**
   * Checks the batches and assigns their offsets at once, in call order; resolves when they are written and
   * logEndOffset has passed them. Rejects with KafkaError (contract section 8.1) before any offset was assigned.
   */
  appendAsLeader(records: Buffer, options: AppendOptions): Promise<LogAppendInfo>;
  /** Takes the leader's batches byte for byte. */
  appendAsFollower(records: Buffer): Promise<LogAppendInfo>;
  /** Answers at once, without a promise, from the tail cache or when there is nothing to read. Throws OFFSET_OUT_OF_RANGE. */
  read(options: ReadOptions): FetchDataInfo | Promise<FetchDataInfo>;

  /** Called after logEndOffset moved, forwards or back. Returns the function that ends it. */
  onLogEndMoved(listener: (logEndOffset: number) => void): () => void;

  /** Sets the high watermark, held to [logStartOffset, logEndOffset]; returns what it became. */
  updateHighWatermark(offset: number): number;
  /** Raises it if `offset` is above, never beyond logEndOffset; true when it moved. */
  maybeIncrementHighWatermark(offset: number): boolean;
  /** DeleteRecords and followers: raises logStartOffset. OFFSET_OUT_OF_RANGE above the high watermark. True when it moved. */
  maybeIncrementLogStartOffset(offset: number): boolean;

  /** False when the log was shorter already. */
  truncateTo(offset: number): Promise<boolean>;
  truncateFullyAndStartAt(offset: number, logStartOffset?: number): Promise<void>;

  /** -1 for a log that knows no epoch. */
  readonly latestEpoch: number;
  /** Becoming leader: epoch starts at offset. */
  assignEpochStartOffset(epoch: number, offset: number): void;
  /** The end of the largest epoch not above `epoch`; {-1, -1} when there is none (OffsetForLeaderEpoch). */
  endOffsetForEpoch(epoch: number): EpochEndOffset;

  /** ListOffsets; undefined when no record is that young. */
  fetchOffsetByTimestamp(
    timestamp: number,
    isolation: FetchIsolation,
  ): Promise<TimestampAndOffset | undefined>;

  /** Writes partition.metadata. Throws INCONSISTENT_TOPIC_ID when another id is there. */
  assignTopicId(topicId: string): Promise<void>;
  updateConfig(config: LogConfig): void;
  /** Retention by log start, size and time; returns how many segments went. */
  deleteOldSegments(): Promise<number>;
  flush(): Promise<void>;
  /** Bytes from the batch at `offset` to logEndOffset, for the lag of a replica. */
  close(): Promise<void>;
}
