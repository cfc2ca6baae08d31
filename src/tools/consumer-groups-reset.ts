/**
 * kafka-consumer-groups --reset-offsets: where a group's offsets would go under each scenario, and, with --execute,
 * their commit. A group with members is left alone: its members would commit over it.
 */
import { readFileSync } from 'node:fs';
import { inJavaHashOrder, javaHashCode, topicPartitionHashCode } from '../common/index.ts';
import { KafkaError } from '../protocol/index.ts';
import { UsageError } from './cli/index.ts';
import type { ParsedOptions, ToolIo } from './cli/index.ts';
import { alterOffsets, committedOffsets, describeGroup, listOffsets, OFFSET_SPEC } from './client/index.ts';
import type { ClusterClient, TopicPartitionOffset } from './client/index.ts';
import { table } from './table.ts';
import { byText } from './topic-arguments.ts';

/** In the order in which the original looks for two of them at once. */
export const SCENARIOS = [
  'to-offset',
  'to-datetime',
  'by-duration',
  'to-earliest',
  'to-latest',
  'to-current',
  'shift-by',
  'from-file',
] as const;

interface Partition {
  readonly topic: string;
  readonly partition: number;
}

interface ResetGroup {
  readonly group: string;
  readonly offsets: readonly TopicPartitionOffset[];
}

/** False when a group could not be reset. */
export async function resetOffsets(
  client: ClusterClient,
  groups: readonly string[],
  options: ParsedOptions,
  io: ToolIo,
): Promise<boolean> {
  const reset: ResetGroup[] = [];
  let all = true;
  for (const group of inJavaHashOrder([...new Set(groups)], javaHashCode)) {
    const { state } = await describeGroup(client, group);
    if (state !== 'Empty' && state !== 'Dead') {
      io.out(
        `\nError: Assignments can only be reset if the group '${group}' is inactive, but the current state is ${state}.\n`,
      );
      all = false;
      reset.push({ group, offsets: [] });
      continue;
    }
    const offsets = inJavaHashOrder(await plan(client, group, options, io), topicPartitionHashCode);
    if (options.has('execute')) await alterOffsets(client, group, offsets);
    reset.push({ group, offsets });
  }
  print(reset, options, io);
  return all;
}

function print(reset: readonly ResetGroup[], options: ParsedOptions, io: ToolIo): void {
  const rows = reset.flatMap(({ group, offsets }) => offsets.map((offset) => ({ group, offset })));
  if (io.format === 'json') {
    const offsets = rows.map(({ group, offset }) => ({ group, ...offset }));
    io.out(`${JSON.stringify({ apiVersion: 'klassik/v1', offsets })}\n`);
    return;
  }
  if (options.has('export')) {
    const withGroup = options.values('group').length !== 1;
    const line = ({ group, offset }: (typeof rows)[number]): string =>
      `${withGroup ? `${group},` : ''}${offset.topic},${offset.partition},${offset.offset}\n`;
    io.out(`${rows.map(line).join('')}\n`);
    return;
  }
  const columns = [
    { head: 'GROUP', width: 30 },
    { head: 'TOPIC', width: 30 },
    { head: 'PARTITION', width: 10 },
    { head: 'NEW-OFFSET', width: 15 },
  ];
  const cells = rows.map(({ group, offset }) => [
    group,
    offset.topic,
    String(offset.partition),
    String(offset.offset),
  ]);
  // Kafka's tool ends no line of this table; under our own name we do.
  const lineEnd = io.spelling === 'klassik' ? '\n' : '';
  io.out(`\n${table(columns, cells).join(lineEnd)}${lineEnd}`);
}

/** The partitions --topic and --all-topics name. */
async function selectPartitions(
  client: ClusterClient,
  group: string,
  options: ParsedOptions,
): Promise<Partition[]> {
  if (options.has('all-topics')) return committedOffsets(client, group);
  const named = options.values('topic').map(parseTopic);
  if (named.length === 0)
    throw new UsageError('One of the reset scopes should be defined: --all-topics, --topic.');
  const whole = named.filter(({ partitions }) => partitions === null).map(({ topic }) => topic);
  const { topics } = whole.length === 0 ? { topics: [] } : await client.metadata(whole);
  const known = named.flatMap(({ topic, partitions }) =>
    (partitions ?? []).map((partition) => ({ topic, partition })),
  );
  const unknown = whole.flatMap((topic) => {
    const found = topics.find((each) => each.name === topic)?.partitions ?? [];
    if (found.length === 0) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION');
    return found.map(({ partitionIndex }) => ({ topic, partition: partitionIndex }));
  });
  return [...known, ...unknown];
}

