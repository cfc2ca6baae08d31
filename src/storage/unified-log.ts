/**
 * The log of one partition replica: its segments, offsets, producers and leader epochs (Kafka's UnifiedLog).
 *
 * Two ends are kept apart. `nextOffset` is assigned: appends check and place their batches there synchronously, in
 * call order. `logEndOffset` is written: it follows when the group of the turn is in the file, and only what lies
 * below it is ever shown. The high watermark is moved by replication, within [logStartOffset, logEndOffset].
 *
 * Left to others: which offsets are committed (replication), who may append (server), files and queues
 * (log-writer.ts, log-flusher.ts), opening folders (log-loader.ts).
 */
import { assert, type TopicPartition, topicPartitionName } from '../common/index.ts';
import type { FactStream } from '../observe/index.ts';
import { KafkaError } from '../protocol/index.ts';
import { errorCodeOf, errorMessageOf, type Runtime } from '../runtime/index.ts';
import { analyzeFollowerAppend, analyzeLeaderAppend, type AppendPlan } from './analyze-append.ts';
import { formatLeaderEpochCheckpoint, formatPartitionMetadata } from './checkpoint-files.ts';
import { LEADER_EPOCH_CHECKPOINT, PARTITION_METADATA } from './file-names.ts';
import type { LeaderEpochCache } from './leader-epoch-cache.ts';
import type { LogConfig } from './log-config.ts';
import { LogFlusher } from './log-flusher.ts';
import type { LoadedLog } from './log-loader.ts';
import { LogSegment, type SegmentEnvironment } from './log-segment.ts';
import type { LogSegments } from './log-segments.ts';
import {
  type AppendOptions,
  type AppendOrigin,
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
import { LogWriter, type PendingWrite } from './log-writer.ts';
import { planRetention, type SegmentFacts } from './plan-retention.ts';
import { planRoll } from './plan-roll.ts';
import type { ProducerStateManager } from './producer-state-manager.ts';
import type { BatchMetadata } from './producer-state.ts';
import type { ReadBufferPool } from './read-buffer-pool.ts';
import { EMPTY_READ, type LogFiles, readLog } from './read-log.ts';
import { rebuildProducers } from './rebuild-producers.ts';
import type { SnapshotFiles } from './snapshot-files.ts';
import { LogTail, type TailCache } from './tail-cache.ts';
import { findMaxTimestamp, findOffsetByTimestamp } from './time-lookup.ts';
import { writeFileAtomically } from './write-file-atomically.ts';

export interface LogEnvironment {
  readonly runtime: Runtime;
  readonly facts: FactStream;
  readonly tailCache: TailCache;
  readonly readBuffers: ReadBufferPool;
  readonly segmentEnv: SegmentEnvironment;
  /** The disk under the log failed. */
  readonly onFailure: (parentDir: string, cause: unknown) => void;
}

export interface LogIdentity {
  readonly topicPartition: TopicPartition;
  readonly parentDir: string;
  readonly dir: string;
  readonly config: LogConfig;
}

export class UnifiedLog {
  readonly topicPartition: TopicPartition;
  readonly parentDir: string;
  readonly #env: LogEnvironment;
  readonly #name: string;
  readonly #segments: LogSegments;
  readonly #snapshots: SnapshotFiles;
  readonly #producers: ProducerStateManager;
  readonly #epochs: LeaderEpochCache;
  readonly #writer: LogWriter;
  readonly #flusher: LogFlusher;
  readonly #tail: LogTail;
  readonly #files: LogFiles;
  readonly #endListeners = new Set<(logEndOffset: number) => void>();
  #dir: string;
  #config: LogConfig;
  #topicId: string | null;
  #logStartOffset: number;
  #nextOffset: number;
  #logEndOffset: number;
  #highWatermark = 0;
  #lastFlushedMs: number;
  #coldSegment: LogSegment | undefined;
  #isTruncating = false;
  #isClosed = false;
  #isOffline = false;

  constructor(env: LogEnvironment, identity: LogIdentity, loaded: LoadedLog) {
    this.topicPartition = identity.topicPartition;
    this.parentDir = identity.parentDir;
    this.#env = env;
    this.#name = topicPartitionName(identity.topicPartition);
    this.#dir = identity.dir;
    this.#config = identity.config;
    this.#segments = loaded.segments;
    this.#snapshots = loaded.snapshots;
    this.#producers = loaded.producers;
    this.#epochs = loaded.epochs;
    this.#topicId = loaded.topicId;
    this.#logStartOffset = loaded.logStartOffset;
    this.#nextOffset = loaded.logEndOffset;
    this.#logEndOffset = loaded.logEndOffset;
    this.#highWatermark = loaded.logStartOffset;
    this.#lastFlushedMs = env.runtime.clock.monotonicMs();
    this.#tail = new LogTail(env.tailCache);
    this.#flusher = new LogFlusher(env.runtime, loaded);
    this.#writer = new LogWriter(env.runtime.timers, {
      beforeWrite: () => this.#storeEpochs(),
      afterWrite: (writes) => this.#onWritten(writes),
      onFailure: (cause) => this.#fail(cause),
    });
    this.#files = {
      segments: this.#segments,
      pool: env.readBuffers,
      indexIntervalBytes: identity.config.indexIntervalBytes,
      endOffsetOf: (segment) =>
        this.#segments.at(this.#segments.indexFor(segment.baseOffset) + 1)?.baseOffset ?? this.#logEndOffset,
      onRead: (segment) => this.#noteColdRead(segment),
    };
  }

  get topicId(): string | null {
    return this.#topicId;
  }
  /** The partition's folder. */
  get dir(): string {
    return this.#dir;
  }
  get config(): LogConfig {
    return this.#config;
  }
  get logStartOffset(): number {
    return this.#logStartOffset;
  }
  get logEndOffset(): number {
    return this.#logEndOffset;
  }
  get nextOffset(): number {
    return this.#nextOffset;
  }
  get highWatermark(): number {
    return this.#highWatermark;
  }
  /** Where read-committed consumers stop: the first open transaction, never above the high watermark. */
  get lastStableOffset(): number {
    return Math.min(this.#producers.firstUnstableOffset ?? this.#highWatermark, this.#highWatermark);
  }
  get recoveryPoint(): number {
    return this.#flusher.recoveryPoint;
  }
  get sizeInBytes(): number {
    return this.#segments.sizeInBytes;
  }
  get numberOfSegments(): number {
    return this.#segments.count;
  }
  /** The first segment's base offset: below it nothing is stored. */
  get firstSegmentBaseOffset(): number {
    return this.#segments.first?.baseOffset ?? this.#logStartOffset;
  }
  get producers(): ProducerStateManager {
    return this.#producers;
  }
  /** The disk under it failed: every call answers KAFKA_STORAGE_ERROR. */
  get isOffline(): boolean {
    return this.#isOffline;
  }

  // ---------------------------------------------------------------------------------------------- append

  /**
   * Checks the batch and gives it its offsets at once, in call order; resolves when it is written and logEndOffset
   * has passed it. Rejects with KafkaError (contract section 8.1) before any offset was assigned.
   */
  async appendAsLeader(records: Buffer, options: AppendOptions): Promise<LogAppendInfo> {
    this.#checkUsable();
    const { leaderEpoch, origin = 'client' } = options;
    const nowMs = this.#env.runtime.clock.wallMs();
    const plan = analyzeLeaderAppend({ records, origin, nowMs, name: this.#name }, this.#config);
    const batch = plan.batches[0];
    if (batch === undefined) return this.#appendInfo(plan, -1, -1);
    const duplicate = this.#checkProducer(plan, origin);
    if (duplicate !== undefined) return this.#answerDuplicate(plan, duplicate);

    batch.baseOffset = this.#nextOffset;
    batch.partitionLeaderEpoch = leaderEpoch;
    const info = this.#appendInfo(plan, batch.baseOffset, batch.lastOffset);
    await this.#place(plan, info, nowMs);
    return info;
  }

  /** Takes the leader's batches byte for byte, with their offsets and epochs. */
  async appendAsFollower(records: Buffer): Promise<LogAppendInfo> {
    this.#checkUsable();
    const plan = analyzeFollowerAppend(records, this.#nextOffset, this.#name);
    const first = plan.batches[0];
    if (first === undefined) return this.#appendInfo(plan, -1, -1);
    const info = this.#appendInfo(plan, first.baseOffset, plan.batches.at(-1)!.lastOffset);
    await this.#place(plan, info, this.#env.runtime.clock.wallMs());
    return info;
  }

  #checkUsable(): void {
    if (this.#isOffline)
      throw new KafkaError('KAFKA_STORAGE_ERROR', `The log for partition ${this.#name} is offline`);
    if (this.#isClosed)
      throw new KafkaError('NOT_LEADER_OR_FOLLOWER', `The log for partition ${this.#name} is closed`);
    assert(!this.#isTruncating, 'nobody appends to a log that is being truncated');
  }

  #checkProducer(plan: AppendPlan, origin: AppendOrigin): BatchMetadata | undefined {
    const batch = plan.batches[0]!;
    if (!batch.hasProducerId) return undefined;
    const decision = this.#producers.decideAppend(batch, origin);
    if (decision.kind === 'duplicate') return decision.batch;
    if (decision.kind === 'refuse')
      throw new KafkaError(decision.error, `${decision.message} in ${this.#name}`);
    return undefined;
  }

  /** The retry of a batch that is in the log: its first offset again, once the original is written. */
  async #answerDuplicate(plan: AppendPlan, original: BatchMetadata): Promise<LogAppendInfo> {
    if (original.lastOffset >= this.#logEndOffset) await this.#writer.drain();
    this.#checkUsable();
    const firstOffset = original.lastOffset - original.offsetDelta;
    return {
      ...this.#appendInfo(plan, firstOffset, original.lastOffset),
      logAppendTime: original.timestamp,
      duplicate: true,
    };
  }

  #appendInfo(plan: AppendPlan, firstOffset: number, lastOffset: number): LogAppendInfo {
    return {
      firstOffset,
      lastOffset,
      maxTimestamp: plan.maxTimestamp,
      logAppendTime: plan.logAppendTime,
      logStartOffset: this.#logStartOffset,
      sizeInBytes: plan.records.length,
      numMessages: plan.numMessages,
      duplicate: false,
    };
  }

  /** Everything an append changes in memory, in one synchronous step; the promise is that of the bytes. */
  #place(plan: AppendPlan, info: LogAppendInfo, nowMs: number): Promise<void> {
    const { records, batches } = plan;
    this.#maybeRoll(info, nowMs);
    const segment = this.#segments.active;
    const position = segment.sizeInBytes;
    for (const batch of batches) {
      segment.place(batch);
      const { partitionLeaderEpoch } = batch;
      if (partitionLeaderEpoch >= 0 && partitionLeaderEpoch !== this.#epochs.latest?.epoch)
        this.#epochs.assign(partitionLeaderEpoch, batch.baseOffset);
      if (batch.hasProducerId) this.#producers.update(batch);
    }
    segment.modifiedMs = nowMs;
    this.#nextOffset = info.lastOffset + 1;
    this.#producers.mapEndOffset = this.#nextOffset;
    const { firstOffset, lastOffset } = info;
    return this.#writer.add({ segment, position, records, firstOffset, lastOffset });
  }

  #onWritten(writes: readonly PendingWrite[]): Promise<void> | undefined {
    const { facts } = this.#env;
    for (const { segment, position, records, firstOffset, lastOffset } of writes) {
      segment.writtenBytes = position + records.length;
      const segmentBaseOffset = segment.baseOffset;
      this.#tail.add(records, { baseOffset: firstOffset, lastOffset, segmentBaseOffset, position });
      if (facts.active)
        facts.emit({
          kind: 'log-append',
          ...this.topicPartition,
          firstOffset,
          lastOffset,
          leaderEpoch: this.latestEpoch,
          bytes: records.length,
          asLeader: true,
        });
    }
    this.#logEndOffset = writes.at(-1)!.lastOffset + 1;
    this.#tellEndMoved();
    const unflushed = this.#logEndOffset - this.recoveryPoint;
    return unflushed >= this.#config.flushMessages ? this.flush() : undefined;
  }

  #tellEndMoved(): void {
    for (const listener of this.#endListeners) listener(this.#logEndOffset);
  }

  /** Called after logEndOffset moved, forwards or back, once per group. Returns the function that ends it. */
  onLogEndMoved(listener: (logEndOffset: number) => void): () => void {
    this.#endListeners.add(listener);
    return () => this.#endListeners.delete(listener);
  }

  // ------------------------------------------------------------------------------------------------ roll

  #maybeRoll(incoming: LogAppendInfo, nowMs: number): void {
    if (planRoll(this.#segments.active, incoming, this.#config, nowMs) !== undefined)
      this.#roll(incoming.firstOffset, nowMs);
  }

  /** Starts a new active segment. The old one is made durable in the background, which moves the recovery point. */
  #roll(baseOffset: number, nowMs: number): void {
    const old = this.#segments.active;
    if (old.baseOffset === baseOffset) {
      assert(old.sizeInBytes === 0, 'only an empty segment is replaced by one of the same offset');
      return;
    }
    const segment = LogSegment.create(this.#env.segmentEnv, this.#dir, baseOffset, nowMs);
    segment.rollJitterMs = this.#jitterMs();
    this.#segments.add(segment);
    this.#producers.mapEndOffset = baseOffset;
    this.#snapshots.take(this.#producers);
    this.#flusher.noteFolderChanged();
    this.#emitSegment('rolled', baseOffset);
    this.#inBackground(async () => {
      await this.#writer.drain();
      await this.#flusher.flushUpTo(baseOffset, this.#dir);
    });
  }

  #jitterMs(): number {
    const { segmentJitterMs, segmentMs } = this.#config;
    const bound = Math.min(segmentJitterMs, segmentMs);
    return bound > 0 ? this.#env.runtime.random.below(Math.min(bound, 0x7fff_ffff)) : 0;
  }

  #emitSegment(action: 'rolled' | 'deleted', baseOffset: number): void {
    const { facts } = this.#env;
    if (facts.active) facts.emit({ kind: 'log-segment', action, ...this.topicPartition, baseOffset });
  }

  // ------------------------------------------------------------------------------------------------ read

  /** Answers at once, without a promise, from the tail cache or when there is nothing to read. */
  read(options: ReadOptions): FetchDataInfo | Promise<FetchDataInfo> {
    const { startOffset, isolation } = options;
    if (this.#isOffline) this.#checkUsable();
    if (startOffset < this.#logStartOffset || startOffset > this.#logEndOffset)
      throw new KafkaError(
        'OFFSET_OUT_OF_RANGE',
        `Received request for offset ${startOffset} for partition ${this.#name}, but we only have log segments in the range ${this.#logStartOffset} to ${this.#logEndOffset}.`,
      );
    const limitOffset = this.#limitOf(isolation);
    const read = { ...options, limitOffset };
    const found = startOffset >= limitOffset ? EMPTY_READ : this.#tail.read(read);
    if (found !== undefined) return isolation === 'txn-committed' ? withAborted(found) : found;
    return this.#readFromDisk(read, isolation);
  }

  async #readFromDisk(
    read: ReadOptions & { limitOffset: number },
    isolation: FetchIsolation,
  ): Promise<FetchDataInfo> {
    const found = await this.#onDisk(() => readLog(this.#files, read));
    return isolation === 'txn-committed' ? withAborted(found) : found;
  }

  #limitOf(isolation: FetchIsolation): number {
    switch (isolation) {
      case 'log-end':
        return this.#logEndOffset;
      case 'high-watermark':
        return this.#highWatermark;
      case 'txn-committed':
        return this.lastStableOffset;
    }
  }

  /** At most one cold segment of a log keeps its descriptor open. */
  #noteColdRead(segment: LogSegment): void {
    if (segment === this.#segments.active || segment === this.#coldSegment) return;
    const previous = this.#coldSegment;
    this.#coldSegment = segment;
    if (previous !== undefined && previous !== this.#segments.active)
      this.#inBackground(() => previous.file.close());
  }

  /** ListOffsets; undefined when no visible record is that young. */
  async fetchOffsetByTimestamp(
    timestamp: number,
    isolation: FetchIsolation,
  ): Promise<TimestampAndOffset | undefined> {
    this.#checkUsable();
    const limit = this.#limitOf(isolation);
    switch (timestamp) {
      case LATEST_TIMESTAMP:
        return { timestamp: -1, offset: limit, leaderEpoch: this.latestEpoch };
      case EARLIEST_TIMESTAMP:
      case EARLIEST_LOCAL_TIMESTAMP: {
        const offset = this.#logStartOffset;
        return { timestamp: -1, offset, leaderEpoch: this.#epochs.epochForOffset(offset) };
      }
      case LATEST_TIERED_TIMESTAMP:
        return { timestamp: -1, offset: -1, leaderEpoch: -1 };
      default: {
        await this.#writer.drain();
        const found = await this.#onDisk(() =>
          timestamp === MAX_TIMESTAMP
            ? findMaxTimestamp(this.#segments)
            : findOffsetByTimestamp(this.#segments, timestamp, this.#logStartOffset),
        );
        return found !== undefined && found.offset < limit ? found : undefined;
      }
    }
  }

  // --------------------------------------------------------------------------- high watermark, log start

  /** Sets the high watermark, held to [logStartOffset, logEndOffset]; returns what it became. */
  updateHighWatermark(offset: number): number {
    const bounded = Math.min(Math.max(offset, this.#logStartOffset), this.#logEndOffset);
    if (bounded !== this.#highWatermark) this.#setHighWatermark(bounded);
    return bounded;
  }

  /** Raises it if `offset` is above, never beyond logEndOffset; true when it moved. */
  maybeIncrementHighWatermark(offset: number): boolean {
    const bounded = Math.min(offset, this.#logEndOffset);
    if (bounded <= this.#highWatermark) return false;
    this.#setHighWatermark(bounded);
    return true;
  }

  #setHighWatermark(highWatermark: number): void {
    this.#highWatermark = highWatermark;
    this.#producers.onHighWatermarkUpdated(highWatermark);
    const { facts } = this.#env;
    if (facts.active) facts.emit({ kind: 'high-watermark', ...this.topicPartition, highWatermark });
  }

  /** DeleteRecords, and a follower after its leader. Above the high watermark: OFFSET_OUT_OF_RANGE. True when it moved. */
  maybeIncrementLogStartOffset(offset: number): boolean {
    if (offset > this.#highWatermark)
      throw new KafkaError(
        'OFFSET_OUT_OF_RANGE',
        `Cannot increment the log start offset to ${offset} of partition ${this.#name} since it is larger than the high watermark ${this.#highWatermark}`,
      );
    if (offset <= this.#logStartOffset) return false;
    this.#logStartOffset = offset;
    this.#epochs.truncateFromStart(offset);
    this.#producers.onLogStartOffsetIncremented(offset);
    this.#writer.wake();
    return true;
  }

  // ------------------------------------------------------------------------------------------ truncation

  /** Drops the offsets from `offset` on; false when the log was that short already. */
  async truncateTo(offset: number): Promise<boolean> {
    assert(offset >= 0, 'a log is cut at an offset');
    if (offset >= this.#nextOffset) return false;
    if (offset < this.firstSegmentBaseOffset) {
      await this.truncateFullyAndStartAt(offset);
      return true;
    }
    await this.#whileTruncating(async () => {
      const behind = this.#segments.all().filter(({ baseOffset }) => baseOffset > offset);
      await this.#removeSegments(behind);
      await this.#flusher.exclusively(() => this.#segments.active.truncateTo(offset));
      this.#epochs.truncateFromEnd(offset);
      this.#logStartOffset = Math.min(this.#logStartOffset, offset);
      this.#flusher.lowerRecoveryPoint(offset);
      await this.#restartAt(offset);
    });
    return true;
  }

  /** Forgets everything and goes on at `offset`: the leader no longer has what this replica lacks. */
  async truncateFullyAndStartAt(offset: number, logStartOffset: number = offset): Promise<void> {
    await this.#whileTruncating(async () => {
      await this.#removeSegments([...this.#segments.all()]);
      const { segmentEnv, runtime } = this.#env;
      const segment = LogSegment.create(segmentEnv, this.#dir, offset, runtime.clock.wallMs());
      this.#segments.add(segment);
      await segment.createFile();
      this.#epochs.clear();
      this.#logStartOffset = logStartOffset;
      this.#flusher.restartAt(offset);
      await this.#restartAt(offset);
    });
  }

  async #whileTruncating(task: () => Promise<void>): Promise<void> {
    this.#checkUsable();
    this.#isTruncating = true;
    try {
      await this.#onDisk(() => this.#writer.exclusively(task));
    } finally {
      this.#isTruncating = false;
    }
  }

  async #removeSegments(segments: readonly LogSegment[]): Promise<void> {
    this.#segments.remove(segments);
    await this.#flusher.deleteFiles(
      segments,
      this.#config.fileDeleteDelayMs,
      (cause) => void this.#fail(cause),
    );
  }

  /** The log ends at `endOffset` now: everything that follows from its end is brought there. */
  async #restartAt(endOffset: number): Promise<void> {
    const removedOffsets = this.#nextOffset - endOffset;
    this.#tail.clear();
    const log = { segments: this.#segments, producers: this.#producers, snapshots: this.#snapshots };
    const nowMs = this.#env.runtime.clock.wallMs();
    await rebuildProducers(log, { logStartOffset: this.#logStartOffset, endOffset, nowMs });
    await this.#storeEpochs();
    this.#nextOffset = endOffset;
    this.#logEndOffset = endOffset;
    this.updateHighWatermark(this.#highWatermark);
    const { facts } = this.#env;
    if (facts.active)
      facts.emit({ kind: 'log-truncated', ...this.topicPartition, toOffset: endOffset, removedOffsets });
    this.#tellEndMoved();
  }

  // --------------------------------------------------------------------------------------- leader epochs

  /** -1 for a log that knows no epoch. */
  get latestEpoch(): number {
    return this.#epochs.latest?.epoch ?? -1;
  }

  /** Becoming leader: from `offset` on the log is of this epoch. */
  assignEpochStartOffset(epoch: number, offset: number): void {
    this.#epochs.assign(epoch, offset);
    this.#writer.wake();
  }

  /** The end of the largest epoch not above `epoch`; -1 and -1 when there is none (OffsetForLeaderEpoch). */
  endOffsetForEpoch(epoch: number): EpochEndOffset {
    return this.#epochs.endOffsetFor(epoch, this.#logEndOffset);
  }

  async #storeEpochs(): Promise<void> {
    if (!this.#epochs.isDirty || this.#isClosed) return;
    this.#epochs.markStored();
    const text = formatLeaderEpochCheckpoint(this.#epochs.entries);
    await writeFileAtomically(this.#env.runtime.disk, `${this.#dir}/${LEADER_EPOCH_CHECKPOINT}`, text);
  }

  /** Writes partition.metadata; refuses to change an id that is there. */
  async assignTopicId(topicId: string): Promise<void> {
    if (this.#topicId === topicId) return;
    if (this.#topicId !== null)
      throw new KafkaError(
        'INCONSISTENT_TOPIC_ID',
        `Tried to assign topic ID ${topicId} to log for topic partition ${this.#name}, but log already contained topic ID ${this.#topicId}`,
      );
    this.#topicId = topicId;
    const path = `${this.#dir}/${PARTITION_METADATA}`;
    await this.#onDisk(() =>
      writeFileAtomically(this.#env.runtime.disk, path, formatPartitionMetadata(topicId)),
    );
  }

  // --------------------------------------------------------------------------------- retention, durability

  updateConfig(config: LogConfig): void {
    this.#config = config;
  }

  /** Retention by log start offset, size and time; returns how many segments went. */
  async deleteOldSegments(): Promise<number> {
    this.#checkUsable();
    return this.#onDisk(async () => {
      const facts = await this.#segmentFacts();
      const { wallMs } = { wallMs: this.#env.runtime.clock.wallMs() };
      const state = {
        logStartOffset: this.#logStartOffset,
        logEndOffset: this.#logEndOffset,
        highWatermark: this.#highWatermark,
        nowMs: wallMs,
      };
      const plans = planRetention(facts, state, this.#config);
      const count = plans.reduce((sum, plan) => sum + plan.count, 0);
      if (count > 0) await this.#deleteOldest(count, wallMs);
      for (const { reason, count: ofReason } of plans)
        this.#env.runtime.logger.info(`Deleted ${ofReason} segments of ${this.#name} due to ${reason}`);
      return count;
    });
  }

  async #segmentFacts(): Promise<SegmentFacts[]> {
    const facts: SegmentFacts[] = [];
    for (const segment of [...this.#segments.all()]) {
      const { timestamp } = await segment.largestTimestamp();
      const { baseOffset, sizeInBytes, modifiedMs } = segment;
      facts.push({ baseOffset, sizeInBytes, largestTimestamp: timestamp >= 0 ? timestamp : modifiedMs });
    }
    // The last one may have grown or rolled while older ones were looked at: facts in hand are only too careful.
    return facts.length === this.#segments.count ? facts : facts.slice(0, -1);
  }

  async #deleteOldest(count: number, nowMs: number): Promise<void> {
    if (count === this.#segments.count) {
      this.#roll(this.#nextOffset, nowMs);
      await this.#segments.active.createFile();
    }
    const gone = this.#segments.all().slice(0, count);
    // A writer still owes bytes to a segment only while it is the active one.
    await this.#writer.drain();
    await this.#removeSegments(gone);
    this.maybeIncrementLogStartOffset(Math.min(this.firstSegmentBaseOffset, this.#highWatermark));
    for (const { baseOffset } of gone) this.#emitSegment('deleted', baseOffset);
  }

  /** flush.ms has passed since the last flush, and there is something to flush. */
  isFlushDue(nowMonotonicMs: number): boolean {
    return (
      this.#logEndOffset > this.recoveryPoint && nowMonotonicMs - this.#lastFlushedMs >= this.#config.flushMs
    );
  }

  /** Makes everything written so far durable. */
  async flush(): Promise<void> {
    this.#lastFlushedMs = this.#env.runtime.clock.monotonicMs();
    await this.#onDisk(() => this.#flusher.flushUpTo(this.#logEndOffset, this.#dir));
  }

  removeExpiredProducers(): void {
    this.#producers.removeExpired(this.#env.runtime.clock.wallMs());
  }

  /** Leaves the folder as a clean stop does: indexes trimmed, a snapshot at the end, everything durable. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    await this.#writer.drain();
    await this.#onDisk(async () => {
      await this.#storeEpochs();
      this.#snapshots.take(this.#producers);
      await this.#flusher.flushUpTo(this.#logEndOffset, this.#dir);
      await this.#flusher.exclusively(() => this.#segments.active.storeIndexes());
    });
    await this.closeHandlers();
  }

  /** Lets go of the files as they are. */
  async closeHandlers(): Promise<void> {
    this.#isClosed = true;
    this.#tail.clear();
    this.#endListeners.clear();
    for (const segment of this.#segments.all()) await segment.close();
  }

  /** Gives the folder another name while its files stay open: deletion. */
  async renameDir(dir: string): Promise<void> {
    await this.#onDisk(() =>
      this.#writer.exclusively(async () => {
        await this.#env.runtime.disk.rename(this.#dir, dir);
        this.#dir = dir;
        this.#snapshots.folderRenamed(dir);
        for (const segment of this.#segments.all()) segment.folderRenamed(dir);
      }),
    );
  }

  // -------------------------------------------------------------------------------------------- failures

  /** The dir failed, seen by this log or another one. */
  markOffline(): void {
    this.#isOffline = true;
  }

  #fail(cause: unknown): KafkaError {
    if (cause instanceof KafkaError) return cause;
    this.#isOffline = true;
    this.#env.onFailure(this.parentDir, cause);
    return new KafkaError('KAFKA_STORAGE_ERROR', `Error in log ${this.#name}: ${errorMessageOf(cause)}`, {
      cause,
    });
  }

  async #onDisk<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (cause) {
      // An error without a system code is a bug, not a disk: it must not be taken for one.
      throw errorCodeOf(cause) === undefined ? cause : this.#fail(cause);
    }
  }

  #inBackground(task: () => Promise<void>): void {
    task().catch((cause: unknown) => {
      if (!this.#isClosed) this.#fail(cause);
    });
  }
}

/** Aborted transactions will come from the transaction index; without one there are none. */
function withAborted(found: FetchDataInfo): FetchDataInfo {
  return { ...found, abortedTransactions: [] };
}
