/** What the transaction coordinator counts, under the names of Kafka's beans. */
import { Histogram, type Metrics } from '../../metrics/index.ts';
import type { TransactionMarkers } from './transaction-markers.ts';

const COORDINATOR = 'kafka.server:type=transaction-coordinator-metrics#';
const CHANNELS = 'kafka.coordinator.transaction:type=TransactionMarkerChannelManager,name=';

export class TransactionMetrics {
  readonly #loadTimes = new Histogram();

  constructor(metrics: Metrics, markers: Pick<TransactionMarkers, 'unplacedCount' | 'appendRetryCount'>) {
    metrics.gauge(`${CHANNELS}UnknownDestinationQueueSize`, () => markers.unplacedCount);
    metrics.gauge(`${CHANNELS}LogAppendRetryQueueSize`, () => markers.appendRetryCount);
    metrics.gauge(`${COORDINATOR}partition-load-time-max`, () => this.#loadTimes.distribution.max);
    metrics.gauge(`${COORDINATOR}partition-load-time-avg`, () => this.#loadTimes.distribution.mean);
  }

  loadTook(durationMs: number): void {
    this.#loadTimes.update(durationMs);
  }
}
