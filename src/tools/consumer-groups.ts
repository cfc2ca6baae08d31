/**
 * kafka-consumer-groups: lists groups, shows their offsets, members and state, moves their offsets, deletes them.
 * Texts and exit codes are Kafka's, whose tool ends with 0 whatever a command came to; under our own name what failed
 * ends with 1, and every row has a line of its own.
 */
import { inJavaHashOrder, javaHashCode } from '../common/index.ts';
import { errors, KafkaError, type ErrorName } from '../protocol/index.ts';
import { BOOTSTRAP, COMMAND_CONFIG, messageOf, UsageError } from './cli/index.ts';
import type { ParsedOptions, Tool, ToolIo } from './cli/index.ts';
import { deleteGroup, deleteOffsets, listGroups } from './client/index.ts';
import type { ClusterClient, ListedGroup } from './client/index.ts';
import { connect } from './connect.ts';
import { describeGroups } from './consumer-groups-describe.ts';
import { parseTopic, resetOffsets, SCENARIOS } from './consumer-groups-reset.ts';
import { table } from './table.ts';
import { byText } from './topic-arguments.ts';

const ACTIONS = ['list', 'describe', 'delete', 'reset-offsets', 'delete-offsets'] as const;

export const consumerGroupsTool: Tool = {
  name: 'consumer-groups',
  summary: 'Lists, describes and deletes consumer groups, and moves their offsets.',
  options: [
    BOOTSTRAP,
    COMMAND_CONFIG,
    { name: 'list', doc: 'List all groups.' },
    { name: 'describe', doc: 'Show the offsets, lag and members of groups.' },
    { name: 'delete', doc: 'Delete groups without members.' },
    { name: 'reset-offsets', doc: 'Move the offsets of a group without members.' },
    { name: 'delete-offsets', doc: 'Delete the offsets of a group for topics.' },
    { name: 'group', argument: 'consumer group', doc: 'The group; can be repeated.' },
    { name: 'all-groups', doc: 'All groups.' },
    {
      name: 'topic',
      argument: 'topic',
      doc: 'The topic, or topic:0,1 for some of its partitions; can be repeated.',
    },
    { name: 'all-topics', doc: 'All topics the group has offsets of.' },
    { name: 'offsets', doc: 'With --describe, the offsets of each partition (the default).' },
    { name: 'members', doc: 'With --describe, the members.' },
    {
      name: 'state',
      argument: 'states',
      optionalArgument: true,
      doc: 'With --describe, the state of the group; with --list, only groups in these states.',
    },
    { name: 'type', argument: 'types', optionalArgument: true, doc: 'With --list, the types of groups.' },
    { name: 'verbose', doc: 'With --members, the partitions of each.' },
    {
      name: 'timeout',
      argument: 'timeout (ms)',
      integer: true,
      doc: 'How long to wait for brokers (default 5000).',
    },
    { name: 'dry-run', doc: 'Only show the new offsets.' },
    { name: 'execute', doc: 'Store the new offsets.' },
    { name: 'export', doc: 'Print the new offsets as CSV.' },
    { name: 'to-offset', argument: 'offset', integer: true, doc: 'Move to this offset.' },
    { name: 'to-earliest', doc: 'Move to the first offset there is.' },
    { name: 'to-latest', doc: 'Move to the end.' },
    { name: 'to-current', doc: 'Keep the committed offsets.' },
    {
      name: 'shift-by',
      argument: 'number-of-offsets',
      integer: true,
      doc: 'Move by so many, back with a minus.',
    },
    {
      name: 'to-datetime',
      argument: 'datetime',
      doc: "Move to a time, as 'YYYY-MM-DDTHH:mm:SS.sss', with or without a zone.",
    },
    { name: 'by-duration', argument: 'duration', doc: "Move back from now, as 'PnDTnHnMnS'." },
    {
      name: 'from-file',
      argument: 'path to CSV file',
      doc: 'Move to the offsets of a file that --export printed.',
    },
  ],
  async run(options, io) {
    checkOptions(options, io);
    const client = await connect(options);
    try {
      const done = await act(client, options, io);
      return done || io.spelling === 'legacy' ? 0 : 1;
    } catch (thrown) {
      if (thrown instanceof UsageError) throw thrown;
      const why = thrown instanceof KafkaError ? javaText(thrown) : messageOf(thrown);
      io.out(`\nError: Executing consumer group command failed due to ${why}\n`);
      return io.spelling === 'legacy' ? 0 : 1;
    } finally {
      await client.close();
    }
  },
};

