/**
 * kafka-leader-election: gives partitions back to their preferred replicas, or, where no replica in sync is alive, to
 * any live one (unclean). What fails for single partitions is told on standard output and makes the command fail.
 */
import { readFileSync } from 'node:fs';
import type { PartitionMap } from '../common/index.ts';
import {
  inJavaHashOrder,
  topicPartitionHashCode,
  topicPartitionName,
  type TopicPartition,
} from '../common/index.ts';
import { KafkaError } from '../protocol/index.ts';
import { BOOTSTRAP, messageOf, UsageError, type ParsedOptions, type Tool, type ToolIo } from './cli/index.ts';
import type { ELECTION_TYPE } from './client/index.ts';
import { electLeaders } from './client/index.ts';
import { connect, readProperties } from './connect.ts';
import { fieldOf, integerOf, listOf, objectOf, parsedJson, stringOf } from './json-fields.ts';
import { exceptionText } from './reassign-partitions/assignments.ts';

type ElectionType = keyof typeof ELECTION_TYPE;

const WHICH = ['topic', 'all-topic-partitions', 'path-to-json-file'] as const;

export const leaderElectionTool: Tool = {
  name: 'leader-election',
  summary:
    'This tool attempts to elect a new leader for a set of topic partitions. The type of elections supported are ' +
    'preferred replicas and unclean replicas.',
  options: [
    BOOTSTRAP,
    { name: 'admin.config', argument: 'config file', doc: 'Client settings, such as how to authenticate.' },
    {
      name: 'election-type',
      argument: 'election type',
      doc: 'REQUIRED: "preferred", where another replica leads, or "unclean", where none does.',
    },
    { name: 'topic', argument: 'topic name', doc: 'The topic; --partition says which of its partitions.' },
    { name: 'partition', argument: 'partition id', integer: true, doc: 'REQUIRED with --topic.' },
    { name: 'all-topic-partitions', doc: 'All partitions for which the election makes sense.' },
    {
      name: 'path-to-json-file',
      argument: 'Path to JSON file',
      doc: 'The partitions: {"partitions": [{"topic": "foo", "partition": 1}, {"topic": "foobar", "partition": 2}]}',
    },
  ],
  async run(options, io) {
    const type = electionTypeOf(options);
    validate(options);
    const partitions = partitionsOf(options);
    const config = options.value('admin.config');
    const client = await connect(options, config === undefined ? {} : readProperties(config));
    try {
      return report(io, type, await electLeaders(client, type, partitions));
    } catch (thrown) {
      io.err(`${thrown instanceof KafkaError ? exceptionText(thrown) : messageOf(thrown)}\n`);
      return 1;
    } finally {
      await client.close();
    }
  },
};

function validate(options: ParsedOptions): void {
  const missing = ['bootstrap-server', 'election-type'].filter((name) => !options.has(name));
  if (missing.length > 0) throw new Error(`Missing required option(s): ${missing.join(', ')}`);
  if (WHICH.filter((name) => options.has(name)).length !== 1)
    throw new Error(`One and only one of the following options is required: ${WHICH.join(', ')}`);
  if (options.has('topic') && !options.has('partition'))
    throw new Error('Missing required option(s): partition');
  if (!options.has('topic') && options.has('partition'))
    throw new Error('Option partition is only allowed if topic is used');
}

function electionTypeOf(options: ParsedOptions): ElectionType {
  const value = options.value('election-type') ?? 'preferred';
  const type = value.toUpperCase();
  if (type === 'PREFERRED' || type === 'UNCLEAN') return type;
  throw new UsageError(`Cannot parse argument '${value}' of option election-type`, false);
}

function partitionsOf(options: ParsedOptions): readonly TopicPartition[] | null {
  const file = options.value('path-to-json-file');
  if (file !== undefined) return partitionsIn(readFileSync(file, 'utf8'));
  const topic = options.value('topic');
  return topic === undefined ? null : [{ topic, partition: options.integer('partition') ?? 0 }];
}

function partitionsIn(text: string): TopicPartition[] {
  const file = objectOf(parsedJson(text));
  if (!('partitions' in file)) throw new Error('Replica election data is missing "partitions" field');
  const partitions = listOf(file['partitions']).map((row) => ({
    topic: stringOf(fieldOf(objectOf(row), 'topic')),
    partition: integerOf(fieldOf(objectOf(row), 'partition'), 'Integer'),
  }));
  const names = partitions.map(topicPartitionName);
  const twice = [...new Set(names.filter((name, index) => names.indexOf(name) < index))];
  if (twice.length > 0)
    throw new Error(`Replica election data contains duplicate partitions: [${twice.join(', ')}]`);
  return partitions;
}

/** In the order of the hash sets that the original prints. */
function report(io: ToolIo, type: ElectionType, outcomes: PartitionMap<KafkaError | undefined>): number {
  const rows = inJavaHashOrder([...outcomes], ([of]) => topicPartitionHashCode(of));
  const namesOf = (wanted: (error: KafkaError | undefined) => boolean): string =>
    rows
      .filter(([, error]) => wanted(error))
      .map(([of]) => topicPartitionName(of))
      .join(', ');
  const elected = namesOf((error) => error === undefined);
  if (elected !== '') io.out(`Successfully completed leader election (${type}) for partitions ${elected}\n`);
  const notNeeded = namesOf((error) => error?.error === 'ELECTION_NOT_NEEDED');
  if (notNeeded !== '') io.out(`Valid replica already elected for partitions ${notNeeded}\n`);
  const failed = rows.flatMap(([of, error]) =>
    error === undefined || error.error === 'ELECTION_NOT_NEEDED' ? [] : [{ of, error }],
  );
  for (const { of, error } of failed)
    io.out(
      `Error completing leader election (${type}) for partition: ${topicPartitionName(of)}: ` +
        `${exceptionText(error)}\n`,
    );
  if (failed.length === 0) return 0;
  io.err(`${failed.length} replica(s) could not be elected\n`);
  return 1;
}
