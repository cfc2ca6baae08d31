/**
 * kafka-topics: creates, lists, describes, alters and deletes topics, in Kafka's own output. The lines are read by
 * scripts everywhere, so tabs, order and wording are part of the interface.
 */
import { validateTopicConfig } from '../config/index.ts';
import { KafkaError } from '../protocol/index.ts';
import { BOOTSTRAP, COMMAND_CONFIG, messageOf, UsageError } from './cli/index.ts';
import type { ParsedOptions, Tool, ToolIo } from './cli/index.ts';
import { createPartitions, createTopic, deleteTopics } from './client/index.ts';
import type { ClusterClient, TopicMetadata } from './client/index.ts';
import { connect } from './connect.ts';
import { describeTopics } from './topics-describe.ts';
import { parseReplicaAssignment, topicFilter } from './topic-arguments.ts';

const ACTIONS = ['list', 'describe', 'create', 'alter', 'delete'] as const;

export const topicsTool: Tool = {
  name: 'topics',
  summary: 'Creates, lists, describes, alters and deletes topics.',
  options: [
    BOOTSTRAP,
    COMMAND_CONFIG,
    { name: 'create', doc: 'Create a topic.' },
    { name: 'list', doc: 'List topics.' },
    { name: 'describe', doc: 'Show the partitions and settings of topics.' },
    { name: 'alter', doc: 'Add partitions. Settings are changed by kafka-configs.' },
    { name: 'delete', doc: 'Delete topics.' },
    {
      name: 'topic',
      argument: 'topic',
      doc: 'The topic; except for --create a regular expression, several with commas.',
    },
    { name: 'topic-id', argument: 'topic-id', doc: 'The id of a topic to describe.' },
    {
      name: 'partitions',
      argument: '# of partitions',
      integer: true,
      doc: 'Number of partitions. Adding some changes which partition a key goes to.',
    },
    {
      name: 'replication-factor',
      argument: 'replication factor',
      integer: true,
      doc: 'Replicas of each partition.',
    },
    {
      name: 'replica-assignment',
      argument: 'broker:broker,broker:broker',
      doc: 'Brokers of each partition, the preferred leader first.',
    },
    { name: 'config', argument: 'name=value', doc: 'A setting of the new topic; can be repeated.' },
    { name: 'delete-config', argument: 'name', doc: 'Not supported here: kafka-configs does it.' },
    { name: 'if-exists', doc: 'No error when there is no such topic.' },
    { name: 'if-not-exists', doc: 'No error when the topic exists.' },
    { name: 'exclude-internal', doc: 'Leave internal topics out.' },
    { name: 'under-replicated-partitions', doc: 'Only partitions with replicas outside the ISR.' },
    { name: 'unavailable-partitions', doc: 'Only partitions without a live leader.' },
    { name: 'under-min-isr-partitions', doc: 'Only partitions whose ISR is below min.insync.replicas.' },
    { name: 'at-min-isr-partitions', doc: 'Only partitions whose ISR is exactly min.insync.replicas.' },
    { name: 'topics-with-overrides', doc: 'Only topics with settings of their own.' },
    {
      name: 'partition-size-limit-per-response',
      argument: 'count',
      integer: true,
      doc: 'Accepted; answers are not paged.',
    },
  ],
  async run(options, io) {
    checkOptions(options);
    const client = await connect(options);
    try {
      await act(client, options, io);
      return 0;
    } catch (thrown) {
      const line = `Error while executing topic command : ${messageOf(thrown)}\n`;
      if (io.spelling === 'legacy') io.out(line);
      else io.err(line);
      return 1;
    } finally {
      await client.close();
    }
  },
};

function checkOptions(options: ParsedOptions): void {
  const chosen = ACTIONS.filter((action) => options.has(action));
  const [action] = chosen;
  if (action === undefined || chosen.length > 1) {
    throw new UsageError(
      'Command must include exactly one action: --list, --describe, --create, --alter or --delete',
    );
  }
  if (!options.has('bootstrap-server')) throw new UsageError('--bootstrap-server must be specified', false);
  if (action === 'describe' && options.has('topic') && options.has('topic-id')) {
    throw new UsageError('Only one of topic and topic-id can be specified when describing topics', false);
  }
  if (action !== 'list' && action !== 'describe') options.required('topic');
  if (action === 'alter') options.required('partitions');
  if (action === 'alter' && options.has('config')) {
    throw new UsageError(
      'Option combination "[[bootstrap-server], [config]]" can\'t be used with option "[alter]" (the kafka-configs CLI supports altering topic configs with a --bootstrap-server option)',
    );
  }
  for (const [option, allowed] of ALLOWED_WITH) {
    if (options.has(option) && !allowed.includes(action)) {
      throw new UsageError(`Option "[${option}]" can't be used with option "[${action}]"`);
    }
  }
  if (options.has('replica-assignment') && action === 'create') {
    for (const other of ['partitions', 'replication-factor']) {
      if (options.has(other))
        throw new UsageError(`Option "[replica-assignment]" can't be used with option "[${other}]"`);
    }
  }
}

