/**
 * The log of one partition replica (Kafka's UnifiedLog): the face of its segments, offsets, producers and epochs.
 *
 * Two ends are kept apart. `nextOffset` is assigned: appends check and place their batches there synchronously, in
 * call order. `logEndOffset` is written: it follows when the group of the turn is in the file, and only what lies
 * below it is ever shown. The high watermark is moved by replication, within [logStartOffset, logEndOffset].
 *
 * Left to others: which offsets are committed (replication), who may append (server), opening folders
 * (log-loader.ts), and the steps on a log's state in append-to-log.ts, truncate-log.ts and delete-old-segments.ts.
 */
import type { TopicPartition } from '../common/index.ts';
import { KafkaError } from '../protocol/index.ts';
import { appendAsFollower, appendAsLeader } from './append-to-log.ts';
import { CleanableLog } from './cleaner/cleanable-log.ts';
import type { LogCleaner } from './cleaner/log-cleaner.ts';
import { abortedIn } from './collect-aborted.ts';
import { deleteOldSegments } from './delete-old-segments.ts';
import type { LogConfig } from './log-config.ts';
import type { LoadedLog } from './log-loader.ts';
import type { LogSegment } from './log-segment.ts';
import { type LogEnvironment, type LogIdentity, LogState } from './log-state.ts';
import {
  type AppendOptions,
  EARLIEST_LOCAL_TIMESTAMP,
  EARLIEST_TIMESTAMP,
  type EpochEndOffset,
  type FetchDataInfo,
  type FetchIsolation,
  LATEST_TIERED_TIMESTAMP,
  LATEST_TIMESTAMP,
  type LogAppendInfo,
  MAX_TIMESTAMP,
  type ReadOptions,
  type TimestampAndOffset,
} from './log-types.ts';
import type { WriteDone } from './log-writer.ts';
import type { ProducerSnapshotEntry } from './producer-snapshot.ts';
import type { ProducerStateManager } from './producer-state-manager.ts';
import { EMPTY_READ, type LogFiles, readLog } from './read-log.ts';
import { startsBefore } from './segment-starts.ts';
import { findMaxTimestamp, findOffsetByTimestamp } from './time-lookup.ts';
import type { VerificationGuard, VerifiedProducer } from './transaction-verification.ts';
import { truncateFullyAndStartAt, truncateTo } from './truncate-log.ts';

interface UnifiedLogEnvironment extends LogEnvironment {
  /** Keeps away from a log that is cut back; undefined when nothing is cleaned (log.cleaner.enable). */
  readonly cleaner: LogCleaner | undefined;
  /**
   * The recovery point may have gone back: it has to reach its checkpoint before something is written where bytes were
   * that it called durable.
   */
  readonly afterTruncation: (parentDir: string) => Promise<void>;
}

export class UnifiedLog {
  readonly #log: LogState;
  readonly #cleaner: LogCleaner | undefined;
  readonly #files: LogFiles;
  readonly #afterTruncation: (parentDir: string) => Promise<void>;
  /** The log as its cleaner sees it. */
  readonly cleanable: CleanableLog;

