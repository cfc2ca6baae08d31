/**
 * A log in memory that keeps the promises of a UnifiedLog which replication relies on: offsets at once, the end moves
 * when "written" a turn later, epochs follow the batches.
 */
import { ZERO_UUID, type TopicPartition } from '../../../../src/common/index.ts';
import { KafkaError } from '../../../../src/protocol/index.ts';
import { batchesOf, buildBatch } from '../../../../src/records/index.ts';
import type { ReplicaLog, ReplicaLogManager } from '../../../../src/replication/index.ts';
import type { DiskSpace, Timers } from '../../../../src/runtime/index.ts';
import {
  DEFAULT_LOG_CONFIG,
  type AppendOptions,
  type CheckpointedHighWatermark,
  type EpochEndOffset,
  type FetchDataInfo,
  type LogAppendInfo,
  type LogConfig,
  type ReadOptions,
  type VerificationGuard,
  type VerifiedProducer,
} from '../../../../src/storage/index.ts';

/** One batch with a record for each value. */
export function batchOf(...values: string[]): Buffer {
  return buildBatch({ records: values.map((value) => ({ value: Buffer.from(value), timestamp: 1 })) });
}

interface StoredBatch {
  readonly bytes: Buffer;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly epoch: number;
}

export class MemoryLog implements ReplicaLog {
  readonly dir = '/logs/memory';
  readonly parentDir = '/logs';
  config: LogConfig = DEFAULT_LOG_CONFIG;
  topicId: string | null;
  logStartOffset = 0;
  logEndOffset = 0;
  nextOffset = 0;
  highWatermark = 0;
  readonly #timers: Timers;
  readonly #batches: StoredBatch[] = [];
  readonly #listeners = new Set<(logEndOffset: number) => void>();
  #epochs: { readonly epoch: number; readonly startOffset: number }[] = [];

  constructor(timers: Timers, topicId: string | null = null) {
    this.#timers = timers;
    this.topicId = topicId;
  }

  get lastStableOffset(): number {
    return this.highWatermark;
  }
  get sizeInBytes(): number {
    return this.#batches.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }
  get latestEpoch(): number {
    return this.#epochs.at(-1)?.epoch ?? -1;
  }
  /** `offset:epoch:value` for every batch of the log. */
  get story(): string[] {
    return this.#batches.map(
      ({ baseOffset, epoch, bytes }) => `${baseOffset}:${epoch}:${bytes.toString('hex', 61)}`,
    );
  }
  storyBelow(offset: number): string[] {
    return this.story.slice(0, this.#batches.filter(({ lastOffset }) => lastOffset < offset).length);
  }

  /** Nobody has a transaction open here, and every verification is as good as another. */
  startTransactionVerification({ producerId }: VerifiedProducer): VerificationGuard {
    return { producerId };
  }
  activeProducers(): readonly [] {
    return [];
  }

  startAppendAsLeader(
    records: Buffer,
    { leaderEpoch }: AppendOptions,
    done: (failure: Error | undefined) => void,
  ): LogAppendInfo {
    for (const batch of batchesOf(records)) {
      batch.baseOffset = this.nextOffset;
      batch.partitionLeaderEpoch = leaderEpoch;
    }
    const { info, written } = this.#append(records);
    void written.then(() => done(undefined));
    return info;
  }

  async drain(): Promise<void> {
    while (this.nextOffset > this.logEndOffset) await this.#timers.sleep(1);
  }

  async appendAsFollower(records: Buffer): Promise<LogAppendInfo> {
    const { info, written } = this.#append(records);
    await written;
    return info;
  }

  #append(records: Buffer): { readonly info: LogAppendInfo; readonly written: Promise<void> } {
    const firstOffset = this.nextOffset;
    let numMessages = 0;
    for (const batch of batchesOf(records)) {
      const { baseOffset, lastOffset, partitionLeaderEpoch: epoch } = batch;
      if (baseOffset !== this.nextOffset) throw new Error(`a gap: ${baseOffset} follows ${this.nextOffset}`);
      this.#batches.push({ bytes: Buffer.from(batch.bytes), baseOffset, lastOffset, epoch });
      this.assignEpochStartOffset(epoch, baseOffset);
      numMessages += batch.count;
      this.nextOffset = lastOffset + 1;
    }
    const lastOffset = this.nextOffset - 1;
    const { logStartOffset } = this;
    const written = new Promise<void>((resolve) => this.#timers.endOfTurn(resolve)).then(() => {
      this.logEndOffset = Math.max(this.logEndOffset, Math.min(lastOffset + 1, this.nextOffset));
      for (const listener of this.#listeners) listener(this.logEndOffset);
    });
    const info = { firstOffset, lastOffset, numMessages, logStartOffset, sizeInBytes: records.length };
    return { info: { ...info, maxTimestamp: 1, logAppendTime: -1, duplicate: false }, written };
  }

  segmentStartsBefore(): number[] {
    return [];
  }

  read({ startOffset, maxBytes, isolation, minOneMessage }: ReadOptions): FetchDataInfo {
    if (startOffset < this.logStartOffset || startOffset > this.logEndOffset) {
      throw new KafkaError('OFFSET_OUT_OF_RANGE');
    }
    const end = isolation === 'log-end' ? this.logEndOffset : this.highWatermark;
    const records: Buffer[] = [];
    let sizeInBytes = 0;
    for (const { bytes, lastOffset } of this.#batches) {
      if (lastOffset < startOffset) continue;
      if (lastOffset >= end) break;
      if (sizeInBytes + bytes.length > maxBytes && !(minOneMessage && records.length === 0)) break;
      records.push(bytes);
      sizeInBytes += bytes.length;
    }
    const nothing = {
      fetchOffsetMetadata: undefined,
      firstEntryIncomplete: false,
      abortedTransactions: null,
    };
    return { records, sizeInBytes, ...nothing };
  }

