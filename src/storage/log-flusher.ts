/**
 * Makes a log durable and takes files away, in a queue of its own so that an fsync never holds up appends. It owns
 * the recovery point: everything below is on the platter, and recovery after an unclean stop starts there.
 */
import { SerialQueue } from '../common/index.ts';
import type { Disk, Timers } from '../runtime/index.ts';
import type { LogSegment } from './log-segment.ts';
import type { LogSegments } from './log-segments.ts';
import type { SnapshotFiles } from './snapshot-files.ts';

export class LogFlusher {
  readonly #disk: Disk;
  readonly #timers: Timers;
  readonly #segments: LogSegments;
  readonly #snapshots: SnapshotFiles;
  readonly #queue = new SerialQueue();
  #dir: string;
  #recoveryPoint: number;
  #cutAt = Infinity;
  #folderChanged = false;
  #isStopped = false;

  constructor(
    runtime: { readonly disk: Disk; readonly timers: Timers },
    dir: string,
    log: {
      readonly segments: LogSegments;
      readonly snapshots: SnapshotFiles;
      readonly recoveryPoint: number;
    },
  ) {
    this.#disk = runtime.disk;
    this.#timers = runtime.timers;
    this.#dir = dir;
    this.#segments = log.segments;
    this.#snapshots = log.snapshots;
    this.#recoveryPoint = log.recoveryPoint;
  }

  get recoveryPoint(): number {
    return this.#recoveryPoint;
  }

  /**
   * The log is being cut at `offset`. Who asks for more to be flushed meanwhile, or has asked before, is told that it is
   * done: the segments are gone from the log, and must not count as flushed should a power loss bring them back.
   */
  beginCut(offset: number): void {
    this.#cutAt = offset;
    this.#recoveryPoint = Math.min(this.#recoveryPoint, offset);
  }

  /** The log goes on from where it was cut, or begins anew at `offset`. */
  endCut(offset: number = this.#recoveryPoint): void {
    this.#cutAt = Infinity;
    this.#recoveryPoint = offset;
  }

  /** The log begins at `offset`: what is below need not be recovered. */
  raiseRecoveryPoint(offset: number): void {
    this.#recoveryPoint = Math.max(this.#recoveryPoint, offset);
  }

  /** A file was added to the folder; the next flush makes its name durable too. */
  noteFolderChanged(): void {
    this.#folderChanged = true;
  }

  folderRenamed(dir: string): void {
    this.#dir = dir;
  }

  /** Runs alone among flushes and deletions. */
  exclusively<T>(task: () => Promise<T>): Promise<T> {
    return this.#queue.run(task);
  }

  /** After this nothing is flushed any more; waits for what is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#queue.drain();
  }

  /** Syncs everything written below `offset`; segments behind the active one get their index files. */
  flushUpTo(offset: number): Promise<void> {
    return this.#queue.run(async () => {
      if (this.#isStopped) return;
      const end = Math.min(offset, this.#cutAt);
      // From the segment in front of the recovery point on: flushed while it was the active one, it owes its indexes.
      const segments = [...this.#segments.from(this.#recoveryPoint - 1)];
      for (const [index, segment] of segments.entries()) {
        if (segment.baseOffset >= end) break;
        const isDurable = (segments[index + 1]?.baseOffset ?? end) <= this.#recoveryPoint;
        if (!isDurable || (this.#isComplete(segment) && segment.owesIndexes))
          await this.#flushSegment(segment);
      }
      if (await this.#snapshots.storePending(this.#indexedUpTo(end))) this.#folderChanged = true;
      if (this.#folderChanged) {
        this.#folderChanged = false;
        await this.#disk.syncFolder(this.#dir);
      }
      this.#recoveryPoint = Math.max(this.#recoveryPoint, Math.min(end, this.#cutAt));
    });
  }

  /** No longer the active one, and what was placed in it before the roll is written. */
  #isComplete(segment: LogSegment): boolean {
    return segment !== this.#segments.active && segment.writtenBytes === segment.sizeInBytes;
  }

  /** A snapshot on disk says that what is below it is durable, indexes too: those of the active segment are not. */
  #indexedUpTo(end: number): number {
    const { active } = this.#segments;
    return active.owesIndexes ? Math.min(end, active.baseOffset) : end;
  }

  async #flushSegment(segment: LogSegment): Promise<void> {
    const isCold = this.#isComplete(segment);
    if (isCold && segment.owesIndexes) {
      await segment.storeIndexes();
      this.#folderChanged = true;
    }
    await segment.sync();
    if (isCold) await segment.becomeCold();
  }

  /**
   * Renames the files of segments that left the log to `.deleted`, and removes those after `delayMs`. The producer
   * snapshot goes with a segment, unless another one begins at the same offset now.
   */
  async deleteFiles(
    segments: readonly LogSegment[],
    delayMs: number,
    onError: (cause: unknown) => void,
    replacedAt?: number,
  ): Promise<void> {
    await this.#queue.run(async () => {
      for (const segment of segments) {
        await segment.markDeleted();
        if (segment.baseOffset !== replacedAt) await this.#snapshots.markDeleted(segment.baseOffset);
      }
    });
    this.#timers.after(delayMs, () => {
      this.#removeFiles(segments).catch(onError);
    });
  }

  async #removeFiles(segments: readonly LogSegment[]): Promise<void> {
    for (const segment of segments) {
      await segment.removeFiles();
      await this.#snapshots.removeDeleted(segment.baseOffset);
    }
  }
}
