/** Where the partitions of topics begin or end, asked of their leaders until each has one that answers. */
import { topicPartitionName } from '../../common/index.ts';
import { KafkaError } from '../../protocol/index.ts';
import { listOffsets, OFFSET_SPEC, type ClusterClient } from '../client/index.ts';

/** By "topic-0"; of `partitions` all together. */
export async function offsetsOf(
  client: ClusterClient,
  names: readonly string[],
  at: keyof typeof OFFSET_SPEC,
  partitions: number,
): Promise<ReadonlyMap<string, number>> {
  return client.retry(async () => {
    const { topics } = await client.metadata(names);
    const wanted = topics.flatMap(({ name, partitions: known }) =>
      known.map(({ partitionIndex, leaderId }) => ({
        topic: name ?? '',
        partition: partitionIndex,
        leader: leaderId,
        timestamp: OFFSET_SPEC[at],
      })),
    );
    if (wanted.some(({ leader }) => leader < 0)) throw new KafkaError('LEADER_NOT_AVAILABLE');
    const offsets = new Map<string, number>();
    for (const found of await listOffsets(client, wanted)) {
      if (found instanceof KafkaError) throw found;
      offsets.set(topicPartitionName(found), found.offset);
    }
    if (offsets.size < partitions) throw new KafkaError('LEADER_NOT_AVAILABLE');
    return offsets;
  });
}
