/**
 * Moving a partition from one log dir of the broker to another (KIP-113). A future log is filled in the other dir while
 * the partition goes on with the one it has; once it holds the same, the two change places:
 *
 *     one/orders-0                          two/orders-0.<32 hex>-future
 *     one/orders-0                          two/orders-0                    the moment of truth: synced before the next
 *     one/orders-0.<32 hex>-delete          two/orders-0
 *
 * In this order, because without a log of its plain name a partition would be made anew and empty at the next start.
 * A stop between the two renames leaves two logs that are equal (duplicate-log.ts).
 *
 * Who fills it, and when both hold the same, is replication's business. While a partition has a future log its current
 * one is not compacted: the copy would miss what the cleaner makes of it.
 */
import { PartitionMap, type TopicPartition, topicPartitionName } from '../common/index.ts';
import { errorMessageOf, type Logger, type Runtime } from '../runtime/index.ts';
import type { LogCleaner } from './cleaner/log-cleaner.ts';
import { futureFolderName } from './file-names.ts';
import type { LogCheckpoints } from './log-checkpoints.ts';
import { DuplicateLogError } from './duplicate-log.ts';
import { type LogDirs, offlineError } from './log-dirs.ts';
import type { LogFactory } from './log-factory.ts';
import type { LogRemovals } from './log-removals.ts';
import type { UnifiedLog } from './unified-log.ts';

export interface FutureLogsOptions {
  readonly runtime: Runtime;
  readonly dirs: LogDirs;
  readonly checkpoints: LogCheckpoints;
  readonly factory: LogFactory;
  readonly removals: LogRemovals;
  readonly cleaner: LogCleaner | undefined;
  /** The logs partitions work with, by partition. */
  readonly current: PartitionMap<UnifiedLog>;
}

export class FutureLogs {
  readonly #options: FutureLogsOptions;
  readonly #logger: Logger;
  readonly #logs = new PartitionMap<UnifiedLog>();
  /** Resolve when no pass is in the partition's current log any more. */
  readonly #paused = new PartitionMap<Promise<void>>();
  /** Work on logs that nobody else has any more. */
  readonly #endings = new Set<Promise<void>>();

  constructor(options: FutureLogsOptions) {
    this.#options = options;
    this.#logger = options.runtime.logger.child('kafka.log.LogManager');
  }

  get({ topic, partition }: TopicPartition): UnifiedLog | undefined {
    return this.#logs.get(topic, partition);
  }

  values(): IterableIterator<UnifiedLog> {
    return this.#logs.values();
  }

  /** One that an earlier run began to fill. */
  async add(log: UnifiedLog): Promise<void> {
    const other = this.get(log.topicPartition);
    if (other !== undefined) throw new DuplicateLogError(log, other);
    await this.#put(log);
  }

  /** Makes an empty one in the dir. Rejects with KAFKA_STORAGE_ERROR while any dir is offline: it may hold another. */
  async create(topicPartition: TopicPartition, parentDir: string): Promise<UnifiedLog> {
    const { dirs, factory, current, runtime } = this.#options;
    const { topic, partition } = topicPartition;
    const source = current.get(topic, partition);
    if (dirs.hasOffline || source === undefined || source.isOffline) throw offlineError(topicPartition);
    const log = await factory.create({
      topicPartition,
      parentDir,
      folder: futureFolderName(topicPartition, runtime.random.uuid()),
      config: source.config,
      topicId: source.topicId,
    });
    // Of a move that was stopped the two folders are told apart by what lies in them.
    await log.settle();
    // A change of the topic's config found only the source while the folder was being made.
    log.updateConfig(source.config);
    await this.#put(log);
    this.#logger.info(`Created the future log ${log.dir}`);
    return log;
  }

  /** The move is called off. */
  async remove(topicPartition: TopicPartition): Promise<void> {
    const log = this.#take(topicPartition);
    if (log === undefined) return;
    await this.#options.removals.moveAside(log);
    await this.#options.removals.removeMovedAside(log);
  }

