/**
 * What a broker may send to, or fetch for, replicas that are being filled, so that a reassignment leaves room for
 * clients (KIP-73): Kafka's ReplicationQuotaManager. Which replicas are throttled stands in the topic's configs, how
 * many bytes per second they may take together in the broker's.
 *
 * Invariant: what throttled replicas take counts, whether they are in sync or not; only those that are not in sync are
 * held back, since holding back the others would hold back producers. Holding back is the business of who reads.
 */
import type { TopicPartition } from '../../common/index.ts';
import type { BrokerConfig } from '../../config/index.ts';
import type { Metrics } from '../../metrics/index.ts';
import type { Clock } from '../../runtime/index.ts';
import { ReplicationQuota } from './replication-quota.ts';

export type ThrottledSide = 'leader' | 'follower';

export interface ReplicationThrottleOptions {
  readonly side: ThrottledSide;
  readonly brokerId: number;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** As it is now: the rate may change while the broker runs. */
  readonly config: () => BrokerConfig;
}

/** What a reader of throttled partitions needs to know. */
export type Throttle = Pick<ReplicationThrottle, 'isThrottled' | 'isExceeded' | 'record' | 'recordAnswer'>;

const ALL = '*';

const GROUP: Readonly<Record<ThrottledSide, string>> = {
  leader: 'LeaderReplication',
  follower: 'FollowerReplication',
};

export class ReplicationThrottle {
  readonly #side: ThrottledSide;
  readonly #brokerId: number;
  readonly #quota: ReplicationQuota;
  /** By topic. */
  readonly #throttled = new Map<string, typeof ALL | ReadonlySet<number>>();

  constructor({ side, brokerId, clock, metrics, config }: ReplicationThrottleOptions) {
    this.#side = side;
    this.#brokerId = brokerId;
    this.#quota = new ReplicationQuota({
      clock,
      bytesPerSecond: () => config().throttledRate(`${side}.replication.throttled.rate`),
      numSamples: config().get('replication.quota.window.num'),
      sampleMs: config().get('replication.quota.window.size.seconds') * 1000,
    });
    metrics.gauge(`kafka.server:type=${GROUP[side]}#byte-rate`, () => this.#quota.rate);
  }

  /** Takes over what the configs of a topic say. */
  updateTopic(topic: string, overrides: Readonly<Record<string, string>>): void {
    const replicas = overrides[`${this.#side}.replication.throttled.replicas`]?.trim() ?? '';
    if (replicas === '') this.#throttled.delete(topic);
    else this.#throttled.set(topic, replicas === ALL ? ALL : partitionsOn(this.#brokerId, replicas));
  }

  isThrottled({ topic, partition }: TopicPartition): boolean {
    const throttled = this.#throttled.get(topic);
    return throttled !== undefined && (throttled === ALL || throttled.has(partition));
  }

  /** Throttled replicas took more than they may. */
  get isExceeded(): boolean {
    return this.#throttled.size > 0 && this.#quota.isExceeded;
  }

  /**
   * What goes to a follower. A leader counts every answer, throttled or not: when a move begins, what was not taken in
   * the seconds before may go at once.
   */
  recordAnswer(results: readonly (TopicPartition & { readonly sizeInBytes: number })[]): void {
    let bytes = 0;
    if (this.#throttled.size > 0)
      for (const result of results) if (this.isThrottled(result)) bytes += result.sizeInBytes;
    this.#quota.record(bytes);
  }

  record(partition: TopicPartition, bytes: number): void {
    if (bytes > 0 && this.isThrottled(partition)) this.#quota.record(bytes);
  }
}

/** Of `partition:broker,partition:broker`, the partitions this broker is named for. */
function partitionsOn(brokerId: number, replicas: string): ReadonlySet<number> {
  const pairs = replicas.split(',').map((pair) => pair.trim().split(':').map(Number));
  return new Set(pairs.flatMap(([partition, broker]) => (broker === brokerId ? [partition!] : [])));
}
