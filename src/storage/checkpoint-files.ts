/**
 * The small text files of a log dir: `*-offset-checkpoint`, `leader-epoch-checkpoint`, `partition.metadata` and the
 * clean-shutdown marker (contract sections 4.1 and 4.2). Pure text here; write-file-atomically.ts stores them.
 */
import { isUuid, type TopicPartition, ZERO_UUID } from '../common/index.ts';

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

/** Lines that are none of such a file: as with an error of the disk, its log dir goes offline. */
export class CheckpointFormatError extends Error {
  override readonly name = 'CheckpointFormatError';
}

/**
 * Lines of the right form with a number in them that cannot be. The original treats it otherwise: an offset checkpoint
 * counts as empty then, and for a file of a partition the broker does not start.
 */
export class CheckpointValueError extends Error {
  override readonly name = 'CheckpointValueError';
}

const INT_MAX = 0x7fff_ffffn;
const LONG_MAX = 0x7fff_ffff_ffff_ffffn;

function formatCheckpoint(lines: readonly string[]): string {
  return `0\n${lines.length}\n${lines.map((line) => `${line}\n`).join('')}`;
}

/** A file that ends early is one that was made and never written, as a fresh JVM broker leaves it: nothing is in it. */
function parseCheckpoint<T>(text: string, path: string, parseLine: (line: string) => T): T[] {
  const [version, count, ...lines] = linesOf(text);
  if (version === undefined) return [];
  if (!/^[+-]?0+$/.test(version)) throw new CheckpointFormatError(`${path}: version ${version} is unknown`);
  if (count === undefined) return [];
  if (!/^[+-]?\d+$/.test(count)) throw new CheckpointFormatError(`${path}: malformed line "${count}"`);
  if (Number(count) < 0) throw new CheckpointValueError(`${path}: ${count} entries announced`);
  const entries = lines.map(parseLine);
  if (Number(count) !== entries.length)
    throw new CheckpointFormatError(`${path}: ${count} entries announced, ${entries.length} found`);
  return entries;
}

/** The last line may end or not. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function parseNumber(text: string, max: bigint, path: string): number {
  const value = /^[+-]?\d+$/.test(text) ? BigInt(text.replace('+', '')) : undefined;
  if (value === undefined || value > max || value < -max - 1n)
    throw new CheckpointValueError(`${path}: "${text}" is no number that could stand there`);
  return Number(value);
}

export function formatOffsetCheckpoint(entries: Iterable<readonly [TopicPartition, number]>): string {
  return formatCheckpoint(
    Array.from(entries, ([{ topic, partition }, offset]) => `${topic} ${partition} ${offset}`),
  );
}

export function parseOffsetCheckpoint(text: string, path: string): [TopicPartition, number][] {
  return parseCheckpoint(text, path, (line) => {
    const [, topic, partition, offset] = /^(\S+)\s+(\S+)\s+(\S+)\s*$/.exec(line) ?? [];
    if (topic === undefined || partition === undefined || offset === undefined)
      throw new CheckpointFormatError(`${path}: malformed line "${line}"`);
    return [{ topic, partition: parseNumber(partition, INT_MAX, path) }, parseNumber(offset, LONG_MAX, path)];
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
  return parseCheckpoint(text, path, (line) => {
    const [, first, second] = /^(\S+)\s+(\S+)\s*$/.exec(line) ?? [];
    if (first === undefined || second === undefined)
      throw new CheckpointFormatError(`${path}: malformed line "${line}"`);
    const epoch = parseNumber(first, INT_MAX, path);
    const startOffset = parseNumber(second, LONG_MAX, path);
    if (epoch < 0 || startOffset < 0)
      throw new CheckpointValueError(`${path}: epoch ${epoch} cannot begin at offset ${startOffset}`);
    return { epoch, startOffset };
  });
}

/** No newline at the end: the original has none. */
export function formatPartitionMetadata(topicId: string): string {
  return `version: 0\ntopic_id: ${topicId}`;
}

/** The version is not looked at, so that a later one can be read. */
export function parsePartitionMetadata(text: string, path: string): string {
  const [version, id] = linesOf(text);
  if (version === undefined) throw new CheckpointValueError(`${path} is empty`);
  if (!/^version:\s+\d+$/.test(version))
    throw new CheckpointFormatError(`${path}: malformed line "${version}"`);
  if (id === undefined) throw new CheckpointValueError(`${path} names no topic id`);
  const topicId = /^topic_id:\s+(\S+)$/.exec(id)?.[1];
  if (topicId === undefined) throw new CheckpointFormatError(`${path}: malformed line "${id}"`);
  if (!isUuid(topicId)) throw new CheckpointValueError(`${path}: "${topicId}" is no topic id`);
  if (topicId === ZERO_UUID) throw new CheckpointFormatError(`${path} has the id of no topic`);
  return topicId;
}
