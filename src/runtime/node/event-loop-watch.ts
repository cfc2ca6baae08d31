/**
 * Watches the one event loop that owns a broker's state. A slice of work that holds it delays every client, so the
 * delay is a metric: Kafka would show busy request handlers here.
 */
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import type { IntervalHistogram } from 'node:perf_hooks';

const RESOLUTION_MS = 10;
const NANOS_PER_MS = 1e6;

export class EventLoopWatch {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #collections: PerformanceObserver;
  #collectionMs = 0;
  #longestCollectionMs = 0;

  constructor() {
    this.#delay.enable();
    this.#collections = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        this.#collectionMs += duration;
        this.#longestCollectionMs = Math.max(this.#longestCollectionMs, duration);
      }
    });
    this.#collections.observe({ entryTypes: ['gc'] });
  }

  /** How much later than due the loop came round, at the quantile given (0.5, 0.99), since the last reset. */
  delayMs(quantile: number): number {
    return withoutResolution(this.#delay.percentile(quantile * 100));
  }

  /** The longest synchronous slice since the last reset. */
  get longestSliceMs(): number {
    return withoutResolution(this.#delay.max);
  }

  /** Time spent collecting garbage since the start. */
  get garbageCollectionMs(): number {
    return this.#collectionMs;
  }

  get longestGarbageCollectionMs(): number {
    return this.#longestCollectionMs;
  }

  reset(): void {
    this.#delay.reset();
    this.#longestCollectionMs = 0;
  }

  stop(): void {
    this.#delay.disable();
    this.#collections.disconnect();
  }
}

/** The histogram counts whole intervals between two ticks; what is above the tick itself is delay. */
function withoutResolution(nanos: number): number {
  return Number.isFinite(nanos) ? Math.max(0, nanos / NANOS_PER_MS - RESOLUTION_MS) : 0;
}
