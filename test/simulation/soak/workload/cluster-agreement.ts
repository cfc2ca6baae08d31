/**
 * Whether everybody agrees on which topics there are, once nothing happens any more: ZooKeeper, every broker's metadata and
 * the folders on the disks; and whether all that was asked for has come to its end.
 */
import { MetadataRequest, MetadataResponse } from '../../../../src/protocol/messages/03-metadata.ts';
import type { ClusterClient } from '../../../../src/tools/client/index.ts';
import { hostOf, type SimulatedCluster } from '../../cluster.ts';

interface TopicInZooKeeper {
  readonly partitions: Readonly<Record<string, readonly number[]>>;
  readonly adding_replicas?: Readonly<Record<string, readonly number[]>>;
  readonly removing_replicas?: Readonly<Record<string, readonly number[]>>;
}

/** A replica's folder, also one that was renamed to be deleted or put aside. */
const REPLICA_FOLDER = /^(.+)-(\d+)(\.[0-9a-f]+-(delete|future|stray))?$/;

export function topicsInZooKeeper({ zooKeeper: { tree } }: SimulatedCluster): Map<string, TopicInZooKeeper> {
  const names = [...(tree.find('/brokers/topics')?.children ?? [])].sort();
  return new Map(
    names.map((name) => {
      const data = tree.find(`/brokers/topics/${name}`)?.data?.toString() ?? '{"partitions":{}}';
      return [name, JSON.parse(data) as TopicInZooKeeper];
    }),
  );
}

/** In words what does not fit (yet). */
export async function disagreements(
  cluster: SimulatedCluster,
  client: ClusterClient,
  mayBeLeft: (topic: string, partition: number, broker: number) => boolean,
): Promise<string[]> {
  const topics = topicsInZooKeeper(cluster);
  const live = [...cluster.processes.keys()].filter((id) => cluster.world.isUp(hostOf(id)));
  const known = wantedMetadata(cluster, topics);
  const found = [...unfinished(cluster, topics), ...leftOnDisks(cluster, topics, mayBeLeft)];
  for (const id of live) {
    const told = await metadataOf(client, id);
    for (const name of new Set([...known.keys(), ...told.keys()]))
      if (known.get(name) !== told.get(name))
        found.push(`broker ${id} says of ${name}: ${told.get(name)}; ZooKeeper: ${known.get(name)}`);
  }
  return found;
}

function unfinished(
  { zooKeeper: { tree } }: SimulatedCluster,
  topics: ReadonlyMap<string, TopicInZooKeeper>,
): string[] {
  const deleting = [...(tree.find('/admin/delete_topics')?.children ?? [])];
  const configured = [...(tree.find('/config/topics')?.children ?? [])];
  const moving = [...topics].filter(
    ([, { adding_replicas: adding = {}, removing_replicas: removing = {} }]) =>
      [...Object.values(adding), ...Object.values(removing)].some(({ length }) => length > 0),
  );
  return [
    ...deleting.map((name) => `${name} still waits to be deleted`),
    ...configured.filter((name) => !topics.has(name)).map((name) => `/config/topics/${name} is left`),
    ...moving.map(([name]) => `a move of ${name} has not ended`),
    ...(tree.find('/admin/reassign_partitions') === undefined ? [] : ['/admin/reassign_partitions is left']),
    ...(tree.find('/admin/preferred_replica_election') === undefined
      ? []
      : ['/admin/preferred_replica_election is left']),
  ];
}

function leftOnDisks(
  cluster: SimulatedCluster,
  topics: ReadonlyMap<string, unknown>,
  mayBeLeft: (topic: string, partition: number, broker: number) => boolean,
): string[] {
  return replicaFolders(cluster)
    .filter(({ id, topic, partition }) => !topics.has(topic) && !mayBeLeft(topic, partition, id))
    .map(({ id, folder }) => `${folder} is left on the disk of broker ${id}`);
}

interface ReplicaFolder {
  readonly id: number;
  readonly folder: string;
  readonly topic: string;
  readonly partition: number;
}

/** On the disks of all brokers, also of those that are down. */
export function replicaFolders({ world, processes }: SimulatedCluster): ReplicaFolder[] {
  return [...processes.keys()].flatMap((id) =>
    world
      .disk(hostOf(id))
      .names('/data')
      .flatMap((folder) => {
        const [, topic, partition] = REPLICA_FOLDER.exec(folder) ?? [];
        return topic === undefined ? [] : [{ id, folder, topic, partition: Number(partition) }];
      }),
  );
}

function wantedMetadata(
  cluster: SimulatedCluster,
  topics: ReadonlyMap<string, TopicInZooKeeper>,
): ReadonlyMap<string, string> {
  return new Map(
    [...topics].map(([name, { partitions }]) => {
      const states = cluster.partitionStates(name);
      const rows = Object.keys(partitions)
        .map(Number)
        .sort((one, other) => one - other)
        .map((partition) => {
          const state = states[partition];
          return partitionText(partition, state?.leader ?? -1, partitions[partition] ?? [], state?.isr ?? []);
        });
      return [name, rows.join(', ')];
    }),
  );
}

async function metadataOf(client: ClusterClient, id: number): Promise<ReadonlyMap<string, string>> {
  const answer = await client.toBroker(
    id,
    { request: MetadataRequest, response: MetadataResponse },
    { topics: null, allowAutoTopicCreation: false, includeTopicAuthorizedOperations: false },
  );
  return new Map(
    answer.topics.map(({ name, partitions }) => {
      const rows = partitions
        .toSorted((one, other) => one.partitionIndex - other.partitionIndex)
        .map(({ partitionIndex, leaderId, replicaNodes, isrNodes }) =>
          partitionText(partitionIndex, leaderId, replicaNodes, isrNodes),
        );
      return [name ?? '', rows.join(', ')];
    }),
  );
}

function partitionText(
  partition: number,
  leader: number,
  replicas: readonly number[],
  isr: readonly number[],
): string {
  const inOrder = isr.toSorted((one, other) => one - other);
  return `${partition} led by ${leader} of ${replicas.join('/')}, ISR ${inOrder.join('/')}`;
}