/** In the order and the words of Kafka's tool, wrong ones among them. */
function checkOptions(options: ParsedOptions, io: ToolIo): void {
  options.required('bootstrap-server');
  const hasGroup = options.has('group') || options.has('all-groups');
  if (options.has('describe')) {
    if (!hasGroup)
      throw new UsageError(
        'Option [describe] takes one of these options: [reset-offsets], [describe], [delete], [list]',
      );
    if (['members', 'offsets', 'state'].filter((view) => options.has(view)).length > 1)
      throw new UsageError(
        'Option [describe] takes at most one of these options: [members], [offsets], [state]',
      );
    if (options.value('state') !== undefined)
      throw new UsageError('Option [describe] does not take a value for [state]');
  }
  if (options.has('delete')) {
    if (!hasGroup) throw new UsageError('Option [delete] takes one of these options: [all-groups], [group]');
    if (options.has('topic'))
      throw new UsageError(
        'The consumer does not support topic-specific offset deletion from a consumer group.',
      );
  }
  if (options.has('delete-offsets') && (!options.has('group') || !options.has('topic')))
    throw new UsageError('Option [delete-offsets] takes the following options: [all-groups], [group]');
  if (options.has('reset-offsets')) checkResetOptions(options, io, hasGroup);
  refuseTogether(options, 'group', ['all-groups']);
  refuseTogether(options, 'group', ['list']);
  refuseTogether(options, 'topic', ['describe', 'list']);
  if (ACTIONS.filter((action) => options.has(action)).length !== 1)
    throw new UsageError(
      'Command must include exactly one action: --list, --describe, --delete, --reset-offsets, --delete-offsets',
    );
}

function refuseTogether(options: ParsedOptions, used: string, refused: readonly string[]): void {
  const other = refused.find((name) => options.has(used) && options.has(name));
  if (other !== undefined) throw new UsageError(`Option "[${used}]" can't be used with option "[${other}]"`);
}

function checkResetOptions(options: ParsedOptions, io: ToolIo, hasGroup: boolean): void {
  if (options.has('dry-run') && options.has('execute'))
    throw new UsageError('Option [reset-offsets] only accepts one of [execute] and [dry-run]');
  if (!options.has('dry-run') && !options.has('execute')) {
    io.err(
      'WARN: No action will be performed as the --execute option is missing.' +
        'In a future major release, the default behavior of this command will be to prompt the user before executing the reset rather than doing a dry run. ' +
        'You should add the --dry-run option explicitly if you are scripting this command and want to keep the current default behavior without prompting.\n',
    );
  }
  if (!hasGroup)
    throw new UsageError('Option [reset-offsets] takes one of these options: [all-groups], [group]');
  for (const scenario of SCENARIOS)
    refuseTogether(
      options,
      scenario,
      SCENARIOS.filter((other) => other !== scenario),
    );
}

/** False when some of it failed; what failed has been printed. */
async function act(client: ClusterClient, options: ParsedOptions, io: ToolIo): Promise<boolean> {
  if (options.has('list')) return list(client, options, io);
  const groups = options.has('all-groups')
    ? consumersOf(await listGroups(client)).map((group) => group.groupId)
    : options.values('group');
  if (options.has('describe')) return describeGroups(client, groups, options, io);
  if (options.has('reset-offsets')) return resetOffsets(client, groups, options, io);
  if (options.has('delete-offsets')) return removeOffsets(client, groups[0] ?? '', options, io);
  return remove(client, groups, io);
}

