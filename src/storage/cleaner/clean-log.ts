/**
 * One pass over one log (Kafka's Cleaner.doClean): notes the keys of the dirty part, then writes every segment from the
 * beginning of the log anew, as far as the map reaches. It reads and writes in slices, has a worker thread look at the
 * records of each, and looks between two slices whether it may go on.
 */
import { assert } from '../../common/index.ts';
import type { Runtime } from '../../runtime/index.ts';
import { LOG_SUFFIX } from '../file-names.ts';
import type { LogConfig } from '../log-config.ts';
import type { LogSegment } from '../log-segment.ts';
import { UncleanableLogError } from './check-sound.ts';
import {
  FILTER_TASK,
  type FilterInput,
  type FilterResult,
  INDEX_KEYS_TASK,
  type IndexKeysInput,
  type IndexKeysResult,
} from './clean-tasks.ts';
import type { CleanableLog, SourceSegment } from './cleanable-log.ts';
import { lastBatches, type LastBatches } from './last-batches.ts';
import { emptyOffsetMap, type OffsetMapState, type ReusedTable } from './offset-map.ts';
import { planGroups } from './plan-groups.ts';
import { sharedBuffer, SliceReader } from './slice-reader.ts';
import type { Throttler } from './throttler.ts';
import { awaitAborted, noTransactions, type TransactionsSeen } from './transactions-seen.ts';

/** Somebody needs the partition, or the broker stops: not a failure. */
export class CleaningAbortedError extends Error {
  override readonly name = 'CleaningAbortedError';
}

export interface CleaningTools {
  readonly runtime: Runtime;
  readonly throttler: Throttler;
  /** Of one cleaner. */
  readonly dedupeBufferBytes: number;
  readonly loadFactor: number;
  readonly table: ReusedTable;
  readonly ioBufferBytes: number;
  /** Throws CleaningAbortedError when the pass must end. */
  readonly checkGoOn: () => void;
}

export interface CleaningStats {
  bytesRead: number;
  bytesWritten: number;
  recordsRead: number;
  recordsRetained: number;
  recordsWithoutKey: number;
  /** How full the map became, 0 to 1. */
  bufferUtilization: number;
  /** Read for the map, on the way to what is written. */
  mapBytesRead: number;
}

export interface CleaningResult {
  /** Everything below is clean now. */
  readonly endOffset: number;
  readonly stats: Readonly<CleaningStats>;
}

interface Range {
  readonly firstDirtyOffset: number;
  readonly firstUncleanableOffset: number;
}

export async function cleanLog(
  log: CleanableLog,
  range: Range,
  tools: CleaningTools,
): Promise<CleaningResult> {
  const pass = new CleaningPass(log, tools);
  const sources = await log.sources(range.firstUncleanableOffset);
  const map = await pass.indexKeys(sources, range);
  const endOffset = map.latestOffset + 1;
  const groups = planGroups(
    sources.filter(({ baseOffset }) => baseOffset < endOffset),
    { ...log.config, endOffset: range.firstUncleanableOffset },
  );
  const legacyHorizonMs = legacyDeleteHorizonMs(sources, range, log.config);
  for (const group of groups)
    await pass.cleanGroup(group, { map, legacyHorizonMs, endOffset: nextAfter(group, sources, range) });
  return { endOffset, stats: pass.stats };
}

/**
 * Tombstones of the old formats carry no time to live: they stay in segments that were modified after this, which is
 * delete.retention.ms before the last one that was cleaned.
 */
function legacyDeleteHorizonMs(
  sources: readonly SourceSegment[],
  { firstDirtyOffset }: Range,
  { deleteRetentionMs }: Pick<LogConfig, 'deleteRetentionMs'>,
): number {
  const lastClean = sources.findLast(({ baseOffset }) => baseOffset < firstDirtyOffset);
  return lastClean === undefined ? 0 : lastClean.segment.modifiedMs - deleteRetentionMs;
}

/** Where the group ends: at the segment behind it, or at what this pass does not touch. */
function nextAfter(group: readonly SourceSegment[], sources: readonly SourceSegment[], range: Range): number {
  const last = sources.indexOf(group.at(-1)!);
  return sources[last + 1]?.baseOffset ?? range.firstUncleanableOffset;
}

interface ToClean {
  readonly map: OffsetMapState;
  /** Of segments. */
  readonly legacyHorizonMs: number;
  /** Of the group. */
  readonly endOffset: number;
}

class CleaningPass {
  readonly #log: CleanableLog;
  readonly #tools: CleaningTools;
  readonly #slices: SliceReader;
  /** Where a slice's records that stay are put. */
  readonly #room: Buffer;
  /** Of the second half, which goes through the log once, group after group. */
  #transactions: TransactionsSeen = noTransactions();
  readonly stats: CleaningStats = {
    bytesRead: 0,
    bytesWritten: 0,
    recordsRead: 0,
    recordsRetained: 0,
    recordsWithoutKey: 0,
    bufferUtilization: 0,
    mapBytesRead: 0,
  };

  constructor(log: CleanableLog, tools: CleaningTools) {
    this.#log = log;
    this.#tools = tools;
    this.#slices = new SliceReader(tools.ioBufferBytes, tools.throttler, tools.checkGoOn);
    this.#room = sharedBuffer(tools.ioBufferBytes);
  }

