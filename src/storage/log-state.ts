/**
 * Everything one log remembers, in one place: offsets, segments, producers, epochs, and the two queues its I/O runs
 * in. Changed only by this room's steps on a log (append-to-log.ts, truncate-log.ts, delete-old-segments.ts) and by
 * UnifiedLog, the face in front of them. Here too is what they share: how the written end moves, and what a failing
 * disk does to the log.
 */
import { assert, type TopicPartition, topicPartitionName } from '../common/index.ts';
import type { FactStream } from '../observe/index.ts';
import { KafkaError } from '../protocol/index.ts';
import { errorCodeOf, errorMessageOf, type Runtime } from '../runtime/index.ts';
import { formatLeaderEpochCheckpoint, formatPartitionMetadata } from './checkpoint-files.ts';
import { FUTURE_FOLDER_SUFFIX, LEADER_EPOCH_CHECKPOINT, PARTITION_METADATA } from './file-names.ts';
import type { FolderSyncs } from './folder-syncs.ts';
import type { LeaderEpochCache } from './leader-epoch-cache.ts';
import type { LogConfig } from './log-config.ts';
import { LogFlusher } from './log-flusher.ts';
import type { LoadedLog } from './log-loader.ts';
import type { LogSegment, SegmentEnvironment } from './log-segment.ts';
import type { LogSegments } from './log-segments.ts';
import { LogWriter, type PendingWrite } from './log-writer.ts';
import type { ProducerStateManager } from './producer-state-manager.ts';
import type { ReadAhead } from './read-ahead.ts';
import type { ReadBufferPool } from './read-buffer-pool.ts';
import type { SnapshotFiles } from './snapshot-files.ts';
import { LogTail, type TailCache } from './tail-cache.ts';
import { replaceFile } from './write-file-atomically.ts';

export interface LogEnvironment {
  readonly runtime: Runtime;
  readonly facts: FactStream;
  readonly tailCache: TailCache;
  readonly readBuffers: ReadBufferPool;
  readonly readAhead: ReadAhead;
  readonly segmentEnv: SegmentEnvironment;
  /** Of the log dirs. */
  readonly folderSyncs: FolderSyncs;
  /** The disk under the log failed. */
  readonly onFailure: (parentDir: string, cause: unknown) => void;
}

export interface LogIdentity {
  readonly topicPartition: TopicPartition;
  readonly parentDir: string;
  readonly dir: string;
  /** Held in common with the segments, so that they see a changed config too. */
  readonly current: { config: LogConfig };
  readonly isFolderNew: boolean;
  /** Of a new folder, which is to get it. */
  readonly topicId: string | null;
}

export class LogState {
  readonly env: LogEnvironment;
  readonly topicPartition: TopicPartition;
  /** `orders-0` */
  readonly name: string;
  readonly parentDir: string;
  readonly segments: LogSegments;
  readonly snapshots: SnapshotFiles;
  readonly producers: ProducerStateManager;
  readonly epochs: LeaderEpochCache;
  readonly writer: LogWriter;
  readonly flusher: LogFlusher;
  readonly tail: LogTail;
  readonly endListeners = new Set<(logEndOffset: number) => void>();
  dir: string;
  topicId: string | null;
  logStartOffset: number;
  /** Assigned: what the next append gets. */
  nextOffset: number;
  /** Written: what readers may see at most. */
  logEndOffset: number;
  highWatermark: number;
  lastFlushedMs: number;
  /** Its folder was made anew, and neither its name nor what is in it needs to outlast a loss of power yet. */
  isFolderNew: boolean;
  /** It has one that is not in partition.metadata yet. */
  owesTopicId: boolean;
  isTruncating = false;
  /** While producers are rebuilt behind a cut, nobody knows which transactions are open: no reader gets further. */
  stableUntilRebuilt: number | undefined;
  isClosed = false;
  isOffline = false;
  readonly #current: { config: LogConfig };

