/**
 * A log that was opened again: what may be missing now, and nothing else. Below the recovery point everything is there;
 * above it the log may end earlier than it did, and what there is, is what was written. The model goes on from there.
 */
import type { UnifiedLog } from '../../../../src/storage/index.ts';
import { expectEqual } from './check.ts';
import { mayBeHalfCleaned } from './compaction.ts';
import { inWords, isSame, type ModelBatch } from './model-batch.ts';
import type { ModelLog } from './model-log.ts';
import type { StoredSegment } from './stored.ts';

/** What is in the log besides what the model holds, or no longer there, when a step is cut off. */
export interface CutOff {
  /** Not acknowledged, and perhaps written. */
  readonly appended?: readonly ModelBatch[];
  /** From here on the log was being cut. */
  readonly cutFrom?: number;
  /** The log may have gone over to an empty one that begins here. */
  readonly anewAt?: number;
  /** The log's start may have gone up to here. */
  readonly startUpTo?: number;
  readonly isCleaning?: boolean;
}

/** What the checkpoints of the log dir say. */
export interface Saved {
  readonly highWatermark: number;
  /** 0: nothing that the first segment does not say. */
  readonly start: number;
}

export interface Reopening {
  readonly log: UnifiedLog;
  readonly segments: readonly StoredSegment[];
  /** At the end of the process before. What lies below the start nobody has promised to keep. */
  readonly recoveryPoint: number;
  readonly logStartOffset: number;
  readonly lastStableOffset: number;
  readonly cutOff: CutOff;
  /** Two where one was being written. */
  readonly saved: readonly Saved[];
  /** The process ended in order: nothing may be missing. */
  readonly isClean: boolean;
  readonly nowMs: number;
}

export function followReopening(model: ModelLog, reopening: Reopening): void {
  const { log, segments, cutOff } = reopening;
  const { anewAt, appended = [] } = cutOff;
  if (anewAt !== undefined && wasMadeAnew(segments, cutOff)) {
    model.startAnew(anewAt, cutOff.startUpTo ?? anewAt);
    model.add(...appended);
  } else {
    if (anewAt === undefined) model.add(...appended);
    expectStart(model, reopening);
  }
  expectContents(model, reopening);
  followEnd(model, reopening);
  model.rebuildProducers();
  followHighWatermark(model, reopening);
  followEpochs(model, log, reopening.isClean);
}

/** There is no telling one empty log from another: where it begins, and that nothing old is in it, is all there is to see. */
function wasMadeAnew(
  segments: readonly StoredSegment[],
  { anewAt, startUpTo, appended = [] }: CutOff,
): boolean {
  const [first] = segments;
  if (first === undefined || segments.length !== 1) return false;
  // A log that ends in front of its saved start begins there.
  if (first.baseOffset !== anewAt && first.baseOffset !== startUpTo) return false;
  return first.batches.every(
    (batch, index) => appended[index] !== undefined && isSame(batch, appended[index]),
  );
}

function expectStart(model: ModelLog, { log, cutOff, saved, isClean }: Reopening): void {
  const { logStartOffset, firstSegmentBaseOffset } = log;
  const upTo = Math.max(model.start, cutOff.startUpTo ?? 0);
  if (logStartOffset > upTo) throw new Error(`the log begins at ${logStartOffset}, it began at ${upTo}`);
  const atLeast = isClean ? model.start : Math.min(...saved.map(({ start }) => start));
  if (logStartOffset < atLeast) throw new Error(`the log begins at ${logStartOffset}, not at ${atLeast}`);
  if (firstSegmentBaseOffset > Math.max(model.firstSegment, upTo))
    throw new Error(`nothing is left below ${firstSegmentBaseOffset}`);
}

