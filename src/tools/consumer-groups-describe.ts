/** kafka-consumer-groups --describe: a group's offsets and lag, its members, or its state. */
import { inJavaHashOrder, topicPartitionHashCode, type TopicPartition } from '../common/index.ts';
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
  const groups: DescribedGroup[] = [];
  for (const groupId of [...new Set(groupIds)].sort(byText)) {
    const group = await describeGroup(client, groupId);
    const committed = group.state === 'Dead' ? [] : await committedOffsets(client, groupId);
    groups.push({ group, rows: await offsetRows(client, group, committed) });
  }
  if (io.format === 'json') {
    const json = groups.map(({ group, rows }) => ({
      ...group,
      offsets: rows.map((row) => ({ ...row, lag: lagOf(row) })),
    }));
    io.out(`${JSON.stringify({ apiVersion: 'klassik/v1', groups: json })}\n`);
    return true;
  }
  for (const described of groups) print(described, options, io);
  // Kafka leaves the last line open.
  if (io.spelling === 'klassik') io.out('\n');
  return groups.every(({ group }) => group.state !== 'Dead');
}

interface DescribedGroup {
  readonly group: GroupDescription;
  readonly rows: readonly OffsetRow[];
}

/** As Kafka prints it: tables begin with a line end, and that of members is shown of groups that have none, too. */
function print({ group, rows }: DescribedGroup, options: ParsedOptions, io: ToolIo): void {
  noteState(group, io);
  const lines = (of: readonly string[]): string => of.map((line) => `\n${line}`).join('');
  if (options.has('members')) io.out(`${lines(memberLines(group, options.has('verbose')))}\n`);
  else if (group.state === 'Dead') return;
  else if (options.has('state')) io.out(`${lines(stateLines(group))}\n`);
  else if (rows.length > 0) io.out(lines(offsetLines(rows)));
}

function noteState({ groupId, state }: GroupDescription, io: ToolIo): void {
  if (state === 'Dead') io.out(`\nError: Consumer group '${groupId}' does not exist.\n`);
  if (state === 'Empty') io.err(`\nConsumer group '${groupId}' has no active members.\n`);
  if (state === 'PreparingRebalance' || state === 'CompletingRebalance')
    io.err(`\nWarning: Consumer group '${groupId}' is rebalancing.\n`);
}

interface OffsetRow {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly currentOffset: number | null;
  readonly logEndOffset: number | null;
  readonly consumerId: string | null;
  readonly host: string | null;
  readonly clientId: string | null;
}

/**
 * A row per partition that is assigned, members with the most first, then those that are only committed. Each member's
 * come in the order of the Java map the original keeps them in.
 */
async function offsetRows(
  client: ClusterClient,
  { groupId, members }: GroupDescription,
  committed: readonly TopicPartitionOffset[],
): Promise<OffsetRow[]> {
  const assigned = members
    .map((member) => ({ member, partitions: inJavaHashOrder(partitionsOf(member), topicPartitionHashCode) }))
    .sort((left, right) => right.partitions.length - left.partitions.length);
  const isAssigned = (offset: TopicPartitionOffset): boolean =>
    assigned.some(({ partitions }) => partitions.some((partition) => isSame(partition, offset)));
  const others = inJavaHashOrder(
    committed
      .filter((offset) => !isAssigned(offset))
      .map(({ topic, partition }) => ({ topic, partition }))
      .sort((left, right) => left.partition - right.partition),
    topicPartitionHashCode,
  );
  const all = [
    ...assigned.flatMap(({ member, partitions }) => partitions.map((at) => ({ at, member }))),
    ...others.map((at) => ({ at, member: undefined })),
  ];
  const ends = await endOffsets(
    client,
    all.map(({ at }) => at),
  );
  return all.map(({ at, member }) => ({
    group: groupId,
    ...at,
    currentOffset: committed.find((offset) => isSame(offset, at))?.offset ?? null,
    logEndOffset: ends.get(`${at.topic}-${at.partition}`) ?? null,
    consumerId: member?.memberId ?? null,
    host: member?.host ?? null,
    clientId: member?.clientId ?? null,
  }));
}

function partitionsOf({ assignment }: GroupDescription['members'][number]): TopicPartition[] {
  return assignment
    .flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })))
    .sort((left, right) => left.partition - right.partition);
}

function isSame(left: TopicPartition, right: TopicPartition): boolean {
  return left.topic === right.topic && left.partition === right.partition;
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
    row.topic,
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

/** Kafka 3.9 shows the partitions without their topics: `(0,1), (2)`, and sorts both as texts. */
function assignmentText(assignment: GroupDescription['members'][number]['assignment']): string {
  const parts = assignment
    .filter(({ partitions }) => partitions.length > 0)
    .map(({ partitions }) => `(${partitions.map(String).sort(byText).join(',')})`);
  return parts.length === 0 ? '-' : parts.sort(byText).join(', ');
}

function stateLines({ groupId, coordinator, assignor, state, members }: GroupDescription): string[] {
  const place = `${coordinator.host}:${coordinator.port}  (${coordinator.id})`;
  const width = widthOf(25, [place]);
  return table(
    [
      { head: 'GROUP', width },
      { head: 'COORDINATOR (ID)', width: 25 },
      { head: 'ASSIGNMENT-STRATEGY', width: 20 },
      { head: 'STATE', width: 15 },
      { head: '#MEMBERS' },
    ],
    [[groupId, place, assignor, state, String(members.length)]],
  );
}
