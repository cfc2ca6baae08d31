/** What the cleaner says of itself, under Kafka's names (contract section 7.3). Percentages are whole numbers there. */
import type { Metrics } from '../../metrics/index.ts';
import type { CleaningStats } from './clean-log.ts';

const CLEANER = 'kafka.log:type=LogCleaner,name=';
const MANAGER = 'kafka.log:type=LogCleanerManager,name=';

export interface CleanerGauges {
  readonly maxDirtyPercent: () => number;
  readonly timeSinceLastRunMs: () => number;
  readonly deadThreadCount: () => number;
  readonly uncleanablePartitions: (logDirectory: string) => number;
  readonly uncleanableBytes: (logDirectory: string) => number;
}

/** Of the last pass of each thread; the metrics speak of the largest. */
export class CleanerMetrics {
  readonly #passes = new Map<number, { readonly stats: CleaningStats; readonly seconds: number }>();
  maxCompactionDelayMs = 0;

  register(metrics: Metrics, logDirectories: readonly string[], gauges: CleanerGauges): void {
    metrics.gauge(`${CLEANER}max-buffer-utilization-percent`, () =>
      this.#max(({ stats }) => Math.trunc(stats.bufferUtilization * 100)),
    );
    metrics.gauge(`${CLEANER}cleaner-recopy-percent`, () => this.#recopyPercent());
    metrics.gauge(`${CLEANER}max-clean-time-secs`, () => this.#max(({ seconds }) => Math.trunc(seconds)));
    metrics.gauge(`${CLEANER}max-compaction-delay-secs`, () => Math.trunc(this.maxCompactionDelayMs / 1000));
    metrics.gauge(`${CLEANER}DeadThreadCount`, gauges.deadThreadCount);
    metrics.gauge(`${MANAGER}max-dirty-percent`, gauges.maxDirtyPercent);
    metrics.gauge(`${MANAGER}time-since-last-run-ms`, gauges.timeSinceLastRunMs);
    for (const logDirectory of logDirectories) {
      const tags = { logDirectory };
      const { uncleanablePartitions, uncleanableBytes } = gauges;
      metrics.gauge(
        `${MANAGER}uncleanable-partitions-count`,
        () => uncleanablePartitions(logDirectory),
        tags,
      );
      metrics.gauge(`${MANAGER}uncleanable-bytes`, () => uncleanableBytes(logDirectory), tags);
    }
  }

  onPass(thread: number, stats: CleaningStats, seconds: number): void {
    this.#passes.set(thread, { stats, seconds });
  }

  #max(of: (pass: { readonly stats: CleaningStats; readonly seconds: number }) => number): number {
    return Math.max(0, ...[...this.#passes.values()].map(of));
  }

  #recopyPercent(): number {
    const passes = [...this.#passes.values()];
    const sum = (of: keyof CleaningStats): number =>
      passes.reduce((total, { stats }) => total + stats[of], 0);
    return Math.trunc((100 * sum('bytesWritten')) / Math.max(1, sum('bytesRead')));
  }
}
