/** The topics Kafka keeps for itself: clients may read them but not write them, and tools hide them on request. */
export const GROUP_METADATA_TOPIC = '__consumer_offsets';
export const TRANSACTION_STATE_TOPIC = '__transaction_state';

export function isInternalTopic(topic: string): boolean {
  return topic === GROUP_METADATA_TOPIC || topic === TRANSACTION_STATE_TOPIC;
}
