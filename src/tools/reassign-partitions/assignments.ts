/** What the cluster has now: the replicas of topics and of partitions, its brokers and their racks. */
import { PartitionMap, topicPartitionName, type TopicPartition } from '../../common/index.ts';
import { errorNameOf, errors, KafkaError, type ErrorName } from '../../protocol/index.ts';
import type { AssignableBroker } from '../../metadata/index.ts';
import type { ClusterClient } from '../client/index.ts';

export async function replicasOfTopics(
  client: ClusterClient,
  topics: readonly string[],
): Promise<PartitionMap<readonly number[]>> {
  const found = new PartitionMap<readonly number[]>();
  const metadata = await client.metadata([...new Set(topics)]);
  for (const { name, errorCode, partitions } of metadata.topics) {
    if (errorCode !== 0 || name === null) throw refusedTopic(errorNameOf(errorCode), name ?? '');
    for (const { partitionIndex, replicaNodes } of partitions) found.set(name, partitionIndex, replicaNodes);
  }
  return found;
}

function refusedTopic(error: ErrorName, topic: string): Error {
  return error === 'UNKNOWN_TOPIC_OR_PARTITION'
    ? failure(error, `Topic ${topic} not found.`)
    : failure(error, errors[error].message);
}

/** Throws when one of them does not exist. */
export async function replicasOfPartitions(
  client: ClusterClient,
  partitions: readonly TopicPartition[],
): Promise<PartitionMap<readonly number[]>> {
  const all = await replicasOfTopics(
    client,
    partitions.map(({ topic }) => topic),
  );
  const found = new PartitionMap<readonly number[]>();
  const missing: TopicPartition[] = [];
  for (const of of partitions) {
    const replicas = all.get(of.topic, of.partition);
    if (replicas === undefined) missing.push(of);
    else found.set(of.topic, of.partition, replicas);
  }
  if (missing.length > 0)
    throw failure(
      'UNKNOWN_TOPIC_OR_PARTITION',
      `Unable to find partition: ${missing.map(topicPartitionName).join(', ')}`,
    );
  return found;
}

/** Those of `ids` that are alive, with their racks: all have one, or none counts. */
export async function brokersWithRacks(
  client: ClusterClient,
  ids: readonly number[],
  rackAware: boolean,
): Promise<AssignableBroker[]> {
  const brokers = (await client.nodes())
    .filter(({ id }) => ids.includes(id))
    .map(({ id, rack }) => ({ id, rack: rackAware ? rack : null }));
  const rackless = brokers.filter(({ rack }) => rack === null).length;
  if (rackless > 0 && rackless < brokers.length)
    throw new Error(
      'Not all brokers have rack information. Add --disable-rack-aware in command line to make replica assignment ' +
        'without rack information.',
    );
  return brokers;
}

/** What a failed future of the admin client says: the class of the exception, then its message. */
function failure(error: ErrorName, message: string): Error {
  return new Error(exceptionText(new KafkaError(error, message)));
}

export function exceptionText({ error, message }: KafkaError): string {
  return `org.apache.kafka.common.errors.${errors[error].exception}: ${message}`;
}
