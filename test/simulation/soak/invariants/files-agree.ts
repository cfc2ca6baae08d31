/**
 * What stands beside a log agrees with it: checkpoints can be read and claim no more than there is, leader epochs begin
 * where their batches do, entries of offset indexes point at batches, snapshots of producers can be read. Of the active
 * segment the indexes are in memory; those of others are in their files.
 */
import { batchAt, wholeBatchSize } from '../../../../src/records/index.ts';
import {
  CLEANER_CHECKPOINT,
  HIGH_WATERMARK_CHECKPOINT,
  LOG_START_CHECKPOINT,
  parseLeaderEpochCheckpoint,
  parseOffsetCheckpoint,
  parsePartitionMetadata,
  RECOVERY_POINT_CHECKPOINT,
  type EpochEntry,
} from '../../../../src/storage/checkpoint-files.ts';
import { LEADER_EPOCH_CHECKPOINT, PARTITION_METADATA } from '../../../../src/storage/file-names.ts';
import { OFFSET_INDEX_ENTRY_BYTES } from '../../../../src/storage/offset-index.ts';
import { decodeProducerSnapshot } from '../../../../src/storage/producer-snapshot.ts';
import type { UnifiedLog } from '../../../../src/storage/index.ts';
import { hostOf, type SimulatedCluster } from '../../cluster.ts';
import type { MemoryDisk } from '../../world/memory-disk.ts';
import { partsOf } from './health.ts';
import type { Report } from './violation.ts';

const CHECKPOINTS = [
  RECOVERY_POINT_CHECKPOINT,
  LOG_START_CHECKPOINT,
  HIGH_WATERMARK_CHECKPOINT,
  CLEANER_CHECKPOINT,
] as const;

export function checkFiles(cluster: SimulatedCluster, report: Report): void {
  for (const [id, { logManager }] of partsOf(cluster)) {
    const disk = cluster.world.disk(hostOf(id));
    const tell = (what: string): void => report('files-agree', `broker ${id}: ${what}`);
    const logs = new Map<string, UnifiedLog>();
    for (const log of logManager.allLogs())
      logs.set(`${log.parentDir} ${log.topicPartition.topic}-${log.topicPartition.partition}`, log);
    for (const dir of logManager.liveLogDirs)
      for (const name of CHECKPOINTS) checkCheckpoint(disk, dir, name, logs, tell);
    for (const log of logs.values()) checkLog(disk, log, (what) => tell(`${log.dir}/${what}`));
  }
}

type Tell = (what: string) => void;

function read<T>(tell: Tell, path: string, parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    tell(`${path} cannot be read: ${String(error)}`);
    return undefined;
  }
}

function checkCheckpoint(
  disk: MemoryDisk,
  dir: string,
  name: string,
  logs: ReadonlyMap<string, UnifiedLog>,
  tell: Tell,
): void {
  const path = `${dir}/${name}`;
  const bytes = disk.peek(path);
  if (bytes === undefined) return;
  for (const [{ topic, partition }, offset] of read(tell, path, () =>
    parseOffsetCheckpoint(bytes.toString(), path),
  ) ?? []) {
    const log = logs.get(`${dir} ${topic}-${partition}`);
    if (log !== undefined && offset > log.logEndOffset)
      tell(`${path} claims ${topic}-${partition} up to ${offset}, it ends at ${log.logEndOffset}`);
  }
}

function checkLog(disk: MemoryDisk, log: UnifiedLog, tell: Tell): void {
  const { dir } = log;
  const names = disk.names(dir);
  const epochs = epochsOf(disk, dir, tell);
  const metadata = disk.peek(`${dir}/${PARTITION_METADATA}`);
  if (metadata !== undefined) {
    const id = read(tell, PARTITION_METADATA, () =>
      parsePartitionMetadata(metadata.toString(), PARTITION_METADATA),
    );
    if (id !== log.topicId) tell(`${PARTITION_METADATA} is of topic ${id}, the log of ${log.topicId}`);
  }
  for (const name of names) {
    const bytes = (): Buffer => disk.peek(`${dir}/${name}`)!;
    if (/^\d{20}\.log$/.test(name)) checkSegment(disk, log, name, bytes(), epochs, tell);
    if (/^\d{20}\.snapshot$/.test(name)) read(tell, name, () => decodeProducerSnapshot(bytes()));
  }
}

function epochsOf(disk: MemoryDisk, dir: string, tell: Tell): readonly EpochEntry[] {
  const bytes = disk.peek(`${dir}/${LEADER_EPOCH_CHECKPOINT}`);
  if (bytes === undefined) return [];
  const entries =
    read(tell, LEADER_EPOCH_CHECKPOINT, () =>
      parseLeaderEpochCheckpoint(bytes.toString(), LEADER_EPOCH_CHECKPOINT),
    ) ?? [];
  for (const [index, { epoch, startOffset }] of entries.entries()) {
    const before = entries[index - 1];
    if (before !== undefined && (before.epoch >= epoch || before.startOffset >= startOffset))
      tell(`${LEADER_EPOCH_CHECKPOINT}: epoch ${epoch} from ${startOffset} on comes after ${before.epoch}`);
  }
  return entries;
}

/** Batches lie one behind the other, in the epochs that are remembered; the index knows where. */
function checkSegment(
  disk: MemoryDisk,
  log: UnifiedLog,
  name: string,
  bytes: Buffer,
  epochs: readonly EpochEntry[],
  tell: Tell,
): void {
  const positions = new Map<number, number>();
  let position = 0;
  let endOffset = Number(name.slice(0, 20));
  for (;;) {
    const size = wholeBatchSize(bytes, position);
    if (size === undefined) break;
    const batch = batchAt(bytes, position);
    if (batch.baseOffset < endOffset) tell(`${name}: offset ${batch.baseOffset} comes after ${endOffset}`);
    const epoch = epochs.findLast(({ startOffset }) => startOffset <= batch.lastOffset)?.epoch;
    if (epoch !== undefined && epoch !== batch.partitionLeaderEpoch && batch.lastOffset >= log.logStartOffset)
      tell(
        `${name}: offset ${batch.baseOffset} is of epoch ${batch.partitionLeaderEpoch}, ${LEADER_EPOCH_CHECKPOINT} says ${epoch}`,
      );
    positions.set(position, batch.lastOffset);
    position += size;
    endOffset = batch.lastOffset + 1;
  }
  if (position < bytes.length && bytes.subarray(position).some((byte) => byte !== 0))
    tell(`${name}: ${bytes.length - position} bytes at its end are no batch`);
  checkIndex(disk, log.dir, name.replace('.log', '.index'), positions, tell);
}

function checkIndex(
  disk: MemoryDisk,
  dir: string,
  name: string,
  positions: ReadonlyMap<number, number>,
  tell: Tell,
): void {
  const file = disk.file(`${dir}/${name}`);
  const baseOffset = Number(name.slice(0, 20));
  // A file may be large, and zeros from here on.
  const entry = Buffer.alloc(OFFSET_INDEX_ENTRY_BYTES);
  for (let at = 0; file?.read(entry, at) === entry.length; at += entry.length) {
    const [offset, position] = [baseOffset + entry.readInt32BE(0), entry.readInt32BE(4)];
    if (position === 0) break;
    if (positions.get(position) !== offset)
      tell(`${name}: offset ${offset} is to be at ${position}, there is ${positions.get(position)}`);
  }
}
