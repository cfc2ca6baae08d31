/** Runs a task again and again, never twice at once: the next pause begins when the task has ended. */
import type { Timer, Timers } from '../runtime/index.ts';

export class PeriodicTask {
  readonly #timers: Timers;
  readonly #intervalMs: () => number;
  readonly #task: () => Promise<void> | void;
  #timer: Timer | undefined;
  #isRunning = false;
  #isStopped = true;

  constructor(timers: Timers, intervalMs: () => number, task: () => Promise<void> | void) {
    this.#timers = timers;
    this.#intervalMs = intervalMs;
    this.#task = task;
  }

  /** Starting twice changes nothing. */
  start(): void {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    this.#schedule();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #schedule(): void {
    if (this.#isStopped || this.#isRunning) return;
    this.#timer = this.#timers.after(this.#intervalMs(), () => void this.#run());
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      await this.#task();
    } finally {
      this.#isRunning = false;
      this.#schedule();
    }
  }
}
