/**
 * What happens to all logs of a broker by the clock: retention, flush.ms, checkpoints, the expiry of producers. Each
 * task begins again its interval after it ended, so a slow disk never has two of a kind to do; a log that fails is
 * passed over, because it has taken its dir offline by itself. Compaction has a clock of its own (cleaner/).
 */
import { topicPartitionName } from '../common/index.ts';
import { errorMessageOf, inTurns, type Runtime, type Timer } from '../runtime/index.ts';
import type { UnifiedLog } from './unified-log.ts';

export interface LogTaskSettings {
  readonly initialTaskDelayMs: number;
  readonly retentionCheckIntervalMs: number;
  readonly flushSchedulerIntervalMs: number;
  readonly flushOffsetCheckpointIntervalMs: number;
  readonly flushStartOffsetCheckpointIntervalMs: number;
  readonly producerIdExpirationCheckIntervalMs: number;
}

export interface LogTasksOptions {
  readonly runtime: Pick<Runtime, 'clock' | 'timers' | 'logger'>;
  readonly settings: LogTaskSettings;
  /** All there are at this moment. */
  readonly logs: () => Iterable<UnifiedLog>;
  /** The log is the cleaner's, which deletes its old segments between its passes. */
  readonly isCleaned: (log: UnifiedLog) => boolean;
  readonly checkpointRecoveryPoints: () => Promise<void>;
  readonly checkpointLogStartOffsets: () => Promise<void>;
}

export class LogTasks {
  readonly #options: LogTasksOptions;
  readonly #timers = new Set<Timer>();
  #isStopped = false;

  constructor(options: LogTasksOptions) {
    this.#options = options;
  }

  startup(): void {
    const { settings, checkpointRecoveryPoints, checkpointLogStartOffsets } = this.#options;
    this.#start(settings.retentionCheckIntervalMs, () => this.#deleteOldSegments());
    this.#start(settings.flushSchedulerIntervalMs, () => this.#flushDueLogs());
    this.#start(settings.flushOffsetCheckpointIntervalMs, checkpointRecoveryPoints);
    this.#start(settings.flushStartOffsetCheckpointIntervalMs, checkpointLogStartOffsets);
    this.#start(settings.producerIdExpirationCheckIntervalMs, () => this.#removeExpiredProducers());
  }

  /** Nothing begins any more; what is under way ends with the log it is at. */
  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers) timer.cancel();
  }

  #start(intervalMs: number, task: () => Promise<void>): void {
    this.#repeat(this.#options.settings.initialTaskDelayMs, intervalMs, task);
  }

  #repeat(delayMs: number, intervalMs: number, task: () => Promise<void>): void {
    const { timers, logger } = this.#options.runtime;
    const timer = timers.after(delayMs, () => {
      this.#timers.delete(timer);
      task()
        .catch((error: unknown) => logger.error('A task of the log manager failed', { error }))
        .finally(() => {
          if (!this.#isStopped) this.#repeat(intervalMs, intervalMs, task);
        });
    });
    this.#timers.add(timer);
  }

  async #deleteOldSegments(): Promise<void> {
    await this.#forEachLog(async (log) => {
      if (!this.#options.isCleaned(log)) await log.deleteOldSegments();
    });
  }

  async #flushDueLogs(): Promise<void> {
    const now = this.#options.runtime.clock.monotonicMs();
    await this.#forEachLog(async (log) => {
      if (log.isFlushDue(now)) await log.flush();
    });
  }

  async #removeExpiredProducers(): Promise<void> {
    await this.#forEachLog((log) => {
      log.removeExpiredProducers();
    });
  }

  /**
   * One after another: the disk is shared with appends. In turns of the event loop: most logs have nothing to do, and
   * thousands of them would be passed over in one go.
   */
  async #forEachLog(task: (log: UnifiedLog) => Promise<void> | void): Promise<void> {
    const { logs, runtime } = this.#options;
    await inTurns(runtime.timers, [...logs()], async (log) => {
      if (this.#isStopped || log.isOffline || log.isClosed) return;
      try {
        await task(log);
      } catch (error) {
        runtime.logger.error(`${topicPartitionName(log.topicPartition)}: ${errorMessageOf(error)}`, {
          error,
        });
      }
    });
  }
}
