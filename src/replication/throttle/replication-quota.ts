/**
 * A bound on bytes per second, as Kafka's ReplicationQuotaManager keeps it: the rate over the last samples may not be
 * above the bound. What is taken is taken, in pieces as large as a read; who is over the bound pauses.
 */
import type { Clock } from '../../runtime/index.ts';

export interface ReplicationQuotaOptions {
  readonly clock: Clock;
  /** In bytes; Infinity: no bound. Looked at anew each time. */
  readonly bytesPerSecond: () => number;
  readonly numSamples: number;
  readonly sampleMs: number;
}

interface Sample {
  readonly startMs: number;
  lastMs: number;
  bytes: number;
}

export class ReplicationQuota {
  readonly #options: ReplicationQuotaOptions;
  #samples: Sample[] = [];

  constructor(options: ReplicationQuotaOptions) {
    this.#options = options;
  }

  /** None at all counts as well: the rate is that of the time since the first look. */
  record(bytes: number): void {
    const nowMs = this.#options.clock.monotonicMs();
    const latest = this.#samples.at(-1);
    if (latest !== undefined && nowMs - latest.startMs < this.#options.sampleMs) {
      latest.bytes += bytes;
      latest.lastMs = nowMs;
      return;
    }
    this.#forgetBefore(nowMs);
    this.#samples.push({ startMs: nowMs, lastMs: nowMs, bytes });
  }

  /** Over the samples that count, in bytes per second. */
  get rate(): number {
    const { clock, sampleMs } = this.#options;
    const nowMs = clock.monotonicMs();
    this.#forgetBefore(nowMs);
    const [oldest] = this.#samples;
    if (oldest === undefined) return 0;
    const bytes = this.#samples.reduce((sum, sample) => sum + sample.bytes, 0);
    return (bytes * 1000) / Math.max(nowMs - oldest.startMs, sampleMs);
  }

  get isExceeded(): boolean {
    const bound = this.#options.bytesPerSecond();
    return bound !== Infinity && this.rate > bound;
  }

  /** A sample that reaches into the time that counts counts as a whole, though it began before. */
  #forgetBefore(nowMs: number): void {
    const { numSamples, sampleMs } = this.#options;
    this.#samples = this.#samples.filter(({ lastMs }) => nowMs - lastMs < numSamples * sampleMs);
  }
}