/** From the first segment on there is what was there, up to some batch; and all of it below the recovery point. */
function expectContents(model: ModelLog, reopening: Reopening): void {
  const { log, segments, isClean, recoveryPoint, cutOff } = reopening;
  const found = new Map(segments.flatMap(({ batches }) => batches).map((batch) => [batch.baseOffset, batch]));
  const wanted = model.batches.filter(({ baseOffset }) => baseOffset >= log.firstSegmentBaseOffset);
  const isThere = (batch: ModelBatch): boolean =>
    isKept(model, batch, found.get(batch.baseOffset), reopening);
  const end = wanted.findIndex((batch) => !isThere(batch));
  const kept = end < 0 ? wanted : wanted.slice(0, end);
  const lost = end < 0 ? undefined : wanted[end];
  const durableTo = isClean ? Infinity : Math.min(recoveryPoint, cutOff.cutFrom ?? Infinity);
  if (lost !== undefined && lost.lastOffset < durableTo && lost.lastOffset >= reopening.logStartOffset)
    throw new Error(`${inWords(lost)} is lost, although everything below ${durableTo} was flushed`);
  const offsets = new Set(kept.map(({ baseOffset }) => baseOffset));
  const strange = [...found.values()].find(({ baseOffset }) => !offsets.has(baseOffset));
  if (strange !== undefined)
    throw new Error(`${inWords(strange)} is in the log, which should end with ${inWords(kept.at(-1))}`);

  for (const { baseOffset } of kept) model.replace(baseOffset, found.get(baseOffset));
  if (lost !== undefined)
    model.batches = model.batches.filter(({ baseOffset }) => baseOffset < lost.baseOffset);
}

function isKept(
  model: ModelLog,
  batch: ModelBatch,
  found: ModelBatch | undefined,
  { cutOff, lastStableOffset, nowMs }: Reopening,
): boolean {
  if (cutOff.isCleaning === true) return mayBeHalfCleaned(batch, found, { model, lastStableOffset, nowMs });
  return found !== undefined && isSame(batch, found);
}

/** The end is behind the last batch, or where the last segment begins. */
function followEnd(model: ModelLog, { log, segments }: Reopening): void {
  const { logEndOffset, logStartOffset, firstSegmentBaseOffset } = log;
  const lastBatch = segments.flatMap(({ batches }) => batches).at(-1);
  const end = Math.max(segments.at(-1)!.baseOffset, (lastBatch?.lastOffset ?? -1) + 1);
  if (logEndOffset !== end) throw new Error(`the log ends at ${logEndOffset}, its files at ${end}`);
  if (logEndOffset > model.end) throw new Error(`the log ends at ${logEndOffset}, it ended at ${model.end}`);
  model.firstSegment = firstSegmentBaseOffset;
  model.start = logStartOffset;
  model.end = logEndOffset;
  model.endBatchesAt(logEndOffset);
}

function followHighWatermark(model: ModelLog, { log, saved }: Reopening): void {
  const bounded = (offset: number): number => Math.min(Math.max(offset, model.start), model.end);
  const allowed = saved.map(({ highWatermark }) => bounded(highWatermark));
  if (!allowed.includes(log.highWatermark))
    throw new Error(`the high watermark is ${log.highWatermark}, saved was ${allowed.join(' or ')}`);
  model.highWatermark = log.highWatermark;
}

/** What the log says of epochs must agree with its batches; an epoch in which nothing was written may be forgotten. */
function followEpochs(model: ModelLog, log: UnifiedLog, isClean: boolean): void {
  const endOf = (epoch: number): number => log.endOffsetForEpoch(epoch).endOffset;
  const entries = [];
  for (let epoch = 1; epoch <= log.latestEpoch; epoch++)
    if (epoch === log.latestEpoch || endOf(epoch) !== endOf(epoch - 1))
      entries.push({ epoch, startOffset: endOf(epoch - 1) });
  if (isClean) {
    model.epochs = model.epochs.filter(({ startOffset }) => startOffset < model.end);
    model.beginEpochsAt(model.start);
    expectEqual(entries, model.epochs, 'leader epochs');
  }
  model.epochs = entries;
  for (const batch of model.stored)
    if (batch.baseOffset >= (entries[0]?.startOffset ?? Infinity))
      expectEqual(
        model.epochOf(batch.baseOffset),
        batch.leaderEpoch,
        `the leader epoch of ${inWords(batch)}`,
      );
}