  constructor(env: UnifiedLogEnvironment, identity: LogIdentity, loaded: LoadedLog) {
    const log = new LogState(env, identity, loaded);
    this.#log = log;
    this.#cleaner = env.cleaner;
    this.#afterTruncation = env.afterTruncation;
    this.cleanable = new CleanableLog(log, () => this.lastStableOffset);
    this.#files = {
      segments: log.segments,
      pool: env.readBuffers,
      ahead: env.readAhead,
      config: () => log.config,
      endOffsetOf: ({ baseOffset }) =>
        log.segments.at(log.segments.indexFor(baseOffset) + 1)?.baseOffset ?? log.logEndOffset,
    };
  }

  get topicPartition(): TopicPartition {
    return this.#log.topicPartition;
  }
  /** From partition.metadata; null until one is known. */
  get topicId(): string | null {
    return this.#log.topicId;
  }
  /** The partition's folder, and the log dir it lies in. */
  get dir(): string {
    return this.#log.dir;
  }
  get parentDir(): string {
    return this.#log.parentDir;
  }
  get config(): LogConfig {
    return this.#log.config;
  }
  get logStartOffset(): number {
    return this.#log.logStartOffset;
  }
  /** Written: what readers can see at most. */
  get logEndOffset(): number {
    return this.#log.logEndOffset;
  }
  /** Assigned: ahead of logEndOffset while writes are under way. */
  get nextOffset(): number {
    return this.#log.nextOffset;
  }
  get highWatermark(): number {
    return this.#log.highWatermark;
  }
  /** Where read-committed consumers stop: the first open transaction, never above the high watermark. */
  get lastStableOffset(): number {
    return this.#log.lastStableOffset;
  }
  /** Everything below is on the platter. */
  get recoveryPoint(): number {
    return this.#log.flusher.recoveryPoint;
  }
  get sizeInBytes(): number {
    return this.#log.segments.sizeInBytes;
  }
  get numberOfSegments(): number {
    return this.#log.segments.count;
  }
  /** Below it nothing is stored. */
  get firstSegmentBaseOffset(): number {
    return this.#log.segments.first?.baseOffset ?? this.logStartOffset;
  }
  get producers(): ProducerStateManager {
    return this.#log.producers;
  }
  /** What the log remembers of its producers, in the original's order. */
  activeProducers(): readonly ProducerSnapshotEntry[] {
    return this.#log.producers.snapshot();
  }
  /** It shall replace the partition's log in another dir. */
  get isFuture(): boolean {
    return this.#log.isFuture;
  }
  /** Nobody may use it any more: it was deleted, or another took its place. */
  get isClosed(): boolean {
    return this.#log.isClosed;
  }
  /** The disk under it failed: every call answers KAFKA_STORAGE_ERROR. */
  get isOffline(): boolean {
    return this.#log.isOffline;
  }

  // ------------------------------------------------------------------------------------- append, truncate

  /**
   * Checks the batch and gives it its offsets at once, in call order; `done` is called when it is written and
   * logEndOffset has passed it, or with why it could not be, but never before this returns. Throws KafkaError
   * (contract section 8.1) before any offset was assigned. The buffer is lent to the log until `done`: its header is
   * stamped, and it is written.
   */
  startAppendAsLeader(records: Buffer, options: AppendOptions, done: WriteDone): LogAppendInfo {
    return appendAsLeader(this.#log, records, options, done);
  }

  /** The same for those who wait for one append. Rejects with KafkaError. */
  appendAsLeader(records: Buffer, options: AppendOptions): Promise<LogAppendInfo> {
    return whenDone((done) => appendAsLeader(this.#log, records, options, done));
  }

  /** Takes the leader's batches byte for byte, with their offsets and epochs. The buffer is lent until it resolves. */
  appendAsFollower(records: Buffer): Promise<LogAppendInfo> {
    return whenDone((done) => appendAsFollower(this.#log, records, done));
  }

  /** The guard that a producer's first batch of a transaction has to come with; undefined within a transaction. */
  startTransactionVerification(producer: VerifiedProducer): VerificationGuard | undefined {
    return this.#log.producers.startVerification(producer, this.#log.nowMs());
  }

  /** Resolves when everything appended so far is written, or has failed. */
  drain(): Promise<void> {
    return this.#log.writer.drain();
  }

  /** Called after logEndOffset moved, forwards or back, once per group. Returns the function that ends it. */
  onLogEndMoved(listener: (logEndOffset: number) => void): () => void {
    this.#log.endListeners.add(listener);
    return () => this.#log.endListeners.delete(listener);
  }

  /** Drops the offsets from `offset` on; false when the log was that short already. */
  async truncateTo(offset: number): Promise<boolean> {
    const cut = (): Promise<boolean> => truncateTo(this.#log, offset);
    // The active segment is nothing a pass would be in.
    const wasCut = await (this.#cleaner === undefined || offset >= this.#log.segments.active.baseOffset
      ? cut()
      : this.#cleaner.whileTruncating(this.cleanable, cut));
    if (wasCut) await this.#afterTruncation(this.parentDir);
    return wasCut;
  }

  /** Forgets everything and goes on at `offset`: the leader no longer has what this replica lacks. */
  async truncateFullyAndStartAt(offset: number, logStartOffset: number = offset): Promise<void> {
    const cut = (): Promise<void> => truncateFullyAndStartAt(this.#log, offset, logStartOffset);
    await (this.#cleaner?.whileTruncating(this.cleanable, cut) ?? cut());
    await this.#afterTruncation(this.parentDir);
  }

  // ------------------------------------------------------------------------------------------------ read

  /** Answers at once, without a promise, from the tail cache or when there is nothing to read. */
  read(options: ReadOptions): FetchDataInfo | Promise<FetchDataInfo> {
    const log = this.#log;
    const { startOffset, maxBytes, minOneMessage, isolation } = options;
    if (log.isOffline || log.isClosed) log.checkUsable();
    if (startOffset < log.logStartOffset || startOffset > log.logEndOffset)
      throw new KafkaError(
        'OFFSET_OUT_OF_RANGE',
        `Received request for offset ${startOffset} for partition ${log.name}, but we only have log segments in the range ${log.logStartOffset} to ${log.logEndOffset}.`,
      );
    const limitOffset = this.#limitOf(isolation);
    const read = { startOffset, limitOffset, maxBytes, minOneMessage, isolation };
    const found = startOffset >= read.limitOffset ? EMPTY_READ : log.tail.read(read);
    if (found === undefined) return this.#readFromDisk(read);
    return isolation === 'txn-committed' ? this.#withAborted(found, log.segments.from(startOffset)) : found;
  }

  async #readFromDisk(read: ReadOptions & { readonly limitOffset: number }): Promise<FetchDataInfo> {
    const segments = this.#log.segments.from(read.startOffset);
    const found = await this.#log.onDisk(() => readLog(this.#files, read));
    return read.isolation === 'txn-committed' ? this.#withAborted(found, segments) : found;
  }

  #withAborted(
    found: FetchDataInfo,
    segments: readonly LogSegment[],
  ): FetchDataInfo | Promise<FetchDataInfo> {
    const aborted = abortedIn(found, segments, this.logEndOffset);
    if (aborted === undefined) return { ...found, abortedTransactions: [] };
    return this.#log.onDisk(async () => ({ ...found, abortedTransactions: await aborted }));
  }

  #limitOf(isolation: FetchIsolation): number {
    switch (isolation) {
      case 'log-end':
        return this.logEndOffset;
      case 'high-watermark':
        return this.highWatermark;
      case 'txn-committed':
        return this.lastStableOffset;
    }
  }

  /** ListOffsets; undefined when no visible record is that young. */
  async fetchOffsetByTimestamp(
    timestamp: number,
    isolation: FetchIsolation,
  ): Promise<TimestampAndOffset | undefined> {
    const log = this.#log;
    log.checkUsable();
    const limit = this.#limitOf(isolation);
    switch (timestamp) {
      case LATEST_TIMESTAMP:
        return { timestamp: -1, offset: limit, leaderEpoch: this.latestEpoch };
      case EARLIEST_TIMESTAMP:
      case EARLIEST_LOCAL_TIMESTAMP: {
        const offset = log.logStartOffset;
        return { timestamp: -1, offset, leaderEpoch: log.epochs.epochForOffset(offset) };
      }
      case LATEST_TIERED_TIMESTAMP:
        return { timestamp: -1, offset: -1, leaderEpoch: -1 };
      default: {
        // The indexes know batches that are placed and not yet written.
        await log.writer.drain();
        const found = await log.onDisk(() =>
          timestamp === MAX_TIMESTAMP
            ? findMaxTimestamp(log.segments)
            : findOffsetByTimestamp(log.segments, timestamp, log.logStartOffset),
        );
        return found !== undefined && found.offset < limit ? found : undefined;
      }
    }
  }

  /** ListOffsets v0: where segments begin, newest first; the log end counts as the start of the next one. */
  segmentStartsBefore(timestamp: number, count: number): number[] {
    const log = this.#log;
    log.checkUsable();
    const { logStartOffset, logEndOffset } = log;
    const starts = log.segments.all().map(({ baseOffset, modifiedMs }) => ({
      offset: Math.max(baseOffset, logStartOffset),
      modifiedMs,
    }));
    if (logEndOffset > log.segments.active.baseOffset)
      starts.push({ offset: logEndOffset, modifiedMs: log.nowMs() });
    return startsBefore(starts, timestamp, count);
  }

  // --------------------------------------------------------------------------- high watermark, log start

  /** Sets the high watermark, held to [logStartOffset, logEndOffset]; returns what it became. */
  updateHighWatermark(offset: number): number {
    const bounded = this.#log.boundedHighWatermark(offset);
    this.#log.setHighWatermark(bounded);
    return bounded;
  }

  /** Raises it if `offset` is above, never beyond logEndOffset; true when it moved. */
  maybeIncrementHighWatermark(offset: number): boolean {
    const bounded = Math.min(offset, this.logEndOffset);
    if (bounded <= this.highWatermark) return false;
    this.#log.setHighWatermark(bounded);
    return true;
  }

  /** DeleteRecords, and a follower after its leader. Above the high watermark: OFFSET_OUT_OF_RANGE. True when it moved. */
  maybeIncrementLogStartOffset(offset: number): boolean {
    const log = this.#log;
    if (offset > log.highWatermark)
      throw new KafkaError(
        'OFFSET_OUT_OF_RANGE',
        `Cannot increment the log start offset to ${offset} of partition ${log.name} since it is larger than the high watermark ${log.highWatermark}`,
      );
    if (offset <= log.logStartOffset) return false;
    log.logStartOffset = offset;
    log.flusher.raiseRecoveryPoint(offset);
    log.epochs.truncateFromStart(offset);
    log.producers.onLogStartOffsetIncremented(offset);
    log.writer.wake();
    return true;
  }

  // ------------------------------------------------------------------------------- leader epochs, topic id

  /** -1 for a log that knows no epoch. */
  get latestEpoch(): number {
    return this.#log.epochs.latest?.epoch ?? -1;
  }

  /** Of the last record; -1 where nothing is stored. */
  get lastRecordEpoch(): number {
    return this.#log.epochs.epochForOffset(this.logEndOffset - 1);
  }

  /** Becoming leader: from `offset` on the log is of this epoch. */
  assignEpochStartOffset(epoch: number, offset: number): void {
    this.#log.epochs.assign(epoch, offset);
    this.#log.writer.wake();
  }

  /** The end of the largest epoch not above `epoch`; -1 and -1 when there is none (OffsetForLeaderEpoch). */
  endOffsetForEpoch(epoch: number): EpochEndOffset {
    return this.#log.epochs.endOffsetFor(epoch, this.logEndOffset);
  }

  /** Writes partition.metadata; refuses to change an id that is there. */
  async assignTopicId(topicId: string): Promise<void> {
    const log = this.#log;
    if (log.topicId === topicId) return;
    if (log.topicId !== null)
      throw new KafkaError(
        'INCONSISTENT_TOPIC_ID',
        `Tried to assign topic ID ${topicId} to log for topic partition ${log.name}, but log already contained topic ID ${log.topicId}`,
      );
    log.topicId = topicId;
    log.owesTopicId = true;
    await this.settle();
  }

  /** What a new folder still owes the disk, before its first record asks for it. */
  async settle(): Promise<void> {
    const log = this.#log;
    if (log.isSettled) return;
    // It settles before it writes, also when there is nothing to write; and appenders are who hears of a failure.
    await log.writer.drain();
    log.checkUsable();
  }

  // --------------------------------------------------------------------------------- retention, durability

  updateConfig(config: LogConfig): void {
    this.#log.config = config;
  }

  /** Retention by log start offset, size and time; returns how many segments went. */
  async deleteOldSegments(): Promise<number> {
    const log = this.#log;
    log.checkUsable();
    const { count, firstOffset } = await log.onDisk(() => deleteOldSegments(log));
    if (count > 0) this.maybeIncrementLogStartOffset(Math.min(firstOffset, log.highWatermark));
    return count;
  }

  /** flush.ms has passed since the last flush, and there is something to flush. */
  isFlushDue(nowMonotonicMs: number): boolean {
    const { lastFlushedMs, config } = this.#log;
    return this.logEndOffset > this.recoveryPoint && nowMonotonicMs - lastFlushedMs >= config.flushMs;
  }

  /** Makes everything written so far durable. */
  flush(): Promise<void> {
    return this.#log.flush();
  }

  /** producer.id.expiration.ms, looked at now and then. */
  removeExpiredProducers(): void {
    this.#log.producers.removeExpired(this.#log.nowMs());
  }

  /** Leaves the folder as a clean stop does: indexes trimmed, a snapshot at the end, everything durable. */
  async close(): Promise<void> {
    const log = this.#log;
    if (log.isClosed) return;
    await log.onDisk(async () => {
      await log.writer.exclusively(async () => {
        await log.settle();
        await log.segments.active.trim();
      });
      log.snapshots.take(log.producers);
      await log.flusher.exclusively(async () => {
        for (const segment of log.segments.all())
          if (await segment.storeIndexes(segment === log.segments.active)) log.flusher.noteFolderChanged();
      });
      await log.flusher.flushUpTo(log.logEndOffset);
    });
    await this.closeHandlers();
  }

  /** Lets go of the files as they are. */
  async closeHandlers(): Promise<void> {
    const log = this.#log;
    if (log.isClosed) return;
    log.isClosed = true;
    log.tail.clear();
    log.endListeners.clear();
    await log.flusher.stop();
    for (const segment of log.segments.all()) await segment.close();
  }

  /** Gives the folder another name while its files stay open: deletion. */
  async renameDir(dir: string): Promise<void> {
    const log = this.#log;
    const rename = async (): Promise<void> => {
      await log.env.runtime.disk.rename(log.dir, dir);
      log.dir = dir;
      log.snapshots.folderRenamed(dir);
      log.flusher.folderRenamed(dir);
      for (const segment of log.segments.all()) segment.folderRenamed(dir);
    };
    // Neither a write nor a flush may hold a path of the old name across this.
    await log.onDisk(() => log.writer.exclusively(() => log.flusher.exclusively(rename)));
  }

  /** The dir failed, seen by this log or another one. */
  markOffline(): void {
    this.#log.isOffline = true;
  }
}

function whenDone(append: (done: WriteDone) => LogAppendInfo): Promise<LogAppendInfo> {
  return new Promise((resolve, reject) => {
    const info = append((failure) => {
      if (failure === undefined) resolve(info);
      else reject(failure);
    });
  });
}
