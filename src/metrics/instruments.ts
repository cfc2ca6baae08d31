/**
 * The instruments a metric can be, as in Kafka's Yammer registry: counter, meter (a counter with rates) and
 * histogram. Updating one is a few machine operations, cheap enough for once per request or per batch; nothing
 * here may be called per record.
 */

/** A number that goes up and down by amounts. */
export class Counter {
  #count = 0;

  get count(): number {
    return this.#count;
  }

  increment(by = 1): void {
    this.#count += by;
  }
}

/** The rates of Yammer's meters are averages that fade over these minutes, brought forward every five seconds. */
const TICK_MS = 5000;
const WINDOW_MINUTES = [1, 5, 15] as const;
const WEIGHTS = WINDOW_MINUTES.map((minutes) => 1 - Math.exp(-TICK_MS / 60_000 / minutes));

/** Events, and how many of them there are per second. */
export class Meter {
  readonly #nowMs: () => number;
  readonly #startMs: number;
  readonly #rates = [0, 0, 0];
  #count = 0;
  #sinceTick = 0;
  #lastTickMs: number;
  #ticked = false;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#startMs = this.#lastTickMs = nowMs();
  }

  get count(): number {
    return this.#count;
  }

  mark(events = 1): void {
    this.#tick();
    this.#count += events;
    this.#sinceTick += events;
  }

  get meanRate(): number {
    const elapsedMs = this.#nowMs() - this.#startMs;
    return elapsedMs > 0 ? (this.#count * 1000) / elapsedMs : 0;
  }

  /** Events per second over about the last minute. */
  get oneMinuteRate(): number {
    return this.#rate(0);
  }

  get fiveMinuteRate(): number {
    return this.#rate(1);
  }

  get fifteenMinuteRate(): number {
    return this.#rate(2);
  }

  #rate(index: number): number {
    this.#tick();
    return this.#rates[index]!;
  }

  /** Catches up on the ticks since the last call: a meter has no timer of its own. */
  #tick(): void {
    const ticks = Math.floor((this.#nowMs() - this.#lastTickMs) / TICK_MS);
    if (ticks <= 0) return;
    this.#lastTickMs += ticks * TICK_MS;
    const latest = (this.#sinceTick * 1000) / TICK_MS;
    this.#sinceTick = 0;
    for (const [index, weight] of WEIGHTS.entries()) {
      const before = this.#rates[index]!;
      const first = this.#ticked ? before + weight * (latest - before) : latest;
      this.#rates[index] = first * (1 - weight) ** (ticks - 1);
    }
    this.#ticked = true;
  }
}

export interface Distribution {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  quantile(fraction: number): number;
}

/** Kafka's histograms keep 1028 values of an exponentially decaying sample; here the latest 1024 speak for all. */
const SAMPLE_SIZE = 1024;

/** Values, and how they are spread. Quantiles describe the latest values only, count, sum, min and max all of them. */
export class Histogram {
  readonly #latest: number[] = [];
  #next = 0;
  #count = 0;
  #sum = 0;
  #min = Infinity;
  #max = -Infinity;

  update(value: number): void {
    this.#count += 1;
    this.#sum += value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    this.#latest[this.#next] = value;
    this.#next = (this.#next + 1) % SAMPLE_SIZE;
  }

  get count(): number {
    return this.#count;
  }

  get distribution(): Distribution {
    const sorted = Float64Array.from(this.#latest).sort();
    return {
      count: this.#count,
      sum: this.#sum,
      min: this.#count > 0 ? this.#min : 0,
      max: this.#count > 0 ? this.#max : 0,
      mean: this.#count > 0 ? this.#sum / this.#count : 0,
      quantile: (fraction) => quantileOf(sorted, fraction),
    };
  }
}

/** Between the two nearest values, as Yammer's Snapshot interpolates. */
function quantileOf(sorted: Float64Array, fraction: number): number {
  const size = sorted.length;
  if (size === 0) return 0;
  const position = fraction * (size + 1);
  if (position < 1) return sorted[0]!;
  if (position >= size) return sorted[size - 1]!;
  const lower = sorted[Math.floor(position) - 1]!;
  const upper = sorted[Math.floor(position)]!;
  return lower + (position - Math.floor(position)) * (upper - lower);
}

/** Kafka's timers (`LeaderElectionRateAndTimeMs`): how often, and how long it took. */
export class Timing {
  readonly meter: Meter;
  readonly histogram = new Histogram();

  constructor(nowMs: () => number) {
    this.meter = new Meter(nowMs);
  }

  update(durationMs: number): void {
    this.meter.mark();
    this.histogram.update(durationMs);
  }
}

/** A number that is asked for when somebody looks. */
export class Gauge {
  readonly #read: () => number;

  constructor(read: () => number) {
    this.#read = read;
  }

  get value(): number {
    return this.#read();
  }
}

export type Instrument = Counter | Meter | Histogram | Timing | Gauge;
