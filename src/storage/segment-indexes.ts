/**
 * The indexes of one segment: by offset, by time and, where a transaction was aborted in it, of that. They live in memory
 * while the segment is the active one, and reach their files when it no longer is: until then an unclean stop rebuilds
 * them from the log anyway, since recovery starts at or before the active segment (contract section 4.6). Those of a
 * cold segment are read when somebody asks, and dropped when the cache needs the room.
 *
 * Invariant: what the files lack is never dropped. The bytes of the batches are the segment's (log-segment.ts).
 */
import { assert } from '../common/index.ts';
import { NO_TIMESTAMP } from '../records/index.ts';
import { type Disk, errorCodeOf } from '../runtime/index.ts';
import { OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TRANSACTION_INDEX_SUFFIX } from './file-names.ts';
import type { IndexCache } from './index-cache.ts';
import { resizeIndexFiles } from './index-files.ts';
import type { LogConfig } from './log-config.ts';
import { CorruptIndexError, OffsetIndex } from './offset-index.ts';
import { TimeIndex, type TimestampOffset } from './time-index.ts';
import { type IndexedTransaction, TransactionIndex } from './transaction-index.ts';
import { replaceFile } from './write-file-atomically.ts';

export interface OffsetAndTimeIndex {
  readonly offsetIndex: OffsetIndex;
  readonly timeIndex: TimeIndex;
}

/** The segment they are of. */
export interface IndexedSegment {
  readonly baseOffset: number;
  readonly isDeleted: boolean;
  /** Of its batches. */
  readonly sizeInBytes: number;
  path(suffix: string): string;
  /** Reads the batches, and notes here what they tell. */
  rebuildIndexes(): Promise<void>;
}

export interface IndexEnvironment {
  readonly disk: Disk;
  readonly indexCache: IndexCache;
  /** May change with the topic's config. */
  readonly config: () => Pick<LogConfig, 'indexIntervalBytes' | 'segmentIndexBytes'>;
}

export class SegmentIndexes {
  /** An abort marker of a transaction lies in the segment: it has a transaction index. */
  hasAborted = false;
  /** Meanwhile a file may lie under neither of its names: what is in memory stays there. */
  isRenaming = false;

  readonly #env: IndexEnvironment;
  readonly #segment: IndexedSegment;
  #indexes: OffsetAndTimeIndex | undefined;
  #loading: Promise<OffsetAndTimeIndex> | undefined;
  #isStored = true;
  /** Nothing was added or cut since they were read from their files. */
  #areAsRead = false;
  #transactions: TransactionIndex | undefined;
  #loadingTransactions: Promise<TransactionIndex> | undefined;
  #transactionsStored = true;
  #largest: TimestampOffset | undefined;
  #bytesSinceLastEntry = 0;

  constructor(env: IndexEnvironment, segment: IndexedSegment) {
    this.#env = env;
    this.#segment = segment;
  }

  /** True while a batch could not be indexed any more. */
  get areFull(): boolean {
    const indexes = this.#indexes;
    return indexes !== undefined && (indexes.offsetIndex.isFull || indexes.timeIndex.isFull);
  }

  /** The files hold what is in memory. */
  get areStored(): boolean {
    return this.#isStored;
  }