  async indexKeys(
    sources: readonly SourceSegment[],
    { firstDirtyOffset, firstUncleanableOffset }: Range,
  ): Promise<OffsetMapState> {
    const { dedupeBufferBytes, loadFactor, table } = this.#tools;
    const offsetsMax = firstUncleanableOffset - firstDirtyOffset;
    let map = emptyOffsetMap({ bufferBytes: dedupeBufferBytes, loadFactor, offsetsMax }, table);
    let transactions = noTransactions();
    await this.#awaitAborted(transactions, firstDirtyOffset, firstUncleanableOffset);
    for (const [index, source] of sources.entries()) {
      const nextOffset = sources[index + 1]?.baseOffset ?? firstUncleanableOffset;
      if (nextOffset <= firstDirtyOffset) continue;
      const { offsetIndex } = await source.segment.indexes();
      const isFull = await this.#slices.read({
        segment: source.segment,
        start: offsetIndex.lookup(firstDirtyOffset).position,
        end: source.sizeInBytes,
        visit: async (records) => {
          const input: IndexKeysInput = { records, map, transactions, firstDirtyOffset };
          const result = (await this.#run(INDEX_KEYS_TASK, input)) as IndexKeysResult;
          ({ map, transactions } = result);
          this.stats.mapBytesRead += result.bytesRead;
          return result.isFull;
        },
      });
      if (isFull) break;
      // The offsets behind the last batch belong to nobody.
      map = { ...map, latestOffset: Math.max(map.latestOffset, nextOffset - 1) };
    }
    this.stats.bufferUtilization = map.entries / map.entriesMax;
    return map;
  }

  async cleanGroup(group: readonly SourceSegment[], toClean: ToClean): Promise<void> {
    const log = this.#log;
    const cleaned = await log.createCleaned(group[0]!.baseOffset);
    try {
      await this.#fill(cleaned, group, toClean);
    } catch (thrown) {
      await cleaned.removeFiles();
      throw thrown;
    }
    // A swap that fails half-way leaves the files as they are: they may be all there is, and the next load finishes it.
    if (await log.swapIn(cleaned, group)) return;
    await cleaned.removeFiles();
    throw new CleaningAbortedError(`${log.name} changed while it was cleaned`);
  }

  async #fill(
    cleaned: LogSegment,
    group: readonly SourceSegment[],
    { map, legacyHorizonMs, endOffset }: ToClean,
  ): Promise<void> {
    const producers = lastBatches(this.#log.lastOfProducers());
    for (const [index, source] of group.entries()) {
      const nextOffset = group[index + 1]?.baseOffset ?? endOffset;
      await this.#awaitAborted(this.#transactions, source.baseOffset, nextOffset);
      const retainsLegacyDeletes = source.segment.modifiedMs > legacyHorizonMs;
      await this.#cleanInto(cleaned, source, { map, producers, retainsLegacyDeletes });
    }
    await this.#complete(cleaned, group.at(-1)!.segment.modifiedMs);
  }

  async #cleanInto(
    cleaned: LogSegment,
    source: SourceSegment,
    rules: {
      readonly map: OffsetMapState;
      readonly producers: LastBatches;
      readonly retainsLegacyDeletes: boolean;
    },
  ): Promise<void> {
    const { map, producers, retainsLegacyDeletes } = rules;
    const { deleteRetentionMs, indexIntervalBytes } = this.#log.config;
    const { runtime, throttler, checkGoOn } = this.#tools;
    await this.#slices.read({
      segment: source.segment,
      start: 0,
      end: source.sizeInBytes,
      visit: async (records) => {
        const input: FilterInput = {
          records,
          map,
          transactions: this.#transactions,
          lastBatches: producers,
          nowMs: runtime.clock.wallMs(),
          deleteRetentionMs,
          retainsLegacyDeletes,
          indexIntervalBytes,
          room: this.#room,
        };
        const result = (await this.#run(FILTER_TASK, input)) as FilterResult;
        this.#transactions = result.transactions;
        this.#count(result);
        if (result.retained.length > 0) {
          await append(cleaned, result);
          await throttler.take(result.retained.length, checkGoOn);
        }
        return false;
      },
    });
  }

  #count(result: FilterResult): void {
    const { stats } = this;
    stats.bytesRead += result.bytesRead;
    stats.bytesWritten += result.retained.length;
    stats.recordsRead += result.recordsRead;
    stats.recordsRetained += result.recordsRetained;
    stats.recordsWithoutKey += result.recordsWithoutKey;
  }

  async #complete(cleaned: LogSegment, modifiedMs: number): Promise<void> {
    for (const transaction of this.#transactions.indexed.splice(0)) cleaned.noteAborted(transaction);
    await cleaned.storeIndexes();
    await cleaned.sync();
    await cleaned.becomeCold();
    await this.#tools.runtime.disk.setModifiedMs(cleaned.path(LOG_SUFFIX), modifiedMs);
    cleaned.modifiedMs = modifiedMs;
  }

  async #awaitAborted(seen: TransactionsSeen, from: number, to: number): Promise<void> {
    awaitAborted(seen, await this.#log.abortedTransactions(from, to));
  }

  #run(task: string, input: unknown): Promise<unknown> {
    return this.#tools.runtime.workers.run(task, input);
  }
}

async function append(cleaned: LogSegment, { retained, runs }: FilterResult): Promise<void> {
  const { buffer, byteOffset, byteLength } = retained;
  const position = cleaned.sizeInBytes;
  await cleaned.file.use((file) => file.writev([Buffer.from(buffer, byteOffset, byteLength)], position));
  for (const run of runs) {
    if (cleaned.indexesFull)
      throw new UncleanableLogError(`${cleaned.path(LOG_SUFFIX)} needs larger indexes`);
    cleaned.place(run);
  }
  assert(cleaned.sizeInBytes === position + byteLength, 'the runs of a slice make up its bytes');
  cleaned.writtenBytes = cleaned.sizeInBytes;
}
