/** Folders that carry the `-delete` name and wait for file.delete.delay.ms, so that who reads from them can finish. */
import type { Runtime, Timer } from '../runtime/index.ts';

export class FolderRemovals {
  readonly #runtime: Pick<Runtime, 'disk' | 'timers' | 'logger'>;
  readonly #waiting = new Set<Timer>();

  constructor(runtime: Pick<Runtime, 'disk' | 'timers' | 'logger'>) {
    this.#runtime = runtime;
  }

  removeLater(path: string, delayMs: number): void {
    const { timers, disk, logger } = this.#runtime;
    const timer = timers.after(delayMs, () => {
      this.#waiting.delete(timer);
      disk
        .removeFolder(path)
        .catch((error: unknown) => logger.error(`${path} could not be removed`, { error }));
    });
    this.#waiting.add(timer);
  }

  /** What still waits is removed after the next start. */
  stop(): void {
    for (const timer of this.#waiting) timer.cancel();
  }
}
