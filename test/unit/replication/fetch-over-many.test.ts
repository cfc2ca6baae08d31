/** A fetch over very many partitions is read in several turns of the event loop, with one budget and in order. */
import { expect, test } from '@jest/globals';
import { readAll } from '../../../src/replication/fetch-from-replicas.ts';
import type { FetchPartitionRequest, FetchPartitionResult } from '../../../src/replication/fetch-types.ts';

const request = (partition: number): FetchPartitionRequest => ({
  topic: 'many',
  partition,
  topicId: 'id',
  fetchOffset: 0,
  logStartOffset: 0,
  partitionMaxBytes: 1000,
  currentLeaderEpoch: 0,
  lastFetchedEpoch: 0,
});

const result = (partition: number, sizeInBytes: number): FetchPartitionResult => ({
  topic: 'many',
  partition,
  topicId: 'id',
  error: 'NONE',
  highWatermark: 0,
  lastStableOffset: 0,
  logStartOffset: 0,
  records: [],
  sizeInBytes,
  abortedTransactions: [],
  preferredReadReplica: -1,
});

function reader(onDisk: number | undefined): {
  readonly read: (count: number) => ReturnType<typeof readAll>;
  readonly inTurn: number[];
  readonly budgets: number[];
} {
  const inTurn = [0];
  const budgets: number[] = [];
  const read = (count: number): ReturnType<typeof readAll> =>
    readAll(
      Array.from({ length: count }, (_, partition) => request(partition)),
      { maxBytes: 2000 },
      ({ partition }, { maxBytes }) => {
        inTurn[inTurn.length - 1]! += 1;
        budgets.push(maxBytes);
        const found = result(partition, Math.min(10, maxBytes));
        return partition === onDisk ? Promise.resolve(found) : found;
      },
      async () => {
        await new Promise((resolve) => setImmediate(resolve));
        inTurn.push(0);
      },
    );
  return { read, inTurn, budgets };
}

test('a hundred are read at once', () => {
  const { read, inTurn } = reader(undefined);
  expect(read(100)).toHaveLength(100);
  expect(inTurn).toEqual([100]);
});

test.each([undefined, 130])('more are read a hundred in each turn; on disk: %s', async (onDisk) => {
  const { read, inTurn, budgets } = reader(onDisk);
  const results = await read(350);
  expect(results.map(({ partition }) => partition)).toEqual(Array.from({ length: 350 }, (_, index) => index));
  expect(inTurn.length).toBeGreaterThanOrEqual(4);
  // One that has to be awaited ends the count, and gives others their turn by itself.
  expect(Math.max(...inTurn)).toBeLessThanOrEqual(onDisk === undefined ? 100 : 200);
  expect(results.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0)).toBe(2000);
  expect(budgets.at(-1)).toBe(0);
});
