/**
 * The one event loop of a broker as metrics. Kafka shows how idle its request handlers are; here one thread does
 * their work, so what matters is by how much it comes late, and what held it up longest.
 */
import type { Metrics } from './metrics.ts';

/** What measures the loop; the runtime's EventLoopWatch is one. Delays are those since the last reset. */
export interface EventLoopMeasures {
  delayMs(quantile: number): number;
  /** CPU of one turn of the loop. */
  readonly longestSliceMs: number;
  readonly garbageCollectionMs: number;
  readonly longestGarbageCollectionMs: number;
}

const MBEAN = 'klassik:type=EventLoop,name=';

export function registerEventLoopMetrics(metrics: Metrics, measures: EventLoopMeasures): void {
  for (const quantile of [0.5, 0.99])
    metrics.gauge(`${MBEAN}DelayMs`, () => measures.delayMs(quantile), { quantile });
  metrics.gauge(`${MBEAN}LongestSliceMs`, () => measures.longestSliceMs);
  metrics.gauge(`${MBEAN}GarbageCollectionMs`, () => measures.garbageCollectionMs);
  metrics.gauge(`${MBEAN}LongestGarbageCollectionMs`, () => measures.longestGarbageCollectionMs);
}
