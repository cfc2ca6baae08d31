/**
 * One segment of a log: a `.log` file of batches, named after its first offset, with its two indexes and, where a
 * transaction was aborted in it, a third. Where the next batch goes is decided in memory, synchronously (`place`); the
 * bytes follow with the log's group write. Indexes live in memory and reach their files when the segment stops being the
 * active one: until then an unclean stop rebuilds them from the log anyway, since recovery starts at or before the active
 * segment (contract section 4.6).
 */
import { assert } from '../common/index.ts';
import { LOG_OVERHEAD, MAGIC_V2, NO_TIMESTAMP, type RecordBatch } from '../records/index.ts';
import { type Disk, errorCodeOf } from '../runtime/index.ts';
import {
  DELETED_SUFFIX,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  offsetFileName,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from './file-names.ts';
import { reserveIndexFiles } from './index-files.ts';
import type { IndexCache } from './index-cache.ts';
import type { LogConfig } from './log-config.ts';
import { CorruptIndexError, OffsetIndex } from './offset-index.ts';
import { scanBatches } from './scan-batches.ts';
import { type ReadFiles, SharedFile } from './shared-file.ts';
import { TimeIndex, type TimestampOffset } from './time-index.ts';
import { type IndexedTransaction, TransactionIndex } from './transaction-index.ts';
import { replaceFile } from './write-file-atomically.ts';

/** An index entry holds its offset as four bytes, counted from the segment's first. */
export const RELATIVE_OFFSET_MAX = 0x7fff_ffff;
/** As far as the format of a batch can be told. */
const HEADER_BYTES_TO_MAGIC = 17;
/** Behind offset and size; of the oldest format. */
const SMALLEST_BATCH_BYTES = 14;

export interface SegmentEnvironment {
  readonly disk: Disk;
  readonly indexCache: IndexCache;
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

export interface SegmentIndexes {
  readonly offsetIndex: OffsetIndex;
  readonly timeIndex: TimeIndex;
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
  /** An abort marker of a transaction lies in it: it has a transaction index. */
  hasAborted = false;

  readonly #env: SegmentEnvironment;
  #dir: string;
  /** Behind the names of its files: `.cleaned`, `.swap` or `.deleted` while it is not, or no longer, of the log. */
  #nameSuffix: string;
  #indexes: SegmentIndexes | undefined;
  #loading: Promise<SegmentIndexes> | undefined;
  #indexesStored: boolean;
  #transactions: TransactionIndex | undefined;
  #loadingTransactions: Promise<TransactionIndex> | undefined;
  #transactionsStored = true;
  /** Meanwhile a file may lie under neither of its names: what is in memory stays there. */
  #isRenaming = false;
  #largest: TimestampOffset | undefined;
  #bytesSinceLastIndexEntry = 0;
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
    this.#indexesStored = true;
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
    segment.#startIndexes();
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
    segment.hasAborted = hasAborted;
    return segment;
  }

  path(suffix: string): string {
    return `${this.#dir}/${offsetFileName(this.baseOffset, suffix)}${this.#nameSuffix}`;
  }

  /** Gives its files other names. Held open meanwhile, so that who reads goes on. Durable once the folder was synced. */
  async changeNameSuffix(nameSuffix: string): Promise<void> {
    this.#isRenaming = true;
    await this.transactionIndex();
    const from = SEGMENT_SUFFIXES.map((suffix) => this.path(suffix));
    await this.file.use(async () => {
      this.#nameSuffix = nameSuffix;
      for (const [index, suffix] of SEGMENT_SUFFIXES.entries())
        await renameIfThere(this.#env.disk, from[index]!, this.path(suffix));
      this.file.renamed(this.path(LOG_SUFFIX));
    });
    this.#isRenaming = this.isDeleted;
  }

  /** The partition's folder has a new name. */
  folderRenamed(dir: string): void {
    this.#dir = dir;
    this.file.renamed(this.path(LOG_SUFFIX));
  }

  /** True while a batch could not be indexed any more. */
  get indexesFull(): boolean {
    const indexes = this.#indexes;
    return indexes !== undefined && (indexes.offsetIndex.isFull || indexes.timeIndex.isFull);
  }

  /** Its index files lack what is in memory. */
  get owesIndexes(): boolean {
    return !this.#indexesStored && !this.isDeleted;
  }

  /** Only for a segment whose indexes are in memory: the active one always has them. */
  get indexesInMemory(): SegmentIndexes | undefined {
    return this.#indexes;
  }

  /** Gives a batch its place at the end: advances sizes and indexes, in memory. */
  place(batch: {
    readonly lastOffset: number;
    readonly maxTimestamp: number;
    readonly sizeInBytes: number;
  }): void {
    const indexes = this.#indexes;
    assert(indexes !== undefined, 'the active segment has its indexes in memory');
    const { lastOffset, maxTimestamp, sizeInBytes } = batch;
    assert(lastOffset - this.baseOffset <= RELATIVE_OFFSET_MAX, 'offsets fit an index entry');
    if (this.sizeInBytes === 0) this.firstTimestamp = maxTimestamp;
    this.#noteTimestamp(maxTimestamp, lastOffset);
    if (this.#bytesSinceLastIndexEntry > this.#env.config().indexIntervalBytes) {
      this.#index(indexes, lastOffset, this.sizeInBytes);
      this.#bytesSinceLastIndexEntry = 0;
    }
    this.sizeInBytes += sizeInBytes;
    this.#bytesSinceLastIndexEntry += sizeInBytes;
    this.#indexesStored = false;
  }

  #noteTimestamp(timestamp: number, offset: number): void {
    if (timestamp > (this.#largest?.timestamp ?? NO_TIMESTAMP)) this.#largest = { timestamp, offset };
  }

  /**
   * A full index becomes sparser and no larger. A segment rolls when its indexes are full, but only in front of a set of
   * batches, and segment.index.bytes may have been larger when it was written.
   */
  #index(indexes: SegmentIndexes, lastOffset: number, position: number): void {
    if (this.indexesFull) return;
    indexes.offsetIndex.append(lastOffset, position);
    this.#indexLargest(indexes);
  }

  #indexLargest(indexes: SegmentIndexes): void {
    if (this.#largest !== undefined)
      indexes.timeIndex.maybeAppend(this.#largest.timestamp, this.#largest.offset);
  }

  #startIndexes(): SegmentIndexes {
    const { segmentIndexBytes } = this.#env.config();
    this.#indexes = {
      offsetIndex: new OffsetIndex(this.baseOffset, segmentIndexBytes),
      timeIndex: new TimeIndex(this.baseOffset, segmentIndexBytes),
    };
    this.#indexesStored = false;
    this.#largest = undefined;
    this.#bytesSinceLastIndexEntry = 0;
    return this.#indexes;
  }

  /** The indexes, read from their files when they are not in memory; rebuilt when those are missing or broken. */
  async indexes(): Promise<SegmentIndexes> {
    if (this.#indexes !== undefined) {
      if (this.#indexesStored) this.#touch(this.#indexes);
      return this.#indexes;
    }
    this.#loading ??= this.#loadIndexes().finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  async #loadIndexes(): Promise<SegmentIndexes> {
    const { segmentIndexBytes } = this.#env.config();
    try {
      const [offsets, times] = await Promise.all([
        this.#env.disk.readFile(this.path(OFFSET_INDEX_SUFFIX)),
        this.#env.disk.readFile(this.path(TIME_INDEX_SUFFIX)),
      ]);
      this.#indexes = {
        offsetIndex: OffsetIndex.fromBytes(this.baseOffset, segmentIndexBytes, offsets),
        timeIndex: TimeIndex.fromBytes(this.baseOffset, segmentIndexBytes, times),
      };
    } catch (error) {
      if (!(error instanceof CorruptIndexError) && errorCodeOf(error) !== 'ENOENT') throw error;
      await this.recover(() => undefined);
    }
    const indexes = this.#indexes;
    assert(indexes !== undefined, 'loading or rebuilding leaves indexes');
    const { lastEntry } = indexes.timeIndex;
    if (lastEntry.timestamp !== NO_TIMESTAMP) this.#noteTimestamp(lastEntry.timestamp, lastEntry.offset);
    this.#touch(indexes);
    return indexes;
  }

  #touch({ offsetIndex, timeIndex }: SegmentIndexes): void {
    const transactionBytes = this.#transactions?.sizeInBytes ?? 0;
    this.#env.indexCache.touch(this, offsetIndex.sizeInBytes + timeIndex.sizeInBytes + transactionBytes);
  }

  /** Empty where nothing was aborted. */
  async transactionIndex(): Promise<TransactionIndex> {
    if (this.#transactions !== undefined) return this.#transactions;
    if (!this.hasAborted) return new TransactionIndex();
    this.#loadingTransactions ??= this.#loadTransactions().finally(
      () => (this.#loadingTransactions = undefined),
    );
    return this.#loadingTransactions;
  }

  async #loadTransactions(): Promise<TransactionIndex> {
    const bytes = await this.#env.disk.readFile(this.path(TRANSACTION_INDEX_SUFFIX));
    this.#transactions = TransactionIndex.fromBytes(this.baseOffset, bytes);
    if (this.#indexesStored && this.#indexes !== undefined && !this.isDeleted) this.#touch(this.#indexes);
    return this.#transactions;
  }

  /** The marker that aborted it was placed. */
  noteAborted(transaction: IndexedTransaction): void {
    if (!this.hasAborted) this.#transactions = new TransactionIndex();
    assert(this.#transactions !== undefined, 'the active segment has its indexes in memory');
    this.#transactions.append(transaction);
    this.hasAborted = true;
    this.#transactionsStored = false;
    this.#indexesStored = false;
  }

  /** Before recovery, which tells them anew. */
  forgetAborted(): void {
    this.#transactions = new TransactionIndex();
    if (this.hasAborted) this.#transactionsStored = false;
    this.hasAborted = false;
  }

  /** Called by the cache. What is not in the files yet stays. */
  dropIndexes(): void {
    if (!this.#indexesStored || this.#isRenaming) return;
    this.#indexes = undefined;
    this.#transactions = undefined;
  }

  /** Becoming or staying the active segment: its indexes are no cold ones. */
  async pinIndexes(): Promise<SegmentIndexes> {
    const indexes = await this.indexes();
    await this.transactionIndex();
    this.#env.indexCache.forget(this);
    this.#indexesStored = false;
    await this.file.setMode('write');
    return indexes;
  }

  /** The youngest record's time and the last offset of its batch; the base offset and -1 when none has a time. */
  async largestTimestamp(): Promise<TimestampOffset> {
    if (this.#largest === undefined) await this.indexes();
    return this.#largest ?? { timestamp: NO_TIMESTAMP, offset: this.baseOffset };
  }

  /** How young its records are: by their own time, or where none has one, by that of the file. */
  async youngestMs(): Promise<number> {
    const { timestamp } = await this.largestTimestamp();
    return timestamp >= 0 ? timestamp : this.modifiedMs;
  }

  /**
   * Writes the indexes to their files as Kafka leaves those of a closed segment: trimmed, the largest time last. Durable
   * once the folder was synced. A time index that is cut off shows no damage, so none is ever overwritten in place.
   */
  async storeIndexes(): Promise<void> {
    const indexes = this.#indexes;
    if (indexes === undefined || this.#indexesStored || this.isDeleted) return;
    this.#indexLargest(indexes);
    await this.#writeIndex(OFFSET_INDEX_SUFFIX, indexes.offsetIndex.bytes());
    await this.#writeIndex(TIME_INDEX_SUFFIX, indexes.timeIndex.bytes());
    await this.#storeTransactions();
    this.#indexesStored = true;
    this.#touch(indexes);
  }

  async #storeTransactions(): Promise<void> {
    if (this.#transactionsStored || this.#transactions === undefined) return;
    // One that has nothing to tell any more stays, empty.
    await this.#writeIndex(TRANSACTION_INDEX_SUFFIX, this.#transactions.bytes());
    this.#transactionsStored = true;
  }

  #writeIndex(suffix: string, bytes: Buffer): Promise<void> {
    return replaceFile(this.#env.disk, this.path(suffix), bytes);
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
    return reserveIndexFiles(this.#env.disk, (suffix) => this.path(suffix), segmentIndexBytes);
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
    const { indexIntervalBytes } = this.#env.config();
    const indexes = this.#startIndexes();
    await this.file.setMode('write');
    const size = await this.file.use((file) => file.size());
    this.firstTimestamp = undefined;
    let lastIndexed = 0;
    const validBytes = await this.file.use((file) =>
      scanBatches(file, { start: 0, end: size }, (batch, position) => {
        if (!this.#isSound(batch)) return false;
        this.#noteTimestamp(batch.maxTimestamp, batch.lastOffset);
        if (position === 0) this.firstTimestamp = batch.maxTimestamp;
        if (position - lastIndexed > indexIntervalBytes) {
          this.#index(indexes, batch.lastOffset, position);
          lastIndexed = position;
        }
        onBatch(batch);
        return true;
      }),
    );
    const invalidAt = (await this.#isCutOff(validBytes, size)) ? undefined : validBytes;
    if (validBytes < size) await this.#cutFile(validBytes);
    this.sizeInBytes = validBytes;
    this.writtenBytes = validBytes;
    await this.storeIndexes();
    await this.becomeCold();
    return { bytesCut: size - validBytes, invalidAt };
  }

  /** What lies behind the last sound batch is nothing, or the beginning of one that was not written to its end. */
  async #isCutOff(start: number, end: number): Promise<boolean> {
    if (end - start <= HEADER_BYTES_TO_MAGIC) return true;
    const header = Buffer.alloc(LOG_OVERHEAD);
    await this.file.use((file) => file.read(header, start));
    const size = header.readInt32BE(LOG_OVERHEAD - 4);
    return size >= SMALLEST_BATCH_BYTES && start + LOG_OVERHEAD + size > end;
  }

  #isSound(batch: RecordBatch): boolean {
    const relative = batch.lastOffset - this.baseOffset;
    const isKnown = batch.magic >= 0 && batch.magic <= MAGIC_V2;
    return isKnown && relative >= 0 && relative <= RELATIVE_OFFSET_MAX && batch.isValid();
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
    const indexes = await this.pinIndexes();
    const size = await this.scanFrom(offset, (batch) => batch.lastOffset < offset);
    indexes.offsetIndex.truncateTo(offset);
    indexes.timeIndex.truncateTo(offset);
    this.#truncateTransactions(offset);
    this.cuts += 1;
    await this.#cutFile(size);
    this.sizeInBytes = size;
    this.writtenBytes = size;
    this.#bytesSinceLastIndexEntry = 0;
    await this.#findLargestTimestamp(indexes);
    if (size === 0) this.firstTimestamp = undefined;
  }

  #truncateTransactions(offset: number): void {
    if (!this.hasAborted) return;
    assert(this.#transactions !== undefined, 'the active segment has its indexes in memory');
    this.#transactions.truncateTo(offset);
    this.hasAborted = this.#transactions.count > 0;
    this.#transactionsStored = false;
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

  async #findLargestTimestamp(indexes: SegmentIndexes): Promise<void> {
    const { lastEntry } = indexes.timeIndex;
    this.#largest = lastEntry.timestamp === NO_TIMESTAMP ? undefined : lastEntry;
    await this.scanFrom(lastEntry.offset, (batch) => {
      this.#noteTimestamp(batch.maxTimestamp, batch.lastOffset);
      return true;
    });
  }

  /** Opens the active segment after a clean stop: the offset behind its last batch, read from the last index entry. */
  async openAsActive(): Promise<number> {
    const indexes = await this.pinIndexes();
    let nextOffset = this.baseOffset;
    const end = await this.scanFrom(indexes.offsetIndex.lastOffset, (batch) => {
      nextOffset = batch.nextOffset;
      this.#noteTimestamp(batch.maxTimestamp, batch.lastOffset);
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
    this.#env.indexCache.forget(this);
    await this.changeNameSuffix(DELETED_SUFFIX);
    await this.file.setMode('read');
    await this.file.close();
  }

  async removeFiles(): Promise<void> {
    await this.close();
    for (const suffix of SEGMENT_SUFFIXES) await this.#env.disk.removeFile(this.path(suffix));
  }

  async close(): Promise<void> {
    this.#env.indexCache.forget(this);
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
