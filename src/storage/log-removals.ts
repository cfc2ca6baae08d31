/**
 * How a log leaves the disk: its folder gets the `-delete` name at once, so that another may take its place, and is
 * removed after log.segment.delete.delay.ms, so that who reads from it can finish. Of folders that wait, the delay of
 * now counts, not the one they began to wait with.
 */
import type { Runtime, Timer } from '../runtime/index.ts';
import { deletedFolderName } from './file-names.ts';
import { FolderSyncs } from './folder-syncs.ts';
import type { LogCheckpoints } from './log-checkpoints.ts';
import type { LogDirs } from './log-dirs.ts';
import type { UnifiedLog } from './unified-log.ts';

export interface LogRemovalsOptions {
  readonly runtime: Pick<Runtime, 'clock' | 'disk' | 'timers' | 'logger' | 'random'>;
  readonly dirs: LogDirs;
  readonly checkpoints: LogCheckpoints;
  /** The broker's own: the original does not look at the topic's. */
  readonly fileDeleteDelayMs: number;
}

interface Waiting {
  readonly sinceMs: number;
  timer: Timer;
}

export class LogRemovals {
  readonly #options: LogRemovalsOptions;
  readonly #folderSyncs: FolderSyncs;
  readonly #waiting = new Map<string, Waiting>();
  #fileDeleteDelayMs: number;

  constructor(options: LogRemovalsOptions) {
    this.#options = options;
    this.#folderSyncs = new FolderSyncs(options.runtime.disk);
    this.#fileDeleteDelayMs = options.fileDeleteDelayMs;
  }

  changeDelay(fileDeleteDelayMs: number): void {
    if (fileDeleteDelayMs === this.#fileDeleteDelayMs) return;
    this.#fileDeleteDelayMs = fileDeleteDelayMs;
    for (const [path, waiting] of this.#waiting) {
      waiting.timer.cancel();
      waiting.timer = this.#removeWhenDue(path, waiting.sinceMs);
    }
  }

  /** Renames the folder. Rejects when the dir fails. */
  async moveAside(log: UnifiedLog): Promise<void> {
    const { dirs, checkpoints, runtime } = this.#options;
    const { random } = runtime;
    await log.renameDir(`${log.parentDir}/${deletedFolderName(log.topicPartition, random.uuid())}`);
    checkpoints.forget(log.parentDir, log.topicPartition);
    const dir = dirs.find(log.parentDir)!;
    await dirs.unlessFails(dir, () => this.#folderSyncs.sync(dir.path));
  }

  /** Lets go of a log whose folder lies aside, and of its lines in the checkpoints. */
  async removeMovedAside(log: UnifiedLog): Promise<void> {
    const { dirs, checkpoints } = this.#options;
    const dir = dirs.find(log.parentDir)!;
    await dirs.unlessFails(dir, () => log.closeHandlers());
    if (dirs.isLive(dir.path)) await dirs.unlessFails(dir, () => checkpoints.writeExtents(dir));
    this.removeLater(log.dir);
  }

  /** What a stop leaves is removed after the next start. */
  removeLater(path: string): void {
    const sinceMs = this.#options.runtime.clock.monotonicMs();
    this.#waiting.set(path, { sinceMs, timer: this.#removeWhenDue(path, sinceMs) });
  }

  #removeWhenDue(path: string, sinceMs: number): Timer {
    const { clock, timers, disk, logger } = this.#options.runtime;
    const delayMs = Math.max(0, sinceMs + this.#fileDeleteDelayMs - clock.monotonicMs());
    return timers.after(delayMs, () => {
      this.#waiting.delete(path);
      disk
        .removeFolder(path)
        .catch((error: unknown) => logger.error(`${path} could not be removed`, { error }));
    });
  }

  stop(): void {
    for (const { timer } of this.#waiting.values()) timer.cancel();
  }
}
