/**
 * A log as its cleaner sees it: what it has to know of the segments, how it reads them, and the one change it may ask
 * for. The log stays the owner of its state; a pass works on what it saw at its beginning, and the swap checks that
 * this is still so.
 */
import type { TopicPartition } from '../../common/index.ts';
import { batchAt, RECORD_BATCH_OVERHEAD } from '../../records/index.ts';
import { collectAborted } from '../collect-aborted.ts';
import { CLEANED_SUFFIX } from '../file-names.ts';
import type { LogConfig } from '../log-config.ts';
import { LogSegment } from '../log-segment.ts';
import type { LogState } from '../log-state.ts';
import type { IndexedTransaction } from '../transaction-index.ts';
import { inactiveFrom, type LogFacts, type SegmentFacts } from './choose-log.ts';
import type { LastOfProducer } from './last-batches.ts';
import type { SegmentToGroup } from './plan-groups.ts';
import { swapIn } from './swap-in.ts';

/** A segment that a pass reads, as it was when the pass began. */
export interface SourceSegment extends SegmentToGroup {
  readonly segment: LogSegment;
}

export class CleanableLog {
  readonly #log: LogState;
  readonly #lastStableOffset: () => number;
  constructor(log: LogState, lastStableOffset: () => number) {
    this.#log = log;
    this.#lastStableOffset = lastStableOffset;
  }

  get topicPartition(): TopicPartition {
    return this.#log.topicPartition;
  }
  /** `orders-0` */
  get name(): string {
    return this.#log.name;
  }
  get parentDir(): string {
    return this.#log.parentDir;
  }
  get config(): LogConfig {
    return this.#log.config;
  }
  get extent(): Pick<LogFacts, 'logStartOffset' | 'logEndOffset'> {
    const { logStartOffset, logEndOffset } = this.#log;
    return { logStartOffset, logEndOffset };
  }
  get activeOffset(): number {
    return this.#log.segments.active.baseOffset;
  }
  get isOffline(): boolean {
    return this.#log.isOffline;
  }
  /** Closed or offline: nobody may work on it any more. */
  get isGone(): boolean {
    return this.#log.isClosed || this.#log.isOffline;
  }

  /** What there is to decide by. Timestamps are looked up only where a setting asks for them: it may need a read. */
  async facts(firstDirtyOffset: number): Promise<LogFacts> {
    const log = this.#log;
    const { minCompactionLagMs, maxCompactionLagMs } = log.config;
    const all = [...log.segments.all()];
    const dirty = new Set(inactiveFrom(all, firstDirtyOffset));
    const segments: SegmentFacts[] = [];
    for (const segment of all) {
      const { baseOffset, sizeInBytes } = segment;
      const isDirty = dirty.has(segment);
      const largestTimestamp = isDirty && minCompactionLagMs > 0 ? await segment.youngestMs() : undefined;
      const firstBatchTimestamp =
        isDirty && maxCompactionLagMs < Number.MAX_SAFE_INTEGER ? await firstBatchTime(segment) : undefined;
      segments.push({ baseOffset, sizeInBytes, largestTimestamp, firstBatchTimestamp });
    }
    return { ...this.extent, lastStableOffset: this.#lastStableOffset(), segments, nowMs: log.nowMs() };
  }

  /** What lies between the segment that holds `offset` and the active one. */
  sizeFrom(offset: number): number {
    return inactiveFrom(this.#log.segments.all(), offset).reduce(
      (sum, segment) => sum + segment.sizeInBytes,
      0,
    );
  }

  /** The segments below `endOffset`, with their indexes and bytes on disk. */
  async sources(endOffset: number): Promise<SourceSegment[]> {
    const log = this.#log;
    await log.onDisk(() => log.flusher.flushUpTo(endOffset));
    const sources: SourceSegment[] = [];
    for (const segment of [...log.segments.all()]) {
      if (segment.baseOffset >= endOffset) break;
      const { offsetIndex, timeIndex } = await log.onDisk(() => segment.indexes());
      sources.push({
        segment,
        baseOffset: segment.baseOffset,
        sizeInBytes: segment.writtenBytes,
        offsetIndexBytes: offsetIndex.sizeInBytes,
        timeIndexBytes: timeIndex.sizeInBytes,
      });
    }
    return sources;
  }

  /** What the transaction indexes say of aborted transactions that reach into the offsets. */
  abortedTransactions(from: number, to: number): Promise<readonly IndexedTransaction[]> {
    const log = this.#log;
    return log.onDisk(() => collectAborted(log.segments.from(from), from, to));
  }

  /** Producers that may still send, and where they were. */
  lastOfProducers(): LastOfProducer[] {
    return [...this.#log.producers.producers.values()].map(({ producerId, producerEpoch, batches }) => ({
      producerId,
      producerEpoch,
      lastDataOffset: batches.at(-1)?.lastOffset,
    }));
  }

  /** A new segment beside those of the log. */
  async createCleaned(baseOffset: number): Promise<LogSegment> {
    const log = this.#log;
    const cleaned = LogSegment.create(log.env.segmentEnv, log.dir, baseOffset, log.nowMs(), CLEANED_SUFFIX);
    // An earlier pass may have been stopped by a failing disk.
    await cleaned.removeFiles();
    await cleaned.createFile();
    return cleaned;
  }

  /** Takes `cleaned` in place of what it was made of; false when the log has changed there meanwhile. */
  swapIn(cleaned: LogSegment, sources: readonly SourceSegment[]): Promise<boolean> {
    return swapIn(this.#log, cleaned, sources);
  }
}

async function firstBatchTime(segment: LogSegment): Promise<number | undefined> {
  const header = Buffer.alloc(RECORD_BATCH_OVERHEAD);
  const bytesRead = await segment.file.use((file) => file.read(header, 0));
  // The one message of an old format may be shorter than a header of today; of its time nothing is missing then.
  return bytesRead === 0 ? undefined : batchAt(header).maxTimestamp;
}
