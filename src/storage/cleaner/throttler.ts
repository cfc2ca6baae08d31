/** log.cleaner.io.max.bytes.per.second: what all passes together may read and write, evened out over time. */
import type { Clock, Timers } from '../../runtime/index.ts';

/** A pass that waits looks this often whether it was told to stop. */
const LONGEST_SLEEP_MS = 100;

export class Throttler {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #bytesPerSecond: () => number;
  /** When what was taken so far is paid for. */
  #paidAtMs = 0;

  constructor(runtime: { readonly clock: Clock; readonly timers: Timers }, bytesPerSecond: () => number) {
    this.#clock = runtime.clock;
    this.#timers = runtime.timers;
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Takes the bytes and waits until they are paid for; `checkGoOn` may throw meanwhile. */
  async take(bytes: number, checkGoOn: () => void): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    const paidAtMs = Math.max(nowMs, this.#paidAtMs) + (bytes * 1000) / this.#bytesPerSecond();
    this.#paidAtMs = paidAtMs;
    for (let leftMs = paidAtMs - nowMs; leftMs >= 1; leftMs = paidAtMs - this.#clock.monotonicMs()) {
      checkGoOn();
      await this.#timers.sleep(Math.min(leftMs, LONGEST_SLEEP_MS));
    }
  }
}
