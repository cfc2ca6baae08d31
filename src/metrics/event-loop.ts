/**
 * The one event loop of a broker as metrics. Kafka shows how idle its request handlers and network processors are; here
 * one thread does the work of both, of the control plane's as well, and its idleness stands under all their names. What
 * matters beside that is by how much it comes late, and what held it up longest.
 */
import type { Metrics } from './metrics.ts';

/** What measures the loop; the runtime's EventLoopWatch is one. Delays are those since the last reset. */
export interface EventLoopMeasures {
  delayMs(quantile: number): number;
  /** CPU of one turn of the loop. */
  readonly longestSliceMs: number;
  readonly garbageCollectionMs: number;
  readonly longestGarbageCollectionMs: number;
  /** Between 0 and 1: how much of the last minute, or a little more, the loop waited for something to do. */
  idleShare(): number;
}

const MBEAN = 'klassik:type=EventLoop,name=';

const HANDLER_POOL = 'kafka.server:type=KafkaRequestHandlerPool,name=';
const SOCKET_SERVER = 'kafka.network:type=SocketServer,name=';

export function registerEventLoopMetrics(
  metrics: Metrics,
  measures: EventLoopMeasures,
  { hasControlPlane }: { readonly hasControlPlane: boolean },
): void {
  const idle = (): number => measures.idleShare();
  metrics.gauge(`${HANDLER_POOL}RequestHandlerAvgIdlePercent`, idle);
  metrics.gauge(`${SOCKET_SERVER}NetworkProcessorAvgIdlePercent`, idle);
  if (hasControlPlane) metrics.gauge(`${HANDLER_POOL}ControlPlaneRequestHandlerAvgIdlePercent`, idle);
  // Without a control plane the original says that there is no such number.
  metrics.gauge(
    `${SOCKET_SERVER}ControlPlaneNetworkProcessorAvgIdlePercent`,
    hasControlPlane ? idle : () => Number.NaN,
  );
  for (const quantile of [0.5, 0.99])
    metrics.gauge(`${MBEAN}DelayMs`, () => measures.delayMs(quantile), { quantile });
  metrics.gauge(`${MBEAN}LongestSliceMs`, () => measures.longestSliceMs);
  metrics.gauge(`${MBEAN}GarbageCollectionMs`, () => measures.garbageCollectionMs);
  metrics.gauge(`${MBEAN}LongestGarbageCollectionMs`, () => measures.longestGarbageCollectionMs);
}
