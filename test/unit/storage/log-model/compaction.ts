/**
 * What one pass of the cleaner may do to the array: batch by batch, by the rules of compaction and nothing else. The
 * model then takes over which emptied batches stayed, which depends on what the log knew of their producers.
 */
import type { StoredSegment } from './stored.ts';
import { inWords, isSame, type ModelBatch, type ModelRecord } from './model-batch.ts';
import type { ModelLog } from './model-log.ts';

export interface Pass {
  readonly firstDirtyOffset: number;
  /** Everything below is clean now. */
  readonly endOffset: number;
  /** When it began, and an instant at which it had ended. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly deleteRetentionMs: number;
  /** Of the log. */
  readonly lastStableOffset: number;
  readonly knowsProducer: (producerId: number) => boolean;
}

export function followPass(model: ModelLog, pass: Pass, segments: readonly StoredSegment[]): void {
  if (pass.endOffset > Math.max(pass.firstDirtyOffset, pass.lastStableOffset))
    throw new Error(`a pass went up to ${pass.endOffset}, what is stable ends at ${pass.lastStableOffset}`);
  const after = new Map(segments.flatMap(({ batches }) => batches).map((batch) => [batch.baseOffset, batch]));
  const rules = new Rules(model, pass);
  const before = model.stored.filter(({ baseOffset }) => baseOffset < pass.endOffset);
  const problems = before.map((batch) => rules.problemWith(batch, after.get(batch.baseOffset)));
  const problem = problems.find((each) => each !== undefined);
  if (problem !== undefined) throw new Error(problem);
  for (const { baseOffset } of before) model.replace(baseOffset, after.get(baseOffset));
}

class Rules {
  readonly #model: ModelLog;
  readonly #pass: Pass;
  readonly #aborted: ReadonlySet<ModelBatch>;
  readonly #latest = new Map<string, number>();

  constructor(model: ModelLog, pass: Pass) {
    this.#model = model;
    this.#pass = pass;
    this.#aborted = model.abortedBatches;
    for (const batch of model.stored)
      if (!batch.isControl && !this.#aborted.has(batch))
        for (const { offset, key } of batch.records)
          if (offset >= pass.firstDirtyOffset && offset < pass.endOffset) this.#latest.set(key ?? '', offset);
  }

  problemWith(batch: ModelBatch, left: ModelBatch | undefined): string | undefined {
    const wrong = batch.isControl ? this.#markerProblem(batch, left) : this.#dataProblem(batch, left);
    const { firstDirtyOffset, endOffset } = this.#pass;
    return wrong === undefined
      ? undefined
      : `compaction from ${firstDirtyOffset} to ${endOffset} made of ${inWords(batch)} ${inWords(left)}, which ${wrong}`;
  }

  #dataProblem(batch: ModelBatch, left: ModelBatch | undefined): string | undefined {
    const isExpired = batch.deleteHorizonMs !== null && batch.deleteHorizonMs <= this.#pass.toMs;
    const records = this.#aborted.has(batch)
      ? []
      : batch.records.filter((record) => this.#stays(record, isExpired));
    if (records.length === 0) return this.#emptiedProblem(batch, left);
    if (left === undefined) return `lost ${records.length} records`;
    const getsHorizon = batch.deleteHorizonMs === null && records.some(({ value }) => value === null);
    const isRebuilt = getsHorizon || records.length < batch.records.length;
    const maxTimestamp =
      isRebuilt && batch.timestampType === 'CreateTime'
        ? Math.max(...records.map(({ timestamp }) => timestamp))
        : batch.maxTimestamp;
    const expected = { ...batch, records, maxTimestamp };
    if (getsHorizon) return this.#horizonProblem(expected, left);
    return isSame(expected, left) ? undefined : `is not ${inWords(expected)}`;
  }

  #stays({ key, value, offset }: ModelRecord, isExpired: boolean): boolean {
    if (offset >= this.#pass.endOffset) return true;
    return offset >= (this.#latest.get(key ?? '') ?? -1) && (value !== null || !isExpired);
  }

  /** Stays as an empty batch for its producer's sake, or goes. */
  #emptiedProblem(batch: ModelBatch, left: ModelBatch | undefined): string | undefined {
    const { producerId } = batch;
    const last = this.#model.producers.get(producerId)?.batches.at(-1);
    const isLast = last?.baseOffset === batch.baseOffset && this.#pass.knowsProducer(producerId);
    if (left === undefined) return isLast && !batch.isControl ? 'forgets where its producer was' : undefined;
    if (producerId < 0) return 'is of no use';
    const { compression, deleteHorizonMs } = left;
    const expected = { ...batch, records: [], marker: null, compression, deleteHorizonMs };
    return isSame(expected, left) ? undefined : 'should be empty';
  }

  #markerProblem(batch: ModelBatch, left: ModelBatch | undefined): string | undefined {
    const { deleteHorizonMs } = batch;
    if (batch.marker === null) return this.#emptiedProblem(batch, left);
    if (this.#isNeeded(batch)) {
      return left !== undefined && isSame(batch, left) ? undefined : 'leaves its transaction without an end';
    }
    if (deleteHorizonMs === null)
      return left === undefined ? 'went too early' : this.#horizonProblem(batch, left);
    const isKept = left !== undefined && isSame(batch, left);
    if (deleteHorizonMs > this.#pass.toMs) return isKept ? undefined : 'went before its time';
    return isKept ? 'is past its time' : this.#emptiedProblem(batch, left);
  }

  #isNeeded({ baseOffset }: ModelBatch): boolean {
    const ended = this.#model.transactions.find(({ lastOffset }) => lastOffset === baseOffset);
    if (ended === undefined) return false;
    return this.#model.batchesOf(ended).some((batch) => batch.baseOffset >= this.#model.firstSegment);
  }

