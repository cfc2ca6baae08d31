/**
 * Opens the folder of one partition (contract section 4.6). After a clean stop nothing is scanned: the end of the log
 * is read behind the last index entry. Otherwise every segment from the recovery point on is read, cut at the first
 * byte that is not sound, and what lies behind is dropped. A missing index is rebuilt either way.
 */
import { type TopicPartition, topicPartitionName } from '../common/index.ts';
import type { RecordBatch } from '../records/index.ts';
import type { Disk, Logger } from '../runtime/index.ts';
import { parseLeaderEpochCheckpoint, parsePartitionMetadata } from './checkpoint-files.ts';
import {
  LEADER_EPOCH_CHECKPOINT,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  offsetFileName,
  offsetOfFileName,
  PARTITION_METADATA,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from './file-names.ts';
import { finishInterrupted } from './interrupted-compaction.ts';
import { LeaderEpochCache } from './leader-epoch-cache.ts';
import { LogSegment, type SegmentEnvironment } from './log-segment.ts';
import { LogSegments } from './log-segments.ts';
import { CorruptIndexError } from './offset-index.ts';
import { noteInSegment, ProducerStateManager } from './producer-state-manager.ts';
import { assumeNoProducers, rebuildProducers } from './rebuild-producers.ts';
import { SnapshotFiles } from './snapshot-files.ts';

export interface LogToLoad {
  readonly topicPartition: TopicPartition;
  readonly dir: string;
  readonly hadCleanShutdown: boolean;
  /** From the checkpoints of the log dir; 0 when they do not name the partition. */
  readonly recoveryPoint: number;
  readonly logStartOffset: number;
  readonly nowMs: number;
  readonly producerIdExpirationMs: () => number;
  /** transaction.partition.verification.enable, of this moment. */
  readonly isVerificationRequired?: () => boolean;
  /** Told what is not as a log leaves it, in the original's words: operators look for them. */
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
}

export interface LoadedLog {
  readonly segments: LogSegments;
  readonly snapshots: SnapshotFiles;
  readonly producers: ProducerStateManager;
  readonly epochs: LeaderEpochCache;
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly recoveryPoint: number;
  readonly topicId: string | null;
  /** Segments that were read whole, for log lines and tests. */
  readonly recoveredSegments: number;
  readonly truncatedBytes: number;
}

export async function loadLog(env: SegmentEnvironment, load: LogToLoad): Promise<LoadedLog> {
  const { dir } = load;
  const { disk } = env;
  await disk.makeFolder(dir);
  const names = await finishInterrupted(disk, dir, await disk.list(dir), load.logger);
  const epochs = await loadEpochs(disk, dir, names);
  const snapshots = new SnapshotFiles(disk, dir, names, (path, { message }) =>
    load.logger.warn(`Failed to load producer snapshot from '${path}': ${message}`),
  );
  const producers = new ProducerStateManager(load.producerIdExpirationMs, load.isVerificationRequired);
  const segments = await openSegments(env, load, names);
  const opened = { segments, snapshots, producers, epochs, names };
  try {
    return await bringToUse(env, load, opened);
  } catch (error) {
    // Nobody will have this log, so nobody else closes its files.
    await Promise.allSettled(segments.all().map(({ file }) => file.close()));
    throw error;
  }
}

interface OpenedLog extends Pick<LoadedLog, 'segments' | 'snapshots' | 'producers' | 'epochs'> {
  /** Of the files in its folder. */
  readonly names: readonly string[];
}

/** What was lost is found out and cut off, and what stands in memory only is read together. */
async function bringToUse(
  env: SegmentEnvironment,
  load: LogToLoad,
  { names, ...state }: OpenedLog,
): Promise<LoadedLog> {
  const { disk } = env;
  const { dir } = load;
  const { segments, snapshots, epochs } = state;
  const flushed = new Set(snapshots.offsets);
  const unsound = await withUnsoundIndexes(disk, segments, load, names);
  const plan = planRecovery(segments, { ...load, flushed }, unsound);
  const recovery = await recoverSegments({ ...load, flushed }, state, plan);

  let logEndOffset = segments.count === 0 ? -1 : await segments.active.openAsActive();
  if (logEndOffset < load.logStartOffset) {
    // The log ends before its own start: DeleteRecords was ahead of what survived.
    if (segments.count > 0)
      load.logger.warn(
        `Deleting all segments because logEndOffset (${logEndOffset}) is smaller than logStartOffset ${load.logStartOffset}. This could happen if segment files were deleted from the file system.`,
      );
    await dropSegments([...segments.all()], segments, snapshots);
    segments.add(LogSegment.create(env, dir, load.logStartOffset, load.nowMs));
    await segments.active.createFiles();
    logEndOffset = load.logStartOffset;
  }
  const logStartOffset = Math.max(load.logStartOffset, segments.first?.baseOffset ?? 0);
  epochs.truncateFromEnd(logEndOffset);
  epochs.truncateFromStart(logStartOffset);
  await snapshots.removeStray(segments.all().map(({ baseOffset }) => baseOffset));
  if (load.hadCleanShutdown && snapshots.offsets.length === 0) assumeNoProducers(state, logEndOffset);
  else {
    await snapshots.removeOutside(logStartOffset, logEndOffset);
    await rebuildProducers(state, { logStartOffset, endOffset: logEndOffset, nowMs: load.nowMs });
  }
  await snapshots.storePending(logEndOffset);
  // What was removed must not come back with a power loss, when there are other records at its offsets.
  if (!load.hadCleanShutdown) await disk.syncFolder(dir);
  return {
    ...state,
    logStartOffset,
    logEndOffset,
    recoveryPoint: load.hadCleanShutdown
      ? logEndOffset
      : Math.max(Math.min(load.recoveryPoint, logEndOffset), logStartOffset),
    topicId: await loadTopicId(disk, dir, names),
    ...recovery,
  };
}

/**
 * Segments that lack an index or have a damaged one. A missing transaction index is none: most segments need none. The
 * other two, when damaged, are found out and mended by who looks something up.
 */
async function withUnsoundIndexes(
  disk: Disk,
  segments: LogSegments,
  { hadCleanShutdown, recoveryPoint, logger }: LogToLoad,
  names: readonly string[],
): Promise<ReadonlySet<LogSegment>> {
  const present = new Set(names);
  const unsound = new Set<LogSegment>();
  for (const segment of segments.all()) {
    const { baseOffset, hasAborted } = segment;
    if (present.has(offsetFileName(baseOffset, OFFSET_INDEX_SUFFIX))) {
      // A log from before there were time indexes: it gets an empty one, and the file's time stands for its records'.
      if (!present.has(offsetFileName(baseOffset, TIME_INDEX_SUFFIX)))
        await disk.writeFile(segment.path(TIME_INDEX_SUFFIX), '');
    } else {
      unsound.add(segment);
      if (hadCleanShutdown || baseOffset < recoveryPoint)
        logger.error(
          `Could not find offset index file corresponding to log file ${segment.path(LOG_SUFFIX)}, recovering segment and rebuilding index files...`,
        );
    }
    if (!hasAborted) continue;
    try {
      await segment.transactionIndex();
      segment.dropIndexes();
    } catch (error) {
      if (!(error instanceof CorruptIndexError)) throw error;
      segment.forgetAborted();
      unsound.add(segment);
      logger.warn(
        `Found a corrupted index file corresponding to log file ${segment.path(LOG_SUFFIX)} due to ${error.message}, recovering segment and rebuilding index files...`,
      );
    }
  }
  return unsound;
}

interface RecoveryPlan {
  /** What has to be read whole. */
  readonly toRecover: readonly LogSegment[];
  /** Those of them that may not be durable. */
  readonly unflushed: readonly LogSegment[];
}

type FlushedParts = Pick<LogToLoad, 'hadCleanShutdown' | 'recoveryPoint'> & {
  /** Where snapshots were found. */
  readonly flushed: ReadonlySet<number>;
};

/**
 * Those from the recovery point on. Where that is the very beginning of a segment, the one in front of it was flushed
 * while it was active, perhaps without its indexes: they came before the snapshot that is stored when a segment begins.
 */
function planRecovery(
  segments: LogSegments,
  { hadCleanShutdown, recoveryPoint, flushed }: FlushedParts,
  unsound: ReadonlySet<LogSegment>,
): RecoveryPlan {
  const from = flushed.has(recoveryPoint) ? recoveryPoint : recoveryPoint - 1;
  const unflushed = hadCleanShutdown ? [] : segments.from(from);
  const toRecover = segments.all().filter((segment) => unflushed.includes(segment) || unsound.has(segment));
  return { toRecover, unflushed };
}

async function recoverSegments(
  load: LogToLoad & FlushedParts,
  state: Pick<LoadedLog, 'segments' | 'snapshots' | 'producers' | 'epochs'>,
  { toRecover, unflushed }: RecoveryPlan,
): Promise<{ recoveredSegments: number; truncatedBytes: number }> {
  const { segments, snapshots, producers, epochs } = state;
  const { logStartOffset, nowMs, logger } = load;
  const onBatch = (segment: LogSegment, batch: RecordBatch): void => {
    const { partitionLeaderEpoch } = batch;
    // One that is read for its index alone says nothing of the epochs behind it.
    if (partitionLeaderEpoch >= 0 && unflushed.includes(segment))
      epochs.agreeWith(partitionLeaderEpoch, batch.baseOffset);
    if (batch.hasProducerId && batch.baseOffset >= producers.mapEndOffset)
      noteInSegment(segment, producers, batch);
    producers.mapEndOffset = Math.max(producers.mapEndOffset, batch.nextOffset);
  };
  let recoveredSegments = 0;
  for (const segment of toRecover) {
    const index = unflushed.indexOf(segment);
    if (index >= 0)
      logger.info(
        `Recovering unflushed segment ${segment.baseOffset}. ${index}/${unflushed.length} recovered for ${topicPartitionName(load.topicPartition)}.`,
      );
    await rebuildProducers(state, { logStartOffset, endOffset: segment.baseOffset, nowMs });
    segment.forgetAborted();
    const { bytesCut, invalidAt } = await segment.recover((batch) => onBatch(segment, batch));
    if (invalidAt !== undefined)
      logger.warn(
        `Found invalid messages in log segment ${segment.path(LOG_SUFFIX)} at byte offset ${invalidAt}.`,
      );
    recoveredSegments += 1;
    const behind = segments.all().filter(({ baseOffset }) => baseOffset > segment.baseOffset);
    const isDamaged = bytesCut > 0 || isEndLost(producers.mapEndOffset, behind[0], load);
    if (isDamaged) {
      logger.warn(
        `Corruption found in segment ${segment.baseOffset}, truncating to offset ${producers.mapEndOffset}`,
      );
      await dropSegments(behind.toReversed(), segments, snapshots);
    }
    // The snapshot says that what is below it is durable.
    await segment.sync();
    snapshots.take(producers);
    await snapshots.storePending(producers.mapEndOffset);
    if (isDamaged) return { recoveredSegments, truncatedBytes: bytesCut };
  }
  return { recoveredSegments, truncatedBytes: 0 };
}

/**
 * A power loss may take the last batches of a segment that was not flushed yet and leave the segment behind it: a hole
 * that shows no damage. Offsets are missing between two segments in compacted logs as well, but those were flushed,
 * which the snapshot tells that is stored after a segment was.
 */
function isEndLost(
  endOffset: number,
  next: LogSegment | undefined,
  { hadCleanShutdown, recoveryPoint, flushed }: FlushedParts,
): boolean {
  if (next === undefined || hadCleanShutdown || next.baseOffset <= recoveryPoint) return false;
  return endOffset < next.baseOffset && !flushed.has(next.baseOffset);
}

/** Nothing of them can be trusted, so nothing is kept for file.delete.delay.ms. */
async function dropSegments(
  dropped: readonly LogSegment[],
  segments: LogSegments,
  snapshots: SnapshotFiles,
): Promise<void> {
  segments.remove(dropped);
  for (const segment of dropped) {
    await segment.markDeleted();
    await segment.removeFiles();
    await snapshots.markDeleted(segment.baseOffset);
    await snapshots.removeDeleted(segment.baseOffset);
  }
}

async function openSegments(
  env: SegmentEnvironment,
  load: LogToLoad,
  names: readonly string[],
): Promise<LogSegments> {
  const segments = new LogSegments();
  const present = new Set<number>();
  for (const name of names) {
    const baseOffset = offsetOfFileName(name, LOG_SUFFIX);
    if (baseOffset === undefined) continue;
    present.add(baseOffset);
    const hasAborted = names.includes(offsetFileName(baseOffset, TRANSACTION_INDEX_SUFFIX));
    segments.add(await LogSegment.open(env, load.dir, baseOffset, load.nowMs, hasAborted));
  }
  for (const name of names)
    for (const suffix of INDEX_SUFFIXES) {
      const baseOffset = offsetOfFileName(name, suffix);
      if (baseOffset === undefined || present.has(baseOffset)) continue;
      load.logger.warn(`Found an orphaned index file ${load.dir}/${name}, with no corresponding log file.`);
      await env.disk.removeFile(`${load.dir}/${name}`);
    }
  return segments;
}

const INDEX_SUFFIXES = [OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TRANSACTION_INDEX_SUFFIX] as const;

async function loadEpochs(disk: Disk, dir: string, names: readonly string[]): Promise<LeaderEpochCache> {
  const path = `${dir}/${LEADER_EPOCH_CHECKPOINT}`;
  if (!names.includes(LEADER_EPOCH_CHECKPOINT)) {
    // Empty until there is an epoch, but there.
    await (await disk.open(path, 'write')).close();
    return new LeaderEpochCache();
  }
  return new LeaderEpochCache(parseLeaderEpochCheckpoint((await disk.readFile(path)).toString('utf8'), path));
}

async function loadTopicId(disk: Disk, dir: string, names: readonly string[]): Promise<string | null> {
  if (!names.includes(PARTITION_METADATA)) return null;
  const path = `${dir}/${PARTITION_METADATA}`;
  return parsePartitionMetadata((await disk.readFile(path)).toString('utf8'), path);
}