async function list(client: ClusterClient, options: ParsedOptions, io: ToolIo): Promise<boolean> {
  const listed = consumersOf(await listGroups(client, stateNames(options), typeNames(options)));
  const found = inJavaHashOrder(listed, ({ groupId }) => javaHashCode(groupId));
  if (io.format === 'json') {
    io.out(`${JSON.stringify({ apiVersion: 'klassik/v1', groups: found })}\n`);
    return true;
  }
  if (!options.has('state') && !options.has('type')) {
    for (const { groupId } of found) io.out(`${groupId}\n`);
    return true;
  }
  const width = Math.max(15, ...found.map(({ groupId }) => groupId.length)) + 10;
  const columns = [
    { head: 'GROUP', width },
    ...(options.has('type') ? [{ head: 'TYPE', width: 20 }] : []),
    ...(options.has('state') ? [{ head: 'STATE', width: 20 }] : []),
  ];
  const rows = found.map(({ groupId, type, state }) => [
    groupId,
    ...(options.has('type') ? [upperFirst(type)] : []),
    ...(options.has('state') ? [state] : []),
  ]);
  io.out(`${table(columns, rows).join('\n')}\n`);
  return true;
}

function consumersOf(groups: readonly ListedGroup[]): ListedGroup[] {
  return groups.filter(({ protocolType }) => protocolType === '' || protocolType === 'consumer');
}

const STATES = [
  'PreparingRebalance',
  'CompletingRebalance',
  'Stable',
  'Dead',
  'Empty',
  'Assigning',
  'Reconciling',
] as const;
const TYPES = ['Consumer', 'Classic'] as const;

/** Named in any case: preparingrebalance is PreparingRebalance. */
function stateNames(options: ParsedOptions): string[] {
  return namesIn(options.value('state'), STATES, 'state', 'states');
}

function typeNames(options: ParsedOptions): string[] {
  return namesIn(options.value('type'), TYPES, 'types', 'types');
}

function namesIn(text: string | undefined, known: readonly string[], one: string, many: string): string[] {
  if (text === undefined || text === '') return [];
  return text.split(',').map((part) => {
    const name = known.find((each) => each.toLowerCase() === part.trim().toLowerCase());
    if (name === undefined)
      throw new UsageError(`Invalid ${one} list '${text}'. Valid ${many} are: ${known.join(', ')}`);
    return name;
  });
}

function upperFirst(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1).toLowerCase()}`;
}

async function remove(client: ClusterClient, groups: readonly string[], io: ToolIo): Promise<boolean> {
  const results = await Promise.all(
    inJavaHashOrder([...new Set(groups)], javaHashCode).map(async (groupId) => ({
      groupId,
      error: await deleteGroup(client, groupId),
    })),
  );
  const deleted = results.filter(({ error }) => error === undefined).map(({ groupId }) => groupId);
  if (deleted.length === results.length) {
    io.out(`Deletion of requested consumer groups ('${deleted.join(', ')}') was successful.\n`);
    return true;
  }
  io.out('\nError: Deletion of some consumer groups failed:\n');
  for (const { groupId, error } of results) {
    if (error === undefined) continue;
    io.out(`* Group '${groupId}' could not be deleted due to: ${javaText(error)}\n`);
  }
  // The quotes are where Kafka's tool puts them.
  if (deleted.length > 0)
    io.out(`\nThese consumer groups were deleted successfully: '${deleted.join("'")}', '\n`);
  return false;
}

/** An error as the Java tool shows it, exception names and all: people search for them. */
function javaText(error: KafkaError): string {
  return `java.util.concurrent.ExecutionException: ${exceptionOf(error)}`;
}

function exceptionOf(error: KafkaError): string {
  return `org.apache.kafka.common.errors.${errors[error.error].exception}: ${error.message}`;
}

