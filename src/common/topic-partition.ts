/**
 * A topic and a partition number: the unit of leadership, storage and order in Kafka.
 * `topicPartitionName` is the spelling Kafka uses for folders and log lines; it is for people and for disk, not a
 * key on hot paths: those use PartitionMap.
 */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A TopicPartition together with the topic's uuid in base64url (KIP-516). */
export interface TopicIdPartition extends TopicPartition {
  readonly topicId: string;
}

export function topicPartition(topic: string, partition: number): TopicPartition {
  return { topic, partition };
}

/** `orders-3` */
export function topicPartitionName({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}
