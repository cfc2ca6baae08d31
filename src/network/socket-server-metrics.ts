/** The metrics of one listener: Kafka's `socket-server-metrics`, with the one event loop as network processor 0. */
import type { Meter, Metrics } from '../metrics/index.ts';

const MBEAN = 'kafka.server:type=socket-server-metrics#';

export class ListenerMetrics {
  readonly #metrics: Metrics;
  readonly #tags: { readonly listener: string; readonly networkProcessor: number };
  readonly #names: string[] = [];
  readonly opened: Meter;
  readonly closed: Meter;
  readonly requests: Meter;
  readonly responses: Meter;
  readonly incomingBytes: Meter;
  readonly outgoingBytes: Meter;
  readonly expired: Meter;

  constructor(metrics: Metrics, listener: string, connectionCount: () => number) {
    this.#metrics = metrics;
    this.#tags = { listener, networkProcessor: 0 };
    this.#gauge('connection-count', connectionCount);
    this.opened = this.#rateAndTotal('connection-creation');
    this.closed = this.#rateAndTotal('connection-close');
    this.requests = this.#rateAndTotal('request');
    this.responses = this.#rateAndTotal('response');
    this.incomingBytes = this.#rateAndTotal('incoming-byte');
    this.outgoingBytes = this.#rateAndTotal('outgoing-byte');
    this.expired = this.#rateAndTotal('expired-connections-killed');
  }

  onResponse(response: readonly Buffer[]): void {
    let bytes = 0;
    for (const buffer of response) bytes += buffer.length;
    this.responses.mark();
    this.outgoingBytes.mark(bytes);
  }

  unregister(): void {
    for (const name of this.#names) this.#metrics.remove(name, this.#tags);
  }

  /** Kafka's other library has `-rate` and `-total` attributes where a meter is one. */
  #rateAndTotal(name: string): Meter {
    const meter = this.#metrics.meter(`${MBEAN}${name}`, this.#tags);
    this.#metrics.remove(`${MBEAN}${name}`, this.#tags);
    this.#gauge(`${name}-rate`, () => meter.oneMinuteRate);
    this.#gauge(`${name}-total`, () => meter.count);
    return meter;
  }

  #gauge(attribute: string, read: () => number): void {
    this.#names.push(MBEAN + attribute);
    this.#metrics.gauge(MBEAN + attribute, read, this.#tags);
  }
}
