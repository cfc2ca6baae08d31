/** What a metric says at one moment, as plain values under the attribute names of Kafka's JMX beans. */
import { Counter, Gauge, Histogram, Meter } from './instruments.ts';
import type { Instrument } from './instruments.ts';
import type { MetricName } from './metric-name.ts';

export interface RegisteredMetric {
  readonly name: MetricName;
  readonly instrument: Instrument;
}

export type MetricKind = 'counter' | 'gauge' | 'meter' | 'histogram' | 'timing';

export interface MetricSample {
  readonly name: MetricName;
  readonly kind: MetricKind;
  readonly attributes: Readonly<Record<string, number>>;
}

/** JMX attribute and the quantile it shows. */
export const QUANTILES: readonly (readonly [attribute: string, quantile: number])[] = [
  ['50thPercentile', 0.5],
  ['75thPercentile', 0.75],
  ['95thPercentile', 0.95],
  ['98thPercentile', 0.98],
  ['99thPercentile', 0.99],
  ['999thPercentile', 0.999],
];

export function sampleOf({ name, instrument }: RegisteredMetric): MetricSample | undefined {
  try {
    return { name, ...read(instrument) };
  } catch {
    return undefined;
  }
}

function read(instrument: Instrument): Pick<MetricSample, 'kind' | 'attributes'> {
  if (instrument instanceof Counter) return { kind: 'counter', attributes: { Count: instrument.count } };
  if (instrument instanceof Gauge) return { kind: 'gauge', attributes: { Value: instrument.value } };
  if (instrument instanceof Meter) return { kind: 'meter', attributes: ofMeter(instrument) };
  if (instrument instanceof Histogram) return { kind: 'histogram', attributes: ofHistogram(instrument) };
  const { meter, histogram } = instrument;
  return { kind: 'timing', attributes: { ...ofMeter(meter), ...ofHistogram(histogram) } };
}

function ofMeter(meter: Meter): Record<string, number> {
  return {
    Count: meter.count,
    MeanRate: meter.meanRate,
    OneMinuteRate: meter.oneMinuteRate,
    FiveMinuteRate: meter.fiveMinuteRate,
    FifteenMinuteRate: meter.fifteenMinuteRate,
  };
}

function ofHistogram(histogram: Histogram): Record<string, number> {
  const distribution = histogram.distribution;
  const { count, sum, min, max, mean } = distribution;
  const quantiles = QUANTILES.map(
    ([attribute, fraction]) => [attribute, distribution.quantile(fraction)] as const,
  );
  return { Count: count, Sum: sum, Min: min, Max: max, Mean: mean, ...Object.fromEntries(quantiles) };
}
