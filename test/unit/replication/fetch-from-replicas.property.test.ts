/** A Fetch reads several partitions from disk at a time: its answer is the one it would have one after another. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readAll } from '../../../src/replication/fetch-from-replicas.ts';
import type { FetchPartitionRequest, FetchPartitionResult } from '../../../src/replication/fetch-types.ts';
import type { ReadBudget } from '../../../src/replication/read-partition.ts';

interface StoredPartition {
  readonly partitionMaxBytes: number;
  /** Of its batches from the fetch offset on. */
  readonly batchSizes: readonly number[];
  readonly isInMemory: boolean;
}

const stored = fc.record({
  partitionMaxBytes: fc.integer({ min: 1, max: 40 }),
  batchSizes: fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 4 }),
  isInMemory: fc.boolean(),
});

/** As a log reads: whole batches within the budget, the first one whatever its size if it must bring one. */
function bytesRead({ batchSizes, partitionMaxBytes }: StoredPartition, budget: ReadBudget): number {
  const limit = Math.min(partitionMaxBytes, budget.maxBytes);
  let bytes = 0;
  for (const size of batchSizes) {
    if (bytes + size > limit && !(bytes === 0 && budget.minOneMessage)) break;
    bytes += size;
  }
  return bytes;
}

function oneAfterAnother(partitions: readonly StoredPartition[], maxBytes: number): number[] {
  let left = maxBytes;
  let minOneMessage = true;
  return partitions.map((partition) => {
    const bytes = bytesRead(partition, { maxBytes: left, minOneMessage });
    if (bytes > 0) minOneMessage = false;
    left = Math.max(0, left - bytes);
    return bytes;
  });
}

function requestOf(partition: number, partitionMaxBytes: number): FetchPartitionRequest {
  const at = { topic: 'orders', partition, topicId: '', fetchOffset: 0, logStartOffset: -1 };
  return { ...at, partitionMaxBytes, currentLeaderEpoch: -1, lastFetchedEpoch: -1 };
}

test('whatever the budget, the sizes and what of it lies in memory; all that is not sent is given back', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(stored, { maxLength: 8 }),
      fc.integer({ min: 0, max: 120 }),
      async (partitions, maxBytes) => {
        let unreleased = 0;
        const readOne = (
          { partition }: FetchPartitionRequest,
          budget: ReadBudget,
        ): FetchPartitionResult | Promise<FetchPartitionResult> => {
          const found = partitions[partition]!;
          const sizeInBytes = bytesRead(found, budget);
          unreleased += 1;
          const result = { partition, sizeInBytes, release: () => void (unreleased -= 1) };
          return found.isInMemory
            ? (result as FetchPartitionResult)
            : Promise.resolve(result as FetchPartitionResult);
        };
        const requests = partitions.map(({ partitionMaxBytes }, index) =>
          requestOf(index, partitionMaxBytes),
        );
        const results = await readAll(requests, { maxBytes }, readOne, () => Promise.resolve());
        const sizes = results.map(({ sizeInBytes }) => sizeInBytes);
        expect(sizes).toEqual(oneAfterAnother(partitions, maxBytes));
        for (const { release } of results) release?.();
        expect(unreleased).toBe(0);
      },
    ),
    { numRuns: 1000 },
  );
});