  /** Makes everything in it durable, and what the checkpoints of its dir say of it true. */
  async settle(topicPartition: TopicPartition): Promise<void> {
    const { dirs, checkpoints } = this.#options;
    const log = this.get(topicPartition);
    const dir = log && dirs.find(log.parentDir);
    if (log === undefined || dir === undefined) return;
    await log.flush();
    await dirs.unlessFails(dir, () => checkpoints.writeExtents(dir));
  }

  /**
   * The future log becomes the partition's log; the old one leaves the disk. Nothing may be appended to either before
   * this has resolved. Rejects, and leaves the old one in its place, when the new one's dir fails.
   */
  async replaceCurrent(topicPartition: TopicPartition): Promise<void> {
    const { runtime, dirs, current, cleaner } = this.#options;
    const { topic, partition } = topicPartition;
    const source = current.get(topic, partition);
    const log = this.get(topicPartition);
    if (source === undefined || source.isOffline || log === undefined) throw offlineError(topicPartition);
    await log.renameDir(`${log.parentDir}/${topicPartitionName(topicPartition)}`);
    const dir = dirs.find(log.parentDir)!;
    await dirs.unlessFails(dir, () => runtime.disk.syncFolder(dir.path));
    if (log.isOffline) throw offlineError(topicPartition);
    this.#logs.delete(topic, partition);
    current.set(topic, partition, log);
    await this.#letGo(source);
    await cleaner?.moveCheckpoint(source.cleanable, log.cleanable);
    this.#resumeCleaning(topicPartition);
    this.#logger.info(`${topicPartitionName(topicPartition)} has moved to ${log.dir}`);
  }

  /** A dir failed: what was being filled there is lost to its partition, which stays where it is. */
  onDirFailure(path: string): void {
    for (const log of [...this.#logs.values()]) {
      if (log.parentDir !== path) continue;
      log.markOffline();
      this.#take(log.topicPartition);
      this.#inBackground(log.closeHandlers());
    }
  }

  /** Resolves when the logs that were let go are closed. */
  async drain(): Promise<void> {
    await Promise.all(this.#endings);
  }

  async #letGo(source: UnifiedLog): Promise<void> {
    const { removals } = this.#options;
    try {
      await removals.moveAside(source);
      this.#inBackground(removals.removeMovedAside(source));
    } catch (cause) {
      // Its dir failed and is offline now: the partition has left it just in time.
      this.#logger.error(`The old log ${source.dir} could not be renamed: ${errorMessageOf(cause)}`);
      this.#inBackground(source.closeHandlers());
    }
  }

  async #put(log: UnifiedLog): Promise<void> {
    const { topicPartition } = log;
    const { topic, partition } = topicPartition;
    this.#logs.set(topic, partition, log);
    const paused = this.#options.cleaner?.pauseCleaning(topicPartition) ?? Promise.resolve();
    this.#paused.set(topic, partition, paused);
    await paused;
  }

  #take(topicPartition: TopicPartition): UnifiedLog | undefined {
    const { topic, partition } = topicPartition;
    const log = this.get(topicPartition);
    if (log === undefined) return undefined;
    this.#logs.delete(topic, partition);
    this.#resumeCleaning(topicPartition);
    return log;
  }

  #resumeCleaning(topicPartition: TopicPartition): void {
    const { topic, partition } = topicPartition;
    const paused = this.#paused.get(topic, partition);
    this.#paused.delete(topic, partition);
    // A pass that was told to stop may not have ended yet.
    void paused?.then(() => this.#options.cleaner?.resumeCleaning(topicPartition));
  }

  #inBackground(task: Promise<void>): void {
    const ended = task.catch((error: unknown) =>
      this.#logger.error('A log that was let go could not be closed', { error }),
    );
    this.#endings.add(ended);
    void ended.finally(() => this.#endings.delete(ended));
  }
}