  /** Empty ones, in memory. */
  start(): void {
    const { baseOffset } = this.#segment;
    const { segmentIndexBytes } = this.#env.config();
    this.#indexes = {
      offsetIndex: new OffsetIndex(baseOffset, segmentIndexBytes),
      timeIndex: new TimeIndex(baseOffset, segmentIndexBytes),
    };
    this.#isStored = false;
    this.#areAsRead = false;
    this.#largest = undefined;
    this.#bytesSinceLastEntry = 0;
  }

  // ------------------------------------------------------------------------------------------------ batches

  /** A batch got its place at the end of the segment, at this position. */
  place(lastOffset: number, maxTimestamp: number, position: number, sizeInBytes: number): void {
    assert(this.#indexes !== undefined, 'the active segment has its indexes in memory');
    this.noteTimestamp(maxTimestamp, lastOffset);
    if (this.#bytesSinceLastEntry > this.#env.config().indexIntervalBytes) {
      this.addEntry(lastOffset, position);
      this.#bytesSinceLastEntry = 0;
    }
    this.#bytesSinceLastEntry += sizeInBytes;
    this.#isStored = false;
    this.#areAsRead = false;
  }

  noteTimestamp(timestamp: number, offset: number): void {
    if (timestamp > (this.#largest?.timestamp ?? NO_TIMESTAMP)) this.#largest = { timestamp, offset };
  }

  /**
   * A full index becomes sparser and no larger. A segment rolls when its indexes are full, but only in front of a set of
   * batches, and segment.index.bytes may have been larger when it was written.
   */
  addEntry(lastOffset: number, position: number): void {
    if (this.areFull) return;
    assert(this.#indexes !== undefined, 'an entry is added to indexes in memory');
    this.#indexes.offsetIndex.append(lastOffset, position);
    this.#addLargest(this.#indexes);
  }

  #addLargest({ timeIndex }: OffsetAndTimeIndex): void {
    if (this.#largest !== undefined) timeIndex.maybeAppend(this.#largest.timestamp, this.#largest.offset);
  }

  /** The youngest record's time and the last offset of its batch; the base offset and -1 when none has a time. */
  async largestTimestamp(): Promise<TimestampOffset> {
    if (this.#largest === undefined) await this.load();
    return this.#largest ?? { timestamp: NO_TIMESTAMP, offset: this.#segment.baseOffset };
  }

  /** The marker that aborted it was placed. */
  noteAborted(transaction: IndexedTransaction): void {
    if (!this.hasAborted) this.#transactions = new TransactionIndex();
    assert(this.#transactions !== undefined, 'the active segment has its indexes in memory');
    this.#transactions.append(transaction);
    this.hasAborted = true;
    this.#transactionsStored = false;
    this.#isStored = false;
    this.#areAsRead = false;
  }

  /** Before recovery, which tells them anew. */
  forgetAborted(): void {
    this.#transactions = new TransactionIndex();
    if (this.hasAborted) this.#transactionsStored = false;
    this.hasAborted = false;
  }

  /** Of the active segment. Returns the last entry by time: whoever cuts looks for younger ones from there on. */
  truncateTo(offset: number): TimestampOffset {
    assert(this.#indexes !== undefined, 'the active segment has its indexes in memory');
    const { offsetIndex, timeIndex } = this.#indexes;
    offsetIndex.truncateTo(offset);
    timeIndex.truncateTo(offset);
    this.#truncateTransactions(offset);
    this.#areAsRead = false;
    this.#bytesSinceLastEntry = 0;
    const { lastEntry } = timeIndex;
    this.#largest = lastEntry.timestamp === NO_TIMESTAMP ? undefined : lastEntry;
    return lastEntry;
  }

  #truncateTransactions(offset: number): void {
    if (!this.hasAborted) return;
    assert(this.#transactions !== undefined, 'the active segment has its indexes in memory');
    this.#transactions.truncateTo(offset);
    this.hasAborted = this.#transactions.count > 0;
    this.#transactionsStored = false;
  }

  // ----------------------------------------------------------------------------------------- memory and files

  /** Read from their files when they are not in memory; rebuilt when those are missing or broken. */
  async load(): Promise<OffsetAndTimeIndex> {
    if (this.#indexes !== undefined) {
      if (this.#isStored) this.#touch(this.#indexes);
      return this.#indexes;
    }
    this.#loading ??= this.#load().finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  async #load(): Promise<OffsetAndTimeIndex> {
    const segment = this.#segment;
    const { segmentIndexBytes } = this.#env.config();
    try {
      const [offsets, times] = await Promise.all([
        this.#env.disk.readFile(segment.path(OFFSET_INDEX_SUFFIX)),
        this.#env.disk.readFile(segment.path(TIME_INDEX_SUFFIX)),
      ]);
      this.#indexes = {
        offsetIndex: OffsetIndex.fromBytes(segment.baseOffset, segmentIndexBytes, offsets),
        timeIndex: TimeIndex.fromBytes(segment.baseOffset, segmentIndexBytes, times),
      };
      const { offsetIndex, timeIndex } = this.#indexes;
      // Behind the entries a killed JVM broker leaves zeros, which a stored index has not.
      this.#areAsRead = offsets.length === offsetIndex.sizeInBytes && times.length === timeIndex.sizeInBytes;
    } catch (error) {
      if (!(error instanceof CorruptIndexError) && errorCodeOf(error) !== 'ENOENT') throw error;
      await segment.rebuildIndexes();
    }
    const indexes = this.#indexes;
    assert(indexes !== undefined, 'loading or rebuilding leaves indexes');
    const { lastEntry } = indexes.timeIndex;
    if (lastEntry.timestamp !== NO_TIMESTAMP) this.noteTimestamp(lastEntry.timestamp, lastEntry.offset);
    this.#touch(indexes);
    return indexes;
  }

  #touch({ offsetIndex, timeIndex }: OffsetAndTimeIndex): void {
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
    const bytes = await this.#env.disk.readFile(this.#segment.path(TRANSACTION_INDEX_SUFFIX));
    this.#transactions = TransactionIndex.fromBytes(this.#segment.baseOffset, bytes);
    if (this.#isStored && this.#indexes !== undefined && !this.#segment.isDeleted) this.#touch(this.#indexes);
    return this.#transactions;
  }

  /** Called by the cache. */
  dropIndexes(): void {
    if (!this.#isStored || this.isRenaming) return;
    this.#indexes = undefined;
    this.#transactions = undefined;
  }

  /** Of a segment that becomes or stays the active one: they are no cold ones. */
  async pin(): Promise<OffsetAndTimeIndex> {
    const indexes = await this.load();
    await this.transactionIndex();
    this.forgetInCache();
    this.#isStored = false;
    return indexes;
  }

  forgetInCache(): void {
    this.#env.indexCache.forget(this);
  }

  /** Their files were made larger, or new: they have to be written though nothing is added. */
  noteFilesChanged(): void {
    this.#areAsRead = false;
  }

  /**
   * Writes them to their files as Kafka leaves those of a closed segment: trimmed, the largest time last. True when files
   * were replaced: that is durable once the folder was synced. A time index that is cut off shows no damage, so none is
   * ever overwritten in place. But the active segment of an empty log has nothing that a loss of power could take:
   * `isActive` saves it the syncs, which would be most of the time that a broker with many empty logs takes to stop.
   */
  async store(isActive = false): Promise<boolean> {
    const indexes = this.#indexes;
    if (indexes === undefined || this.#isStored || this.#segment.isDeleted) return false;
    const { offsetIndex, timeIndex } = indexes;
    const entriesRead = timeIndex.count;
    this.#addLargest(indexes);
    let replaced = false;
    if (!this.#areAsRead || timeIndex.count > entriesRead) {
      replaced = !isActive || this.#segment.sizeInBytes > 0;
      if (replaced) {
        await this.#write(OFFSET_INDEX_SUFFIX, offsetIndex.bytes());
        await this.#write(TIME_INDEX_SUFFIX, timeIndex.bytes());
      } else await resizeIndexFiles(this.#env.disk, (suffix) => this.#segment.path(suffix), 0);
    }
    if (await this.#storeTransactions()) replaced = true;
    this.#isStored = true;
    this.#touch(indexes);
    return replaced;
  }

  async #storeTransactions(): Promise<boolean> {
    if (this.#transactionsStored || this.#transactions === undefined) return false;
    // One that has nothing to tell any more stays, empty.
    await this.#write(TRANSACTION_INDEX_SUFFIX, this.#transactions.bytes());
    this.#transactionsStored = true;
    return true;
  }

  #write(suffix: string, bytes: Buffer): Promise<void> {
    return replaceFile(this.#env.disk, this.#segment.path(suffix), bytes);
  }
}
