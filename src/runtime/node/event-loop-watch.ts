/**
 * Watches the one event loop that owns a broker's state. What holds it delays every client, so that is measured: how
 * late the loop comes round, and how much CPU it took from one look for new events to the next. Kafka would show busy
 * request handlers here.
 *
 * Invariant: watching does not keep the loop awake. An immediate that is not referenced runs once in each turn of the
 * loop, right after the events of the turn, and leaves the loop free to wait for the next ones.
 */
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import type { EventLoopUtilization, IntervalHistogram } from 'node:perf_hooks';
import { threadCpuClock } from './thread-cpu.ts';

const RESOLUTION_MS = 10;
const NANOS_PER_MS = 1e6;
/** A client does not notice less. */
const LONG_SLICE_MS = 20;
/**
 * The thread's CPU is asked for no more often than this, in time: it is a system call, and one in each turn took a
 * tenth of what a busy broker does. A slice then counts for this much too much at most, and never for more than it took.
 */
const LOOK_MS = 4;
const IDLE_WINDOW_MS = 60_000;

export class EventLoopWatch {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #collections: PerformanceObserver;
  readonly #cpuMs: (() => number) | undefined;
  readonly #onLongSlice: (cpuMs: number) => void;
  #collectionMs = 0;
  #longestCollectionMs = 0;
  #longestSliceMs = 0;
  #turnEndedAtMs = 0;
  #lookedAtMs = 0;
  #cpuLookedAtMs = 0;
  #isStopped = false;
  #mark = performance.eventLoopUtilization();
  #markBefore = this.#mark;

  private constructor(cpuMs: (() => number) | undefined, onLongSlice: (cpuMs: number) => void) {
    this.#cpuMs = cpuMs;
    this.#onLongSlice = onLongSlice;
    this.#delay.enable();
    this.#collections = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        this.#collectionMs += duration;
        this.#longestCollectionMs = Math.max(this.#longestCollectionMs, duration);
      }
    });
    this.#collections.observe({ entryTypes: ['gc'] });
    this.reset();
    if (cpuMs !== undefined) this.#watchTurn(cpuMs);
  }

  /** `onLongSlice` is told each slice of at least LONG_SLICE_MS of CPU. */
  static async start(onLongSlice: (cpuMs: number) => void = () => undefined): Promise<EventLoopWatch> {
    return new EventLoopWatch(await threadCpuClock(), onLongSlice);
  }

  #watchTurn(cpuMs: () => number): void {
    setImmediate(() => {
      if (this.#isStopped) return;
      const nowMs = performance.now();
      const turnMs = nowMs - this.#turnEndedAtMs;
      this.#turnEndedAtMs = nowMs;
      if (nowMs - this.#lookedAtMs >= LOOK_MS) this.#look(nowMs, turnMs, cpuMs());
      this.#watchTurn(cpuMs);
    }).unref();
  }

  #look(nowMs: number, turnMs: number, cpuMs: number): void {
    const sliceMs = Math.min(cpuMs - this.#cpuLookedAtMs, turnMs);
    this.#lookedAtMs = nowMs;
    this.#cpuLookedAtMs = cpuMs;
    if (sliceMs > this.#longestSliceMs) this.#longestSliceMs = sliceMs;
    if (sliceMs >= LONG_SLICE_MS) this.#onLongSlice(sliceMs);
  }

  /** How much later than due the loop came round, at the quantile given (0.5, 0.99), since the last reset. */
  delayMs(quantile: number): number {
    return withoutResolution(this.#delay.percentile(quantile * 100));
  }

  /** The most CPU that one turn of the loop took since the last reset; where that cannot be told, its longest delay. */
  get longestSliceMs(): number {
    return this.#cpuMs === undefined ? withoutResolution(this.#delay.max) : this.#longestSliceMs;
  }

  /** Time spent collecting garbage since the start. */
  get garbageCollectionMs(): number {
    return this.#collectionMs;
  }

  get longestGarbageCollectionMs(): number {
    return this.#longestCollectionMs;
  }

  /** Of the time since a mark that is between one and two minutes old, once there is one that old. */
  idleShare(): number {
    const now = performance.eventLoopUtilization();
    if (lengthOf(performance.eventLoopUtilization(now, this.#mark)) >= IDLE_WINDOW_MS) {
      this.#markBefore = this.#mark;
      this.#mark = now;
    }
    return 1 - performance.eventLoopUtilization(now, this.#markBefore).utilization;
  }

  reset(): void {
    this.#delay.reset();
    this.#longestCollectionMs = 0;
    this.#longestSliceMs = 0;
    this.#turnEndedAtMs = this.#lookedAtMs = performance.now();
    this.#cpuLookedAtMs = this.#cpuMs?.() ?? 0;
  }

  stop(): void {
    this.#isStopped = true;
    this.#delay.disable();
    this.#collections.disconnect();
  }
}

function lengthOf({ idle, active }: EventLoopUtilization): number {
  return idle + active;
}

/** The histogram counts whole intervals between two ticks; what is above the tick itself is delay. */
function withoutResolution(nanos: number): number {
  return Number.isFinite(nanos) ? Math.max(0, nanos / NANOS_PER_MS - RESOLUTION_MS) : 0;
}
