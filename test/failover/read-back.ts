/** What became of the records of an idempotent load: the log itself tells. */
import { PartitionReader, type ClusterClient } from '../../src/tools/client/index.ts';
import type { PartitionHistory } from './idempotent-load.ts';

/** Reads every partition from its start and compares the numbers in it with those that were acknowledged. */
export async function readBack(
  client: ClusterClient,
  topic: string,
  histories: readonly PartitionHistory[],
): Promise<{ lost: number; duplicated: number; reordered: number }> {
  const result = { lost: 0, duplicated: 0, reordered: 0 };
  for (const { partition, acknowledged } of histories) {
    const reader = new PartitionReader(client, {
      readCommitted: false,
      resetTo: 'earliest',
      maxBytes: 50 << 20,
      partitionMaxBytes: 10 << 20,
      maxWaitMs: 500,
    });
    await reader.assign([{ topic, partition, offset: 0 }]);
    const seen = new Set<number>();
    let highest = -1;
    for (;;) {
      const records = await reader.poll();
      if (records.length === 0) break;
      for (const { value } of records) {
        const number = Number(value?.toString());
        if (seen.has(number)) result.duplicated += 1;
        else if (number < highest) result.reordered += 1;
        seen.add(number);
        highest = Math.max(highest, number);
      }
    }
    for (let number = 0; number < acknowledged; number++) if (!seen.has(number)) result.lost += 1;
  }
  return result;
}
