import { expect, test } from '@jest/globals';
import type { TopicPartition } from '../../../../src/common/index.ts';
import { Metrics } from '../../../../src/metrics/index.ts';
import type { ReplicaFetcher } from '../../../../src/replication/fetcher/replica-fetcher.ts';
import {
  fetcherIdOf,
  ReplicaFetcherManager,
} from '../../../../src/replication/fetcher/replica-fetcher-manager.ts';
import type { Partition } from '../../../../src/replication/partition.ts';
import { createNodeRuntime } from '../../../../src/runtime/node/index.ts';

test('Partitions are shared among fetchers by Java’s hash of the topic, as Kafka does', () => {
  // "test".hashCode() is 3556498: 31 * 3556498 + p, modulo 4.
  expect([0, 1, 2, 3, 4].map((partition) => fetcherIdOf({ topic: 'test', partition }, 4))).toEqual([
    2, 3, 0, 1, 2,
  ]);
  // "orders-of-the-day" overflows an int on the way.
  expect(fetcherIdOf({ topic: 'orders-of-the-day', partition: 0 }, 1)).toBe(0);
});

/** A fetcher as far as its manager sees it: which partitions it has. */
class Followed {
  readonly partitions = new Set<number>();
  isClosed = false;

  get size(): number {
    return this.partitions.size;
  }

  add(partitions: readonly TopicPartition[]): void {
    for (const { partition } of partitions) this.partitions.add(partition);
  }

  remove(partitions: readonly TopicPartition[]): Promise<void> {
    for (const { partition } of partitions) this.partitions.delete(partition);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

test('With another number of fetchers all partitions are dealt out anew, but for those that were given up', async () => {
  const fetchers = new Map<number, Followed>();
  const manager = new ReplicaFetcherManager({
    metrics: new Metrics(createNodeRuntime().clock),
    numFetchers: 1,
    createFetcher: (_leaderId, fetcherId) => {
      const fetcher = new Followed();
      fetchers.set(fetcherId, fetcher);
      return fetcher as unknown as ReplicaFetcher;
    },
  });
  const partitions = [0, 1, 2, 3].map(
    (partition) => ({ topic: 'test', partition, leaderId: 7 }) as unknown as Partition,
  );
  const partitionOf = ({ partition }: TopicPartition): Partition | undefined => partitions[partition];
  const shares = (): number[][] => [...fetchers.values()].map(({ partitions: own }) => [...own].sort());

  manager.add(partitions);
  expect(shares()).toEqual([[0, 1, 2, 3]]);
  manager.markFailed(partitions[3]!);
  await fetchers.get(0)!.remove([partitions[3]!]);
  await manager.resize(2, partitionOf);
  expect(shares()).toEqual([[0, 2], [1]]);
  expect(manager.failedPartitions).toEqual([{ topic: 'test', partition: 3 }]);
  await manager.resize(1, partitionOf);
  expect([...fetchers.get(0)!.partitions].sort()).toEqual([0, 1, 2]);
  expect([fetchers.get(1)!.isClosed, manager.fetcherCount]).toEqual([true, 1]);
});

test('A partition that was taken from its fetcher while that gave it up is not among the failed', async () => {
  const manager = new ReplicaFetcherManager({
    metrics: new Metrics(createNodeRuntime().clock),
    numFetchers: 1,
    createFetcher: () => new Followed() as unknown as ReplicaFetcher,
  });
  const partition = { topic: 'test', partition: 0, leaderId: 7 } as unknown as Partition;
  manager.add([partition]);
  await manager.remove([partition]);
  manager.markFailed(partition);
  expect(manager.failedPartitions).toEqual([]);
});
