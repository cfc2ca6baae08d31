/** kafka-topics --describe: which topics and partitions are shown, and their lines. */
import type { ParsedOptions, ToolIo } from './cli/index.ts';
import { describeTopicConfigs, listReassignments } from './client/index.ts';
import type { ClusterClient, DescribedConfigs, Node, Reassignments, TopicMetadata } from './client/index.ts';

type Partition = TopicMetadata['partitions'][number];
type Move = Reassignments[number]['partitions'][number];

const DEFAULT_CONFIG_SOURCE = 5;

interface Topic {
  readonly name: string;
  readonly metadata: TopicMetadata;
  /** The settings that are not defaults, in the broker's order. */
  readonly overrides: readonly (readonly [name: string, value: string])[];
  readonly minInsyncReplicas: number;
  readonly moves: ReadonlyMap<number, Move>;
}

export async function describeTopics(
  client: ClusterClient,
  selected: readonly TopicMetadata[],
  options: ParsedOptions,
  io: ToolIo,
): Promise<void> {
  const topics = await gather(client, selected);
  const nodes = await client.nodes();
  if (io.format === 'json') {
    io.out(`${JSON.stringify({ apiVersion: 'klassik/v1', topics: topics.map(asJson) })}\n`);
    return;
  }
  for (const topic of topics) {
    const lines = linesOf(topic, nodes, options);
    if (lines.length > 0) io.out(`${lines.join('\n')}\n`);
  }
}

async function gather(client: ClusterClient, selected: readonly TopicMetadata[]): Promise<Topic[]> {
  const names = selected.map((topic) => topic.name ?? '');
  const [configs, reassignments] = await Promise.all([
    describeTopicConfigs(client, names),
    listReassignments(
      client,
      selected.map(({ name, partitions }) => ({
        name: name ?? '',
        partitionIndexes: partitions.map((each) => each.partitionIndex),
      })),
    ),
  ]);
  return selected.map((metadata) => {
    const name = metadata.name ?? '';
    const settings = configs.get(name) ?? [];
    const moves = reassignments.find((each) => each.name === name)?.partitions ?? [];
    return {
      name,
      metadata,
      overrides: overridesIn(settings),
      minInsyncReplicas: Number(settings.find((each) => each.name === 'min.insync.replicas')?.value ?? 1),
      moves: new Map(moves.map((move) => [move.partitionIndex, move])),
    };
  });
}

function overridesIn(configs: DescribedConfigs): [string, string][] {
  return configs
    .filter(({ configSource }) => configSource !== DEFAULT_CONFIG_SOURCE)
    .map(({ name, value }) => [name, value ?? 'null']);
}

function linesOf(topic: Topic, nodes: readonly Node[], options: ParsedOptions): string[] {
  if (options.has('topics-with-overrides')) return topic.overrides.length > 0 ? [summaryLine(topic)] : [];
  const filters = PARTITION_FILTERS.filter(({ option }) => options.has(option));
  const partitions = topic.metadata.partitions.toSorted(
    (left, right) => left.partitionIndex - right.partitionIndex,
  );
  const live = new Set(nodes.map((node) => node.id));
  const shown = partitions.filter(
    (partition) => filters.length === 0 || filters.some((filter) => filter.shows(topic, partition, live)),
  );
  const lines = shown.map((partition) => partitionLine(topic, partition, nodes));
  return filters.length === 0 ? [summaryLine(topic), ...lines] : lines;
}

interface PartitionFilter {
  readonly option: string;
  shows(topic: Topic, partition: Partition, live: ReadonlySet<number>): boolean;
}

const PARTITION_FILTERS: readonly PartitionFilter[] = [
  {
    option: 'under-replicated-partitions',
    shows: (topic, partition) => replicationFactorOf(topic, partition) > partition.isrNodes.length,
  },
  { option: 'unavailable-partitions', shows: (_, partition, live) => !live.has(partition.leaderId) },
  {
    option: 'under-min-isr-partitions',
    shows: (topic, partition) => partition.isrNodes.length < topic.minInsyncReplicas,
  },
  {
    option: 'at-min-isr-partitions',
    shows: (topic, partition) => partition.isrNodes.length === topic.minInsyncReplicas,
  },
];

/** Replicas that are only being added do not count yet. */
function replicationFactorOf(topic: Topic, partition: Partition): number {
  const adding = topic.moves.get(partition.partitionIndex)?.addingReplicas.length ?? 0;
  return partition.replicaNodes.length - adding;
}

function summaryLine(topic: Topic): string {
  const { partitions, topicId } = topic.metadata;
  const [first] = partitions;
  return [
    `Topic: ${topic.name}`,
    `TopicId: ${topicId}`,
    `PartitionCount: ${partitions.length}`,
    `ReplicationFactor: ${first === undefined ? 0 : replicationFactorOf(topic, first)}`,
    `Configs: ${topic.overrides.map((pair) => pair.join('=')).join(',')}`,
  ].join('\t');
}

function partitionLine(topic: Topic, partition: Partition, nodes: readonly Node[]): string {
  const move = topic.moves.get(partition.partitionIndex);
  const moving =
    move === undefined
      ? []
      : [
          `Adding Replicas: ${move.addingReplicas.map((id) => nodeText(id, nodes)).join(',')}`,
          `Removing Replicas: ${move.removingReplicas.map((id) => nodeText(id, nodes)).join(',')}`,
        ];
  return [
    '',
    `Topic: ${topic.name}`,
    `Partition: ${partition.partitionIndex}`,
    `Leader: ${partition.leaderId < 0 ? 'none' : String(partition.leaderId)}`,
    `Replicas: ${partition.replicaNodes.join(',')}`,
    `Isr: ${partition.isrNodes.join(',')}`,
    ...moving,
    'Elr: N/A',
    'LastKnownElr: N/A',
  ].join('\t');
}

/** A broker as Java's Node prints itself. */
function nodeText(id: number, nodes: readonly Node[]): string {
  const node = nodes.find((each) => each.id === id);
  return node === undefined
    ? String(id)
    : `${node.host}:${node.port} (id: ${node.id} rack: ${node.rack ?? 'null'})`;
}

function asJson(topic: Topic): unknown {
  return {
    name: topic.name,
    topicId: topic.metadata.topicId,
    internal: topic.metadata.isInternal,
    configs: Object.fromEntries(topic.overrides),
    partitions: topic.metadata.partitions.map((partition) => ({
      partition: partition.partitionIndex,
      leader: partition.leaderId < 0 ? null : partition.leaderId,
      leaderEpoch: partition.leaderEpoch,
      replicas: partition.replicaNodes,
      isr: partition.isrNodes,
      offline: partition.offlineReplicas,
    })),
  };
}