  #horizonProblem(batch: ModelBatch, left: ModelBatch): string | undefined {
    const { fromMs, toMs, deleteRetentionMs } = this.#pass;
    const { deleteHorizonMs } = left;
    if (!isSame({ ...batch, deleteHorizonMs }, left)) return 'is something else';
    const isInTime =
      deleteHorizonMs !== null &&
      deleteHorizonMs >= fromMs + deleteRetentionMs &&
      deleteHorizonMs <= toMs + deleteRetentionMs;
    return isInTime ? undefined : `may go at ${String(deleteHorizonMs)}`;
  }
}

/**
 * A pass that was cut off: some segments are written anew, others not. A record may be gone when it was aborted, or a
 * later one of its key is there, or it was a tombstone past its time.
 */
export function mayBeHalfCleaned(
  batch: ModelBatch,
  left: ModelBatch | undefined,
  { model, lastStableOffset, nowMs }: HalfCleaned,
): boolean {
  if (left !== undefined && isSame(batch, left)) return true;
  if (batch.lastOffset >= lastStableOffset) return false;
  const kept = new Set(left?.records.map(({ offset }) => offset));
  const isExpired = batch.deleteHorizonMs !== null && batch.deleteHorizonMs <= nowMs;
  if (batch.isControl) return left !== undefined || isExpired;
  if (model.abortedBatches.has(batch)) return kept.size === 0;
  const later = laterKeys({ model, lastStableOffset, nowMs });
  return batch.records.every(
    ({ offset, key, value }) =>
      kept.has(offset) || (value === null && isExpired) || (later.get(key ?? '') ?? -1) > offset,
  );
}

interface HalfCleaned {
  readonly model: ModelLog;
  /** Of the log when it was cut off. */
  readonly lastStableOffset: number;
  readonly nowMs: number;
}

/** The last offset of each key that a pass may look at. */
function laterKeys({ model, lastStableOffset }: HalfCleaned): Map<string, number> {
  const latest = new Map<string, number>();
  const aborted = model.abortedBatches;
  for (const batch of model.stored)
    if (!batch.isControl && !aborted.has(batch) && batch.lastOffset < lastStableOffset)
      for (const { key, offset } of batch.records) latest.set(key ?? '', offset);
  return latest;
}
