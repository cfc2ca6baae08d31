/**
 * All logs of a broker (Kafka's LogManager): opens them at start, creates and deletes them, and writes their
 * checkpoints; what happens by the clock is in log-tasks.ts. A log dir that fails goes offline with everything in it;
 * the broker hears of it once and tells the controller.
 */
import { PartitionMap, type TopicPartition, topicPartitionName } from '../common/index.ts';
import type { Metrics } from '../metrics/index.ts';
import type { FactStream } from '../observe/index.ts';
import { KafkaError } from '../protocol/index.ts';
import { prepareCompression } from '../records/index.ts';
import { inTurns, type DiskSpace, type Runtime } from '../runtime/index.ts';
import { LogCleaner, type LogCleanerSettings } from './cleaner/log-cleaner.ts';
import { olderDuplicate } from './duplicate-log.ts';
import { FutureLogs } from './future-logs.ts';
import { allEnded, loadLogDir, partitionFoldersIn, severalAtOnce } from './load-log-dir.ts';
import { type CheckpointedHighWatermark, LogCheckpoints } from './log-checkpoints.ts';
import type { LogConfig } from './log-config.ts';
import type { LogDir } from './log-dir.ts';
import { LogDirs, offlineError } from './log-dirs.ts';
import { LogFactory, type LogToCreate } from './log-factory.ts';
import { LogRemovals } from './log-removals.ts';
import { LogTasks, type LogTaskSettings } from './log-tasks.ts';
import { TAIL_CACHE_BYTES } from './tail-cache.ts';
import type { UnifiedLog } from './unified-log.ts';

export interface LogManagerSettings extends LogTaskSettings {
  readonly producerIdExpirationMs: number;
  /** transaction.partition.verification.enable */
  readonly verifiesTransactions: boolean;
  /** log.tail.cache.bytes: ours, not Kafka's. */
  readonly tailCacheBytes: number;
  /** Per dir, at start and at stop (num.recovery.threads.per.data.dir). */
  readonly recoveryThreadsPerDir: number;
}

/** Kafka's own defaults (contract section 7.2). */
export const DEFAULT_LOG_MANAGER_SETTINGS: LogManagerSettings = {
  retentionCheckIntervalMs: 300_000,
  initialTaskDelayMs: 30_000,
  // flush.ms is looked at once, after the initial delay, and never again.
  flushSchedulerIntervalMs: Number.MAX_SAFE_INTEGER,
  flushOffsetCheckpointIntervalMs: 60_000,
  flushStartOffsetCheckpointIntervalMs: 60_000,
  producerIdExpirationMs: 86_400_000,
  verifiesTransactions: false,
  producerIdExpirationCheckIntervalMs: 600_000,
  tailCacheBytes: TAIL_CACHE_BYTES,
  recoveryThreadsPerDir: 1,
};

/** What a running broker may change of its own settings. */
export type ChangeableLogSettings = Pick<
  LogManagerSettings,
  'producerIdExpirationMs' | 'recoveryThreadsPerDir' | 'verifiesTransactions'
>;

export interface LogManagerOptions {
  readonly runtime: Runtime;
  readonly facts: FactStream;
  /** Absolute paths. */
  readonly logDirs: readonly string[];
  /** Those of them that are known to be unusable. */
  readonly failedLogDirs?: readonly string[];
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

/** It counts as one of its log dir already. */
interface LogInTheMaking {
  readonly parentDir: string;
  readonly log: Promise<UnifiedLog>;
}

export class LogManager {
  readonly #runtime: Runtime;
  #settings: LogManagerSettings;
  readonly #dirs: LogDirs;
  readonly #checkpoints: LogCheckpoints;
  readonly #logs = new PartitionMap<UnifiedLog>();
  readonly #creating = new PartitionMap<LogInTheMaking>();
  /** New ones that do not need to outlast a loss of power yet. */
  readonly #unsettled: UnifiedLog[] = [];
  #isSettling = false;
  /** Until a folder has its `-delete` name nobody may open it under the old one. */
  readonly #deleting = new PartitionMap<Promise<void>>();
  readonly #futures: FutureLogs;
  /** Of partitions that have no log here yet. */
  readonly #preferredDirs = new PartitionMap<string>();
  readonly #removals: LogRemovals;
  readonly #tasks: LogTasks;
  readonly #factory: LogFactory;
  readonly #cleaner: LogCleaner | undefined;
  #configOf: (topic: string) => LogConfig;

