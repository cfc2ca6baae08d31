/** The two clocks of a broker. Everything that measures a span uses `monotonicMs`; only what is stored or shown is wall time. */
export interface Clock {
  /** Milliseconds since the epoch, an integer: record timestamps, znodes, file names. May jump. */
  wallMs(): number;
  /** Milliseconds since some start, fractional, never going back: timeouts, lag, latency. */
  monotonicMs(): number;
}

/** A pending call of `Timers`. Cancelling twice, or after it ran, is harmless. */
export interface Timer {
  cancel(): void;
}

export interface Timers {
  /** Calls once after `delayMs` (0 or more). A pending timer does not keep the process alive. */
  after(delayMs: number, callback: () => void): Timer;
  /** Calls after the running callback and its promises are done, before timers: the "end of this turn". */
  endOfTurn(callback: () => void): void;
  /** Resolves after `delayMs`. */
  sleep(delayMs: number): Promise<void>;
}