/** `topic`, or `topic:0,1` for some of its partitions. */
export function parseTopic(text: string): { readonly topic: string; readonly partitions: number[] | null } {
  if (!text.includes(':')) return { topic: text, partitions: null };
  const parts = text.replace(/:+$/, '').split(':');
  const [topic = '', list = ''] = parts;
  if (parts.length !== 2)
    throw new UsageError(`Invalid topic arg '${text}', expected topic name and partitions`);
  const partitions = list.split(',').map((partition) => {
    if (!/^[-+]?\d+$/.test(partition))
      throw new UsageError(`Invalid partition '${partition}' specified in topic arg '${text}''`);
    return Number(partition);
  });
  return { topic, partitions };
}

async function plan(
  client: ClusterClient,
  group: string,
  options: ParsedOptions,
  io: ToolIo,
): Promise<TopicPartitionOffset[]> {
  const file = options.value('from-file');
  if (file !== undefined) {
    const planned = parseCsv(readFileSync(file, 'utf8'), group);
    if (planned.length === 0) io.out(`\nError: No reset plan for group ${group} found\n`);
    return withinRange(client, planned, io);
  }
  const partitions = (await selectPartitions(client, group, options)).toSorted(
    (left, right) => byText(left.topic, right.topic) || left.partition - right.partition,
  );
  if (options.has('to-earliest')) return offsetsAt(client, partitions, OFFSET_SPEC.earliest);
  if (options.has('to-latest')) return offsetsAt(client, partitions, OFFSET_SPEC.latest);
  const time = timeOf(options);
  if (time !== undefined) return offsetsAtTime(client, partitions, time, io);
  const to = options.integer('to-offset');
  if (to !== undefined)
    return withinRange(
      client,
      partitions.map((each) => ({ ...each, offset: to })),
      io,
    );
  const committed = await committedOffsets(client, group);
  const currentOf = (each: Partition): number | undefined =>
    committed.find(({ topic, partition }) => topic === each.topic && partition === each.partition)?.offset;
  if (options.has('to-current')) {
    const ends = await offsetsAt(client, partitions, OFFSET_SPEC.latest);
    return ends.map((end) => ({ ...end, offset: currentOf(end) ?? end.offset }));
  }
  const shift = options.integer('shift-by');
  if (shift === undefined)
    throw new UsageError(
      "Option '[reset-offsets]' requires one of the following scenarios: [[to-offset], [to-current], [to-datetime], [from-file], [by-duration], [to-earliest], [to-latest], [shift-by]]",
    );
  const shifted = partitions.map((each) => {
    const current = currentOf(each);
    if (current === undefined)
      throw new UsageError(
        `Cannot shift offset for partition ${each.topic}-${each.partition} since there is no current committed offset`,
      );
    return { topic: each.topic, partition: each.partition, offset: current + shift };
  });
  return withinRange(client, shifted, io);
}

function timeOf(options: ParsedOptions): number | undefined {
  const datetime = options.value('to-datetime');
  if (datetime !== undefined) return parseDatetime(datetime);
  const duration = options.value('by-duration');
  return duration === undefined ? undefined : Date.now() - parseDuration(duration);
}

const DATETIME = /^\d{4}-\d{1,2}-\d{1,2}T\d{1,2}:\d{1,2}:\d{1,2}\.\d{1,3}(Z|[+-]\d{2}(:?\d{2})?)$/;

/** UTC unless a zone (Z, +01, +0100, +01:00) is given. */
export function parseDatetime(text: string): number {
  const [, afterDate] = text.split('T');
  if (afterDate === undefined)
    throw new Error(
      "java.text.ParseException: Error parsing timestamp. It does not contain a 'T' according to ISO8601 format",
    );
  const zoned = /[+\-Z]/.test(afterDate) ? text : `${text}Z`;
  const iso = zoned.replace(/([+-]\d{2})$/, '$1:00').replace(/([+-]\d{2})(\d{2})$/, '$1:$2');
  const time = DATETIME.test(zoned) ? Date.parse(iso) : NaN;
  if (Number.isNaN(time)) throw new Error(`java.text.ParseException: Unparseable date: "${zoned}"`);
  return time;
}