  onLogEndMoved(listener: (logEndOffset: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  updateHighWatermark(offset: number): number {
    return (this.highWatermark = Math.min(Math.max(offset, this.logStartOffset), this.logEndOffset));
  }
  maybeIncrementHighWatermark(offset: number): boolean {
    const before = this.highWatermark;
    return offset > before && this.updateHighWatermark(offset) > before;
  }
  maybeIncrementLogStartOffset(offset: number): boolean {
    if (offset > this.highWatermark) throw new KafkaError('OFFSET_OUT_OF_RANGE');
    if (offset <= this.logStartOffset) return false;
    this.logStartOffset = offset;
    return true;
  }

  truncateTo(offset: number): Promise<boolean> {
    if (offset >= this.nextOffset) {
      // An epoch in which this broker led without writing anything must go too, or the logs never agree.
      this.#epochs = this.#epochs.filter(({ startOffset }) => startOffset < this.nextOffset);
      return Promise.resolve(false);
    }
    while ((this.#batches.at(-1)?.lastOffset ?? -1) >= offset) this.#batches.pop();
    this.nextOffset = this.logEndOffset = Math.max(
      (this.#batches.at(-1)?.lastOffset ?? -1) + 1,
      this.logStartOffset,
    );
    this.#epochs = this.#epochs.filter(({ startOffset }) => startOffset < this.nextOffset);
    this.highWatermark = Math.min(this.highWatermark, this.logEndOffset);
    return Promise.resolve(true);
  }
  truncateFullyAndStartAt(offset: number, logStartOffset = offset): Promise<void> {
    this.#batches.length = 0;
    this.#epochs = [];
    this.nextOffset = this.logEndOffset = offset;
    this.logStartOffset = this.highWatermark = logStartOffset;
    return Promise.resolve();
  }

  assignEpochStartOffset(epoch: number, startOffset: number): void {
    if (epoch <= this.latestEpoch) return;
    this.#epochs = [
      ...this.#epochs.filter((entry) => entry.startOffset < startOffset),
      { epoch, startOffset },
    ];
  }
  endOffsetForEpoch(epoch: number): EpochEndOffset {
    if (epoch === this.latestEpoch) return { leaderEpoch: epoch, endOffset: this.logEndOffset };
    const higher = this.#epochs.find((entry) => entry.epoch > epoch);
    if (epoch < 0 || higher === undefined) return { leaderEpoch: -1, endOffset: -1 };
    const floor = this.#epochs.findLast((entry) => entry.epoch <= epoch);
    return { leaderEpoch: floor?.epoch ?? epoch, endOffset: higher.startOffset };
  }
  fetchOffsetByTimestamp(
    timestamp: number,
  ): Promise<{ timestamp: number; offset: number; leaderEpoch: number } | undefined> {
    const offset = timestamp === -2 ? this.logStartOffset : 0;
    return Promise.resolve({ timestamp: -1, offset, leaderEpoch: 0 });
  }
  assignTopicId(topicId: string): Promise<void> {
    this.topicId = topicId;
    return Promise.resolve();
  }
}

/** The logs of one broker, all in memory. `config` is what new ones are made with. */
export class MemoryLogManager implements ReplicaLogManager {
  readonly logs = new Map<string, MemoryLog>();
  readonly deleted: string[] = [];
  readonly checkpoints = new Map<string, number>();
  config: LogConfig = DEFAULT_LOG_CONFIG;
  readonly #timers: Timers;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  getLog(topic: string, partition: number): MemoryLog | undefined {
    return this.logs.get(`${topic}-${partition}`);
  }
  getOrCreateLog(
    { topic, partition }: TopicPartition,
    { topicId }: { readonly topicId?: string | null },
  ): Promise<MemoryLog> {
    const name = `${topic}-${partition}`;
    let log = this.logs.get(name);
    if (log === undefined) {
      log = new MemoryLog(this.#timers, topicId === ZERO_UUID ? null : (topicId ?? null));
      log.config = this.config;
      this.logs.set(name, log);
    }
    return Promise.resolve(log);
  }
  asyncDelete({ topic, partition }: TopicPartition): Promise<void> {
    this.logs.delete(`${topic}-${partition}`);
    this.deleted.push(`${topic}-${partition}`);
    return Promise.resolve();
  }
  getFutureLog(): undefined {
    return undefined;
  }
  createFutureLog(): Promise<never> {
    return Promise.reject(new Error('logs in memory do not move'));
  }
  preferLogDir(): void {
    // There is one dir only.
  }
  async deleteFutureLog(): Promise<void> {
    // There is none.
  }
  async settleFutureLog(): Promise<void> {
    // There is none.
  }
  async replaceCurrentWithFutureLog(): Promise<void> {
    // There is none.
  }
  readonly logDirs = ['/logs'];
  isLogDirOnline(): boolean {
    return true;
  }
  spaceOf(): Promise<DiskSpace> {
    return Promise.resolve({ totalBytes: 1000, usableBytes: 100 });
  }
  allLogs(): Iterable<never> {
    return [];
  }
  updateTopicConfig(): void {
    // The logs keep the config they were made with.
  }
  isOffline(): boolean {
    return false;
  }
  checkpointHighWatermarks(highWatermarks: Iterable<CheckpointedHighWatermark>): Promise<void> {
    for (const { topic, partition, highWatermark } of highWatermarks)
      this.checkpoints.set(`${topic}-${partition}`, highWatermark);
    return Promise.resolve();
  }
  checkpointedHighWatermark(_parentDir: string, { topic, partition }: TopicPartition): number {
    return this.checkpoints.get(`${topic}-${partition}`) ?? 0;
  }
}
