/** What a reader makes of what leaders send. */
import { expect, test } from '@jest/globals';
import { buildBatch } from '../../../src/records/index.ts';
import { PartitionReader, type ClusterClient } from '../../../src/tools/client/index.ts';

const PARTITION = { topic: 'numbers', partition: 0 };
/** In one megabyte, which is what a fetch brings of a partition: more than a call takes arguments. */
const SMALL_RECORDS = 150_000;

/** A cluster of one leader that answers every fetch with these records. */
function leaderWith(records: Buffer): ClusterClient {
  const partitions = [
    { partitionIndex: 0, errorCode: 0, highWatermark: SMALL_RECORDS, abortedTransactions: null, records },
  ];
  const client: Pick<ClusterClient, 'metadata' | 'toBroker'> = {
    metadata: () =>
      Promise.resolve({
        topics: [
          { name: 'numbers', errorCode: 0, partitions: [{ partitionIndex: 0, leaderId: 1, errorCode: 0 }] },
        ],
      } as never),
    toBroker: () => Promise.resolve({ errorCode: 0, responses: [{ topic: 'numbers', partitions }] } as never),
  };
  return client as ClusterClient;
}

test('a fetch may bring more small records than a call takes arguments', async () => {
  const records = buildBatch({
    records: Array.from({ length: SMALL_RECORDS }, () => ({ value: null, timestamp: 0 })),
  });
  const reader = new PartitionReader(leaderWith(records), {
    readCommitted: false,
    resetTo: 'none',
    maxBytes: 8 << 20,
    partitionMaxBytes: 1 << 20,
    maxWaitMs: 100,
  });
  await reader.assign([{ ...PARTITION, offset: 0 }]);
  expect(await reader.poll()).toHaveLength(SMALL_RECORDS);
  expect(reader.positions[0]?.offset).toBe(SMALL_RECORDS);
});
