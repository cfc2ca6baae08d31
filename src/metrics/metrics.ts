/**
 * The registry of a broker's metrics, one per broker. Asking for a name twice gives the same instrument, so a room
 * keeps what it was given instead of looking it up per request. Who registers a metric of something that can
 * disappear (a client) removes it when that disappears; a bound catches who forgot. Of partitions, of which there are
 * many, nothing is registered one by one (`gaugeForEach`).
 */
import { assert } from '../common/index.ts';
import type { Clock } from '../runtime/index.ts';
import { Counter, Gauge, Histogram, Meter, Timing } from './instruments.ts';
import type { Instrument } from './instruments.ts';
import { metricName } from './metric-name.ts';
import type { MetricName, Tags } from './metric-name.ts';
import { sampleOf } from './sample.ts';
import type { MetricSample, RegisteredMetric } from './sample.ts';

/** One gauge for each of many things that come and go. */
interface GaugeFamily {
  list(): Iterable<RegisteredMetric>;
}

/** Twenty metrics for each of 25,000 topics. Beyond it instruments still work but are not listed. */
const MAX_METRICS = 500_000;

export class Metrics {
  readonly #byName = new Map<string, RegisteredMetric>();
  readonly #families: GaugeFamily[] = [];
  readonly #nowMs: () => number;
  #unlisted = 0;

  constructor(clock: Clock) {
    this.#nowMs = () => clock.monotonicMs();
  }

  get size(): number {
    return this.#byName.size;
  }

  /** How many metrics were refused a place because the registry was full. */
  get unlisted(): number {
    return this.#unlisted;
  }

  counter(name: string, tags?: Tags): Counter {
    return this.#findOrAdd(name, tags, Counter, () => new Counter());
  }

  meter(name: string, tags?: Tags): Meter {
    return this.#findOrAdd(name, tags, Meter, () => new Meter(this.#nowMs));
  }

  histogram(name: string, tags?: Tags): Histogram {
    return this.#findOrAdd(name, tags, Histogram, () => new Histogram());
  }

  /** A histogram of durations together with a meter, Kafka's `...RateAndTimeMs`. */
  timing(name: string, tags?: Tags): Timing {
    return this.#findOrAdd(name, tags, Timing, () => new Timing(this.#nowMs));
  }

  /** Registers what `read` tells under the name; a gauge of that name is replaced. */
  gauge(name: string, read: () => number, tags?: Tags): void {
    const parsed = metricName(name, tags);
    this.#byName.delete(parsed.mbean);
    this.#add(parsed, new Gauge(read));
  }

  /**
   * A gauge for each of the things there are when somebody looks. Nothing is kept for a thing and nothing has to be
   * removed with it: there may be thousands, and mostly nobody looks.
   */
  gaugeForEach<T>(
    name: string,
    things: () => Iterable<T>,
    tagsOf: (thing: T) => Tags,
    read: (thing: T) => number,
  ): void {
    this.#families.push({
      *list() {
        for (const thing of things())
          yield { name: metricName(name, tagsOf(thing)), instrument: new Gauge(() => read(thing)) };
      },
    });
  }

  /** The instrument of that name, if it is registered. */
  get(name: string, tags?: Tags): Instrument | undefined {
    return this.#byName.get(metricName(name, tags).mbean)?.instrument;
  }

  remove(name: string, tags?: Tags): boolean {
    return this.#byName.delete(metricName(name, tags).mbean);
  }

  /** Every metric, in the order in which they were registered; last those of things that come and go. */
  *all(): IterableIterator<RegisteredMetric> {
    yield* this.#byName.values();
    for (const family of this.#families) yield* family.list();
  }

  /** Every metric as plain values. A gauge that throws is left out: looking must not harm the broker. */
  snapshot(): MetricSample[] {
    const samples: MetricSample[] = [];
    for (const metric of this.all()) {
      const sample = sampleOf(metric);
      if (sample !== undefined) samples.push(sample);
    }
    return samples;
  }

  #findOrAdd<T extends Instrument>(
    name: string,
    tags: Tags | undefined,
    kind: new (...args: never[]) => T,
    create: () => T,
  ): T {
    const parsed = metricName(name, tags);
    const found = this.#byName.get(parsed.mbean)?.instrument;
    if (found === undefined) return this.#add(parsed, create());
    assert(found instanceof kind, `metric ${parsed.mbean} is registered as another kind`);
    return found;
  }

  #add<T extends Instrument>(name: MetricName, instrument: T): T {
    if (this.#byName.size >= MAX_METRICS) this.#unlisted += 1;
    else this.#byName.set(name.mbean, { name, instrument });
    return instrument;
  }
}
