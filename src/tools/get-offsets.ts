/** kafka-get-offsets: the offsets of partitions at a point in time, one `topic:partition:offset` per line. */
import { KafkaError } from '../protocol/index.ts';
import { BOOTSTRAP, COMMAND_CONFIG, messageOf, UsageError } from './cli/index.ts';
import type { ParsedOptions, Tool } from './cli/index.ts';
import { listOffsets, OFFSET_SPEC } from './client/index.ts';
import type { ClusterClient } from './client/index.ts';
import { connect } from './connect.ts';
import { byText, topicFilter } from './topic-arguments.ts';

export const getOffsetsTool: Tool = {
  name: 'get-offsets',
  summary: 'Shows the offsets of partitions.',
  options: [
    BOOTSTRAP,
    COMMAND_CONFIG,
    { name: 'broker-list', argument: 'HOST1:PORT1,...', doc: 'Older name of --bootstrap-server.' },
    { name: 'topic', argument: 'topic', doc: 'The topics, by regular expression; unset, all.' },
    { name: 'partitions', argument: 'partition ids', doc: 'Partitions, with commas; unset, all.' },
    {
      name: 'topic-partitions',
      argument: 'topic1:1,topic2:0-3',
      doc: 'Topics with their partitions: one (1), a range without its end (0-3, 2-, -3) or all of them.',
    },
    {
      name: 'time',
      argument: 'timestamp',
      doc: 'latest or -1 (the default), earliest or -2, max-timestamp or -3, earliest-local or -4, latest-tiered or -5, or milliseconds: the first record at or after them.',
    },
    { name: 'exclude-internal-topics', doc: 'Leave internal topics out.' },
  ],
  async run(options, io) {
    try {
      const lines = await offsetLines(options);
      if (io.format === 'json') {
        io.out(`${JSON.stringify({ apiVersion: 'klassik/v1', offsets: lines })}\n`);
        return 0;
      }
      for (const { topic, partition, offset } of lines) io.out(`${topic}:${partition}:${offset}\n`);
      return 0;
    } catch (thrown) {
      if (thrown instanceof UsageError) throw thrown;
      io.err(`Error occurred: ${messageOf(thrown)}\n`);
      return 1;
    }
  },
};

interface Line {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

async function offsetLines(options: ParsedOptions): Promise<Line[]> {
  const timestamp = parseTime(options.value('time') ?? 'latest');
  const wanted = partitionFilter(options);
  const client = await connect(options);
  try {
    const found = await listOffsets(client, await select(client, options, wanted, timestamp));
    const failure = found.find((each) => each instanceof KafkaError);
    if (failure !== undefined) throw failure;
    return found
      .flatMap((each) => (each instanceof KafkaError || each.offset < 0 ? [] : [each]))
      .map(({ topic, partition, offset }) => ({ topic, partition, offset }))
      .toSorted(
        (left, right) =>
          byText(left.topic, right.topic) || byText(String(left.partition), String(right.partition)),
      );
  } finally {
    await client.close();
  }
}

type PartitionFilter = (topic: string, partition: number) => boolean;

async function select(
  client: ClusterClient,
  options: ParsedOptions,
  wanted: PartitionFilter,
  timestamp: number,
): Promise<{ topic: string; partition: number; leader: number; timestamp: number }[]> {
  const { topics } = await client.metadata(null);
  const chosen = topics
    .filter((topic) => !(options.has('exclude-internal-topics') && topic.isInternal))
    .flatMap(({ name, partitions }) =>
      partitions
        .filter(({ partitionIndex }) => wanted(name ?? '', partitionIndex))
        .map(({ partitionIndex, leaderId }) => ({
          topic: name ?? '',
          partition: partitionIndex,
          leader: leaderId,
          timestamp,
        })),
    );
  if (chosen.length === 0) {
    throw new KafkaError(
      'UNKNOWN_TOPIC_OR_PARTITION',
      'Could not match any topic-partitions with the specified filters',
    );
  }
  return chosen.filter((each) => each.leader >= 0);
}

function parseTime(text: string): number {
  const special: Readonly<Record<string, number>> = OFFSET_SPEC;
  const named = special[text];
  if (named !== undefined) return named;
  if (/^-?\d+$/.test(text)) return Number(text);
  throw new KafkaError(
    'INVALID_REQUEST',
    `Malformed time argument ${text}. Please use -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or earliest-local / -5 or latest-tiered, or a specified long format timestamp`,
  );
}

function partitionFilter(options: ParsedOptions): PartitionFilter {
  const pairs = options.value('topic-partitions');
  const topic = options.value('topic');
  const partitions = options.value('partitions');
  if (pairs !== undefined && (topic !== undefined || partitions !== undefined)) {
    throw new KafkaError('INVALID_REQUEST', '--topic-partitions cannot be used with --topic or --partitions');
  }
  if (pairs !== undefined) {
    const rules = pairs.split(',').map(pairFilter);
    return (name, partition) => rules.some((rule) => rule(name, partition));
  }
  const allowed = topic === undefined ? () => true : topicFilter(topic);
  const ids = partitions?.split(',').map(Number);
  return (name, partition) => allowed(name) && (ids?.includes(partition) ?? true);
}

/** `topic`, `topic:3`, `topic:0-3` (3 is not in it), `topic:2-`, `topic:-3`, and `:3` for any topic. */
function pairFilter(text: string): PartitionFilter {
  const [, name = '', from, dash, to] = /^([^:]*)(?::(\d*)(-?)(\d*))?$/.exec(text) ?? [];
  const allowed = name === '' ? () => true : topicFilter(name);
  const lowest = from === undefined || from === '' ? 0 : Number(from);
  const only = dash === '' && from !== undefined && from !== '';
  const end = to === undefined || to === '' ? Infinity : Number(to);
  return (topic, partition) =>
    allowed(topic) && (only ? partition === lowest : partition >= lowest && partition < end);
}
