/**
 * DeleteGroups and OffsetDelete (KIP-496): what may be removed on request. A group with members is in use; offsets of
 * topics its members read are, too.
 */
import type { TopicPartition } from '../../common/index.ts';
import type { ErrorName } from '../../protocol/index.ts';
import type { Group } from './group.ts';
import { CONSUMER_PROTOCOL_TYPE } from './subscription.ts';

/** Whether the group may be deleted: NONE, or why not. */
export function decideDelete(group: Group | undefined): ErrorName {
  if (group === undefined || group.state === 'Dead') return 'GROUP_ID_NOT_FOUND';
  return group.state === 'Empty' ? 'NONE' : 'NON_EMPTY_GROUP';
}

export type DeleteOffsetsDecision =
  | { readonly kind: 'refuse'; readonly error: ErrorName }
  | { readonly kind: 'delete'; readonly errorOf: (partition: TopicPartition) => ErrorName };

export function decideDeleteOffsets(group: Group | undefined): DeleteOffsetsDecision {
  if (group === undefined || group.state === 'Dead') return { kind: 'refuse', error: 'GROUP_ID_NOT_FOUND' };
  if (group.state === 'Empty') return { kind: 'delete', errorOf: () => 'NONE' };
  if (group.protocolType !== CONSUMER_PROTOCOL_TYPE) return { kind: 'refuse', error: 'NON_EMPTY_GROUP' };
  // Where the subscriptions cannot be read, every topic may be one of them.
  const topics = group.subscribedTopics;
  return {
    kind: 'delete',
    errorOf: ({ topic }) => (topics?.has(topic) === false ? 'NONE' : 'GROUP_SUBSCRIBED_TO_TOPIC'),
  };
}
