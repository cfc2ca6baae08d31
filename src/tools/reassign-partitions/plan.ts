/**
 * The files kafka-reassign-partitions reads and prints: which replicas each partition is to have, and which of them in
 * which log dir. What is wrong with one is said in the original's words.
 */
import type { PartitionMap } from '../../common/index.ts';
import { topicPartitionName, type TopicPartition } from '../../common/index.ts';
import type { ReplicaMove } from '../client/index.ts';
import { fieldOf, integerOf, listOf, objectOf, parsedJson, stringOf } from '../json-fields.ts';

export interface Target extends TopicPartition {
  readonly replicas: readonly number[];
}

export interface Plan {
  /** In the order of the file; a partition may stand there twice. */
  readonly targets: readonly Target[];
  /** The replicas that are to lie in a certain log dir. */
  readonly logDirs: readonly ReplicaMove[];
}

const FORMAT_VERSION = 1;
const ANY_LOG_DIR = 'any';

export function parsePlan(text: string): Plan {
  const rows = rowsOf(text, 'partitions').map((row) => {
    const of = { topic: stringOf(fieldOf(row, 'topic')), partition: integer(fieldOf(row, 'partition')) };
    const replicas = listOf(fieldOf(row, 'replicas')).map(integer);
    const dirs = 'log_dirs' in row ? listOf(row['log_dirs']).map(stringOf) : replicas.map(() => ANY_LOG_DIR);
    if (replicas.length !== dirs.length)
      throw new Error(
        `Size of replicas list [${replicas.join(', ')}] is different from size of log dirs list ` +
          `[${dirs.join(', ')}] for partition ${topicPartitionName(of)}`,
      );
    const logDirs = dirs
      .map((logDir, index) => ({ ...of, brokerId: replicas[index]!, logDir }))
      .filter(({ logDir }) => logDir !== ANY_LOG_DIR);
    return { target: { ...of, replicas }, logDirs };
  });
  return { targets: rows.map(({ target }) => target), logDirs: rows.flatMap(({ logDirs }) => logDirs) };
}

/** A plan that may be carried out: no partition twice, no replica twice, none without replicas. */
export function parseExecutablePlan(text: string): Plan {
  const plan = parsePlan(text);
  const { targets } = plan;
  if (targets.length === 0) throw new Error('Partition reassignment list cannot be empty');
  if (targets.some(({ replicas }) => replicas.length === 0))
    throw new Error('Partition replica list cannot be empty');
  const twice = duplicates(targets.map(topicPartitionName));
  if (twice.length > 0)
    throw new Error(`Partition reassignment contains duplicate topic partitions: ${twice.join()}`);
  const repeated = targets.flatMap((target) => {
    const replicas = duplicates(target.replicas);
    return replicas.length === 0
      ? []
      : [`${topicPartitionName(target)} contains multiple entries for ${replicas.join()}`];
  });
  if (repeated.length > 0)
    throw new Error(`Partition replica lists may not contain duplicate entries: ${repeated.join('. ')}`);
  return plan;
}

/** What --generate is asked to move. */
export function parseTopicsToMove(text: string): string[] {
  const topics = rowsOf(text, 'topics').map((row) => stringOf(fieldOf(row, 'topic')));
  const twice = duplicates(topics);
  if (twice.length > 0)
    throw new Error(`List of topics to reassign contains duplicate entries: [${twice.join(', ')}]`);
  return topics;
}

export function parseBrokerList(text: string): number[] {
  const brokers = text.split(',').map((id) => {
    if (!/^[+-]?\d+$/.test(id)) throw new Error(`For input string: "${id}"`);
    return Number(id);
  });
  const twice = duplicates(brokers);
  if (twice.length > 0) throw new Error(`Broker list contains duplicate entries: [${twice.join(', ')}]`);
  return brokers;
}

/** Replicas by partition, as a file that the tool reads again. */
export function planText(assignment: PartitionMap<readonly number[]>): string {
  const partitions = inOrder([...assignment].map(([of, replicas]) => ({ ...of, replicas }))).map(
    ({ topic, partition, replicas }) => ({
      topic,
      partition,
      replicas,
      log_dirs: replicas.map(() => ANY_LOG_DIR),
    }),
  );
  return JSON.stringify({ version: FORMAT_VERSION, partitions });
}

/** By topic, as Java compares strings, and partition. */
export function inOrder<T extends TopicPartition>(rows: Iterable<T>): T[] {
  return [...rows].sort((left, right) =>
    left.topic === right.topic ? left.partition - right.partition : left.topic < right.topic ? -1 : 1,
  );
}

/** By broker first. */
export function replicasInOrder<T extends TopicPartition & { readonly brokerId: number }>(
  rows: Iterable<T>,
): T[] {
  return inOrder(rows).sort((left, right) => left.brokerId - right.brokerId);
}

function rowsOf(text: string, list: string): Readonly<Record<string, unknown>>[] {
  const file = objectOf(parsedJson(text));
  const version = 'version' in file ? integer(file['version']) : FORMAT_VERSION;
  if (version !== FORMAT_VERSION) throw new Error(`Not supported version field value ${version}`);
  return list in file ? listOf(file[list]).map(objectOf) : [];
}

function integer(value: unknown): number {
  return integerOf(value, 'Integer');
}

function duplicates<T>(values: readonly T[]): T[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) < index))];
}
