/**
 * The offset checkpoints of every log dir: recovery points, raised log starts and high watermarks of what lies in it.
 * Each names a partition at most once, whether the log there is the partition's own or the one that shall replace it.
 */
import { PartitionMap, type TopicPartition } from '../common/index.ts';
import {
  HIGH_WATERMARK_CHECKPOINT,
  LOG_START_CHECKPOINT,
  type OffsetCheckpoint,
  RECOVERY_POINT_CHECKPOINT,
} from './checkpoint-files.ts';
import type { LogDir } from './log-dir.ts';
import type { LogDirs } from './log-dirs.ts';
import type { UnifiedLog } from './unified-log.ts';

export interface CheckpointedHighWatermark extends TopicPartition {
  /** Of the log it belongs to. */
  readonly parentDir: string;
  readonly highWatermark: number;
}

export class LogCheckpoints {
  readonly #dirs: LogDirs;
  readonly #logsIn: (dir: LogDir) => Iterable<UnifiedLog>;
  /** By dir: what is known, of partitions too that nobody has told this broker of yet. */
  readonly #highWatermarks: ReadonlyMap<string, PartitionMap<number>>;

  constructor(dirs: LogDirs, logsIn: (dir: LogDir) => Iterable<UnifiedLog>) {
    this.#dirs = dirs;
    this.#logsIn = logsIn;
    this.#highWatermarks = new Map(dirs.all.map(({ path }) => [path, new PartitionMap<number>()]));
  }

  async loadHighWatermarks(dir: LogDir): Promise<void> {
    const known = this.#highWatermarks.get(dir.path);
    for (const [{ topic, partition }, offset] of await dir.readCheckpoint(HIGH_WATERMARK_CHECKPOINT))
      known?.set(topic, partition, offset);
  }

  /** What was read at load, or written since; 0 when the checkpoint of the dir does not name the partition. */
  highWatermarkOf(path: string, { topic, partition }: TopicPartition): number {
    return this.#highWatermarks.get(path)?.get(topic, partition) ?? 0;
  }

  forget(path: string, { topic, partition }: TopicPartition): void {
    this.#highWatermarks.get(path)?.delete(topic, partition);
  }

  async writeHighWatermarks(highWatermarks: Iterable<CheckpointedHighWatermark>): Promise<void> {
    for (const { topic, partition, parentDir, highWatermark } of highWatermarks)
      this.#highWatermarks.get(parentDir)?.set(topic, partition, highWatermark);
    await this.#everywhere((dir) =>
      this.#write(dir, HIGH_WATERMARK_CHECKPOINT, ({ topicPartition: { topic, partition } }) =>
        this.#highWatermarks.get(dir.path)?.get(topic, partition),
      ),
    );
  }

  async writeRecoveryPoints(): Promise<void> {
    for (const dir of this.#dirs.live) await this.writeRecoveryPointsOf(dir);
  }

  async writeRecoveryPointsOf(dir: LogDir): Promise<void> {
    await this.#dirs.unlessFails(dir, () => this.writeExtents(dir));
  }

  async writeLogStarts(): Promise<void> {
    await this.#everywhere((dir) => this.#write(dir, LOG_START_CHECKPOINT, logStartToCheckpoint));
  }

  /**
   * Both that say what a log in the dir begins with. Throws when the dir fails. A recovery point is never below its
   * log's start, so the starts go first: what lies below one that was lost may not be durable.
   */
  async writeExtents(dir: LogDir): Promise<void> {
    await this.#write(dir, LOG_START_CHECKPOINT, logStartToCheckpoint);
    await this.#write(dir, RECOVERY_POINT_CHECKPOINT, (log) => log.recoveryPoint);
  }

  async #everywhere(task: (dir: LogDir) => Promise<void>): Promise<void> {
    for (const dir of this.#dirs.live) await this.#dirs.unlessFails(dir, () => task(dir));
  }

  async #write(
    dir: LogDir,
    name: OffsetCheckpoint,
    offsetOf: (log: UnifiedLog) => number | undefined,
  ): Promise<void> {
    await dir.writeCheckpoint(name, () => {
      const entries: [TopicPartition, number][] = [];
      for (const log of this.#logsIn(dir)) {
        const offset = offsetOf(log);
        if (offset !== undefined) entries.push([log.topicPartition, offset]);
      }
      return entries;
    });
  }
}

/** Only where it says more than the first segment's name does. */
function logStartToCheckpoint(log: UnifiedLog): number | undefined {
  return log.logStartOffset > log.firstSegmentBaseOffset ? log.logStartOffset : undefined;
}
