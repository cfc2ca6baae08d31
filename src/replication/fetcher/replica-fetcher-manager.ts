/**
 * All fetchers of a broker: for every leader `num.replica.fetchers` of them, each with its share of the partitions
 * (contract 3.11). Fetchers exist only while they have partitions.
 */
import { javaHashCode, kafkaAbs, PartitionMap, type TopicPartition } from '../../common/index.ts';
import type { Metrics } from '../../metrics/index.ts';
import type { Partition } from '../partition.ts';
import type { ReplicaFetcher } from './replica-fetcher.ts';

export interface ReplicaFetcherManagerOptions {
  readonly metrics: Metrics;
  /** At the start. */
  readonly numFetchers: number;
  readonly createFetcher: (leaderId: number, fetcherId: number) => ReplicaFetcher;
}

const MBEAN = 'kafka.server:type=ReplicaFetcherManager,name=';
const LAG_MBEAN = 'kafka.server:type=FetcherLagMetrics,name=ConsumerLag';
const CLIENT_ID = { clientId: 'Replica' };

/** Which of a leader's fetchers a partition belongs to. */
export function fetcherIdOf({ topic, partition }: TopicPartition, numFetchers: number): number {
  return kafkaAbs((Math.imul(31, javaHashCode(topic)) + partition) | 0) % numFetchers;
}

export class ReplicaFetcherManager {
  readonly #options: ReplicaFetcherManagerOptions;
  readonly #fetchers = new Map<number, Map<number, ReplicaFetcher>>();
  readonly #fetcherOf = new PartitionMap<ReplicaFetcher>();
  readonly #failed = new PartitionMap<true>();
  #numFetchers: number;

  constructor(options: ReplicaFetcherManagerOptions) {
    this.#options = options;
    this.#numFetchers = options.numFetchers;
    const { metrics } = options;
    metrics.gauge(`${MBEAN}MaxLag`, () => this.#maxLag(), CLIENT_ID);
    metrics.gauge(`${MBEAN}FailedPartitionsCount`, () => this.#failed.size, CLIENT_ID);
    metrics.gaugeForEach(
      LAG_MBEAN,
      () => this.#fetcherOf,
      ([partition]) => lagTags(partition),
      ([{ topic, partition }, fetcher]) => fetcher.lagOf(topic, partition) ?? 0,
    );
    // A fetcher here is no thread and cannot die while the process lives.
    metrics.gauge(`${MBEAN}DeadThreadCount`, () => 0, CLIENT_ID);
  }

  get fetcherCount(): number {
    let count = 0;
    for (const ofLeader of this.#fetchers.values()) count += ofLeader.size;
    return count;
  }

  get failedPartitions(): readonly TopicPartition[] {
    return [...this.#failed].map(([topicPartition]) => topicPartition);
  }

  /** Starts to follow the leader each partition has now. */
  add(partitions: Iterable<Partition>): void {
    const shares = new Map<ReplicaFetcher, Partition[]>();
    for (const partition of partitions) {
      const fetcher = this.#fetcher(partition.leaderId, fetcherIdOf(partition, this.#numFetchers));
      const share = shares.get(fetcher);
      if (share === undefined) shares.set(fetcher, [partition]);
      else share.push(partition);
      this.#failed.delete(partition.topic, partition.partition);
      this.#fetcherOf.set(partition.topic, partition.partition, fetcher);
    }
    for (const [fetcher, share] of shares) fetcher.add(share);
  }

  /** Resolves when nothing is written to their logs any more. */
  async remove(partitions: Iterable<TopicPartition>): Promise<void> {
    const shares = new Map<ReplicaFetcher, TopicPartition[]>();
    for (const { topic, partition } of partitions) {
      this.#failed.delete(topic, partition);
      const fetcher = this.#fetcherOf.get(topic, partition);
      if (fetcher === undefined) continue;
      this.#fetcherOf.delete(topic, partition);
      const share = shares.get(fetcher);
      if (share === undefined) shares.set(fetcher, [{ topic, partition }]);
      else share.push({ topic, partition });
    }
    await Promise.all([...shares].map(([fetcher, share]) => fetcher.remove(share)));
  }

  /**
   * Deals what is followed out anew among so many fetchers per leader. What was given up stays so. No role may change
   * meanwhile; `partitionOf` tells the partitions of now.
   */
  async resize(
    numFetchers: number,
    partitionOf: (topicPartition: TopicPartition) => Partition | undefined,
  ): Promise<void> {
    if (numFetchers === this.#numFetchers) return;
    const followed = [...this.#fetcherOf]
      .map(([topicPartition]) => topicPartition)
      .filter(({ topic, partition }) => this.#failed.get(topic, partition) === undefined);
    await this.remove(followed);
    this.#numFetchers = numFetchers;
    this.add(followed.flatMap((topicPartition) => partitionOf(topicPartition) ?? []));
    await this.closeIdle();
  }

  /** A fetcher gave a partition up. While it did, the partition may have been taken from it, to be led or deleted. */
  markFailed({ topic, partition }: TopicPartition): void {
    if (this.#fetcherOf.get(topic, partition) !== undefined) this.#failed.set(topic, partition, true);
  }

  async closeIdle(): Promise<void> {
    const idle: ReplicaFetcher[] = [];
    for (const [leaderId, ofLeader] of this.#fetchers) {
      for (const [fetcherId, fetcher] of ofLeader) {
        if (fetcher.size > 0) continue;
        ofLeader.delete(fetcherId);
        idle.push(fetcher);
      }
      if (ofLeader.size === 0) this.#fetchers.delete(leaderId);
    }
    await Promise.all(idle.map((fetcher) => fetcher.close()));
  }

  async close(): Promise<void> {
    const all = [...this.#fetchers.values()].flatMap((ofLeader) => [...ofLeader.values()]);
    this.#fetchers.clear();
    this.#fetcherOf.clear();
    await Promise.all(all.map((fetcher) => fetcher.close()));
  }

  #fetcher(leaderId: number, fetcherId: number): ReplicaFetcher {
    let ofLeader = this.#fetchers.get(leaderId);
    if (ofLeader === undefined) this.#fetchers.set(leaderId, (ofLeader = new Map<number, ReplicaFetcher>()));
    let fetcher = ofLeader.get(fetcherId);
    if (fetcher === undefined) {
      fetcher = this.#options.createFetcher(leaderId, fetcherId);
      ofLeader.set(fetcherId, fetcher);
    }
    return fetcher;
  }

  #maxLag(): number {
    let lag = 0;
    for (const ofLeader of this.#fetchers.values()) {
      for (const fetcher of ofLeader.values()) lag = Math.max(lag, fetcher.maxLag);
    }
    return lag;
  }
}

function lagTags({ topic, partition }: TopicPartition): Readonly<Record<string, string | number>> {
  return { clientId: 'ReplicaFetcherThread', topic, partition };
}