/** Which actions an option makes sense with. */
const ALLOWED_WITH: readonly (readonly [option: string, actions: readonly string[]])[] = [
  ['partitions', ['create', 'alter']],
  ['replication-factor', ['create']],
  ['replica-assignment', ['create', 'alter']],
  ['if-not-exists', ['create']],
  ['if-exists', ['alter', 'delete', 'describe']],
  ['under-replicated-partitions', ['describe']],
  ['unavailable-partitions', ['describe']],
  ['under-min-isr-partitions', ['describe']],
  ['at-min-isr-partitions', ['describe']],
  ['topics-with-overrides', ['describe']],
  ['exclude-internal', ['list', 'describe']],
];

async function act(client: ClusterClient, options: ParsedOptions, io: ToolIo): Promise<void> {
  if (options.has('create')) return create(client, options, io);
  const topics = await selectTopics(client, options);
  if (options.has('list')) {
    const names = topics.map((topic) => topic.name ?? '');
    if (io.format === 'json') io.out(`${JSON.stringify({ apiVersion: 'klassik/v1', topics: names })}\n`);
    else io.out(`${names.join('\n')}\n`);
    return;
  }
  if (topics.length === 0) return;
  if (options.has('describe')) return describeTopics(client, topics, options, io);
  const names = topics.map((topic) => topic.name ?? '');
  if (options.has('delete')) return deleteTopics(client, names);
  await addPartitions(client, topics, options);
}

async function create(client: ClusterClient, options: ParsedOptions, io: ToolIo): Promise<void> {
  const name = options.required('topic');
  const configs = parseConfigs(options.values('config'));
  const assignment = options.value('replica-assignment');
  if (/[._]/.test(name)) {
    io.out(
      "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could collide. " +
        'To avoid issues it is best to use either, but not both.\n',
    );
  }
  const numPartitions = options.integer('partitions') ?? -1;
  const replicationFactor = options.integer('replication-factor') ?? -1;
  if (options.has('partitions') && numPartitions < 1) {
    throw new KafkaError('INVALID_PARTITIONS', 'The partitions must be greater than 0');
  }
  if (options.has('replication-factor') && (replicationFactor < 1 || replicationFactor > 32767)) {
    throw new KafkaError(
      'INVALID_REPLICATION_FACTOR',
      'The replication factor must be between 1 and 32767 inclusive',
    );
  }
  const assignments = new Map(assignment === undefined ? [] : parseReplicaAssignment(assignment).entries());
  try {
    await createTopic(client, { name, numPartitions, replicationFactor, assignments, configs });
  } catch (thrown) {
    const exists = thrown instanceof KafkaError && thrown.error === 'TOPIC_ALREADY_EXISTS';
    if (exists && options.has('if-not-exists')) return;
    throw thrown;
  }
  if (io.format === 'json') io.out(`${JSON.stringify({ apiVersion: 'klassik/v1', created: name })}\n`);
  else io.out(`Created topic ${name}.\n`);
}

function parseConfigs(pairs: readonly string[]): Readonly<Record<string, string>> {
  const configs: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1)
      throw new KafkaError(
        'INVALID_CONFIG',
        'requirement failed: Invalid topic config: all configs to be added must be in the format "key=val".',
      );
    configs[pair.slice(0, at).trim()] = pair.slice(at + 1).trim();
  }
  validateTopicConfig(configs);
  return configs;
}

/** The topics a command is about, by name; an error when a named one is not there, unless --if-exists. */
async function selectTopics(
  client: ClusterClient,
  options: ParsedOptions,
): Promise<readonly TopicMetadata[]> {
  const metadata = await client.metadata(null);
  const id = options.value('topic-id');
  const wanted = options.value('topic');
  const allowed = wanted === undefined ? () => true : topicFilter(wanted);
  const topics = metadata.topics
    .filter((topic) => allowed(topic.name ?? ''))
    .filter((topic) => id === undefined || topic.topicId === id)
    .filter((topic) => !(options.has('exclude-internal') && topic.isInternal))
    .toSorted((left, right) => ((left.name ?? '') < (right.name ?? '') ? -1 : 1));
  if (topics.length === 0 && !options.has('list') && !options.has('if-exists')) {
    if (id !== undefined)
      throw new KafkaError('UNKNOWN_TOPIC_ID', `TopicId '${id}' does not exist as expected`);
    if (wanted !== undefined) {
      throw new KafkaError(
        'UNKNOWN_TOPIC_OR_PARTITION',
        `Topic 'Optional[${wanted}]' does not exist as expected`,
      );
    }
  }
  return topics;
}

async function addPartitions(
  client: ClusterClient,
  topics: readonly TopicMetadata[],
  options: ParsedOptions,
): Promise<void> {
  const count = Number(options.required('partitions'));
  const text = options.value('replica-assignment');
  const all = text === undefined ? null : parseReplicaAssignment(text);
  await createPartitions(
    client,
    topics.map(({ name, partitions }) => ({
      name: name ?? '',
      count,
      assignments: all?.slice(partitions.length) ?? null,
    })),
  );
}
