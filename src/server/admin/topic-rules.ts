/**
 * What a topic may be called and how its replicas may be laid out, with the words Kafka refuses others in: clients
 * show them to people, and scripts match on them (contract 8.3). Pure; what exists already is asked elsewhere.
 */
import { ConfigError, validateTopicConfig } from '../../config/index.ts';
import { KafkaError } from '../../protocol/index.ts';

export type PartitionAssignments = ReadonlyMap<number, readonly number[]>;

const MAX_NAME_LENGTH = 249;

export function validateTopicName(topic: string): void {
  const refuse = (why: string): never => {
    throw new KafkaError('INVALID_TOPIC_EXCEPTION', `Topic name is invalid: ${why}`);
  };
  if (topic === '') refuse('the empty string is not allowed');
  if (topic === '.' || topic === '..') refuse(`'${topic}' is not allowed`);
  if (topic.length > MAX_NAME_LENGTH)
    refuse(`the length of '${topic}' is longer than the max allowed length ${MAX_NAME_LENGTH}`);
  if (!/^[a-zA-Z0-9._-]+$/.test(topic))
    refuse(`'${topic}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`);
}

/** Metric names turn dots into underscores, so two topics that differ only in these would share their metrics. */
export function collidingTopics(topic: string, existing: Iterable<string>): string[] {
  if (!/[._]/.test(topic)) return [];
  const unified = topic.replaceAll('.', '_');
  return [...existing].filter((other) => other.replaceAll('.', '_') === unified);
}

/** The assignment of a new topic, given or made. That its brokers exist is not asked: Kafka does not (contract 8.3). */
export function validateNewAssignment(assignments: PartitionAssignments): void {
  const refuse = (why: string): never => {
    throw new KafkaError('INVALID_REPLICA_ASSIGNMENT', why);
  };
  const replicaLists = [...assignments.values()];
  if (new Set(replicaLists.map((replicas) => replicas.length)).size !== 1)
    refuse('All partitions should have the same number of replicas');
  if (replicaLists.some((replicas) => hasDuplicates(replicas)))
    refuse(`Duplicate replica assignment found: ${asScalaMap(assignments)}`);
  const partitions = [...assignments.keys()].sort((a, b) => a - b);
  if (partitions.some((partition, index) => partition !== index))
    refuse('partitions should be a consecutive 0-based integer sequence');
}

/** An assignment given for partitions that are added; here the brokers must be alive. */
export function validateAddedAssignment(
  assignments: PartitionAssignments,
  replicationFactor: number,
  aliveBrokers: readonly number[],
): void {
  for (const [partition, replicas] of assignments) {
    if (replicas.length === 0)
      throw new KafkaError(
        'INVALID_REPLICA_ASSIGNMENT',
        `Cannot have replication factor of 0 for partition id ${partition}.`,
      );
    if (hasDuplicates(replicas))
      throw new KafkaError(
        'INVALID_REPLICA_ASSIGNMENT',
        `Duplicate brokers not allowed in replica assignment: ${replicas.join(', ')} for partition id ${partition}.`,
      );
    if (!replicas.every((id) => aliveBrokers.includes(id)))
      throw new KafkaError(
        'BROKER_NOT_AVAILABLE',
        `Some brokers specified for partition id ${partition} are not available. Specified brokers: ` +
          `${replicas.join(', ')}, available brokers: ${aliveBrokers.join(', ')}.`,
      );
  }
  const uneven = [...assignments].filter(([, replicas]) => replicas.length !== replicationFactor);
  if (uneven.length > 0)
    throw new KafkaError(
      'INVALID_REPLICA_ASSIGNMENT',
      `Inconsistent replication factor between partitions, partition 0 has ${replicationFactor} while partitions ` +
        `[${uneven.map(([partition]) => partition).join(', ')}] have replication factors ` +
        `[${uneven.map(([, replicas]) => replicas.length).join(', ')}], respectively.`,
    );
}

export function validateTopicOverrides(overrides: Readonly<Record<string, string>>): void {
  try {
    validateTopicConfig(overrides);
  } catch (error) {
    if (error instanceof ConfigError) throw new KafkaError('INVALID_CONFIG', error.message, { cause: error });
    throw error;
  }
}

function hasDuplicates(ids: readonly number[]): boolean {
  return new Set(ids).size !== ids.length;
}

/** As Scala prints the map in this very message. */
function asScalaMap(assignments: PartitionAssignments): string {
  const entries = [...assignments].map(
    ([partition, replicas]) => `${partition} -> ArrayBuffer(${replicas.join(', ')})`,
  );
  return `HashMap(${entries.join(', ')})`;
}
