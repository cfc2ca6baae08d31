/**
 * Who has been idle longest, and who for too long (`connections.max.idle.ms`). Connections are kept in the order of
 * their last activity, so that one timer, for the first of them, is enough.
 */
import type { Runtime, Timer } from '../runtime/index.ts';

interface IdleOptions<T> {
  readonly runtime: Pick<Runtime, 'clock' | 'timers'>;
  /** Below 0: nobody is ever idle for too long. */
  readonly maxIdleMs: number;
  readonly onIdle: (connection: T) => void;
}

export class IdleConnections<T extends { lastActiveMs: number }> {
  readonly #options: IdleOptions<T>;
  readonly #byActivity = new Set<T>();
  #timer: Timer | undefined;

  constructor(options: IdleOptions<T>) {
    this.#options = options;
  }

  oldestFirst(): IterableIterator<T> {
    return this.#byActivity.values();
  }

  /** It was active just now. */
  touch(connection: T): void {
    connection.lastActiveMs = this.#options.runtime.clock.monotonicMs();
    this.#byActivity.delete(connection);
    this.#byActivity.add(connection);
    this.#arm();
  }

  forget(connection: T): void {
    this.#byActivity.delete(connection);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#byActivity.clear();
  }

  #arm(): void {
    if (this.#timer !== undefined) return;
    const { runtime, maxIdleMs } = this.#options;
    const [oldest] = this.#byActivity;
    if (oldest === undefined || maxIdleMs < 0) return;
    const delayMs = Math.max(0, oldest.lastActiveMs + maxIdleMs - runtime.clock.monotonicMs());
    this.#timer = runtime.timers.after(Math.ceil(delayMs), () => this.#check());
  }

  #check(): void {
    const { runtime, maxIdleMs, onIdle } = this.#options;
    this.#timer = undefined;
    const activeAfterMs = runtime.clock.monotonicMs() - maxIdleMs;
    for (const connection of this.#byActivity) {
      if (connection.lastActiveMs > activeAfterMs) break;
      this.#byActivity.delete(connection);
      onIdle(connection);
    }
    this.#arm();
  }
}
