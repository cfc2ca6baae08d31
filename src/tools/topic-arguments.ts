/** Arguments that name topics and replicas, as several tools take them. */
import { KafkaError } from '../protocol/index.ts';

/** A regular expression or a list of them with commas; quotes around it are dropped, as Kafka does. */
export function topicFilter(text: string): (topic: string) => boolean {
  const pattern = text
    .trim()
    .replaceAll(',', '|')
    .replace(/^["']+|["']+$/g, '')
    .replaceAll(' ', '');
  const whole = new RegExp(`^(?:${pattern})$`);
  return (topic) => whole.test(topic);
}

/** `0:1,1:2`: the brokers of partition 0, of partition 1, and so on. */
export function parseReplicaAssignment(text: string): readonly (readonly number[])[] {
  const partitions = text.split(',').map((part) => part.split(':').map((id) => Number(id.trim())));
  for (const replicas of partitions) {
    const twice = replicas.filter((id, at) => replicas.indexOf(id) !== at);
    if (twice.length > 0) {
      throw new KafkaError(
        'INVALID_REPLICA_ASSIGNMENT',
        `Partition replica lists may not contain duplicate entries: ${twice.join(',')}`,
      );
    }
    if (replicas.length !== partitions[0]?.length) {
      throw new KafkaError(
        'INVALID_REPLICA_ASSIGNMENT',
        `Partition ${partitions.indexOf(replicas)} has different replication factor: ${replicas.join(',')}`,
      );
    }
  }
  return partitions;
}

/** Groups of digits compare as numbers nowhere in Kafka: topics sort by their code units. */
export function byText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