  constructor(options: LogManagerOptions) {
    this.#runtime = { ...options.runtime, logger: options.runtime.logger.child('kafka.log.LogManager') };
    this.#settings = { ...DEFAULT_LOG_MANAGER_SETTINGS, ...options.settings };
    this.#configOf = () => options.defaultConfig;
    this.#dirs = new LogDirs({
      runtime: this.#runtime,
      paths: options.logDirs,
      failedAtStart: options.failedLogDirs ?? [],
      metrics: options.metrics,
      onFailure: (path) => {
        this.#markOffline(path);
        options.onLogDirFailure?.(path);
      },
    });
    this.#checkpoints = new LogCheckpoints(this.#dirs, (dir) => this.#logsIn(dir));
    this.#removals = new LogRemovals({
      runtime: this.#runtime,
      dirs: this.#dirs,
      checkpoints: this.#checkpoints,
      fileDeleteDelayMs: options.defaultConfig.fileDeleteDelayMs,
    });
    this.#cleaner = options.cleaner && this.#createCleaner(options, options.cleaner);
    this.#factory = new LogFactory({
      runtime: this.#runtime,
      facts: options.facts,
      tailCacheBytes: this.#settings.tailCacheBytes,
      producerIdExpirationMs: () => this.#settings.producerIdExpirationMs,
      isVerificationRequired: () => this.#settings.verifiesTransactions,
      cleaner: this.#cleaner,
      onFailure: (parentDir, cause) => this.#dirs.onError(parentDir, cause),
      afterTruncation: async (parentDir) => {
        const dir = this.#dirs.find(parentDir);
        if (dir !== undefined) await this.#checkpoints.writeRecoveryPointsOf(dir);
      },
    });
    this.#futures = new FutureLogs({
      runtime: this.#runtime,
      dirs: this.#dirs,
      checkpoints: this.#checkpoints,
      factory: this.#factory,
      removals: this.#removals,
      cleaner: this.#cleaner,
      current: this.#logs,
    });
    this.#tasks = new LogTasks({
      runtime: this.#runtime,
      settings: this.#settings,
      logs: () => this.allLogs(),
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
      dirs: this.#dirs.all,
      logs: () => this.#logs.values(),
      onDiskError: (parentDir, cause) => this.#dirs.onError(parentDir, cause),
    });
  }

  // ------------------------------------------------------------------------------------------ start, stop

  /** Locks the dirs, opens and recovers every log. `configOf` gives a topic's effective config. */
  async load(options: { readonly configOf?: (topic: string) => LogConfig } = {}): Promise<void> {
    if (options.configOf !== undefined) this.#configOf = options.configOf;
    await prepareCompression();
    const { clock, logger } = this.#runtime;
    const startMs = clock.monotonicMs();
    logger.info(`Loading logs from log dirs ${this.liveLogDirs.join(', ')}`);
    for (const dir of this.#dirs.live) await this.#dirs.unlessFails(dir, () => dir.lock());
    try {
      await this.#inEachDir((dir) => this.#loadDir(dir));
    } catch (thrown) {
      await this.#letGo();
      throw thrown;
    }
    logger.info(`Loaded ${this.#logs.size} logs in ${Math.round(clock.monotonicMs() - startMs)}ms`);
  }

  /** In all live dirs at once: they may be different disks. */
  async #inEachDir(task: (dir: LogDir) => Promise<void>): Promise<void> {
    await allEnded(this.#dirs.live.map((dir) => this.#dirs.unlessFails(dir, () => task(dir))));
  }

  async #loadDir(dir: LogDir): Promise<void> {
    const folders = await partitionFoldersIn(dir);
    await this.#checkpoints.loadHighWatermarks(dir);
    await this.#cleaner?.loadCheckpoint(dir.path);
    const endEarlier = await loadLogDir({
      dir,
      folders,
      factory: this.#factory,
      logger: this.#runtime.logger,
      recoveryThreads: this.#settings.recoveryThreadsPerDir,
      configOf: (topic) => this.#configOf(topic),
      onLog: (log) => this.#add(log),
      onDeleted: (path) => this.#removals.removeLater(path),
    });
    if (endEarlier.length > 0) await this.#checkpoints.writeRecoveryPointsOf(dir);
  }

  async #add(log: UnifiedLog): Promise<void> {
    // The dir may have failed meanwhile, under another log.
    if (!this.#dirs.isLive(log.parentDir)) log.markOffline();
    if (log.isFuture) return log.isOffline ? log.closeHandlers() : this.#futures.add(log);
    const { topic, partition } = log.topicPartition;
    const other = this.#logs.get(topic, partition);
    this.#logs.set(topic, partition, log);
    if (other === undefined) return;
    const older = await olderDuplicate(this.#runtime.disk, other, log).catch(async (thrown: unknown) => {
      await other.closeHandlers();
      throw thrown;
    });
    this.#logs.set(topic, partition, older === log ? other : log);
    this.#runtime.logger.warn(`${topicPartitionName(log.topicPartition)} lies twice: ${older.dir} goes`);
    await this.#removals.moveAside(older);
    await this.#removals.removeMovedAside(older);
  }

  /** Starts what runs by the clock. */
  startup(): void {
    this.#tasks.startup();
    this.#cleaner?.startup();
  }

  /** Flushes and closes every log, writes the checkpoints and then the clean-shutdown marker, and lets go of the dirs. */
  async shutdown(): Promise<void> {
    this.#tasks.stop();
    this.#removals.stop();
    await this.#cleaner?.shutdown();
    await Promise.allSettled(Array.from(this.#creating.values(), ({ log }) => log));
    await this.#futures.drain();
    await this.#inEachDir(async (dir) => {
      const { recoveryThreadsPerDir } = this.#settings;
      await severalAtOnce([...this.#logsIn(dir)], recoveryThreadsPerDir, (log) => log.close());
      await this.#checkpoints.writeExtents(dir);
      await dir.writeCleanShutdownMarker();
    });
    await this.#letGo();
  }

  /** As they are: logs of a failed dir, or all. */
  async #letGo(): Promise<void> {
    for (const dir of this.#dirs.all)
      await this.#dirs.unlessFails(dir, async () => {
        await inTurns(this.#runtime.timers, [...this.#logsIn(dir)], (log) => log.closeHandlers());
        await dir.unlock();
      });
  }

  // ------------------------------------------------------------------------------------------------- logs

  getLog(topic: string, partition: number): UnifiedLog | undefined {
    return this.#logs.get(topic, partition);
  }

  /** Those that partitions work with, and those that shall replace them. */
  *allLogs(): Generator<UnifiedLog, void, undefined> {
    yield* this.#logs.values();
    yield* this.#futures.values();
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
    if (creating !== undefined) return creating.log;
    // A partition that is not new may lie in the dir that failed: making it anew would lose it in silence.
    if (!options.isNew && this.#dirs.hasOffline) throw offlineError(topicPartition);
    const parentDir = this.#preferredDirs.get(topic, partition) ?? this.#dirWithFewestLogs()?.path;
    if (parentDir === undefined || !this.#dirs.isLive(parentDir)) throw offlineError(topicPartition);
    const { topicId, config = this.#configOf(topic) } = options;
    const folder = topicPartitionName(topicPartition);
    const log = this.#createLog({ topicPartition, parentDir, folder, config, topicId });
    this.#creating.set(topic, partition, { parentDir, log });
    return log;
  }

  async #createLog(toCreate: LogToCreate): Promise<UnifiedLog> {
    const { topic, partition } = toCreate.topicPartition;
    const log = await this.#factory.create(toCreate).finally(() => this.#creating.delete(topic, partition));
    this.#preferredDirs.delete(topic, partition);
    await this.#add(log);
    this.#unsettled.push(log);
    if (!this.#isSettling) void this.#settleNewLogs();
    return log;
  }

  /** Those whose first record does not come at once settle too: one at a time, when no more are being made. */
  async #settleNewLogs(): Promise<void> {
    this.#isSettling = true;
    while (this.#unsettled.length > 0) {
      await Promise.allSettled(Array.from(this.#creating.values(), ({ log }) => log));
      if (this.#creating.size > 0) continue;
      try {
        await this.#unsettled.shift()?.settle();
      } catch (thrown) {
        // Its dir is offline then, and has told so.
        if (!(thrown instanceof KafkaError)) throw thrown;
      }
    }
    this.#isSettling = false;
  }

  #dirWithFewestLogs(): LogDir | undefined {
    const { live } = this.#dirs;
    // With all logs of a large broker to create, counting each time would be the most of it.
    if (live.length <= 1) return live[0];
    const counts = new Map(live.map((dir) => [dir, 0]));
    for (const { parentDir } of [...this.allLogs(), ...this.#creating.values()])
      for (const dir of counts.keys())
        if (dir.path === parentDir) counts.set(dir, (counts.get(dir) ?? 0) + 1);
    let fewest: LogDir | undefined;
    for (const [dir, count] of counts) if (fewest === undefined || count < counts.get(fewest)!) fewest = dir;
    return fewest;
  }

  /** Takes the partition's logs away: their folders are renamed at once and removed after file.delete.delay.ms. */
  async asyncDelete(topicPartition: TopicPartition): Promise<void> {
    const { topic, partition } = topicPartition;
    const log = this.#logs.get(topic, partition);
    if (log !== undefined) {
      this.#logs.delete(topic, partition);
      this.#checkpoints.forget(log.parentDir, topicPartition);
    }
    const deleting = this.#delete(log, topicPartition);
    this.#deleting.set(topic, partition, deleting);
    try {
      await deleting;
    } finally {
      this.#deleting.delete(topic, partition);
    }
  }

  async #delete(log: UnifiedLog | undefined, topicPartition: TopicPartition): Promise<void> {
    if (log?.isOffline === false) {
      const moveAway = async (): Promise<void> => {
        await this.#removals.moveAside(log);
        await this.#removals.removeMovedAside(log);
      };
      await (this.#cleaner?.whileDeleting(log.cleanable, moveAway) ?? moveAway());
    }
    await this.#futures.remove(topicPartition);
  }

  reconfigure(settings: ChangeableLogSettings, cleaner: LogCleanerSettings): void {
    this.#settings = { ...this.#settings, ...settings };
    this.#cleaner?.reconfigure(cleaner);
  }

  /** What topics do not override has changed; theirs follow by `updateTopicConfig`. */
  updateDefaultConfig(config: LogConfig): void {
    this.#removals.changeDelay(config.fileDeleteDelayMs);
  }

  updateTopicConfig(topic: string, config: LogConfig): void {
    for (const log of this.#logs.partitionsOf(topic).values()) log.updateConfig(config);
    for (const log of this.#futures.values())
      if (log.topicPartition.topic === topic) log.updateConfig(config);
  }

  // ------------------------------------------------------------------------------- moves between log dirs

  /** The log that shall replace the partition's log in another dir. */
  getFutureLog(topic: string, partition: number): UnifiedLog | undefined {
    return this.#futures.get({ topic, partition });
  }

  /** Where the partition's log shall be created, unless it has one there already. */
  preferLogDir(topicPartition: TopicPartition, path: string): void {
    const { topic, partition } = topicPartition;
    const logs = [this.#logs.get(topic, partition), this.#futures.get(topicPartition)];
    if (!logs.some((log) => log?.parentDir === path)) this.#preferredDirs.set(topic, partition, path);
  }

  async createFutureLog(topicPartition: TopicPartition, path: string): Promise<UnifiedLog> {
    const log = await this.#futures.create(topicPartition, path);
    this.#preferredDirs.delete(topicPartition.topic, topicPartition.partition);
    return log;
  }

  deleteFutureLog(topicPartition: TopicPartition): Promise<void> {
    return this.#futures.remove(topicPartition);
  }

  /** To be called before the future log takes its place, while appends still go on. */
  settleFutureLog(topicPartition: TopicPartition): Promise<void> {
    return this.#futures.settle(topicPartition);
  }

  /** Nothing may be appended to either log meanwhile. */
  replaceCurrentWithFutureLog(topicPartition: TopicPartition): Promise<void> {
    return this.#futures.replaceCurrent(topicPartition);
  }

  // ----------------------------------------------------------------------------------------- checkpoints

  checkpointRecoveryPoints(): Promise<void> {
    return this.#checkpoints.writeRecoveryPoints();
  }

  checkpointLogStartOffsets(): Promise<void> {
    return this.#checkpoints.writeLogStarts();
  }

  /** replication-offset-checkpoint of every live dir. */
  checkpointHighWatermarks(highWatermarks: Iterable<CheckpointedHighWatermark>): Promise<void> {
    return this.#checkpoints.writeHighWatermarks(highWatermarks);
  }

  /** What the checkpoint of a dir said at load, or was written since; 0 when it does not name the partition. */
  checkpointedHighWatermark(parentDir: string, topicPartition: TopicPartition): number {
    return this.#checkpoints.highWatermarkOf(parentDir, topicPartition);
  }

  /** Undefined when nothing is compacted. */
  get cleaner(): LogCleaner | undefined {
    return this.#cleaner;
  }

  // ------------------------------------------------------------------------------------------- log dirs

  /** All of log.dirs, in their order. */
  get logDirs(): readonly string[] {
    return this.#dirs.all.map((dir) => dir.path);
  }

  get liveLogDirs(): readonly string[] {
    return this.#dirs.live.map((dir) => dir.path);
  }

  /** LOG_DIR_NOT_FOUND for a path that is none of log.dirs. */
  isLogDirOnline(path: string): boolean {
    if (this.#dirs.find(path) === undefined)
      throw new KafkaError('LOG_DIR_NOT_FOUND', `Log dir ${path} is not found in the config.`);
    return this.#dirs.isLive(path);
  }

  /** Of the file system that holds a log dir. */
  spaceOf(path: string): Promise<DiskSpace> {
    return this.#runtime.disk.space(path);
  }

  /** True when the partition's log lies in a dir that failed. */
  isOffline(topic: string, partition: number): boolean {
    return this.#logs.get(topic, partition)?.isOffline ?? false;
  }

  /** Takes a dir offline with its logs. The logs stay known, so that requests for them answer KAFKA_STORAGE_ERROR. */
  handleLogDirFailure(path: string): void {
    this.#dirs.fail(path);
  }

  #markOffline(path: string): void {
    for (const log of this.#logs.values()) if (log.parentDir === path) log.markOffline();
    this.#futures.onDirFailure(path);
  }

  *#logsIn(dir: LogDir): Generator<UnifiedLog, void, undefined> {
    for (const log of this.allLogs()) if (log.parentDir === dir.path) yield log;
  }
}
