/**
 * How fast connections may come (`max.connection.creation.rate`, KIP-612): Kafka's rate over eleven samples of a second,
 * so that what was saved in ten quiet seconds may come at once. What comes faster has to wait, a second at most.
 */
const WINDOW_MS = 1000;
const SAMPLES = 11;

interface Sample {
  readonly startMs: number;
  count: number;
}

export class ConnectionRate {
  readonly #samples: Sample[] = [];

  /** Counts one; how long until the next may come. */
  record(nowMs: number, perSecond: number): number {
    this.#sampleAt(nowMs).count += 1;
    const total = this.#samples.reduce((sum, { count }) => sum + count, 0);
    const spanMs = this.#spanMs(nowMs);
    const rate = (total * 1000) / spanMs;
    if (rate <= perSecond) return 0;
    return Math.min(WINDOW_MS, Math.round(((rate - perSecond) / perSecond) * spanMs));
  }

  #sampleAt(nowMs: number): Sample {
    while (this.#samples.length > 0 && nowMs - this.#samples[0]!.startMs >= SAMPLES * WINDOW_MS)
      this.#samples.shift();
    const last = this.#samples.at(-1);
    if (last !== undefined && nowMs - last.startMs < WINDOW_MS) return last;
    const sample = { startMs: nowMs, count: 0 };
    this.#samples.push(sample);
    return sample;
  }

  /** Since the oldest sample began, and before that as if nothing had come: but for the last, samples count as whole. */
  #spanMs(nowMs: number): number {
    const elapsedMs = nowMs - (this.#samples[0]?.startMs ?? nowMs);
    const missing = Math.max(0, SAMPLES - 1 - Math.floor(elapsedMs / WINDOW_MS));
    return elapsedMs + missing * WINDOW_MS;
  }
}
