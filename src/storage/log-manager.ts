/**
 * All logs of a broker (Kafka's LogManager): opens them at start, creates and deletes them, and writes their
 * checkpoints; what happens by the clock is in log-tasks.ts. A log dir that fails goes offline with everything in it;
 * the broker hears of it once and tells the controller.
 */
import { assert, PartitionMap, type TopicPartition, topicPartitionName } from '../common/index.ts';
import type { Metrics } from '../metrics/index.ts';
import type { FactStream } from '../observe/index.ts';
import { KafkaError } from '../protocol/index.ts';
import { prepareCompression } from '../records/index.ts';
import { errorCodeOf, errorMessageOf, type Runtime, type Timer } from '../runtime/index.ts';
import {
  CheckpointFormatError,
  HIGH_WATERMARK_CHECKPOINT,
  LOG_START_CHECKPOINT,
  type OffsetCheckpoint,
  RECOVERY_POINT_CHECKPOINT,
} from './checkpoint-files.ts';
import { LogCleaner, type LogCleanerSettings } from './cleaner/log-cleaner.ts';
import { deletedFolderName, LEADER_EPOCH_CHECKPOINT, parsePartitionFolder } from './file-names.ts';
import { IndexCache } from './index-cache.ts';
import type { LogConfig } from './log-config.ts';
import { LogDir } from './log-dir.ts';
import { loadLog } from './log-loader.ts';
import { LogTasks, type LogTaskSettings } from './log-tasks.ts';
import { ReadBufferPool } from './read-buffer-pool.ts';
import { TAIL_CACHE_BYTES, TailCache } from './tail-cache.ts';
import { UnifiedLog } from './unified-log.ts';

export interface LogManagerSettings extends LogTaskSettings {
  readonly producerIdExpirationMs: number;
  /** log.tail.cache.bytes: ours, not Kafka's. */
  readonly tailCacheBytes: number;
  /** Logs opened at the same time in one dir (num.recovery.threads.per.data.dir). */
  readonly loadsPerDir: number;
}

/** Kafka's own defaults (contract section 7.2). */
export const DEFAULT_LOG_MANAGER_SETTINGS: LogManagerSettings = {
  retentionCheckIntervalMs: 300_000,
  initialTaskDelayMs: 30_000,
  // log.flush.scheduler.interval.ms is Long.MAX by default; flush.ms is then looked at this often.
  flushSchedulerIntervalMs: 1000,
  flushOffsetCheckpointIntervalMs: 60_000,
  flushStartOffsetCheckpointIntervalMs: 60_000,
  producerIdExpirationMs: 86_400_000,
  producerIdExpirationCheckIntervalMs: 600_000,
  tailCacheBytes: TAIL_CACHE_BYTES,
  loadsPerDir: 4,
};

export interface LogManagerOptions {
  readonly runtime: Runtime;
  readonly facts: FactStream;
  readonly logDirs: readonly string[];
  /** log.* of the broker: what topics do not override. */
  readonly defaultConfig: LogConfig;
  readonly settings?: Partial<LogManagerSettings>;
  /** log.cleaner.*; without it nothing is compacted (log.cleaner.enable=false). */
  readonly cleaner?: LogCleanerSettings;
  readonly metrics?: Metrics;
  /** A log dir failed: called once per dir, after its logs went offline. */
  readonly onLogDirFailure?: (dir: string) => void;
}

export interface GetOrCreateLogOptions {
  /** The controller says the partition is new: it may be created although some dir is offline. */
  readonly isNew: boolean;
  readonly topicId?: string | null;
  /** The topic's effective config, where it is known better than by `configOf`. */
  readonly config?: LogConfig;
}

