/**
 * Which committed offsets have outlived `offsets.retention.minutes` (KIP-211). While somebody may still come back to
 * an offset it is kept; what counts as its last use depends on the group:
 *
 *   Empty group that once had members    since it became empty (or since the commit, for records of old brokers)
 *   Stable consumer group                since the commit, and only topics nobody subscribes to any more
 *   group without members ever           since the commit
 *   any other                            never
 *
 * An expiry time the client itself asked for (OffsetCommit v2-4) goes before all that, where anything may expire.
 */
import { inScalaMutableOrder, topicPartitionHashCode, type TopicPartition } from '../../common/index.ts';
import type { CommittedOffset } from './group-offsets.ts';
import type { Group } from './group.ts';
import { CONSUMER_PROTOCOL_TYPE } from './subscription.ts';

const NO_TOPICS: ReadonlySet<string> = new Set();

export function decideExpiredOffsets(group: Group, nowMs: number, retentionMs: number): TopicPartition[] {
  if (group.protocolType === null)
    return expired(group, nowMs, retentionMs, NO_TOPICS, ({ value }) => value.commitTimestampMs);
  if (group.state === 'Empty')
    return expired(
      group,
      nowMs,
      retentionMs,
      NO_TOPICS,
      ({ value }) => group.stateTimestampMs ?? value.commitTimestampMs,
    );
  const { subscribedTopics } = group;
  if (group.protocolType === CONSUMER_PROTOCOL_TYPE && subscribedTopics !== null && group.state === 'Stable')
    return expired(group, nowMs, retentionMs, subscribedTopics, ({ value }) => value.commitTimestampMs);
  return [];
}

function expired(
  group: Group,
  nowMs: number,
  retentionMs: number,
  keptTopics: ReadonlySet<string>,
  lastUseMs: (committed: CommittedOffset) => number,
): TopicPartition[] {
  const partitions: TopicPartition[] = [];
  for (const [topicPartition, committed] of group.offsets.entries()) {
    const { topic, partition } = topicPartition;
    if (keptTopics.has(topic) || group.offsets.isPending(topic, partition)) continue;
    const { expireTimestampMs } = committed.value;
    const isExpired =
      expireTimestampMs === null ? nowMs - lastUseMs(committed) >= retentionMs : nowMs >= expireTimestampMs;
    if (isExpired) partitions.push(topicPartition);
  }
  return inScalaMutableOrder(partitions, topicPartitionHashCode);
}
