/**
 * kafka-log-dirs: which partitions lie in which log dir of which broker, how large they are, and how far a replica that
 * is being moved lags. One line of JSON, in the order of the original, which goes through Java's hash maps.
 */
import {
  inJavaHashOrder,
  javaHashCode,
  topicPartitionHashCode,
  topicPartitionName,
} from '../common/index.ts';
import { errors } from '../protocol/index.ts';
import { BOOTSTRAP, COMMAND_CONFIG, UsageError } from './cli/index.ts';
import type { ParsedOptions, Tool } from './cli/index.ts';
import { describeLogDirs, type LogDirOfBroker } from './client/index.ts';
import { connect } from './connect.ts';

export const logDirsTool: Tool = {
  name: 'log-dirs',
  summary: 'Shows what lies in the log directories of brokers.',
  options: [
    BOOTSTRAP,
    COMMAND_CONFIG,
    { name: 'describe', doc: 'REQUIRED: show them.' },
    {
      name: 'topic-list',
      argument: 'Topic list',
      doc: 'The topics to be queried, as "topic1,topic2,topic3"; unset, all.',
    },
    {
      name: 'broker-list',
      argument: 'Broker list',
      doc: 'The brokers to be queried, as "0,1,2"; unset, all of the cluster.',
    },
  ],
  async run(options, io) {
    options.required('bootstrap-server');
    if (!options.has('describe')) throw new UsageError('Missing required argument "[describe]"');
    const topics = new Set(listOf(options, 'topic-list'));
    const asked = brokersAsked(options);
    const client = await connect(options);
    try {
      const known = (await client.nodes()).map(({ id }) => id);
      const missing = asked.filter((id) => !known.includes(id));
      if (missing.length > 0) {
        io.err(
          `ERROR: The given brokers do not exist from --broker-list: ${idsOf(missing)}. Current existent brokers: ${idsOf(known)}\n`,
        );
        return 1;
      }
      const brokers = inOrderOfIds(asked.length === 0 ? known : asked);
      if (io.format === 'text') io.out('Querying brokers for log directories information\n');
      const dirsOf = new Map<number, readonly LogDirOfBroker[]>();
      for (const id of brokers) dirsOf.set(id, await describeLogDirs(client, id));
      const printed = printedLogDirs(dirsOf, topics);
      if (io.format === 'json') io.out(`${JSON.stringify({ apiVersion: 'klassik/v1', ...printed })}\n`);
      else
        io.out(
          `Received log directory information from brokers ${idsOf(brokers)}\n${JSON.stringify(printed)}\n`,
        );
      return 0;
    } finally {
      await client.close();
    }
  },
};

function listOf(options: ParsedOptions, name: string): string[] {
  return (options.value(name) ?? '').split(',').filter((item) => item !== '');
}

function brokersAsked(options: ParsedOptions): number[] {
  const ids = listOf(options, 'broker-list');
  const wrong = ids.find((id) => !/^[+-]?\d+$/.test(id));
  if (wrong !== undefined) throw new UsageError(`For input string: "${wrong}"`, false);
  return [...new Set(ids.map(Number))];
}

/** A set of Integers, whose hash codes are their values. */
function inOrderOfIds(ids: readonly number[]): number[] {
  return inJavaHashOrder(ids, (id) => id);
}

function idsOf(ids: readonly number[]): string {
  return inOrderOfIds(ids).join(',');
}

/** What is printed of each broker's dirs; no topics: all of them. */
export function printedLogDirs(
  dirsOf: ReadonlyMap<number, readonly LogDirOfBroker[]>,
  topics: ReadonlySet<string>,
): { readonly brokers: readonly unknown[]; readonly version: number } {
  const brokers = inJavaHashOrder([...dirsOf], ([id]) => id, dirsOf.size).map(([broker, dirs]) => ({
    broker,
    logDirs: inJavaHashOrder(dirs, ({ path }) => javaHashCode(path), dirs.length).map((dir) => ({
      partitions: partitionsOf(dir, topics),
      error: dir.error === 'NONE' ? null : exceptionOf(dir),
      logDir: dir.path,
    })),
  }));
  return { brokers, version: 1 };
}

function partitionsOf({ replicas }: LogDirOfBroker, topics: ReadonlySet<string>): unknown[] {
  const received = inJavaHashOrder(replicas, topicPartitionHashCode);
  const wanted = received.filter(({ topic }) => topics.size === 0 || topics.has(topic));
  return inJavaHashOrder(wanted, topicPartitionHashCode).map((replica) => ({
    partition: topicPartitionName(replica),
    size: replica.sizeInBytes,
    offsetLag: replica.offsetLag,
    isFuture: replica.isFuture,
  }));
}

function exceptionOf({ error }: LogDirOfBroker): string {
  return `org.apache.kafka.common.errors.${errors[error].exception}`;
}