interface DeletedPartition {
  readonly topic: string;
  /** Null where a topic that does not exist was named without partitions. */
  readonly partition: number | null;
  readonly error: KafkaError | undefined;
}

async function removeOffsets(
  client: ClusterClient,
  group: string,
  options: ParsedOptions,
  io: ToolIo,
): Promise<boolean> {
  const { known, unknown } = await partitionsToForget(client, options);
  const { groupError, results } = await deleteFrom(client, group, known);
  const failure = groupError ?? results.find(({ error }) => error !== undefined)?.error;
  if (failure === undefined)
    io.out(
      `Request succeed for deleting offsets with topic ${options.values('topic').join(', ')} group ${group}\n`,
    );
  else io.out(`\nError: ${whyNotForgotten(failure, group)}\n`);
  const columns = [
    { head: 'TOPIC', width: 30 },
    { head: 'PARTITION', width: 15 },
    { head: 'STATUS', width: 15 },
  ];
  const rows = [...results, ...unknown]
    .toSorted((left, right) =>
      byText(`${left.topic}${left.partition ?? -1}`, `${right.topic}${right.partition ?? -1}`),
    )
    .map(({ topic, partition, error }) => [
      topic,
      partition === null ? 'Not Provided' : String(partition),
      error === undefined ? 'Successful' : `Error: :${exceptionOf(error)}`,
    ]);
  const lineEnd = io.spelling === 'klassik' ? '\n' : '';
  io.out(`\n${table(columns, rows).join(lineEnd)}${lineEnd}`);
  return failure === undefined && unknown.length === 0;
}

async function partitionsToForget(
  client: ClusterClient,
  options: ParsedOptions,
): Promise<{
  readonly known: { readonly topic: string; readonly partition: number }[];
  readonly unknown: DeletedPartition[];
}> {
  const named = options.values('topic').map(parseTopic);
  const known = named.flatMap(({ topic, partitions }) =>
    (partitions ?? []).map((partition) => ({ topic, partition })),
  );
  const unknown: DeletedPartition[] = [];
  for (const { topic, partitions } of named) {
    if (partitions !== null) continue;
    const found = (await client.metadata([topic])).topics[0]?.partitions ?? [];
    known.push(...found.map(({ partitionIndex }) => ({ topic, partition: partitionIndex })));
    if (found.length === 0)
      unknown.push({ topic, partition: null, error: new KafkaError('UNKNOWN_TOPIC_OR_PARTITION') });
  }
  return { known, unknown };
}

/** An error of the group is that of each partition, too. */
async function deleteFrom(
  client: ClusterClient,
  group: string,
  partitions: readonly { readonly topic: string; readonly partition: number }[],
): Promise<{ readonly groupError: KafkaError | undefined; readonly results: readonly DeletedPartition[] }> {
  try {
    return { groupError: undefined, results: await deleteOffsets(client, group, partitions) };
  } catch (thrown) {
    if (!(thrown instanceof KafkaError)) throw thrown;
    return { groupError: thrown, results: partitions.map((partition) => ({ ...partition, error: thrown })) };
  }
}

const PARTITION_ERRORS: readonly ErrorName[] = [
  'GROUP_SUBSCRIBED_TO_TOPIC',
  'TOPIC_AUTHORIZATION_FAILED',
  'UNKNOWN_TOPIC_OR_PARTITION',
];

function whyNotForgotten({ error }: KafkaError, group: string): string {
  if (error === 'INVALID_GROUP_ID') return `'${group}' is not valid.`;
  if (error === 'GROUP_ID_NOT_FOUND') return `'${group}' does not exist.`;
  if (error === 'GROUP_AUTHORIZATION_FAILED') return `Access to '${group}' is not authorized.`;
  if (error === 'NON_EMPTY_GROUP')
    return `Deleting offsets of a consumer group '${group}' is forbidden if the group is not empty.`;
  return PARTITION_ERRORS.includes(error)
    ? 'Encounter some partition level error, see the follow-up details:'
    : `Encounter some unknown error: ${error}`;
}
