/** The logs of a broker. (Face first: the implementation replaces this interface by a class of the same shape.) */
import type { TopicPartition } from '../common/index.ts';
import type { FactStream } from '../observe/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { LogConfig } from './log-config.ts';
import type { UnifiedLog } from './unified-log.ts';

export interface LogManagerOptions {
  readonly runtime: Runtime;
  readonly facts: FactStream;
  readonly logDirs: readonly string[];
  /** log.* of the broker: what topics do not override. */
  readonly defaultConfig: LogConfig;
  readonly settings?: Partial<LogManagerSettings>;
  /** A log dir failed: called once per dir, after its logs went offline. */
  readonly onLogDirFailure?: (dir: string) => void;
}

export interface LogManagerSettings {
  readonly retentionCheckIntervalMs: number;
  readonly initialTaskDelayMs: number;
  readonly flushSchedulerIntervalMs: number;
  readonly flushOffsetCheckpointIntervalMs: number;
  readonly flushStartOffsetCheckpointIntervalMs: number;
  readonly producerIdExpirationMs: number;
  readonly producerIdExpirationCheckIntervalMs: number;
  /** log.tail.cache.bytes: ours, not Kafka's. */
  readonly tailCacheBytes: number;
}

export interface GetOrCreateLogOptions {
  /** The controller says the partition is new: it may be created although some dir is offline. */
  readonly isNew: boolean;
  readonly topicId?: string | null;
}

export interface LogManager {
  /** Locks the dirs, loads and recovers every log. `configOf` gives a topic's effective config. */
  load(options: { readonly configOf: (topic: string) => LogConfig }): Promise<void>;
  /** Starts retention, flush and checkpoint schedules. */
  startup(): void;
  /** Flushes and closes everything, writes checkpoints and the clean-shutdown marker, releases the locks. */
  shutdown(): Promise<void>;

  getLog(topic: string, partition: number): UnifiedLog | undefined;
  /** KAFKA_STORAGE_ERROR when the log's dir is offline, or when some dir is and the partition is not new. */
  getOrCreateLog(topicPartition: TopicPartition, options: GetOrCreateLogOptions): Promise<UnifiedLog>;
  allLogs(): Iterable<UnifiedLog>;
  /** Renames the folder at once, removes it after file.delete.delay.ms. */
  asyncDelete(topicPartition: TopicPartition): Promise<void>;
  updateTopicConfig(topic: string, config: LogConfig): void;

  readonly liveLogDirs: readonly string[];
  isLogDirOnline(dir: string): boolean;
  /** True when the partition's log lies in a dir that failed. */
  isOffline(topic: string, partition: number): boolean;
  handleLogDirFailure(dir: string): void;

  /** replication-offset-checkpoint of every live dir. */
  checkpointHighWatermarks(highWatermarks: Iterable<readonly [TopicPartition, number]>): Promise<void>;
  /** What replication-offset-checkpoint said at load. */
  checkpointedHighWatermark(topic: string, partition: number): number;
}
