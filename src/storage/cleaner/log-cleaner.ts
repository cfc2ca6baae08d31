/**
 * The cleaner of a broker (Kafka's LogCleaner and LogCleanerManager): log.cleaner.threads passes at a time, each over
 * the dirtiest log that is due; when none is, a pause of log.cleaner.backoff.ms. Retention of compacted topics
 * (`compact,delete`) runs here too, between passes, so that the two never meet in one log.
 *
 * A pass that fails because of what is in the log leaves the log as it is, and its partition aside until the broker
 * starts again: `uncleanable`, said in a log line and a metric. A disk that fails takes its dir offline as everywhere.
 */
import { SerialQueue, type TopicPartition } from '../../common/index.ts';
import type { Metrics } from '../../metrics/index.ts';
import type { FactStream } from '../../observe/index.ts';
import { KafkaError } from '../../protocol/index.ts';
import { errorCodeOf, errorMessageOf, type Logger, type Runtime } from '../../runtime/index.ts';
import type { LogDir } from '../log-dir.ts';
import { type CleaningResult, CleaningAbortedError, cleanLog } from './clean-log.ts';
import type { CleanableLog } from './cleanable-log.ts';
import { CleanerCheckpoints } from './cleaner-checkpoints.ts';
import { CleanerMetrics } from './cleaner-metrics.ts';
import { CleaningStates } from './cleaning-states.ts';
import { decideLogToClean, dirtiest, firstDirtyOffsetOf, isDue, type LogToClean } from './choose-log.ts';
import { ReusedTable } from './offset-map.ts';
import { Throttler } from './throttler.ts';

/** log.cleaner.* of the broker, which can change while it runs. */
export interface LogCleanerSettings {
  readonly threads: number;
  readonly dedupeBufferSize: number;
  readonly ioBufferSize: number;
  readonly ioBufferLoadFactor: number;
  readonly ioMaxBytesPerSecond: number;
  readonly backoffMs: number;
}

export const DEFAULT_LOG_CLEANER_SETTINGS: LogCleanerSettings = {
  threads: 1,
  dedupeBufferSize: 128 * 1024 * 1024,
  ioBufferSize: 512 * 1024,
  ioBufferLoadFactor: 0.9,
  ioMaxBytesPerSecond: Number.MAX_VALUE,
  backoffMs: 15_000,
};

interface LogOfCleaner {
  readonly cleanable: CleanableLog;
  deleteOldSegments(): Promise<number>;
}

export interface LogCleanerOptions {
  readonly runtime: Runtime;
  readonly facts: FactStream;
  readonly metrics: Metrics | undefined;
  readonly settings: LogCleanerSettings;
  readonly dirs: readonly LogDir[];
  /** Of the broker, at this moment. */
  readonly logs: () => Iterable<LogOfCleaner>;
  readonly onDiskError: (parentDir: string, cause: unknown) => void;
}

interface Candidate {
  readonly log: CleanableLog;
  readonly toClean: LogToClean;
}

export class LogCleaner {
  readonly #options: LogCleanerOptions;
  readonly #logger: Logger;
  readonly #states = new CleaningStates();
  readonly #checkpoints: CleanerCheckpoints;
  readonly #throttler: Throttler;
  readonly #metrics = new CleanerMetrics();
  /** One thread chooses at a time, or two would choose the same log. */
  readonly #choosing = new SerialQueue();
  /** By name of the partition: the log that was found uncleanable. One that is made anew under the name is not. */
  readonly #uncleanable = new Map<string, CleanableLog>();
  readonly #tables = new Map<number, ReusedTable>();
  /** Threads that run, by their numbers. */
  readonly #running = new Map<number, Promise<void>>();
  #settings: LogCleanerSettings;
  /** Each ends the pause of a thread. */
  readonly #pauses = new Set<() => void>();
  #isStarted = false;
  #isStopped = false;
  #deadThreads = 0;
  #maxDirtyRatio = 0;
  #lastRunMs: number;

  constructor(options: LogCleanerOptions) {
    const { runtime, dirs, metrics, settings } = options;
    this.#options = options;
    this.#settings = settings;
    this.#logger = runtime.logger.child('kafka.log.LogCleaner');
    this.#checkpoints = new CleanerCheckpoints(dirs);
    this.#throttler = new Throttler(runtime, () => this.#settings.ioMaxBytesPerSecond);
    this.#lastRunMs = runtime.clock.wallMs();
    if (metrics !== undefined) this.#registerMetrics(metrics);
  }