export class LogManager {
  readonly #runtime: Runtime;
  readonly #facts: FactStream;
  readonly #settings: LogManagerSettings;
  readonly #defaultConfig: LogConfig;
  readonly #onLogDirFailure: (dir: string) => void;
  readonly #dirs: readonly LogDir[];
  readonly #offlineDirs = new Set<string>();
  readonly #logs = new PartitionMap<UnifiedLog>();
  readonly #creating = new PartitionMap<Promise<UnifiedLog>>();
  /** Until a folder has its `-delete` name nobody may open it under the old one. */
  readonly #deleting = new PartitionMap<Promise<void>>();
  readonly #highWatermarks = new PartitionMap<number>();
  /** Of folders that wait for file.delete.delay.ms. */
  readonly #removals = new Set<Timer>();
  readonly #tasks: LogTasks;
  readonly #indexCache = new IndexCache();
  readonly #readBuffers = new ReadBufferPool();
  readonly #tailCache: TailCache;
  readonly #cleaner: LogCleaner | undefined;
  #configOf: (topic: string) => LogConfig;

  constructor(options: LogManagerOptions) {
    this.#runtime = options.runtime;
    this.#facts = options.facts;
    this.#settings = { ...DEFAULT_LOG_MANAGER_SETTINGS, ...options.settings };
    this.#defaultConfig = options.defaultConfig;
    this.#configOf = () => options.defaultConfig;
    this.#onLogDirFailure = options.onLogDirFailure ?? (() => undefined);
    this.#dirs = options.logDirs.map((path) => new LogDir(options.runtime.disk, path));
    this.#tailCache = new TailCache(this.#settings.tailCacheBytes);
    this.#cleaner = options.cleaner && this.#createCleaner(options, options.cleaner);
    this.#tasks = new LogTasks({
      runtime: options.runtime,
      settings: this.#settings,
      logs: this.#logs,
      isCleaned: ({ config }) => this.#cleaner !== undefined && config.cleanupPolicy.includes('compact'),
      checkpointRecoveryPoints: () => this.checkpointRecoveryPoints(),
      checkpointLogStartOffsets: () => this.checkpointLogStartOffsets(),
    });
  }

  #createCleaner(options: LogManagerOptions, settings: LogCleanerSettings): LogCleaner {
    return new LogCleaner({
      runtime: options.runtime,
      facts: options.facts,
      metrics: options.metrics,
      settings,
      dirs: this.#dirs,
      logs: () => this.#logs.values(),
      onDiskError: (parentDir, cause) => this.#onDiskError(parentDir, cause),
    });
  }

  // ------------------------------------------------------------------------------------------ start, stop

  /** Locks the dirs, opens and recovers every log. `configOf` gives a topic's effective config. */
  async load(options: { readonly configOf?: (topic: string) => LogConfig } = {}): Promise<void> {
    if (options.configOf !== undefined) this.#configOf = options.configOf;
    await prepareCompression();
    for (const dir of this.#dirs) await this.#unlessDirFails(dir, () => dir.lock());
    await Promise.all(this.#liveDirs().map((dir) => this.#unlessDirFails(dir, () => this.#loadDir(dir))));
  }

  async #loadDir(dir: LogDir): Promise<void> {
    const hadCleanShutdown = await dir.takeCleanShutdownMarker();
    const recoveryPoints = await dir.readCheckpoint(RECOVERY_POINT_CHECKPOINT);
    const logStarts = await dir.readCheckpoint(LOG_START_CHECKPOINT);
    for (const [{ topic, partition }, offset] of await dir.readCheckpoint(HIGH_WATERMARK_CHECKPOINT))
      this.#highWatermarks.set(topic, partition, offset);
    await this.#cleaner?.loadCheckpoint(dir.path);

    const waiting = await dir.folders();
    const loadNext = async (): Promise<void> => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        const folder = parsePartitionFolder(name);
        if (folder?.kind === 'delete') this.#removeFolderLater(`${dir.path}/${name}`, this.#defaultConfig);
        if (folder?.kind !== 'log') continue;
        const { topic, partition } = folder.topicPartition;
        assert(!this.#logs.has(topic, partition), `${name} lies in two log dirs`);
        await this.#openLog(dir, folder.topicPartition, {
          hadCleanShutdown,
          recoveryPoint: recoveryPoints.get(topic, partition) ?? 0,
          logStartOffset: logStarts.get(topic, partition) ?? 0,
        });
      }
    };
    await Promise.all(Array.from({ length: this.#settings.loadsPerDir }, loadNext));
  }

  async #openLog(
    dir: LogDir,
    topicPartition: TopicPartition,
    state: {
      readonly hadCleanShutdown: boolean;
      readonly recoveryPoint: number;
      readonly logStartOffset: number;
    },
    config: LogConfig = this.#configOf(topicPartition.topic),
  ): Promise<UnifiedLog> {
    const path = `${dir.path}/${topicPartitionName(topicPartition)}`;
    const { clock, logger, disk } = this.#runtime;
    const current: { config: LogConfig } = { config };
    const segmentEnv = { disk, indexCache: this.#indexCache, config: () => current.config };
    const loaded = await loadLog(segmentEnv, {
      topicPartition,
      dir: path,
      nowMs: clock.wallMs(),
      producerIdExpirationMs: this.#settings.producerIdExpirationMs,
      ...state,
    });
    const env = {
      runtime: this.#runtime,
      facts: this.#facts,
      tailCache: this.#tailCache,
      readBuffers: this.#readBuffers,
      segmentEnv,
      cleaner: this.#cleaner,
      onFailure: (parentDir: string, cause: unknown) => this.#onDiskError(parentDir, cause),
    };
    const log = new UnifiedLog(env, { topicPartition, parentDir: dir.path, dir: path, current }, loaded);
    this.#logs.set(topicPartition.topic, topicPartition.partition, log);
    if (loaded.recoveredSegments > 0) {
      logger.info(
        `Recovered ${topicPartitionName(topicPartition)}: ${loaded.recoveredSegments} segments read, ${loaded.truncatedBytes} bytes cut off, log end offset ${loaded.logEndOffset}`,
      );
      if (this.#facts.active)
        this.#facts.emit({ kind: 'log-recovered', ...topicPartition, logEndOffset: loaded.logEndOffset });
    }
    return log;
  }

  /** Starts what runs by the clock. */
  startup(): void {
    this.#tasks.startup();
    this.#cleaner?.startup();
  }

  /** Flushes and closes every log, writes the checkpoints and then the clean-shutdown marker, and lets go of the dirs. */
  async shutdown(): Promise<void> {
    this.#tasks.stop();
    for (const timer of this.#removals) timer.cancel();
    await this.#cleaner?.shutdown();
    await Promise.allSettled(this.#creating.values());
    for (const dir of this.#liveDirs())
      await this.#unlessDirFails(dir, async () => {
        for (const log of this.#logsIn(dir)) await log.close();
        await this.#checkpoint(dir, RECOVERY_POINT_CHECKPOINT, (log) => log.recoveryPoint);
        await this.#checkpoint(dir, LOG_START_CHECKPOINT, logStartToCheckpoint);
        await dir.writeCleanShutdownMarker();
      });
    // Logs of a failed dir are let go as they are.
    for (const log of this.#logs.values()) await log.closeHandlers();
    for (const dir of this.#dirs) await dir.unlock();
  }

  // ------------------------------------------------------------------------------------------------- logs

  getLog(topic: string, partition: number): UnifiedLog | undefined {
    return this.#logs.get(topic, partition);
  }

  allLogs(): Iterable<UnifiedLog> {
    return this.#logs.values();
  }

  /** KAFKA_STORAGE_ERROR when the log's dir is offline, or when any dir is and the partition is not new. */
  async getOrCreateLog(topicPartition: TopicPartition, options: GetOrCreateLogOptions): Promise<UnifiedLog> {
    const { topic, partition } = topicPartition;
    await this.#deleting.get(topic, partition);
    const existing = this.#logs.get(topic, partition);
    if (existing !== undefined) {
      if (existing.isOffline) throw offlineError(topicPartition);
      if (options.topicId != null) await existing.assignTopicId(options.topicId);
      return existing;
    }
    const creating = this.#creating.get(topic, partition);
    if (creating !== undefined) return creating;
    // A partition that is not new may lie in the dir that failed: making it anew would lose it in silence.
    if (!options.isNew && this.#offlineDirs.size > 0) throw offlineError(topicPartition);
    const created = this.#createLog(topicPartition, options);
    this.#creating.set(topic, partition, created);
    try {
      return await created;
    } finally {
      this.#creating.delete(topic, partition);
    }
  }

  async #createLog(topicPartition: TopicPartition, options: GetOrCreateLogOptions): Promise<UnifiedLog> {
    const dir = this.#dirWithFewestLogs();
    if (dir === undefined) throw offlineError(topicPartition);
    const { disk } = this.#runtime;
    try {
      const path = `${dir.path}/${topicPartitionName(topicPartition)}`;
      const isThere = (await disk.stat(path)) !== undefined;
      if (!isThere) {
        await disk.makeFolder(path);
        await disk.writeFile(`${path}/${LEADER_EPOCH_CHECKPOINT}`, '');
      }
      const state = { hadCleanShutdown: !isThere, recoveryPoint: 0, logStartOffset: 0 };
      const log = await this.#openLog(dir, topicPartition, state, options.config);
      if (options.topicId != null) await log.assignTopicId(options.topicId);
      await disk.syncFolder(path);
      await disk.syncFolder(dir.path);
      return log;
    } catch (cause) {
      if (errorCodeOf(cause) === undefined) throw cause;
      this.#onDiskError(dir.path, cause);
      throw offlineError(topicPartition);
    }
  }

  #dirWithFewestLogs(): LogDir | undefined {
    const counts = new Map(this.#liveDirs().map((dir) => [dir, 0]));
    for (const log of this.#logs.values())
      for (const dir of counts.keys())
        if (dir.path === log.parentDir) counts.set(dir, (counts.get(dir) ?? 0) + 1);
    let fewest: LogDir | undefined;
    for (const [dir, count] of counts) if (fewest === undefined || count < counts.get(fewest)!) fewest = dir;
    return fewest;
  }

  /** Takes the log away: its folder is renamed at once and removed after file.delete.delay.ms. */
  async asyncDelete({ topic, partition }: TopicPartition): Promise<void> {
    const log = this.#logs.get(topic, partition);
    if (log === undefined) return;
    this.#logs.delete(topic, partition);
    this.#highWatermarks.delete(topic, partition);
    if (log.isOffline) return;
    const moveAway = (): Promise<void> => this.#moveAway(log);
    const deleting = this.#cleaner?.whileDeleting(log.cleanable, moveAway) ?? moveAway();
    this.#deleting.set(topic, partition, deleting);
    try {
      await deleting;
    } finally {
      this.#deleting.delete(topic, partition);
    }
  }

  async #moveAway(log: UnifiedLog): Promise<void> {
    const name = deletedFolderName(log.topicPartition, this.#runtime.random.uuid());
    const path = `${log.parentDir}/${name}`;
    await log.renameDir(path);
    await log.closeHandlers();
    const dir = this.#dirs.find((candidate) => candidate.path === log.parentDir)!;
    await this.#unlessDirFails(dir, async () => {
      await this.#runtime.disk.syncFolder(dir.path);
      await this.#checkpoint(dir, RECOVERY_POINT_CHECKPOINT, (other) => other.recoveryPoint);
      await this.#checkpoint(dir, LOG_START_CHECKPOINT, logStartToCheckpoint);
    });
    this.#removeFolderLater(path, log.config);
  }

  #removeFolderLater(path: string, { fileDeleteDelayMs }: LogConfig): void {
    const timer = this.#runtime.timers.after(fileDeleteDelayMs, () => {
      this.#removals.delete(timer);
      this.#runtime.disk
        .removeFolder(path)
        .catch((error: unknown) => this.#runtime.logger.error(`${path} could not be removed`, { error }));
    });
    this.#removals.add(timer);
  }

  updateTopicConfig(topic: string, config: LogConfig): void {
    for (const log of this.#logs.partitionsOf(topic).values()) log.updateConfig(config);
  }

  // ----------------------------------------------------------------------------------------- checkpoints

  async checkpointRecoveryPoints(): Promise<void> {
    for (const dir of this.#liveDirs())
      await this.#unlessDirFails(dir, () =>
        this.#checkpoint(dir, RECOVERY_POINT_CHECKPOINT, (log) => log.recoveryPoint),
      );
  }

  async checkpointLogStartOffsets(): Promise<void> {
    for (const dir of this.#liveDirs())
      await this.#unlessDirFails(dir, () =>
        this.#checkpoint(dir, LOG_START_CHECKPOINT, logStartToCheckpoint),
      );
  }

  /** replication-offset-checkpoint of every live dir, for the partitions given. */
  async checkpointHighWatermarks(highWatermarks: Iterable<readonly [TopicPartition, number]>): Promise<void> {
    for (const [{ topic, partition }, offset] of highWatermarks)
      this.#highWatermarks.set(topic, partition, offset);
    for (const dir of this.#liveDirs())
      await this.#unlessDirFails(dir, () =>
        this.#checkpoint(dir, HIGH_WATERMARK_CHECKPOINT, ({ topicPartition: { topic, partition } }) =>
          this.#highWatermarks.get(topic, partition),
        ),
      );
  }

  /** What replication-offset-checkpoint said at load, or was written since; 0 when it does not name the partition. */
  checkpointedHighWatermark(topic: string, partition: number): number {
    return this.#highWatermarks.get(topic, partition) ?? 0;
  }

  async #checkpoint(
    dir: LogDir,
    name: OffsetCheckpoint,
    offsetOf: (log: UnifiedLog) => number | undefined,
  ): Promise<void> {
    await dir.writeCheckpoint(name, () => {
      const entries: [TopicPartition, number][] = [];
      for (const log of this.#logsIn(dir)) {
        const offset = offsetOf(log);
        if (offset !== undefined) entries.push([log.topicPartition, offset]);
      }
      return entries;
    });
  }

  /** Undefined when nothing is compacted. */
  get cleaner(): LogCleaner | undefined {
    return this.#cleaner;
  }

  // ------------------------------------------------------------------------------------------- log dirs

  get liveLogDirs(): readonly string[] {
    return this.#liveDirs().map((dir) => dir.path);
  }

  isLogDirOnline(path: string): boolean {
    return this.liveLogDirs.includes(path);
  }

  /** True when the partition's log lies in a dir that failed. */
  isOffline(topic: string, partition: number): boolean {
    return this.#logs.get(topic, partition)?.isOffline ?? false;
  }

  /** Takes a dir offline with its logs. The logs stay known, so that requests for them answer KAFKA_STORAGE_ERROR. */
  handleLogDirFailure(path: string): void {
    if (this.#offlineDirs.has(path)) return;
    this.#offlineDirs.add(path);
    for (const log of this.#logs.values()) if (log.parentDir === path) log.markOffline();
    this.#onLogDirFailure(path);
  }

  #onDiskError(path: string, cause: unknown): void {
    if (!this.#offlineDirs.has(path))
      this.#runtime.logger.error(`Log dir ${path} failed: ${errorMessageOf(cause)}`, { error: cause });
    this.handleLogDirFailure(path);
  }

  #liveDirs(): LogDir[] {
    return this.#dirs.filter((dir) => !this.#offlineDirs.has(dir.path));
  }

  *#logsIn(dir: LogDir): Generator<UnifiedLog, void, undefined> {
    for (const log of this.#logs.values()) if (log.parentDir === dir.path) yield log;
  }

  async #unlessDirFails(dir: LogDir, task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (cause) {
      if (!isStorageFailure(cause)) throw cause;
      this.#onDiskError(dir.path, cause);
    }
  }
}

/** Only where it says more than the first segment's name does. */
function logStartToCheckpoint(log: UnifiedLog): number | undefined {
  return log.logStartOffset > log.firstSegmentBaseOffset ? log.logStartOffset : undefined;
}

/** What takes a dir offline: the system's errors, those already turned into KafkaError, and files nobody can read. */
function isStorageFailure(cause: unknown): boolean {
  return (
    errorCodeOf(cause) !== undefined || cause instanceof KafkaError || cause instanceof CheckpointFormatError
  );
}

function offlineError(topicPartition: TopicPartition): KafkaError {
  return new KafkaError(
    'KAFKA_STORAGE_ERROR',
    `The log for partition ${topicPartitionName(topicPartition)} is in an offline log directory`,
  );
}