  constructor(env: LogEnvironment, identity: LogIdentity, loaded: LoadedLog) {
    this.env = env;
    this.topicPartition = identity.topicPartition;
    this.name = topicPartitionName(identity.topicPartition);
    this.parentDir = identity.parentDir;
    this.dir = identity.dir;
    this.#current = identity.current;
    this.isFolderNew = identity.isFolderNew;
    this.owesTopicId = loaded.topicId === null && identity.topicId !== null;
    this.segments = loaded.segments;
    this.snapshots = loaded.snapshots;
    this.producers = loaded.producers;
    this.epochs = loaded.epochs;
    this.topicId = loaded.topicId ?? identity.topicId;
    this.logStartOffset = loaded.logStartOffset;
    this.nextOffset = loaded.logEndOffset;
    this.logEndOffset = loaded.logEndOffset;
    this.highWatermark = loaded.logStartOffset;
    this.lastFlushedMs = env.runtime.clock.monotonicMs();
    this.tail = new LogTail(env.tailCache);
    this.flusher = new LogFlusher(env.runtime, identity.dir, loaded);
    this.writer = new LogWriter(env.runtime.timers, {
      beforeWrite: () => (this.isSettled ? undefined : this.settle()),
      beforeSegment: (segment) => this.beginSegment(segment),
      afterWrite: (writes) => this.#onWritten(writes),
      onFailure: (cause) => this.fail(cause),
    });
  }

  /** It is being filled to replace the partition's log in another dir. */
  get isFuture(): boolean {
    return this.dir.endsWith(FUTURE_FOLDER_SUFFIX);
  }

  get config(): LogConfig {
    return this.#current.config;
  }
  set config(config: LogConfig) {
    this.#current.config = config;
  }

  nowMs(): number {
    return this.env.runtime.clock.wallMs();
  }

  checkUsable(): void {
    const error = this.unusableError();
    if (error !== undefined) throw error;
  }

  unusableError(): KafkaError | undefined {
    if (this.isOffline)
      return new KafkaError('KAFKA_STORAGE_ERROR', `The log for partition ${this.name} is offline`);
    if (this.isClosed) return closedError(this.name);
    return undefined;
  }

  checkAppendable(): void {
    this.checkUsable();
    assert(!this.isTruncating, 'nobody appends to a log that is being truncated');
  }