  // ------------------------------------------------------------------------------------------ start, stop

  async loadCheckpoint(dirPath: string): Promise<void> {
    await this.#checkpoints.load(dirPath);
  }

  startup(): void {
    this.#isStarted = true;
    this.#startThreads();
  }

  /** Those at work and those that pause. */
  get threadCount(): number {
    return this.#running.size;
  }

  /** A pass that is under way ends with the settings it began with; a thread too many ends after its pass. */
  reconfigure(settings: LogCleanerSettings): void {
    if (isSame(settings, this.#settings)) return;
    this.#settings = settings;
    if (!this.#isStarted || this.#isStopped) return;
    this.#startThreads();
    this.#endPauses();
  }

  /** Resolves when nothing is worked on any more. */
  async shutdown(): Promise<void> {
    this.#isStopped = true;
    this.#endPauses();
    await Promise.all(this.#running.values());
  }

  #startThreads(): void {
    for (let thread = 0; thread < this.#settings.threads; thread++) {
      if (this.#running.has(thread)) continue;
      const work = this.#work(thread).catch((error: unknown) => {
        this.#deadThreads += 1;
        this.#logger.error(`Cleaner ${thread} has died; logs are cleaned by the others only`, { error });
        this.#running.delete(thread);
      });
      this.#running.set(thread, work);
    }
  }

  async #work(thread: number): Promise<void> {
    while (!this.#isStopped && thread < this.#settings.threads) {
      const settings = this.#settings;
      const hasCleaned = await this.cleanDirtiest(thread);
      await this.#deleteOldSegments();
      // A change meanwhile found nobody who paused.
      if (!hasCleaned && this.#settings === settings) await this.#pause();
    }
    this.#running.delete(thread);
    this.#tables.delete(thread);
  }

  #endPauses(): void {
    for (const end of [...this.#pauses]) end();
  }

  async #pause(): Promise<void> {
    if (this.#isStopped) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        timer.cancel();
        this.#pauses.delete(end);
        resolve();
      };
      const timer = this.#options.runtime.timers.after(this.#settings.backoffMs, end);
      this.#pauses.add(end);
    });
  }

  // ------------------------------------------------------------------------------------------------ passes

