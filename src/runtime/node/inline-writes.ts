/**
 * Whether a small write is made at once, on the event loop, or handed to libuv's threads (docs/adr/004).
 *
 * A write to a file is a copy into the page cache, 2 to 3 microseconds for 16 KB; to have a thread make it costs 12 to
 * 40. But a disk that cannot keep up makes writers wait, and the loop must not: heartbeats live on it. So nothing is
 * written at once while the device hangs; and the first write that took long all the same sends all writes to the
 * threads for a while, and for longer each time it happens again.
 */
import type { Clock } from '../clock.ts';
import type { DeviceProgress } from './device-progress.ts';

/** More than this is worth a thread: the copy is the larger part of the cost. */
const INLINE_BYTES_MAX = 128 * 1024;
/** What the loop may stand still for. A busy machine takes the processor away for less than this. */
const SLOW_WRITE_MS = 20;
const FIRST_PAUSE_MS = 10_000;
const LAST_PAUSE_MS = 300_000;

export class InlineWrites {
  readonly #clock: Clock;
  readonly #device: Pick<DeviceProgress, 'isStuck'>;
  #pauseMs = FIRST_PAUSE_MS;
  #pausedUntilMs = -Infinity;

  constructor(clock: Clock, device: Pick<DeviceProgress, 'isStuck'>) {
    this.#clock = clock;
    this.#device = device;
  }

  isAllowed(bytes: number): boolean {
    if (bytes > INLINE_BYTES_MAX || this.#clock.monotonicMs() < this.#pausedUntilMs) return false;
    return !this.#device.isStuck;
  }

  /** Makes a write and takes note of how long it took. */
  run(write: () => void): void {
    const startMs = this.#clock.monotonicMs();
    try {
      write();
    } finally {
      const endMs = this.#clock.monotonicMs();
      if (endMs - startMs >= SLOW_WRITE_MS) this.#pauseFrom(endMs);
    }
  }

  /** Slow again soon after the last pause: the next one is twice as long. */
  #pauseFrom(nowMs: number): void {
    const isAgain = nowMs - this.#pausedUntilMs < this.#pauseMs;
    this.#pauseMs = isAgain ? Math.min(this.#pauseMs * 2, LAST_PAUSE_MS) : FIRST_PAUSE_MS;
    this.#pausedUntilMs = nowMs + this.#pauseMs;
  }
}
