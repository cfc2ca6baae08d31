/** kafka-consumer-groups --describe: a group's offsets and lag, its members, or its state. */
import { KafkaError } from '../protocol/index.ts';
import type { ParsedOptions, ToolIo } from './cli/index.ts';
import { committedOffsets, describeGroup, listOffsets, OFFSET_SPEC } from './client/index.ts';
import type { ClusterClient, GroupDescription, TopicPartitionOffset } from './client/index.ts';
import { table, widthOf } from './table.ts';
import { byText } from './topic-arguments.ts';

/** False when a group does not exist. */
export async function describeGroups(
  client: ClusterClient,
  groupIds: readonly string[],
  options: ParsedOptions,
  io: ToolIo,
): Promise<boolean> {
  let all = true;
  const json: unknown[] = [];
  const printed: string[] = [];
  for (const groupId of groupIds) {
    const group = await describeGroup(client, groupId);
    const offsets = group.state === 'Dead' ? [] : await committedOffsets(client, groupId);
    if (io.format === 'json') {
      json.push(await asJson(client, group, offsets));
      continue;
    }
    if (group.state === 'Dead') {
      io.out(`\nError: Consumer group '${groupId}' does not exist.\n`);
      all = false;
      continue;
    }
    noteState(group, options, io);
    printed.push(await view(client, group, offsets, options));
  }
  if (io.format === 'json') io.out(`${JSON.stringify({ apiVersion: 'klassik/v1', groups: json })}\n`);
  else if (printed.length > 0) io.out(`${printed.join('')}\n`);
  return all;
}

function noteState({ groupId, state }: GroupDescription, options: ParsedOptions, io: ToolIo): void {
  if (options.has('state')) return;
  if (state === 'Empty') io.err(`\nConsumer group '${groupId}' has no active members.\n`);
  if (state === 'PreparingRebalance' || state === 'CompletingRebalance') {
    io.err(`\nWarning: Consumer group '${groupId}' is rebalancing.\n`);
  }
}

/** The lines of a group, each begun by a line end: groups follow each other without a gap, as in Kafka. */
async function view(
  client: ClusterClient,
  group: GroupDescription,
  offsets: readonly TopicPartitionOffset[],
  options: ParsedOptions,
): Promise<string> {
  const lines = options.has('members')
    ? memberLines(group, options.has('verbose'))
    : options.has('state')
      ? stateLines(group)
      : offsetLines(await offsetRows(client, group, offsets));
  return lines.map((line) => `\n${line}`).join('');
}

interface OffsetRow {
  readonly group: string;
  readonly topic: string | null;
  readonly partition: number | null;
  readonly currentOffset: number | null;
  readonly logEndOffset: number | null;
  readonly consumerId: string | null;
  readonly host: string | null;
  readonly clientId: string | null;
}

/** A row per partition that is assigned or committed, and per member that has none. */
async function offsetRows(
  client: ClusterClient,
  group: GroupDescription,
  committed: readonly TopicPartitionOffset[],
): Promise<OffsetRow[]> {
  const assigned = group.members.flatMap((member) =>
    member.assignment.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition, member })),
    ),
  );
  const others = committed.filter(
    (each) => !assigned.some(({ topic, partition }) => topic === each.topic && partition === each.partition),
  );
  const idle = group.members.filter((member) =>
    member.assignment.every(({ partitions }) => partitions.length === 0),
  );
  const partitions = [
    ...assigned,
    ...others.map(({ topic, partition }) => ({ topic, partition, member: undefined })),
  ];
  const ends = await endOffsets(client, partitions);
  const rows = partitions.map(({ topic, partition, member }) => ({
    group: group.groupId,
    topic,
    partition,
    currentOffset:
      committed.find((each) => each.topic === topic && each.partition === partition)?.offset ?? null,
    logEndOffset: ends.get(`${topic}-${partition}`) ?? null,
    consumerId: member?.memberId ?? null,
    host: member?.host ?? null,
    clientId: member?.clientId ?? null,
  }));
  rows.sort((left, right) => byText(left.topic, right.topic) || left.partition - right.partition);
  const idleRows = idle.map(({ memberId, host, clientId }) => ({
    group: group.groupId,
    topic: null,
    partition: null,
    currentOffset: null,
    logEndOffset: null,
    consumerId: memberId,
    host,
    clientId,
  }));
  return [...rows, ...idleRows];
}