  /** One pass over the dirtiest log that is due; false when none is. */
  async cleanDirtiest(thread = 0): Promise<boolean> {
    const candidate = await this.#choosing.run(() => this.#choose());
    if (candidate === undefined) return false;
    const { log, toClean } = candidate;
    try {
      const result = await this.#clean(thread, log, toClean);
      // A pause meanwhile is a truncation, after which the log may be shorter than the pass knew.
      if (!this.#states.isAborted(log.topicPartition))
        await this.#checkpoints.set(log.parentDir, log.topicPartition, result.endOffset);
    } catch (cause) {
      this.#onFailure(log, cause);
    } finally {
      this.#states.finish(log.topicPartition);
    }
    return true;
  }

  async #choose(): Promise<Candidate | undefined> {
    this.#lastRunMs = this.#options.runtime.clock.wallMs();
    const candidates: Candidate[] = [];
    for (const { cleanable: log } of [...this.#options.logs()]) {
      if (this.#isStopped) return undefined;
      if (!this.#isFree(log)) continue;
      try {
        candidates.push({ log, toClean: await this.#look(log) });
      } catch (cause) {
        this.#onFailure(log, cause);
      }
    }
    this.#maxDirtyRatio = Math.max(0, ...candidates.map(({ toClean }) => toClean.cleanableRatio));
    this.#metrics.maxCompactionDelayMs = Math.max(
      0,
      ...candidates.map(({ toClean }) => toClean.compactionDelayMs),
    );
    const due = candidates.filter(({ log, toClean }) => isDue(toClean, log.config.minCleanableDirtyRatio));
    const chosen = dirtiest(due);
    return chosen !== undefined && !chosen.log.isGone && this.#states.start(chosen.log.topicPartition)
      ? chosen
      : undefined;
  }

  #isFree(log: CleanableLog): boolean {
    return (
      log.config.cleanupPolicy.includes('compact') &&
      !log.isGone &&
      !this.#states.isBusy(log.topicPartition) &&
      this.#uncleanable.get(log.name) !== log
    );
  }

  async #look(log: CleanableLog): Promise<LogToClean> {
    const checkpoint = this.#checkpoints.get(log.parentDir, log.topicPartition);
    const firstDirtyOffset = firstDirtyOffsetOf(log.extent, checkpoint);
    if (checkpoint !== undefined && checkpoint !== firstDirtyOffset) {
      if (!log.config.cleanupPolicy.includes('delete'))
        this.#logger.warn(
          `${log.name} was clean up to ${checkpoint}, which is outside of the log: everything in it counts as dirty`,
        );
      await this.#checkpoints.set(log.parentDir, log.topicPartition, firstDirtyOffset);
    }
    return decideLogToClean(await log.facts(firstDirtyOffset), firstDirtyOffset, log.config);
  }

  async #clean(thread: number, log: CleanableLog, toClean: LogToClean): Promise<CleaningResult> {
    const { runtime, facts } = this.#options;
    const settings = this.#settings;
    const startMs = runtime.clock.monotonicMs();
    const { firstDirtyOffset, firstUncleanableOffset } = toClean;
    this.#logger.info(`Cleaning ${log.name}: dirty from ${firstDirtyOffset} to ${firstUncleanableOffset}`);
    const result = await cleanLog(log, toClean, {
      runtime,
      throttler: this.#throttler,
      dedupeBufferBytes: Math.floor(settings.dedupeBufferSize / settings.threads),
      loadFactor: settings.ioBufferLoadFactor,
      table: this.#tableOf(thread),
      ioBufferBytes: Math.floor(settings.ioBufferSize / settings.threads / 2),
      checkGoOn: () => {
        if (this.#isStopped || log.isGone || this.#states.isAborted(log.topicPartition))
          throw new CleaningAbortedError(`Cleaning ${log.name} was told to stop`);
      },
    });
    const { stats, endOffset } = result;
    const seconds = (runtime.clock.monotonicMs() - startMs) / 1000;
    this.#metrics.onPass(thread, stats, seconds);
    this.#logger.info(
      `Cleaned ${log.name} up to ${endOffset} in ${seconds.toFixed(1)} s: ` +
        `${stats.recordsRetained} of ${stats.recordsRead} records and ${stats.bytesWritten} of ${stats.bytesRead} bytes stay, ` +
        `the map was ${(stats.bufferUtilization * 100).toFixed(1)}% full`,
    );
    if (stats.recordsWithoutKey > 0)
      this.#logger.warn(`${stats.recordsWithoutKey} records without a key went from ${log.name}`);
    if (facts.active)
      facts.emit({
        kind: 'log-cleaned',
        ...log.topicPartition,
        firstDirtyOffset,
        endOffset,
        bytesRead: stats.bytesRead,
        bytesWritten: stats.bytesWritten,
        recordsRead: stats.recordsRead,
        recordsRetained: stats.recordsRetained,
      });
    return result;
  }

