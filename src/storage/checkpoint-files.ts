/**
 * The small text files of a log dir: `*-offset-checkpoint`, `leader-epoch-checkpoint`, `partition.metadata` and the
 * clean-shutdown marker (contract sections 4.1 and 4.2). Pure text here; write-file-atomically.ts stores them.
 */
import type { TopicPartition } from '../common/index.ts';

export const RECOVERY_POINT_CHECKPOINT = 'recovery-point-offset-checkpoint';
export const LOG_START_CHECKPOINT = 'log-start-offset-checkpoint';
export const HIGH_WATERMARK_CHECKPOINT = 'replication-offset-checkpoint';
/** Where the dirty part of each compacted log begins. */
export const CLEANER_CHECKPOINT = 'cleaner-offset-checkpoint';

export type OffsetCheckpoint =
  | typeof RECOVERY_POINT_CHECKPOINT
  | typeof LOG_START_CHECKPOINT
  | typeof HIGH_WATERMARK_CHECKPOINT
  | typeof CLEANER_CHECKPOINT;

export const CLEAN_SHUTDOWN_FILE = '.kafka_cleanshutdown';
/** ZooKeeper mode writes no broker epoch; being there is all that counts. */
export const CLEAN_SHUTDOWN_CONTENT = '{"version":0,"brokerEpoch":-1}';

/** A checkpoint that cannot be read. */
export class CheckpointFormatError extends Error {
  override readonly name = 'CheckpointFormatError';
}

function formatCheckpoint(lines: readonly string[]): string {
  return `0\n${lines.length}\n${lines.map((line) => `${line}\n`).join('')}`;
}

function parseCheckpoint(text: string, path: string): string[] {
  // A file that was created and never written counts as empty: a fresh JVM broker leaves such files.
  if (text.length === 0) return [];
  const [version, count, ...lines] = text.split('\n');
  if (version !== '0') throw new CheckpointFormatError(`${path}: version ${version ?? ''} is unknown`);
  while (lines.length > 0 && lines.at(-1) === '') lines.pop();
  if (Number(count) !== lines.length)
    throw new CheckpointFormatError(`${path}: ${count ?? 'no'} entries announced, ${lines.length} found`);
  return lines;
}

export function formatOffsetCheckpoint(entries: Iterable<readonly [TopicPartition, number]>): string {
  return formatCheckpoint(
    Array.from(entries, ([{ topic, partition }, offset]) => `${topic} ${partition} ${offset}`),
  );
}

export function parseOffsetCheckpoint(text: string, path: string): [TopicPartition, number][] {
  return parseCheckpoint(text, path).map((line) => {
    const match = /^(\S+)\s+(\d+)\s+(-?\d+)$/.exec(line);
    if (match?.[1] === undefined) throw new CheckpointFormatError(`${path}: malformed line "${line}"`);
    return [{ topic: match[1], partition: Number(match[2]) }, Number(match[3])];
  });
}

/** Leader epoch `epoch` began at `startOffset`. */
export interface EpochEntry {
  readonly epoch: number;
  readonly startOffset: number;
}

export function formatLeaderEpochCheckpoint(entries: readonly EpochEntry[]): string {
  return formatCheckpoint(entries.map(({ epoch, startOffset }) => `${epoch} ${startOffset}`));
}

export function parseLeaderEpochCheckpoint(text: string, path: string): EpochEntry[] {
  return parseCheckpoint(text, path).map((line) => {
    const match = /^(\d+)\s+(\d+)$/.exec(line);
    if (match === null) throw new CheckpointFormatError(`${path}: malformed line "${line}"`);
    return { epoch: Number(match[1]), startOffset: Number(match[2]) };
  });
}

/** No newline at the end: the original has none. */
export function formatPartitionMetadata(topicId: string): string {
  return `version: 0\ntopic_id: ${topicId}`;
}

export function parsePartitionMetadata(text: string, path: string): string {
  const match = /^version: (\d+)\s*\ntopic_id: (\S+)\s*$/.exec(text);
  if (match?.[2] === undefined || match[1] !== '0')
    throw new CheckpointFormatError(`${path} is not a partition.metadata file of version 0`);
  return match[2];
}
