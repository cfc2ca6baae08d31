/** Reads a topic as a consumer does that begins with the first record, up to where it ends now. */
import { topicPartitionName } from '../../../../src/common/index.ts';
import { PartitionReader } from '../../../../src/tools/client/index.ts';
import type { ClusterClient, ConsumedRecord } from '../../../../src/tools/client/index.ts';
import { offsetsOf } from '../../../../src/tools/verify/offsets-of.ts';

const READER = {
  readCommitted: false,
  resetTo: 'none',
  maxBytes: 1024 * 1024,
  partitionMaxBytes: 64 * 1024,
  maxWaitMs: 500,
} as const;

export function readerOf(client: ClusterClient): PartitionReader {
  return new PartitionReader(client, READER);
}

export async function readToEnd(
  client: ClusterClient,
  topic: string,
  partitions: number,
): Promise<{ readonly records: readonly ConsumedRecord[]; readonly starts: ReadonlyMap<string, number> }> {
  const starts = await offsetsOf(client, [topic], 'earliest', partitions);
  const ends = await offsetsOf(client, [topic], 'latest', partitions);
  const reader = readerOf(client);
  const offsetOf = (partition: number): number => starts.get(topicPartitionName({ topic, partition })) ?? 0;
  await reader.assign(
    Array.from({ length: partitions }, (_, partition) => ({ topic, partition, offset: offsetOf(partition) })),
  );
  const records: ConsumedRecord[] = [];
  while (reader.positions.some((each) => each.offset < (ends.get(topicPartitionName(each)) ?? 0)))
    records.push(...(await reader.poll()));
  return { records, starts };
}
