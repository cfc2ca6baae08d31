/**
 * kafka-consumer-groups: lists groups, shows their offsets, members and state, moves their offsets, deletes them.
 * The texts are Kafka's; unlike its tool, an error leads to exit code 1 (KLASSIK_COMPAT_EXIT=1 restores 0).
 */
import type { KafkaError } from '../protocol/index.ts';
import { errors } from '../protocol/index.ts';
import { BOOTSTRAP, COMMAND_CONFIG, messageOf, UsageError } from './cli/index.ts';
import type { ParsedOptions, Tool, ToolIo } from './cli/index.ts';
import { deleteGroup, deleteOffsets, listGroups } from './client/index.ts';
import type { ClusterClient } from './client/index.ts';
import { connect } from './connect.ts';
import { describeGroups } from './consumer-groups-describe.ts';
import { resetOffsets, SCENARIOS, selectPartitions } from './consumer-groups-reset.ts';
import { table } from './table.ts';

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
      return done || process.env['KLASSIK_COMPAT_EXIT'] === '1' ? 0 : 1;
    } catch (thrown) {
      if (thrown instanceof UsageError) throw thrown;
      io.out(`\nError: Executing consumer group command failed due to ${messageOf(thrown)}\n`);
      return process.env['KLASSIK_COMPAT_EXIT'] === '1' ? 0 : 1;
    } finally {
      await client.close();
    }
  },
};

function checkOptions(options: ParsedOptions, io: ToolIo): void {
  const actions = ACTIONS.filter((action) => options.has(action));
  if (actions.length !== 1) {
    throw new UsageError(
      'Command must include exactly one action: --list, --describe, --delete, --reset-offsets, --delete-offsets',
    );
  }
  options.required('bootstrap-server');
  const [action] = actions;
  const hasGroup = options.has('group') || options.has('all-groups');
  if (options.has('group') && options.has('all-groups'))
    throw new UsageError('Option "[all-groups]" can\'t be used with option "[group]"');
  if (action === 'describe') {
    if (!hasGroup)
      throw new UsageError('Option [describe] takes one of these options: [all-groups], [group]');
    const views = ['members', 'offsets', 'state'].filter((view) => options.has(view));
    if (views.length > 1)
      throw new UsageError(
        'Option [describe] takes at most one of these options: [members], [offsets], [state]',
      );
  }
  if (action === 'delete' && !hasGroup)
    throw new UsageError('Option [delete] takes one of these options: [all-groups], [group]');
  if (action === 'delete-offsets' && (!options.has('group') || !options.has('topic'))) {
    throw new UsageError('Option [delete-offsets] takes the following options: [topic], [group]');
  }
  if (action === 'reset-offsets') checkResetOptions(options, io, hasGroup);
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
  const scenarios = SCENARIOS.filter((scenario) => options.has(scenario));
  const fromFile = options.has('from-file');
  if (!options.has('topic') && !options.has('all-topics') && !fromFile) {
    throw new UsageError('One of the reset scopes should be defined: --all-topics, --topic.');
  }
  if (scenarios.length === 0) {
    throw new UsageError(
      "Option '[reset-offsets]' requires one of the following scenarios: [[to-offset], [to-current], [to-datetime], [from-file], [by-duration], [to-earliest], [to-latest], [shift-by]]",
    );
  }
  const [first, second] = scenarios;
  if (second !== undefined)
    throw new UsageError(`Option "[${first ?? ''}]" can't be used with option "[${second}]"`);
}

/** False when some of it failed; what failed has been printed. */
async function act(client: ClusterClient, options: ParsedOptions, io: ToolIo): Promise<boolean> {
  if (options.has('list')) return list(client, options, io);
  const groups = options.has('all-groups')
    ? (await listGroups(client)).map((group) => group.groupId).sort()
    : options.values('group');
  if (options.has('describe')) return describeGroups(client, groups, options, io);
  if (options.has('reset-offsets')) return resetOffsets(client, groups, options, io);
  if (options.has('delete-offsets')) return removeOffsets(client, groups[0] ?? '', options, io);
  return remove(client, groups, io);
}

async function list(client: ClusterClient, options: ParsedOptions, io: ToolIo): Promise<boolean> {
  const listOf = (name: string): string[] =>
    (options.value(name) ?? '')
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== '');
  const found = (await listGroups(client, listOf('state').map(stateName), listOf('type').map(upperFirst)))
    .filter(({ protocolType }) => protocolType === '' || protocolType === 'consumer')
    .toSorted((left, right) => (left.groupId < right.groupId ? -1 : 1));
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

/** States are named in any case: preparingrebalance is PreparingRebalance. */
function stateName(text: string): string {
  const known = ['PreparingRebalance', 'CompletingRebalance', 'Stable', 'Dead', 'Empty'];
  const state = known.find((each) => each.toLowerCase() === text.toLowerCase());
  if (state === undefined)
    throw new UsageError(`Invalid state list '${text}'. Valid states are: ${known.join(', ')}`, false);
  return state;
}

function upperFirst(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1).toLowerCase()}`;
}

async function remove(client: ClusterClient, groups: readonly string[], io: ToolIo): Promise<boolean> {
  const results = await Promise.all(
    groups.map(async (groupId) => ({ groupId, error: await deleteGroup(client, groupId) })),
  );
  const quoted = (chosen: typeof results): string => chosen.map(({ groupId }) => `'${groupId}'`).join(', ');
  const deleted = results.filter(({ error }) => error === undefined);
  if (deleted.length === results.length) {
    io.out(`Deletion of requested consumer groups (${quoted(results)}) was successful.\n`);
    return true;
  }
  io.out('\nError: Deletion of some consumer groups failed:\n');
  for (const { groupId, error } of results) {
    if (error !== undefined) io.out(`* Group '${groupId}' could not be deleted due to: ${javaText(error)}\n`);
  }
  if (deleted.length > 0) io.out(`\nThese consumer groups were deleted successfully: ${quoted(deleted)}\n`);
  return false;
}

/** An error as the Java tool shows it, exception names and all: people search for them. */
function javaText(error: KafkaError): string {
  return `java.util.concurrent.ExecutionException: org.apache.kafka.common.errors.${errors[error.error].exception}: ${error.message}`;
}

async function removeOffsets(
  client: ClusterClient,
  group: string,
  options: ParsedOptions,
  io: ToolIo,
): Promise<boolean> {
  const partitions = await selectPartitions(client, group, options);
  const results = await deleteOffsets(client, group, partitions);
  const failed = results.filter(({ error }) => error !== undefined);
  io.out(
    failed.length === 0
      ? `Request succeed for deleting offsets with topic ${options.values('topic').join(', ')} group ${group}\n`
      : '\nError: Encountered some partition level error, see the follow-up details:\n',
  );
  const columns = [
    { head: 'TOPIC', width: 30 },
    { head: 'PARTITION', width: 15 },
    { head: 'STATUS', width: 15 },
  ];
  const rows = results.map(({ topic, partition, error }) => [
    topic,
    String(partition),
    error === undefined ? 'Successful' : `Error: ${error.message}`,
  ]);
  io.out(`\n${table(columns, rows).join('\n')}\n`);
  return failed.length === 0;
}
