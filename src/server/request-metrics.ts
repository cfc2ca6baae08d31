/**
 * What the broker counts per request, under Kafka's names (contract 7.3): how many of each API and version, how long
 * they took in all, how large they were, and which errors they ended with.
 */
import type { ErrorName } from '../protocol/index.ts';
import type { Histogram, Meter, Metrics } from '../metrics/index.ts';

const TYPE = 'kafka.network:type=RequestMetrics';

interface ApiMetrics {
  readonly totalTimeMs: Histogram;
  readonly requestBytes: Histogram;
}

export class RequestMetrics {
  readonly #metrics: Metrics;
  readonly #byApi = new Map<string, ApiMetrics>();
  /** Per API, by version: an array look-up per request instead of a name built per request. */
  readonly #rates = new Map<string, Meter[]>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  answered(api: string, version: number, totalTimeMs: number, requestBytes: number): void {
    this.#rate(api, version).mark();
    const { totalTimeMs: time, requestBytes: bytes } = this.#of(api);
    time.update(totalTimeMs);
    bytes.update(requestBytes);
  }

  failed(api: string, error: ErrorName): void {
    this.#metrics.meter(`${TYPE},name=ErrorsPerSec`, { request: api, error }).mark();
  }

  #rate(api: string, version: number): Meter {
    let meters = this.#rates.get(api);
    if (meters === undefined) this.#rates.set(api, (meters = []));
    return (meters[version] ??= this.#metrics.meter(`${TYPE},name=RequestsPerSec`, {
      request: api,
      version: String(version),
    }));
  }

  #of(api: string): ApiMetrics {
    let found = this.#byApi.get(api);
    if (found === undefined) {
      const tags = { request: api };
      found = {
        totalTimeMs: this.#metrics.histogram(`${TYPE},name=TotalTimeMs`, tags),
        requestBytes: this.#metrics.histogram(`${TYPE},name=RequestBytes`, tags),
      };
      this.#byApi.set(api, found);
    }
    return found;
  }
}
