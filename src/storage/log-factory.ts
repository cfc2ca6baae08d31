/** Opens folders as logs: what all logs of a broker share (caches, buffers, the cleaner) is put into each one here. */
import { type TopicPartition, topicPartitionName } from '../common/index.ts';
import type { FactStream } from '../observe/index.ts';
import { errorCodeOf, type Logger, type Runtime } from '../runtime/index.ts';
import type { LogCleaner } from './cleaner/log-cleaner.ts';
import { LEADER_EPOCH_CHECKPOINT } from './file-names.ts';
import { FolderSyncs } from './folder-syncs.ts';
import { IndexCache } from './index-cache.ts';
import type { LogConfig } from './log-config.ts';
import { offlineError } from './log-dirs.ts';
import { loadLog, type LogToLoad } from './log-loader.ts';
import { ReadAhead } from './read-ahead.ts';
import { ReadBufferPool } from './read-buffer-pool.ts';
import { ReadFiles } from './shared-file.ts';
import { TailCache } from './tail-cache.ts';
import { UnifiedLog } from './unified-log.ts';

export interface LogFactoryOptions {
  readonly runtime: Runtime;
  readonly facts: FactStream;
  readonly tailCacheBytes: number;
  readonly producerIdExpirationMs: () => number;
  readonly isVerificationRequired: () => boolean;
  readonly cleaner: LogCleaner | undefined;
  readonly onFailure: (parentDir: string, cause: unknown) => void;
  readonly afterTruncation: (parentDir: string) => Promise<void>;
}

export interface LogToOpen {
  readonly topicPartition: TopicPartition;
  /** The log dir, and the name of the folder in it. */
  readonly parentDir: string;
  readonly folder: string;
  readonly config: LogConfig;
  readonly hadCleanShutdown: boolean;
  /** From the checkpoints of the log dir; 0 when they do not name the partition. */
  readonly recoveryPoint: number;
  readonly logStartOffset: number;
}

export interface LogToCreate extends Pick<LogToOpen, 'topicPartition' | 'parentDir' | 'folder' | 'config'> {
  readonly topicId?: string | null | undefined;
}

export class LogFactory {
  readonly #options: LogFactoryOptions;
  readonly #indexCache = new IndexCache();
  readonly #readBuffers = new ReadBufferPool();
  readonly #readAhead = new ReadAhead(this.#readBuffers);
  readonly #tailCache: TailCache;
  readonly #folderSyncs: FolderSyncs;
  readonly #logRuntime: Runtime;
  readonly #loaderLogger: Logger;

  constructor(options: LogFactoryOptions) {
    this.#options = options;
    this.#logRuntime = { ...options.runtime, logger: options.runtime.logger.child('kafka.log.UnifiedLog') };
    this.#loaderLogger = options.runtime.logger.child('kafka.log.LogLoader');
    this.#folderSyncs = new FolderSyncs(options.runtime.disk);
    this.#tailCache = new TailCache(options.tailCacheBytes);
  }

  /**
   * A folder that is there already is read whole: nobody knows what was written of it. Durable is nothing of it before
   * the log has settled, which its first record waits for: a topic of many partitions would wait for a disk that syncs
   * several times for each.
   */
  async create(toCreate: LogToCreate): Promise<UnifiedLog> {
    const { topicPartition, parentDir, folder, topicId, ...rest } = toCreate;
    const { disk } = this.#options.runtime;
    const path = `${parentDir}/${folder}`;
    try {
      const isThere = (await disk.stat(path)) !== undefined;
      if (!isThere) {
        await disk.makeFolder(path);
        await disk.writeFile(`${path}/${LEADER_EPOCH_CHECKPOINT}`, '');
      }
      const state = { hadCleanShutdown: !isThere, recoveryPoint: 0, logStartOffset: 0 };
      return await this.#open({ topicPartition, parentDir, folder, ...rest, ...state }, { topicId });
    } catch (cause) {
      if (errorCodeOf(cause) === undefined) throw cause;
      this.#options.onFailure(parentDir, cause);
      throw offlineError(topicPartition);
    }
  }

  open(toOpen: LogToOpen): Promise<UnifiedLog> {
    return this.#open(toOpen);
  }

  async #open(
    { parentDir, folder, config, ...toLoad }: LogToOpen,
    made?: Pick<LogToCreate, 'topicId'>,
  ): Promise<UnifiedLog> {
    const { runtime, facts, cleaner, onFailure, afterTruncation } = this.#options;
    const { producerIdExpirationMs, isVerificationRequired } = this.#options;
    const { topicPartition } = toLoad;
    const dir = `${parentDir}/${folder}`;
    const current: { config: LogConfig } = { config };
    const segmentEnv = {
      disk: runtime.disk,
      indexCache: this.#indexCache,
      readFiles: new ReadFiles(),
      config: () => current.config,
    };
    const loaded = await loadLog(segmentEnv, {
      ...toLoad,
      dir,
      nowMs: runtime.clock.wallMs(),
      producerIdExpirationMs,
      isVerificationRequired,
      logger: this.#loggerOf(topicPartition, parentDir),
    });
    const tailCache = this.#tailCache;
    const env = {
      runtime: this.#logRuntime,
      facts,
      tailCache,
      readBuffers: this.#readBuffers,
      readAhead: this.#readAhead,
      segmentEnv,
      cleaner,
      onFailure,
      afterTruncation,
      folderSyncs: this.#folderSyncs,
    };
    if (loaded.recoveredSegments > 0) {
      runtime.logger.info(
        `Recovered ${topicPartitionName(topicPartition)}: ${loaded.recoveredSegments} segments read, ${loaded.truncatedBytes} bytes cut off, log end offset ${loaded.logEndOffset}`,
      );
      if (facts.active)
        facts.emit({ kind: 'log-recovered', ...topicPartition, logEndOffset: loaded.logEndOffset });
    }
    const topicId = made?.topicId ?? null;
    const identity = { topicPartition, parentDir, dir, current, isFolderNew: made !== undefined, topicId };
    const log = new UnifiedLog(env, identity, loaded);
    // Refused when the folder has another one.
    if (topicId !== null) await log.assignTopicId(topicId);
    return log;
  }

  /** Each line begins with the log it is about. */
  #loggerOf(topicPartition: TopicPartition, parentDir: string): LogToLoad['logger'] {
    const logger = this.#loaderLogger;
    const about = `[LogLoader partition=${topicPartitionName(topicPartition)}, dir=${parentDir}] `;
    return {
      info: (message) => logger.info(about + message),
      warn: (message) => logger.warn(about + message),
      error: (message) => logger.error(about + message),
    };
  }
}
