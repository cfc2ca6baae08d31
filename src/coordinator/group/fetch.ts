/**
 * OffsetFetch: how far a group got. Anybody may ask, in any state of the group: who keeps its offsets in Kafka need not
 * be a member. With `requireStable` an offset that is being committed right now is not told (KIP-447): a consumer that
 * took over a partition would else read again what a transaction of its predecessor has read.
 */
import type { TopicPartition } from '../../common/index.ts';
import type { ErrorName } from '../../protocol/index.ts';
import type { Group } from './group.ts';

export interface FetchedOffset extends TopicPartition {
  /** -1: none is committed. */
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly metadata: string;
  readonly error: ErrorName;
}

const INVALID_OFFSET = -1;
const NO_LEADER_EPOCH = -1;

/** `partitions` null asks for everything that is committed. */
export function fetchOffsets(
  group: Group | undefined,
  partitions: readonly TopicPartition[] | null,
  requireStable: boolean,
): FetchedOffset[] {
  if (group === undefined || group.state === 'Dead')
    return (partitions ?? []).map((partition) => noOffset(partition, 'NONE'));
  const asked = partitions ?? [...group.offsets.entries()].map(([topicPartition]) => topicPartition);
  return asked.map(({ topic, partition }) => {
    if (requireStable && group.offsets.isUnstable(topic, partition))
      return noOffset({ topic, partition }, 'UNSTABLE_OFFSET_COMMIT');
    const committed = group.offsets.get(topic, partition);
    if (committed === undefined) return noOffset({ topic, partition }, 'NONE');
    const { offset, leaderEpoch, metadata } = committed;
    return { topic, partition, offset, leaderEpoch, metadata, error: 'NONE' };
  });
}

function noOffset({ topic, partition }: TopicPartition, error: ErrorName): FetchedOffset {
  return { topic, partition, offset: INVALID_OFFSET, leaderEpoch: NO_LEADER_EPOCH, metadata: '', error };
}