async function endOffsets(
  client: ClusterClient,
  partitions: readonly { readonly topic: string; readonly partition: number }[],
): Promise<ReadonlyMap<string, number>> {
  const names = [...new Set(partitions.map(({ topic }) => topic))];
  if (names.length === 0) return new Map();
  const { topics } = await client.metadata(names);
  const led = partitions.flatMap(({ topic, partition }) => {
    const leader = topics
      .find((each) => each.name === topic)
      ?.partitions.find((each) => each.partitionIndex === partition)?.leaderId;
    return leader === undefined || leader < 0
      ? []
      : [{ topic, partition, leader, timestamp: OFFSET_SPEC.latest }];
  });
  const found = await listOffsets(client, led);
  return new Map(
    found.flatMap((each) =>
      each instanceof KafkaError ? [] : [[`${each.topic}-${each.partition}`, each.offset]],
    ),
  );
}

const text = (value: string | number | null): string => (value === null ? '-' : String(value));

function lagOf({ currentOffset, logEndOffset }: OffsetRow): number | null {
  return currentOffset === null || logEndOffset === null ? null : logEndOffset - currentOffset;
}

function offsetLines(rows: readonly OffsetRow[]): string[] {
  const cells = rows.map((row) => [
    row.group,
    text(row.topic),
    text(row.partition),
    text(row.currentOffset),
    text(row.logEndOffset),
    text(lagOf(row)),
    text(row.consumerId),
    text(row.host),
    text(row.clientId),
  ]);
  const width = (at: number): number =>
    widthOf(
      15,
      cells.map((row) => row[at] ?? ''),
    );
  return table(
    [
      { head: 'GROUP', width: width(0) },
      { head: 'TOPIC', width: width(1) },
      { head: 'PARTITION', width: 10 },
      { head: 'CURRENT-OFFSET', width: 15 },
      { head: 'LOG-END-OFFSET', width: 15 },
      { head: 'LAG', width: 15 },
      { head: 'CONSUMER-ID', width: width(6) },
      { head: 'HOST', width: width(7) },
      { head: 'CLIENT-ID' },
    ],
    cells,
  );
}

function memberLines(group: GroupDescription, verbose: boolean): string[] {
  const withInstance = group.members.some((member) => member.groupInstanceId !== null);
  const cells = group.members.map((member) => [
    group.groupId,
    member.memberId,
    ...(withInstance ? [member.groupInstanceId ?? ''] : []),
    member.host,
    member.clientId,
    String(member.assignment.reduce((sum, { partitions }) => sum + partitions.length, 0)),
    verbose ? assignmentText(member.assignment) : '',
  ]);
  const heads = ['GROUP', 'CONSUMER-ID', ...(withInstance ? ['GROUP-INSTANCE-ID'] : []), 'HOST', 'CLIENT-ID'];
  const grown = heads.map((head, at) => ({
    head,
    width: widthOf(
      head === 'GROUP-INSTANCE-ID' ? 17 : 15,
      cells.map((row) => row[at] ?? ''),
    ),
  }));
  return table([...grown, { head: '#PARTITIONS', width: 15 }, { head: verbose ? 'ASSIGNMENT' : '' }], cells);
}

/** Kafka 3.9 shows the partitions without their topics: `(0,1), (2)`. */
function assignmentText(assignment: GroupDescription['members'][number]['assignment']): string {
  const parts = assignment
    .filter(({ partitions }) => partitions.length > 0)
    .map(({ partitions }) => `(${partitions.toSorted((left, right) => left - right).join(',')})`);
  return parts.length === 0 ? '-' : parts.join(', ');
}

function stateLines({ groupId, coordinator, assignor, state, members }: GroupDescription): string[] {
  const place = `${coordinator.host}:${coordinator.port}  (${coordinator.id})`;
  const width = widthOf(25, [place]);
  return table(
    [
      { head: 'GROUP', width },
      { head: 'COORDINATOR (ID)', width },
      { head: 'ASSIGNMENT-STRATEGY', width: 20 },
      { head: 'STATE', width: 15 },
      { head: '#MEMBERS' },
    ],
    [[groupId, place, assignor, state, String(members.length)]],
  );
}

async function asJson(
  client: ClusterClient,
  group: GroupDescription,
  offsets: readonly TopicPartitionOffset[],
): Promise<unknown> {
  const rows = await offsetRows(client, group, offsets);
  return { ...group, offsets: rows.map((row) => ({ ...row, lag: lagOf(row) })) };
}
