/**
 * The log dirs of a broker, several disks or one (JBOD), and which of them still work. A dir that fails is given up
 * until the broker starts again: nothing is read from it or written to it any more, and the others go on.
 */
import { type TopicPartition, topicPartitionName } from '../common/index.ts';
import { KafkaError } from '../protocol/index.ts';
import type { Metrics } from '../metrics/index.ts';
import { errorCodeOf, errorMessageOf, type Runtime } from '../runtime/index.ts';
import { CheckpointFormatError } from './checkpoint-files.ts';
import { LogDir } from './log-dir.ts';

export interface LogDirsOptions {
  readonly runtime: Pick<Runtime, 'disk' | 'logger'>;
  /** Absolute paths, as clients name them. */
  readonly paths: readonly string[];
  /** Those of them that could not be used at start; nobody is told of these. */
  readonly failedAtStart: readonly string[];
  readonly metrics: Metrics | undefined;
  /** Called once per dir that fails. */
  readonly onFailure: (path: string) => void;
}

const MBEAN = 'kafka.log:type=LogManager,name=';

export class LogDirs {
  /** In the order of log.dirs. */
  readonly all: readonly LogDir[];
  readonly #options: LogDirsOptions;
  readonly #offline: Set<string>;

  constructor(options: LogDirsOptions) {
    const { runtime, paths, failedAtStart, metrics } = options;
    this.#options = options;
    this.all = paths.map((path) => new LogDir(runtime, path));
    this.#offline = new Set(failedAtStart);
    metrics?.gauge(`${MBEAN}OfflineLogDirectoryCount`, () => this.#offline.size);
    for (const logDirectory of paths)
      metrics?.gauge(`${MBEAN}LogDirectoryOffline`, () => Number(this.#offline.has(logDirectory)), {
        logDirectory,
      });
  }

  get live(): readonly LogDir[] {
    return this.all.filter(({ path }) => !this.#offline.has(path));
  }

  get hasOffline(): boolean {
    return this.#offline.size > 0;
  }

  /** Undefined for a path that is not in log.dirs. */
  find(path: string): LogDir | undefined {
    return this.all.find((dir) => dir.path === path);
  }

  isLive(path: string): boolean {
    return this.find(path) !== undefined && !this.#offline.has(path);
  }

  /** Gives the dir up. */
  fail(path: string): void {
    if (this.#offline.has(path)) return;
    this.#offline.add(path);
    this.#options.onFailure(path);
  }

  /** The system refused to read from it or write to it. */
  onError(path: string, cause: unknown): void {
    if (!this.#offline.has(path))
      this.#options.runtime.logger.error(`Log dir ${path} failed: ${errorMessageOf(cause)}`, {
        error: cause,
      });
    this.fail(path);
  }

  async unlessFails({ path }: LogDir, task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (cause) {
      if (!isStorageFailure(cause)) throw cause;
      this.onError(path, cause);
    }
  }
}

/** What takes a dir offline: the system's errors, those already turned into KafkaError, and files nobody can read. */
function isStorageFailure(cause: unknown): boolean {
  return (
    errorCodeOf(cause) !== undefined || cause instanceof KafkaError || cause instanceof CheckpointFormatError
  );
}

export function offlineError(topicPartition: TopicPartition): KafkaError {
  return new KafkaError(
    'KAFKA_STORAGE_ERROR',
    `The log for partition ${topicPartitionName(topicPartition)} is in an offline log directory`,
  );
}