  /** A group is in the file: it becomes visible, and is kept for those who read at the end. */
  #onWritten(writes: readonly PendingWrite[]): Promise<void> | undefined {
    const { facts } = this.env;
    const { isFuture } = this;
    for (const { segment, position, records, firstOffset, lastOffset, asLeader } of writes) {
      segment.writtenBytes = position + records.length;
      // Nobody reads it, and old records would drive the recent ones of others out of memory.
      if (isFuture) continue;
      const segmentBaseOffset = segment.baseOffset;
      this.tail.add(records, { baseOffset: firstOffset, lastOffset, segmentBaseOffset, position });
      if (facts.active)
        facts.emit({
          kind: 'log-append',
          ...this.topicPartition,
          firstOffset,
          lastOffset,
          leaderEpoch: this.epochs.latest?.epoch ?? -1,
          bytes: records.length,
          asLeader,
        });
    }
    this.logEndOffset = writes.at(-1)!.lastOffset + 1;
    this.tellEndMoved();
    const unflushed = this.logEndOffset - this.flusher.recoveryPoint;
    return unflushed >= this.config.flushMessages ? this.flush() : undefined;
  }

  /**
   * In the writer's queue, when everything in front of the segment is written. What was preallocated there goes first:
   * recovery would take it for damage, and what follows for nothing.
   */
  async beginSegment(segment: LogSegment): Promise<void> {
    await this.segments.at(this.segments.indexFor(segment.baseOffset - 1))?.trim();
    await segment.createFiles();
    // Only now: a flush between the roll and this could not make names durable that were not there yet.
    this.flusher.noteFolderChanged();
  }

  tellEndMoved(): void {
    for (const listener of this.endListeners) listener(this.logEndOffset);
  }

  /** Where read-committed consumers stop: the first open transaction, never above the high watermark. */
  get lastStableOffset(): number {
    const { producers, highWatermark, logStartOffset } = this;
    const unstable = this.stableUntilRebuilt ?? producers.firstUnstableOffset ?? highWatermark;
    return Math.min(Math.max(unstable, logStartOffset), highWatermark);
  }

  setHighWatermark(highWatermark: number): void {
    if (highWatermark === this.highWatermark) return;
    this.highWatermark = highWatermark;
    this.producers.onHighWatermarkUpdated(highWatermark);
    const { facts } = this.env;
    if (facts.active && !this.isFuture)
      facts.emit({ kind: 'high-watermark', ...this.topicPartition, highWatermark });
  }

  /** Held to [logStartOffset, logEndOffset]. */
  boundedHighWatermark(offset: number): number {
    return Math.min(Math.max(offset, this.logStartOffset), this.logEndOffset);
  }

  emitSegment(action: 'rolled' | 'deleted', baseOffset: number): void {
    const { facts } = this.env;
    if (facts.active && !this.isFuture)
      facts.emit({ kind: 'log-segment', action, ...this.topicPartition, baseOffset });
  }

  /**
   * What must be durable before the next record is: of a folder that was made anew its name, what lies in it and the
   * topic's id, and the leader epochs. Alone with the writer.
   */
  async settle(): Promise<void> {
    if (this.isSettled || this.isClosed) return;
    const { isFolderNew, owesTopicId, topicId, dir } = this;
    const { disk } = this.env.runtime;
    this.isFolderNew = false;
    this.owesTopicId = false;
    if (owesTopicId && topicId !== null)
      await replaceFile(disk, `${dir}/${PARTITION_METADATA}`, formatPartitionMetadata(topicId));
    if (this.epochs.isDirty) {
      this.epochs.markStored();
      const text = formatLeaderEpochCheckpoint(this.epochs.entries);
      await replaceFile(disk, `${dir}/${LEADER_EPOCH_CHECKPOINT}`, text);
    }
    await disk.syncFolder(dir);
    if (isFolderNew) await this.env.folderSyncs.sync(this.parentDir);
  }

  get isSettled(): boolean {
    return !this.epochs.isDirty && !this.isFolderNew && !this.owesTopicId;
  }

  /** Makes everything written so far durable. */
  async flush(): Promise<void> {
    this.lastFlushedMs = this.env.runtime.clock.monotonicMs();
    await this.onDisk(() => this.flusher.flushUpTo(this.logEndOffset));
  }

  /** The segments leave the log now; their files later. */
  async removeSegments(segments: readonly Parameters<LogSegments['add']>[0][]): Promise<void> {
    this.segments.remove(segments);
    await this.flusher.deleteFiles(segments, this.config.fileDeleteDelayMs, (cause) => void this.fail(cause));
  }

  /** The disk failed under the log: it goes offline with its whole dir. What callers are told. */
  fail(cause: unknown): KafkaError {
    if (cause instanceof KafkaError) return cause;
    // Its files may be gone: that says nothing about the disk.
    if (this.isClosed) return closedError(this.name);
    this.isOffline = true;
    this.env.onFailure(this.parentDir, cause);
    const message = `Error in log ${this.name}: ${errorMessageOf(cause)}`;
    return new KafkaError('KAFKA_STORAGE_ERROR', message, { cause });
  }

  async onDisk<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (cause) {
      // An error without a system code is a bug, not a disk: it must not be taken for one.
      throw errorCodeOf(cause) === undefined ? cause : this.fail(cause);
    }
  }

  inBackground(task: () => Promise<void>): void {
    task().catch((cause: unknown) => {
      if (!this.isClosed) this.fail(cause);
    });
  }
}

function closedError(name: string): KafkaError {
  return new KafkaError('NOT_LEADER_OR_FOLLOWER', `The log for partition ${name} is closed`);
}