/** ISO 8601 as Java's Duration reads it: P1DT2H3M4.5S. */
export function parseDuration(text: string): number {
  const parts = /^([-+]?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i.exec(text);
  if (parts === null || !/\d/.test(text)) throw new Error('Text cannot be parsed to a Duration');
  const [, sign, days = '0', hours = '0', minutes = '0', seconds = '0'] = parts;
  const value = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  return (sign === '-' ? -1 : 1) * value * 1000;
}

function unquoted(cell: string): string {
  return /^".*"$/.test(cell) ? cell.slice(1, -1) : cell;
}

function parseCsv(text: string, group: string): TopicPartitionOffset[] {
  return text
    .split('\n')
    .map((line) => line.trim().split(',').map(unquoted))
    .filter((cells) => cells.length >= 3)
    .filter((cells) => cells.length === 3 || cells[0] === group)
    .map((cells) => {
      const [topic = '', partition, offset] = cells.slice(-3);
      return { topic, partition: Number(partition), offset: Number(offset) };
    });
}

async function offsetsAt(
  client: ClusterClient,
  partitions: readonly Partition[],
  timestamp: number,
): Promise<TopicPartitionOffset[]> {
  const { topics } = await client.metadata([...new Set(partitions.map(({ topic }) => topic))]);
  const wanted = partitions.map(({ topic, partition }) => {
    const found = topics
      .find((each) => each.name === topic)
      ?.partitions.find((each) => each.partitionIndex === partition);
    if (found === undefined || found.leaderId < 0) {
      throw new KafkaError('LEADER_NOT_AVAILABLE', `Partition ${topic}-${partition} has no leader`);
    }
    return { topic, partition, leader: found.leaderId, timestamp };
  });
  const offsets = await listOffsets(client, wanted);
  return partitions.map(({ topic, partition }) => {
    const found = offsets.find(
      (each) => !(each instanceof KafkaError) && each.topic === topic && each.partition === partition,
    );
    if (found === undefined || found instanceof KafkaError) {
      throw offsets.find((each) => each instanceof KafkaError) ?? new KafkaError('UNKNOWN_SERVER_ERROR');
    }
    return { topic, partition, offset: found.offset };
  });
}

/** The first record at or after a time; where there is none, the end, with a word about it. */
async function offsetsAtTime(
  client: ClusterClient,
  partitions: readonly Partition[],
  time: number,
  io: ToolIo,
): Promise<TopicPartitionOffset[]> {
  const found = await offsetsAt(client, partitions, time);
  const behind = found.filter(({ offset }) => offset < 0);
  for (const { topic, partition } of inJavaHashOrder(behind, topicPartitionHashCode))
    io.out(
      `\nWarn: Partition ${partition} from topic ${topic} is empty. Falling back to latest known offset.\n`,
    );
  const ends = await offsetsAt(client, partitions, OFFSET_SPEC.latest);
  return found.map((each, index) => (each.offset < 0 ? (ends[index] ?? each) : each));
}

/** Offsets that do not exist are moved to the nearest that does, with a word about it. */
async function withinRange(
  client: ClusterClient,
  wanted: readonly TopicPartitionOffset[],
  io: ToolIo,
): Promise<TopicPartitionOffset[]> {
  const starts = await offsetsAt(client, wanted, OFFSET_SPEC.earliest);
  const ends = await offsetsAt(client, wanted, OFFSET_SPEC.latest);
  return wanted.map((each, index) => {
    const start = starts[index]?.offset ?? 0;
    const end = ends[index]?.offset ?? each.offset;
    const name = `${each.topic}-${each.partition}`;
    if (each.offset > end) {
      io.err(
        `WARN New offset (${each.offset}) is higher than latest offset for topic partition ${name}. Value will be set to ${end}\n`,
      );
    } else if (each.offset < start) {
      io.err(
        `WARN New offset (${each.offset}) is lower than earliest offset for topic partition ${name}. Value will be set to ${start}\n`,
      );
    }
    return {
      topic: each.topic,
      partition: each.partition,
      offset: Math.min(end, Math.max(start, each.offset)),
    };
  });
}
