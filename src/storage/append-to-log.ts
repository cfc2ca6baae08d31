/**
 * Appends: check, assign, place, all in one synchronous step, so that offsets follow the order of calls; the bytes
 * follow with the group of the turn, and `done` is told then. A segment that has no room left is rolled on the way
 * (contract section 4.3).
 */
import { assert } from '../common/index.ts';
import { KafkaError } from '../protocol/index.ts';
import { MAGIC_V2, type RecordBatch } from '../records/index.ts';
import { analyzeFollowerAppend, analyzeLeaderAppend, type AppendPlan } from './analyze-append.ts';
import { LogSegment } from './log-segment.ts';
import type { LogState } from './log-state.ts';
import type { AppendOptions, AppendOrigin, LogAppendInfo } from './log-types.ts';
import type { WriteDone } from './log-writer.ts';
import { planRoll, RELATIVE_OFFSET_MAX } from './plan-roll.ts';
import { noteInSegment } from './producer-state-manager.ts';
import type { BatchMetadata } from './producer-state.ts';
import type { VerificationGuard } from './transaction-verification.ts';

/**
 * Throws KafkaError for what is refused. `done` is called once, never before this returns; where nothing is to be
 * written, once what was appended before is.
 */
export function appendAsLeader(
  log: LogState,
  records: Buffer,
  { leaderEpoch, origin = 'client', judged, verificationGuard }: AppendOptions,
  done: WriteDone,
): LogAppendInfo {
  log.checkAppendable();
  const nowMs = log.nowMs();
  const plan = analyzeLeaderAppend({ records, origin, nowMs, name: log.name, judged }, log.config);
  const batch = plan.batches[0];
  if (batch === undefined) {
    afterWritten(log, -1, done);
    return appendInfo(log, plan, -1, -1);
  }
  const duplicate = checkProducer(log, plan, origin, verificationGuard);
  if (duplicate !== undefined) return answerDuplicate(log, plan, duplicate, done);

  batch.baseOffset = log.nextOffset;
  batch.partitionLeaderEpoch = leaderEpoch;
  const info = appendInfo(log, plan, batch.baseOffset, batch.lastOffset);
  place(log, plan, info, { nowMs, asLeader: true, done });
  return info;
}

/** As appendAsLeader, with the offsets and epochs that the leader gave. */
export function appendAsFollower(log: LogState, records: Buffer, done: WriteDone): LogAppendInfo {
  log.checkAppendable();
  const plan = analyzeFollowerAppend(records, log.nextOffset, log.name);
  const first = plan.batches[0];
  if (first === undefined) {
    afterWritten(log, -1, done);
    return appendInfo(log, plan, -1, -1);
  }
  const { lastOffset } = plan.batches.at(-1)!;
  const info = appendInfo(log, plan, firstOffsetOf(first, lastOffset, log.nextOffset), lastOffset);
  place(log, plan, info, { nowMs: log.nowMs(), asLeader: false, done });
  return info;
}

/** Of a message of an old format the earliest that it can be: nearer to it would have to be unpacked. */
function firstOffsetOf(first: RecordBatch, lastOffset: number, nextOffset: number): number {
  return first.magic === MAGIC_V2 ? first.baseOffset : Math.max(nextOffset, lastOffset - RELATIVE_OFFSET_MAX);
}

function checkProducer(
  log: LogState,
  plan: AppendPlan,
  origin: AppendOrigin,
  guard: VerificationGuard | undefined,
): BatchMetadata | undefined {
  const batch = plan.batches[0]!;
  if (!batch.hasProducerId) return undefined;
  const decision = log.producers.decideAppend(batch, origin, guard);
  if (decision.kind === 'duplicate') return decision.batch;
  if (decision.kind === 'refuse') throw new KafkaError(decision.error, `${decision.message} in ${log.name}`);
  return undefined;
}

/** The retry of a batch that is in the log: its first offset again, once the original is written. */
function answerDuplicate(
  log: LogState,
  plan: AppendPlan,
  original: BatchMetadata,
  done: WriteDone,
): LogAppendInfo {
  afterWritten(log, original.lastOffset, done);
  const firstOffset = original.lastOffset - original.offsetDelta;
  return {
    ...appendInfo(log, plan, firstOffset, original.lastOffset),
    logAppendTime: original.timestamp,
    duplicate: true,
  };
}

/** Tells `done` when everything up to `offset` is written, or that the log failed meanwhile. */
function afterWritten(log: LogState, offset: number, done: WriteDone): void {
  const isWritten = offset < log.logEndOffset;
  void (isWritten ? Promise.resolve() : log.writer.drain()).then(() => done(log.unusableError()));
}

function appendInfo(log: LogState, plan: AppendPlan, firstOffset: number, lastOffset: number): LogAppendInfo {
  return {
    firstOffset,
    lastOffset,
    maxTimestamp: plan.maxTimestamp,
    logAppendTime: plan.logAppendTime,
    logStartOffset: log.logStartOffset,
    sizeInBytes: plan.records.length,
    numMessages: plan.numMessages,
    duplicate: false,
  };
}

/** Everything an append changes in memory; `done` is told of the bytes. */
function place(
  log: LogState,
  plan: AppendPlan,
  info: LogAppendInfo,
  { nowMs, asLeader, done }: { readonly nowMs: number; readonly asLeader: boolean; readonly done: WriteDone },
): void {
  const { records, batches } = plan;
  if (planRoll(log.segments.active, info, log.config, nowMs) !== undefined)
    roll(log, info.firstOffset, nowMs);
  const segment = log.segments.active;
  const position = segment.sizeInBytes;
  for (const batch of batches) {
    segment.place(batch);
    const { partitionLeaderEpoch } = batch;
    if (partitionLeaderEpoch >= 0 && partitionLeaderEpoch !== log.epochs.latest?.epoch)
      log.epochs.assign(partitionLeaderEpoch, batch.baseOffset);
    // Epochs with a hole compare wrongly: behind what was written without one, logs are cut to what is committed.
    else if (batch.magic < MAGIC_V2) log.epochs.clear();
    if (batch.hasProducerId) noteInSegment(segment, log.producers, batch);
  }
  segment.modifiedMs = nowMs;
  log.nextOffset = info.lastOffset + 1;
  log.producers.mapEndOffset = log.nextOffset;
  const { firstOffset, lastOffset } = info;
  log.writer.add({ segment, position, records, firstOffset, lastOffset, asLeader, done });
}

/** Starts a new active segment. The old one is made durable in the background, which moves the recovery point. */
export function roll(log: LogState, baseOffset: number, nowMs: number): void {
  const old = log.segments.active;
  if (old.baseOffset === baseOffset) {
    assert(old.sizeInBytes === 0, 'only an empty segment is replaced by one of the same offset');
    return;
  }
  const segment = LogSegment.create(log.env.segmentEnv, log.dir, baseOffset, nowMs);
  segment.rollJitterMs = jitterMs(log);
  log.segments.add(segment);
  log.producers.mapEndOffset = baseOffset;
  log.snapshots.take(log.producers);
  log.emitSegment('rolled', baseOffset);
  log.inBackground(async () => {
    await log.writer.drain();
    await log.flusher.flushUpTo(baseOffset);
  });
}

/** segment.jitter.ms spreads the rolls of many partitions that were started together. */
function jitterMs({ config, env }: LogState): number {
  const bound = Math.min(config.segmentJitterMs, config.segmentMs, 0x7fff_ffff);
  return bound > 0 ? env.runtime.random.below(bound) : 0;
}
