import { expect, test } from '@jest/globals';
import { fetcherIdOf } from '../../../../src/replication/fetcher/replica-fetcher-manager.ts';

test('Partitions are shared among fetchers by Java’s hash of the topic, as Kafka does', () => {
  // "test".hashCode() is 3556498: 31 * 3556498 + p, modulo 4.
  expect([0, 1, 2, 3, 4].map((partition) => fetcherIdOf({ topic: 'test', partition }, 4))).toEqual([
    2, 3, 0, 1, 2,
  ]);
  // "orders-of-the-day" overflows an int on the way.
  expect(fetcherIdOf({ topic: 'orders-of-the-day', partition: 0 }, 1)).toBe(0);
});