  #tableOf(thread: number): ReusedTable {
    let table = this.#tables.get(thread);
    if (table === undefined) this.#tables.set(thread, (table = new ReusedTable()));
    return table;
  }

  #onFailure(log: CleanableLog, cause: unknown): void {
    if (cause instanceof CleaningAbortedError || this.#isStopped || log.isGone) {
      this.#logger.info(`Cleaning ${log.name} was aborted`);
      return;
    }
    if (cause instanceof KafkaError && cause.error === 'KAFKA_STORAGE_ERROR') return;
    if (isSystemError(cause)) {
      this.#options.onDiskError(log.parentDir, cause);
      return;
    }
    this.#uncleanable.set(log.name, log);
    this.#logger.warn(
      `${log.name} cannot be cleaned and is left as it is until the broker starts again: ${errorMessageOf(cause)}`,
      { error: cause },
    );
  }

  async #deleteOldSegments(): Promise<void> {
    for (const log of [...this.#options.logs()]) {
      const { cleanable } = log;
      if (this.#isStopped || !this.#isFree(cleanable) || !this.#states.start(cleanable.topicPartition))
        continue;
      try {
        await log.deleteOldSegments();
      } catch (cause) {
        this.#onFailure(cleanable, cause);
      } finally {
        this.#states.finish(cleanable.topicPartition);
      }
    }
  }

  // -------------------------------------------------------------------------------- others at work on a log

  /** Runs `task`, which cuts the log back below its active segment, while no pass is in it. */
  async whileTruncating<T>(log: CleanableLog, task: () => Promise<T>): Promise<T> {
    const { topicPartition, parentDir } = log;
    await this.#states.pause(topicPartition);
    try {
      const result = await task();
      if (!log.isGone)
        await this.#onDisk(parentDir, () =>
          this.#checkpoints.lowerTo(parentDir, topicPartition, log.activeOffset),
        );
      return result;
    } finally {
      this.#states.resume(topicPartition);
    }
  }

  /** Runs `task`, which takes the log away, while no pass is in it; then forgets what was known of it. */
  async whileDeleting(log: CleanableLog, task: () => Promise<void>): Promise<void> {
    const { topicPartition, parentDir, name } = log;
    await this.#states.pause(topicPartition);
    try {
      await task();
      this.#uncleanable.delete(name);
      if (!log.isOffline)
        await this.#onDisk(parentDir, () => this.#checkpoints.remove(parentDir, topicPartition));
    } finally {
      this.#states.resume(topicPartition);
    }
  }

  /** Keeps passes away from the partition; resolves when none is in it. Each pause wants a resume of its own. */
  async pauseCleaning(topicPartition: TopicPartition): Promise<void> {
    await this.#states.pause(topicPartition);
  }

  resumeCleaning(topicPartition: TopicPartition): void {
    this.#states.resume(topicPartition);
  }

  /** The partition goes on in another dir with a log that holds the same: what is known of the old one holds of it. */
  async moveCheckpoint(from: CleanableLog, to: CleanableLog): Promise<void> {
    const { topicPartition } = from;
    if (this.#uncleanable.get(from.name) === from) this.#uncleanable.set(to.name, to);
    const offset = this.#checkpoints.get(from.parentDir, topicPartition);
    if (offset === undefined) return;
    await this.#onDisk(to.parentDir, () => this.#checkpoints.set(to.parentDir, topicPartition, offset));
    if (!from.isOffline)
      await this.#onDisk(from.parentDir, () => this.#checkpoints.remove(from.parentDir, topicPartition));
  }

  /** What was done to the log is done; a dir that cannot take its checkpoint goes offline. */
  async #onDisk(parentDir: string, task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (cause) {
      if (!isSystemError(cause)) throw cause;
      this.#options.onDiskError(parentDir, cause);
    }
  }

  // ----------------------------------------------------------------------------------------------- metrics

  #registerMetrics(metrics: Metrics): void {
    const { runtime, dirs } = this.#options;
    const uncleanableIn = (dir: string): CleanableLog[] =>
      [...this.#uncleanable.values()].filter(({ parentDir }) => parentDir === dir);
    this.#metrics.register(
      metrics,
      dirs.map(({ path }) => path),
      {
        maxDirtyPercent: () => Math.trunc(this.#maxDirtyRatio * 100),
        timeSinceLastRunMs: () => runtime.clock.wallMs() - this.#lastRunMs,
        deadThreadCount: () => this.#deadThreads,
        uncleanablePartitions: (dir) => uncleanableIn(dir).length,
        uncleanableBytes: (dir) =>
          uncleanableIn(dir).reduce((sum, log) => sum + this.#uncleanableBytes(log), 0),
      },
    );
  }

  #uncleanableBytes(log: CleanableLog): number {
    const checkpoint = this.#checkpoints.get(log.parentDir, log.topicPartition);
    return log.sizeFrom(firstDirtyOffsetOf(log.extent, checkpoint));
  }

  /** Partitions that were given up, for those who ask. */
  get uncleanablePartitions(): readonly TopicPartition[] {
    return [...this.#uncleanable.values()].map(({ topicPartition }) => topicPartition);
  }
}

/** `ENOSPC`, `EIO`: not `ERR_WORKER_OUT_OF_MEMORY`, of which no disk is guilty. */
function isSystemError(cause: unknown): boolean {
  return /^E[A-Z0-9]+$/.test(errorCodeOf(cause) ?? '');
}

function isSame(one: LogCleanerSettings, other: LogCleanerSettings): boolean {
  const keys = Object.keys(one) as (keyof LogCleanerSettings)[];
  return keys.every((key) => one[key] === other[key]);
}
