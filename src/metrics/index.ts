export { registerEventLoopMetrics } from './event-loop.ts';
export type { EventLoopMeasures } from './event-loop.ts';
export { Counter, Gauge, Histogram, Meter, Timing } from './instruments.ts';
export type { Distribution, Instrument } from './instruments.ts';
export type { MetricName, Tags } from './metric-name.ts';
export { Metrics } from './metrics.ts';
export { PROMETHEUS_CONTENT_TYPE, prometheusText } from './prometheus.ts';
export type { MetricKind, MetricSample, RegisteredMetric } from './sample.ts';
