/**
 * Requests that changed topics or leaders in ZooKeeper and wait until the change has come back through the controller
 * into this broker's metadata: Kafka's "topic" and "ElectLeader" purgatories. They are tried at each change of the metadata, not by polling.
 */
import type { MetadataCache } from '../../metadata/index.ts';
import type { Metrics } from '../../metrics/index.ts';
import type { Timers } from '../../runtime/index.ts';

const MBEAN = 'kafka.server:type=DelayedOperationPurgatory';

export class DelayedTopicOperations {
  readonly #metadataCache: MetadataCache;
  readonly #timers: Timers;
  #waiting = 0;

  /** `delayedOperation` is the tag of the metrics: `topic`, `ElectLeader`. */
  constructor(metadataCache: MetadataCache, timers: Timers, metrics: Metrics, delayedOperation: string) {
    this.#metadataCache = metadataCache;
    this.#timers = timers;
    for (const name of ['NumDelayedOperations', 'PurgatorySize'])
      metrics.gauge(`${MBEAN},name=${name}`, () => this.#waiting, { delayedOperation });
  }

  /** Resolves when `isDone` says so or the time is up, whichever is first; the caller looks again which it was. */
  async until(isDone: () => boolean, timeoutMs: number): Promise<void> {
    if (isDone()) return;
    this.#waiting += 1;
    await new Promise<void>((resolve) => {
      const timer = this.#timers.after(timeoutMs, () => {
        end();
      });
      const stopListening = this.#metadataCache.onChange(() => {
        if (isDone()) end();
      });
      const end = (): void => {
        timer.cancel();
        stopListening();
        resolve();
      };
    });
    this.#waiting -= 1;
  }
}
