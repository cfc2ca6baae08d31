/**
 * One segment of a log: a `.log` file of batches, named after its first offset, with its indexes (segment-indexes.ts).
 * Where the next batch goes is decided in memory, synchronously (`place`); the bytes follow with the log's group write.
 *
 * Invariant: nothing is cut off without being synced. What is sound in it recover-segment.ts knows.
 */
import { assert } from '../common/index.ts';
import type { RecordBatch } from '../records/index.ts';
import { type Disk, errorCodeOf } from '../runtime/index.ts';
import {
  DELETED_SUFFIX,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  offsetFileName,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from './file-names.ts';
import { resizeIndexFiles } from './index-files.ts';
import type { LogConfig } from './log-config.ts';
import { RELATIVE_OFFSET_MAX } from './plan-roll.ts';
import { readSoundPart } from './recover-segment.ts';
import { scanBatches } from './scan-batches.ts';
import { type IndexEnvironment, type OffsetAndTimeIndex, SegmentIndexes } from './segment-indexes.ts';
import { type ReadFiles, SharedFile } from './shared-file.ts';
import type { TimestampOffset } from './time-index.ts';
import type { IndexedTransaction, TransactionIndex } from './transaction-index.ts';

export interface SegmentEnvironment extends IndexEnvironment {
  /** Of this log. */
  readonly readFiles: ReadFiles;
  /** May change with the topic's config. */
  readonly config: () => Pick<
    LogConfig,
    'indexIntervalBytes' | 'segmentIndexBytes' | 'segmentBytes' | 'preallocate'
  >;
}

export interface SegmentRecovery {
  /** Behind the last sound batch. */
  readonly bytesCut: number;
  /** Where something begins that is no batch; what was merely not written to its end is none. */
  readonly invalidAt: number | undefined;
}

export class LogSegment {
  readonly baseOffset: number;
  readonly createdMs: number;
  readonly file: SharedFile;
  rollJitterMs = 0;
  /** With what is assigned and not yet written. */
  sizeInBytes: number;
  /** What readers may see. */
  writtenBytes: number;
  /** Of the file: the age of a segment whose records have no time. */
  modifiedMs: number;
  /** The largest timestamp of the first batch: rolling by time starts from it. */
  firstTimestamp: number | undefined;
  isDeleted = false;
  /** How often its end was cut off: what was read of the file before need not be what it holds now. */
  cuts = 0;
  /** Its files are still to be made those of an active segment, which is done before the next byte is written. */
  owesFiles: boolean;

  readonly #env: SegmentEnvironment;
  #dir: string;
  /** Behind the names of its files: `.cleaned`, `.swap` or `.deleted` while it is not, or no longer, of the log. */
  #nameSuffix: string;
  readonly #indexes: SegmentIndexes;
  readonly #isNew: boolean;
  /** The file is longer than what was written to it (preallocate). */
  #isPreallocated = false;

  private constructor(
    env: SegmentEnvironment,
    place: { readonly dir: string; readonly baseOffset: number; readonly nameSuffix?: string },
    state: {
      readonly size: number;
      readonly nowMs: number;
      readonly modifiedMs: number;
      readonly isNew: boolean;
    },
  ) {
    this.#env = env;
    this.#dir = place.dir;
    this.#nameSuffix = place.nameSuffix ?? '';
    this.baseOffset = place.baseOffset;
    this.sizeInBytes = state.size;
    this.writtenBytes = state.size;
    this.createdMs = state.nowMs;
    this.modifiedMs = state.modifiedMs;
    this.#indexes = new SegmentIndexes(env, this);
    this.#isNew = state.isNew;
    this.owesFiles = state.isNew;
    this.file = new SharedFile(env, this.path(LOG_SUFFIX), state.isNew ? 'write' : 'read');
  }

  /** A new, empty one, not yet on disk. */
  static create(
    env: SegmentEnvironment,
    dir: string,
    baseOffset: number,
    nowMs: number,
    nameSuffix = '',
  ): LogSegment {
    const segment = new LogSegment(
      env,
      { dir, baseOffset, nameSuffix },
      { size: 0, nowMs, modifiedMs: nowMs, isNew: true },
    );
    segment.#indexes.start();
    return segment;
  }

  /** One that lies on disk. */
  static async open(
    env: SegmentEnvironment,
    dir: string,
    baseOffset: number,
    nowMs: number,
    hasAborted = false,
  ): Promise<LogSegment> {
    const path = `${dir}/${offsetFileName(baseOffset, LOG_SUFFIX)}`;
    const stat = await env.disk.stat(path);
    const state = { size: stat?.size ?? 0, nowMs, modifiedMs: stat?.modifiedMs ?? nowMs, isNew: false };
    const segment = new LogSegment(env, { dir, baseOffset }, state);
    segment.#indexes.hasAborted = hasAborted;
    return segment;
  }

  path(suffix: string): string {
    return `${this.#dir}/${offsetFileName(this.baseOffset, suffix)}${this.#nameSuffix}`;
  }

  /** Gives its files other names. Held open meanwhile, so that who reads goes on. Durable once the folder was synced. */
  async changeNameSuffix(nameSuffix: string): Promise<void> {
    this.#indexes.isRenaming = true;
    await this.transactionIndex();
    const from = SEGMENT_SUFFIXES.map((suffix) => this.path(suffix));
    await this.file.use(async () => {
      this.#nameSuffix = nameSuffix;
      for (const [index, suffix] of SEGMENT_SUFFIXES.entries())
        await renameIfThere(this.#env.disk, from[index]!, this.path(suffix));
      this.file.renamed(this.path(LOG_SUFFIX));
    });
    this.#indexes.isRenaming = this.isDeleted;
  }

  /** The partition's folder has a new name. */
  folderRenamed(dir: string): void {
    this.#dir = dir;
    this.file.renamed(this.path(LOG_SUFFIX));
  }

  /** True while a batch could not be indexed any more. */
  get indexesFull(): boolean {
    return this.#indexes.areFull;
  }

  /** Its index files lack what is in memory. */
  get owesIndexes(): boolean {
    return !this.#indexes.areStored && !this.isDeleted;
  }

  /** An abort marker of a transaction lies in it: it has a transaction index. */
  get hasAborted(): boolean {
    return this.#indexes.hasAborted;
  }

  /** Gives a batch its place at the end: advances sizes and indexes, in memory. */
  place(batch: {
    readonly lastOffset: number;
    readonly maxTimestamp: number;
    readonly sizeInBytes: number;
  }): void {
    const { lastOffset, maxTimestamp, sizeInBytes } = batch;
    assert(lastOffset - this.baseOffset <= RELATIVE_OFFSET_MAX, 'offsets fit an index entry');
    if (this.sizeInBytes === 0) this.firstTimestamp = maxTimestamp;
    this.#indexes.place(lastOffset, maxTimestamp, this.sizeInBytes, sizeInBytes);
    this.sizeInBytes += sizeInBytes;
  }

  /** The indexes, read from their files when they are not in memory; rebuilt when those are missing or broken. */
  indexes(): Promise<OffsetAndTimeIndex> {
    return this.#indexes.load();
  }

  /** What `indexes` does when it finds none that is sound. */
  async rebuildIndexes(): Promise<void> {
    await this.recover(() => undefined);
  }

  /** Empty where nothing was aborted. */
  transactionIndex(): Promise<TransactionIndex> {
    return this.#indexes.transactionIndex();
  }

  /** The marker that aborted it was placed. */
  noteAborted(transaction: IndexedTransaction): void {
    this.#indexes.noteAborted(transaction);
  }

  /** Before recovery, which tells them anew. */
  forgetAborted(): void {
    this.#indexes.forgetAborted();
  }

  dropIndexes(): void {
    this.#indexes.dropIndexes();
  }

  /** Becoming or staying the active segment. */
  async #becomeActive(): Promise<OffsetAndTimeIndex> {
    const indexes = await this.#indexes.pin();
    await this.file.setMode('write');
    return indexes;
  }

  /** The youngest record's time and the last offset of its batch; the base offset and -1 when none has a time. */
  largestTimestamp(): Promise<TimestampOffset> {
    return this.#indexes.largestTimestamp();
  }

  /** How young its records are: by their own time, or where none has one, by that of the file. */
  async youngestMs(): Promise<number> {
    const { timestamp } = await this.largestTimestamp();
    return timestamp >= 0 ? timestamp : this.modifiedMs;
  }

  /** True when files were replaced, which is durable once the folder was synced. */
  storeIndexes(isActive = false): Promise<boolean> {
    return this.#indexes.store(isActive);
  }

  /** Makes sure the file of batches exists, also while nothing was written. */
  async createFile(): Promise<void> {
    await this.file.use(() => Promise.resolve());
    this.owesFiles = false;
  }

  /** The files of an active segment. Who is killed now leaves no segment without indexes behind. */
  async createFiles(): Promise<void> {
    const { preallocate, segmentBytes } = this.#env.config();
    await this.createFile();
    if (preallocate && this.#isNew) {
      this.#isPreallocated = true;
      await this.file.use((file) => file.truncate(segmentBytes));
    }
    await this.#reserveIndexes();
  }

  #reserveIndexes(): Promise<void> {
    const { segmentIndexBytes } = this.#env.config();
    this.#indexes.noteFilesChanged();
    return resizeIndexFiles(this.#env.disk, (suffix) => this.path(suffix), segmentIndexBytes);
  }

  /** Gives back what was preallocated and is not needed. Everything placed is written. */
  async trim(): Promise<void> {
    if (!this.#isPreallocated) return;
    this.#isPreallocated = false;
    await this.file.use((file) => file.truncate(this.sizeInBytes));
  }

  async sync(): Promise<void> {
    if (!this.isDeleted) await this.file.use((file) => file.sync());
  }

  /** No longer the active segment, and durable: it is only read from now on. */
  async becomeCold(): Promise<void> {
    await this.file.setMode('read');
  }

  /**
   * Reads everything, keeps what is sound and cuts the file behind it; rebuilds the indexes on the way. `onBatch` is
   * told each batch kept (producers, leader epochs).
   */
  async recover(onBatch: (batch: RecordBatch) => void): Promise<SegmentRecovery> {
    const { baseOffset } = this;
    const { indexIntervalBytes } = this.#env.config();
    this.#indexes.start();
    await this.file.setMode('write');
    this.firstTimestamp = undefined;
    const size = await this.file.use((file) => file.size());
    const { validBytes, firstTimestamp, invalidAt } = await this.file.use((file) =>
      readSoundPart(file, { baseOffset, size, indexIntervalBytes }, this.#indexes, onBatch),
    );
    this.firstTimestamp = firstTimestamp;
    if (validBytes < size) await this.#cutFile(validBytes);
    this.sizeInBytes = validBytes;
    this.writtenBytes = validBytes;
    await this.storeIndexes();
    await this.becomeCold();
    return { bytesCut: size - validBytes, invalidAt };
  }

  /** Walks the batches from the one that may hold `offset` on. */
  async scanFrom(
    offset: number,
    visit: (batch: RecordBatch, position: number) => boolean,
    end: number = this.writtenBytes,
  ): Promise<number> {
    const { offsetIndex } = await this.indexes();
    const start = Math.min(offsetIndex.lookup(offset).position, end);
    return this.file.use((file) => scanBatches(file, { start, end }, visit));
  }

  /**
   * Cuts the batch that holds `offset` and everything behind it. The log has nothing of this segment in flight. A
   * log cut in the middle of a batch loses the whole batch, as in Kafka.
   */
  async truncateTo(offset: number): Promise<void> {
    await this.#becomeActive();
    const size = await this.scanFrom(offset, (batch) => batch.lastOffset < offset);
    const youngest = this.#indexes.truncateTo(offset);
    this.cuts += 1;
    await this.#cutFile(size);
    this.sizeInBytes = size;
    this.writtenBytes = size;
    await this.scanFrom(youngest.offset, (batch) => {
      this.#indexes.noteTimestamp(batch.maxTimestamp, batch.lastOffset);
      return true;
    });
    if (size === 0) this.firstTimestamp = undefined;
  }

  /**
   * Durable at once: bytes that came back with a power loss could stand, whole and with the right offsets, where
   * other records were written since, and pass for the log.
   */
  async #cutFile(size: number): Promise<void> {
    await this.file.use(async (file) => {
      await file.truncate(size);
      await file.sync();
    });
  }

  /** Opens the active segment after a clean stop: the offset behind its last batch, read from the last index entry. */
  async openAsActive(): Promise<number> {
    const { offsetIndex } = await this.#becomeActive();
    let nextOffset = this.baseOffset;
    const end = await this.scanFrom(offsetIndex.lastOffset, (batch) => {
      nextOffset = batch.nextOffset;
      this.#indexes.noteTimestamp(batch.maxTimestamp, batch.lastOffset);
      return true;
    });
    // A clean stop leaves whole batches only; what is behind the last is no part of the log.
    if (end < this.sizeInBytes) await this.#cutFile(end);
    this.sizeInBytes = end;
    this.writtenBytes = end;
    await this.#readFirstTimestamp();
    this.owesFiles = true;
    return nextOffset;
  }

  async #readFirstTimestamp(): Promise<void> {
    if (this.sizeInBytes === 0 || this.firstTimestamp !== undefined) return;
    await this.file.use((file) =>
      scanBatches(file, { start: 0, end: this.writtenBytes }, (batch) => {
        this.firstTimestamp = batch.maxTimestamp;
        return false;
      }),
    );
  }

  /** Takes the segment out of the log: its files get `.deleted` and are removed later by `removeFiles`. */
  async markDeleted(): Promise<void> {
    this.isDeleted = true;
    this.#indexes.forgetInCache();
    await this.changeNameSuffix(DELETED_SUFFIX);
    await this.file.setMode('read');
    await this.file.close();
  }

  async removeFiles(): Promise<void> {
    await this.close();
    for (const suffix of SEGMENT_SUFFIXES) await this.#env.disk.removeFile(this.path(suffix));
  }

  async close(): Promise<void> {
    this.#indexes.forgetInCache();
    await this.file.close();
  }
}

const SEGMENT_SUFFIXES = [
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
] as const;

/** Index files of a young segment may not exist. */
export async function renameIfThere(disk: Disk, from: string, to: string): Promise<void> {
  try {
    await disk.rename(from, to);
  } catch (error) {
    if (errorCodeOf(error) !== 'ENOENT') throw error;
  }
}
