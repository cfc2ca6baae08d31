/** Outcomes of single partitions as the group's offset requests answer them: by topic, in the order they came. */
import type { TopicPartition } from '../../common/index.ts';
import { ErrorCode, type ErrorName } from '../../protocol/index.ts';

export interface PartitionOutcome {
  readonly topicPartition: TopicPartition;
  readonly error: ErrorName;
}

interface TopicErrors {
  readonly name: string;
  readonly partitions: { readonly partitionIndex: number; readonly errorCode: number }[];
}

export function errorsByTopic(outcomes: readonly PartitionOutcome[]): TopicErrors[] {
  const byTopic = new Map<string, TopicErrors>();
  for (const { topicPartition, error } of outcomes) {
    const { topic: name, partition } = topicPartition;
    let topic = byTopic.get(name);
    if (topic === undefined) byTopic.set(name, (topic = { name, partitions: [] }));
    topic.partitions.push({ partitionIndex: partition, errorCode: ErrorCode[error] });
  }
  return [...byTopic.values()];
}
