/**
 * All moves between the log dirs of a broker (Kafka's ReplicaAlterLogDirsManager): `num.replica.alter.log.dirs.threads`
 * movers, each with its share of the partitions, under one bound on bytes per second.
 */
import { PartitionMap, type TopicPartition } from '../../common/index.ts';
import type { BrokerConfig } from '../../config/index.ts';
import type { Metrics } from '../../metrics/index.ts';
import type { Runtime } from '../../runtime/index.ts';
import type { LogManager } from '../../storage/index.ts';
import { fetcherIdOf } from '../fetcher/replica-fetcher-manager.ts';
import type { Partition } from '../partition.ts';
import { LogDirMover } from './log-dir-mover.ts';
import { ReplicationQuota } from '../throttle/replication-quota.ts';

export interface LogDirMovesOptions {
  readonly runtime: Pick<Runtime, 'clock' | 'timers' | 'logger'>;
  readonly metrics: Metrics;
  /** As it is now: the bound may change while the broker runs. */
  readonly config: () => BrokerConfig;
  readonly logManager: Pick<LogManager, 'settleFutureLog' | 'replaceCurrentWithFutureLog'>;
  readonly onLowWatermarkMoved: (partition: Partition) => void;
}

const MBEAN = 'kafka.server:type=ReplicaAlterLogDirsManager,name=';
const CLIENT_ID = { clientId: 'ReplicaAlterLogDirs' };

export class LogDirMoves {
  readonly #options: LogDirMovesOptions;
  readonly #quota: ReplicationQuota;
  readonly #movers = new Map<number, LogDirMover>();
  readonly #failed = new PartitionMap<true>();

  constructor(options: LogDirMovesOptions) {
    const { metrics, runtime, config } = options;
    this.#options = options;
    this.#quota = new ReplicationQuota({
      clock: runtime.clock,
      bytesPerSecond: () => config().throttledRate('replica.alter.log.dirs.io.max.bytes.per.second'),
      numSamples: config().get('alter.log.dirs.replication.quota.window.num'),
      sampleMs: config().get('alter.log.dirs.replication.quota.window.size.seconds') * 1000,
    });
    metrics.gauge(`${MBEAN}MaxLag`, () => this.#maxLag(), CLIENT_ID);
    metrics.gauge(`${MBEAN}FailedPartitionsCount`, () => this.#failed.size, CLIENT_ID);
    // A mover here is no thread and cannot die while the process lives.
    metrics.gauge(`${MBEAN}DeadThreadCount`, () => 0, CLIENT_ID);
    metrics.gauge('kafka.server:type=AlterLogDirsReplication#byte-rate', () => this.#quota.rate);
  }

  /** They have a future log each. */
  add(partitions: Iterable<Partition>): void {
    for (const partition of partitions) {
      this.#failed.delete(partition.topic, partition.partition);
      this.#moverOf(partition).add(partition);
    }
  }

  /** Resolves when nothing is done to their logs any more. */
  async remove(partitions: readonly TopicPartition[]): Promise<void> {
    for (const { topic, partition } of partitions) this.#failed.delete(topic, partition);
    await Promise.all([...this.#movers.values()].map((mover) => mover.remove(partitions)));
  }

  onTruncated(partition: TopicPartition, offset: number): void {
    for (const mover of this.#movers.values()) mover.onTruncated(partition, offset);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#movers.values()].map((mover) => mover.close()));
  }

  #moverOf(partition: TopicPartition): LogDirMover {
    const id = fetcherIdOf(partition, this.#options.config().numReplicaAlterLogDirsThreads);
    let mover = this.#movers.get(id);
    if (mover === undefined) this.#movers.set(id, (mover = this.#createMover(id)));
    return mover;
  }

  #createMover(id: number): LogDirMover {
    const { runtime, config, logManager, onLowWatermarkMoved } = this.#options;
    return new LogDirMover({
      runtime: {
        ...runtime,
        logger: runtime.logger.child('kafka.server.ReplicaAlterLogDirsThread', { thread: id }),
      },
      quota: this.#quota,
      maxBytes: config().get('replica.fetch.max.bytes'),
      backoffMs: config().get('replica.fetch.backoff.ms'),
      settle: (partition) => logManager.settleFutureLog(partition),
      replace: (partition) => logManager.replaceCurrentWithFutureLog(partition),
      onLowWatermarkMoved,
      onFailed: ({ topic, partition }) => this.#failed.set(topic, partition, true),
    });
  }

  #maxLag(): number {
    return Math.max(0, ...[...this.#movers.values()].map(({ maxLag }) => maxLag));
  }
}
