/** All that a topic holds for readers of committed records, as far as it goes now. */
import { PartitionReader, type ClusterClient } from '../../../src/tools/client/index.ts';

const OPTIONS = {
  readCommitted: true,
  resetTo: 'earliest',
  maxBytes: 50 << 20,
  partitionMaxBytes: 10 << 20,
  maxWaitMs: 500,
} as const;

/** The values of one partition from an offset on, in their order. */
export async function readValues(
  client: ClusterClient,
  topic: string,
  partition: number,
  offset = 0,
): Promise<string[]> {
  const reader = new PartitionReader(client, OPTIONS);
  await reader.assign([{ topic, partition, offset }]);
  const values: string[] = [];
  for (;;) {
    const before = reader.positions[0]?.offset;
    const records = await reader.poll();
    for (const { value } of records) values.push(value?.toString() ?? '');
    // Where there are only markers the position goes on without a record.
    if (records.length === 0 && reader.positions[0]?.offset === before) return values;
  }
}

interface Comparison {
  readonly missing: number;
  readonly twice: number;
  readonly reordered: number;
}

/** Numbers that should be 0, 1, 2, ... up to `count`, in this order. */
export function compareNumbers(numbers: readonly number[], count: number): Comparison {
  const seen = new Set<number>();
  let twice = 0;
  let reordered = 0;
  let highest = -1;
  for (const number of numbers) {
    if (seen.has(number)) twice += 1;
    else if (number < highest) reordered += 1;
    seen.add(number);
    highest = Math.max(highest, number);
  }
  return { missing: count - seen.size, twice, reordered };
}

/** What is wrong with it, in words; `mayRepeat` where only what is missing counts. */
export function findingsOf(
  what: string,
  { missing, twice, reordered }: Comparison,
  mayRepeat = false,
): string[] {
  return [
    ...(missing > 0 ? [`${missing} are missing in ${what}`] : []),
    ...(twice > 0 && !mayRepeat ? [`${twice} are in ${what} twice`] : []),
    ...(reordered > 0 ? [`${reordered} are in another order in ${what}`] : []),
  ];
}
