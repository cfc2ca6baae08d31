/**
 * Opens the folder of one partition (contract section 4.6). After a clean stop nothing is scanned: the end of the log
 * is read behind the last index entry. Otherwise every segment from the recovery point on is read, cut at the first
 * byte that is not sound, and what lies behind is dropped. A missing index is rebuilt either way.
 */
import type { TopicPartition } from '../common/index.ts';
import type { RecordBatch } from '../records/index.ts';
import type { Disk } from '../runtime/index.ts';
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
import { rebuildProducers } from './rebuild-producers.ts';
import { SnapshotFiles } from './snapshot-files.ts';

export interface LogToLoad {
  readonly topicPartition: TopicPartition;
  readonly dir: string;
  readonly hadCleanShutdown: boolean;
  /** From the checkpoints of the log dir; 0 when they do not name the partition. */
  readonly recoveryPoint: number;
  readonly logStartOffset: number;
  readonly nowMs: number;
  readonly producerIdExpirationMs: number;
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
  const names = await finishInterrupted(disk, dir, await disk.list(dir));
  const epochs = await loadEpochs(disk, dir, names);
  const snapshots = new SnapshotFiles(disk, dir, names);
  const producers = new ProducerStateManager(load.producerIdExpirationMs);
  const segments = await openSegments(env, load, names);
  await snapshots.removeStray(new Set(segments.all().map(({ baseOffset }) => baseOffset)));
  const state = { segments, snapshots, producers, epochs };

  const recovery = await recoverSegments(
    load,
    state,
    planRecovery(segments, load, await withUnsoundIndexes(segments, names)),
  );

  let logEndOffset = segments.count === 0 ? -1 : await segments.active.openAsActive();
  if (logEndOffset < load.logStartOffset) {
    // The log ends before its own start: DeleteRecords was ahead of what survived.
    await dropSegments([...segments.all()], segments, snapshots);
    segments.add(LogSegment.create(env, dir, load.logStartOffset, load.nowMs));
    await segments.active.createFiles();
    logEndOffset = load.logStartOffset;
  }
  const logStartOffset = Math.max(load.logStartOffset, segments.first?.baseOffset ?? 0);
  epochs.truncateFromEnd(logEndOffset);
  epochs.truncateFromStart(logStartOffset);
  // Without any snapshot after a clean stop no producer was ever known: scanning the whole log would find nothing new.
  if (load.hadCleanShutdown && snapshots.offsets.length === 0) producers.mapEndOffset = logEndOffset;
  else await rebuildProducers(state, { logStartOffset, endOffset: logEndOffset, nowMs: load.nowMs });
  snapshots.take(producers);
  await snapshots.storePending(logEndOffset);
  return {
    ...state,
    logStartOffset,
    logEndOffset,
    recoveryPoint: load.hadCleanShutdown ? logEndOffset : Math.min(load.recoveryPoint, logEndOffset),
    topicId: await loadTopicId(disk, dir, names),
    ...recovery,
  };
}

/**
 * Segments that lack an index or have a damaged one. A missing transaction index is none: most segments need none. The
 * other two, when damaged, are found out and mended by who looks something up.
 */
async function withUnsoundIndexes(
  segments: LogSegments,
  names: readonly string[],
): Promise<ReadonlySet<LogSegment>> {
  const present = new Set(names);
  const unsound = new Set<LogSegment>();
  for (const segment of segments.all()) {
    if (!present.has(offsetFileName(segment.baseOffset, OFFSET_INDEX_SUFFIX))) unsound.add(segment);
    if (!segment.hasAborted) continue;
    try {
      await segment.transactionIndex();
      segment.dropIndexes();
    } catch (error) {
      if (!(error instanceof CorruptIndexError)) throw error;
      segment.forgetAborted();
      unsound.add(segment);
    }
  }
  return unsound;
}

/** Which segments have to be read whole. */
function planRecovery(
  segments: LogSegments,
  load: Pick<LogToLoad, 'hadCleanShutdown' | 'recoveryPoint'>,
  unsound: ReadonlySet<LogSegment>,
): LogSegment[] {
  const unflushed = new Set(load.hadCleanShutdown ? [] : segments.from(load.recoveryPoint));
  return segments.all().filter((segment) => unflushed.has(segment) || unsound.has(segment));
}

async function recoverSegments(
  load: LogToLoad,
  state: Pick<LoadedLog, 'segments' | 'snapshots' | 'producers' | 'epochs'>,
  toRecover: readonly LogSegment[],
): Promise<{ recoveredSegments: number; truncatedBytes: number }> {
  const { segments, snapshots, producers, epochs } = state;
  const { logStartOffset, nowMs } = load;
  const onBatch = (segment: LogSegment, batch: RecordBatch): void => {
    const { partitionLeaderEpoch } = batch;
    if (partitionLeaderEpoch >= 0) epochs.agreeWith(partitionLeaderEpoch, batch.baseOffset);
    if (batch.hasProducerId && batch.baseOffset >= producers.mapEndOffset)
      noteInSegment(segment, producers, batch);
    producers.mapEndOffset = Math.max(producers.mapEndOffset, batch.nextOffset);
  };
  let truncatedBytes = 0;
  let recoveredSegments = 0;
  for (const segment of toRecover) {
    await rebuildProducers(state, { logStartOffset, endOffset: segment.baseOffset, nowMs });
    segment.forgetAborted();
    truncatedBytes += await segment.recover((batch) => onBatch(segment, batch));
    recoveredSegments += 1;
    snapshots.take(producers);
    await snapshots.storePending(producers.mapEndOffset);
    if (truncatedBytes > 0) {
      const behind = segments.all().filter(({ baseOffset }) => baseOffset > segment.baseOffset);
      await dropSegments(behind, segments, snapshots);
      break;
    }
  }
  return { recoveredSegments, truncatedBytes };
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
      if (baseOffset !== undefined && !present.has(baseOffset))
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
