/**
 * kafka-consumer-groups --reset-offsets: where a group's offsets would go under each scenario, and, with --execute,
 * their commit. A group with members is left alone: its members would commit over it.
 */
import { readFileSync } from 'node:fs';
import { KafkaError } from '../protocol/index.ts';
import { UsageError } from './cli/index.ts';
import type { ParsedOptions, ToolIo } from './cli/index.ts';
import { alterOffsets, committedOffsets, describeGroup, listOffsets, OFFSET_SPEC } from './client/index.ts';
import type { ClusterClient, TopicPartitionOffset } from './client/index.ts';
import { table } from './table.ts';
import { byText } from './topic-arguments.ts';

export const SCENARIOS = [
  'to-offset',
  'to-earliest',
  'to-latest',
  'to-current',
  'shift-by',
  'to-datetime',
  'by-duration',
  'from-file',
] as const;

interface Partition {
  readonly topic: string;
  readonly partition: number;
}

/** False when a group could not be reset. */
export async function resetOffsets(
  client: ClusterClient,
  groups: readonly string[],
  options: ParsedOptions,
  io: ToolIo,
): Promise<boolean> {
  const rows: { group: string; offset: TopicPartitionOffset }[] = [];
  let all = true;
  for (const group of groups) {
    const { state } = await describeGroup(client, group);
    if (state !== 'Empty' && state !== 'Dead') {
      io.out(
        `\nError: Assignments can only be reset if the group '${group}' is inactive, but the current state is ${state}.\n`,
      );
      all = false;
      continue;
    }
    const offsets = await plan(client, group, options, io);
    if (options.has('execute')) await alterOffsets(client, group, offsets);
    rows.push(...offsets.map((offset) => ({ group, offset })));
  }
  print(rows, groups.length > 1, options, io);
  return all;
}

function print(
  rows: readonly { readonly group: string; readonly offset: TopicPartitionOffset }[],
  withGroup: boolean,
  options: ParsedOptions,
  io: ToolIo,
): void {
  if (io.format === 'json') {
    io.out(
      `${JSON.stringify({ apiVersion: 'klassik/v1', offsets: rows.map(({ group, offset }) => ({ group, ...offset })) })}\n`,
    );
    return;
  }
  if (options.has('export')) {
    for (const { group, offset } of rows) {
      io.out(`${withGroup ? `${group},` : ''}${offset.topic},${offset.partition},${offset.offset}\n`);
    }
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
  io.out(`\n${table(columns, cells).join('\n')}\n`);
}

/** The partitions --topic and --all-topics name. */
export async function selectPartitions(
  client: ClusterClient,
  group: string,
  options: ParsedOptions,
): Promise<Partition[]> {
  if (options.has('all-topics')) return committedOffsets(client, group);
  const named = options.values('topic').map((text) => {
    const at = text.lastIndexOf(':');
    if (at < 0) return { topic: text, partitions: undefined };
    return {
      topic: text.slice(0, at),
      partitions: text
        .slice(at + 1)
        .split(',')
        .map(Number),
    };
  });
  const { topics } = await client.metadata(named.map(({ topic }) => topic));
  return named.flatMap(({ topic, partitions }) => {
    const found = topics.find((each) => each.name === topic);
    const all = (found?.partitions ?? [])
      .map((each) => each.partitionIndex)
      .sort((left, right) => left - right);
    if (all.length === 0) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION');
    return (partitions ?? all).map((partition) => ({ topic, partition }));
  });
}

async function plan(
  client: ClusterClient,
  group: string,
  options: ParsedOptions,
  io: ToolIo,
): Promise<TopicPartitionOffset[]> {
  const file = options.value('from-file');
  if (file !== undefined) return withinRange(client, parseCsv(readFileSync(file, 'utf8'), group), io);
  const partitions = (await selectPartitions(client, group, options)).toSorted(
    (left, right) => byText(left.topic, right.topic) || left.partition - right.partition,
  );
  if (options.has('to-earliest')) return offsetsAt(client, partitions, OFFSET_SPEC.earliest);
  if (options.has('to-latest')) return offsetsAt(client, partitions, OFFSET_SPEC.latest);
  const time = timeOf(options);
  if (time !== undefined) return offsetsAtTime(client, partitions, time);
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
  const shift = options.integer('shift-by') ?? 0;
  const shifted = partitions.map((each) => {
    const current = currentOf(each);
    if (current === undefined)
      throw new KafkaError(
        'INVALID_REQUEST',
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

/** Local time unless a zone (Z, +01, +0100, +01:00) is given. */
export function parseDatetime(text: string): number {
  const zoned = /Z$|[+-]\d{2}(:?\d{2})?$/.test(text.slice(10));
  const iso = text.replace(/([+-]\d{2})$/, '$1:00').replace(/([+-]\d{2})(\d{2})$/, '$1:$2');
  const time = Date.parse(zoned ? iso : text);
  if (Number.isNaN(time)) throw new UsageError(`Unparseable date: "${text}"`, false);
  return time;
}

/** ISO 8601 as Java's Duration reads it: P1DT2H3M4.5S. */
export function parseDuration(text: string): number {
  const parts = /^([-+]?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i.exec(text);
  if (parts === null || !/\d/.test(text)) throw new UsageError('Text cannot be parsed to a Duration', false);
  const [, sign, days = '0', hours = '0', minutes = '0', seconds = '0'] = parts;
  const value = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  return (sign === '-' ? -1 : 1) * value * 1000;
}

function parseCsv(text: string, group: string): TopicPartitionOffset[] {
  return text
    .split('\n')
    .map((line) => line.trim().split(','))
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

/** The first record at or after a time; where there is none, the end. */
async function offsetsAtTime(
  client: ClusterClient,
  partitions: readonly Partition[],
  time: number,
): Promise<TopicPartitionOffset[]> {
  const found = await offsetsAt(client, partitions, time);
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
