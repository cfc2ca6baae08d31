/**
 * The throttles of a move (KIP-73): which replicas are slowed down stands in the topics' configs, how much in the
 * brokers'. --execute sets them, --verify takes them away when everything is through.
 */
import { inJavaHashOrder, javaHashCode, type PartitionMap } from '../../common/index.ts';
import { alterConfigs, type ClusterClient, type Reassignments } from '../client/index.ts';
import type { Target } from './plan.ts';

const LEADER_RATE = 'leader.replication.throttled.rate';
const FOLLOWER_RATE = 'follower.replication.throttled.rate';
const LOG_DIR_RATE = 'replica.alter.log.dirs.io.max.bytes.per.second';
const LEADER_REPLICAS = 'leader.replication.throttled.replicas';
const FOLLOWER_REPLICAS = 'follower.replication.throttled.replicas';

/** Where a partition's records come from, and where they go. */
interface PartitionMove {
  readonly sources: ReadonlySet<number>;
  readonly destinations: ReadonlySet<number>;
}

export type MoveMap = Map<string, Map<number, PartitionMove>>;

/** All moves: those under way, and the new ones, which start from where a move under way started. */
export function proposedMoves(
  current: Reassignments,
  targets: readonly Target[],
  replicasNow: PartitionMap<readonly number[]>,
): MoveMap {
  const moves: MoveMap = new Map();
  const put = (topic: string, partition: number, move: PartitionMove): void => {
    const ofTopic = moves.get(topic);
    if (ofTopic === undefined) moves.set(topic, new Map([[partition, move]]));
    else ofTopic.set(partition, move);
  };
  for (const { name, partitions } of current)
    for (const { partitionIndex, replicas, addingReplicas } of partitions)
      put(name, partitionIndex, {
        sources: new Set(replicas.filter((id) => !addingReplicas.includes(id))),
        destinations: new Set(addingReplicas),
      });
  for (const { topic, partition, replicas } of targets) {
    const sources =
      moves.get(topic)?.get(partition)?.sources ?? new Set(replicasNow.get(topic, partition) ?? []);
    put(topic, partition, {
      sources,
      destinations: new Set(replicas.filter((id) => !sources.has(id))),
    });
  }
  return moves;
}

/** `partition:broker` of each side of a topic's moves, as its configs name the throttled replicas. */
function throttledReplicas(moves: ReadonlyMap<number, PartitionMove>, side: keyof PartitionMove): string {
  const entries = [...moves].flatMap(([partition, move]) =>
    [...move[side]].map((broker) => `${partition}:${broker}`),
  );
  return [...new Set(entries)].sort().join();
}

export async function throttleReplication(
  client: ClusterClient,
  moves: MoveMap,
  bytesPerSecond: string,
): Promise<void> {
  for (const [name, ofTopic] of moves)
    await alterConfigs(
      client,
      { type: 'topics', name },
      new Map([
        [LEADER_REPLICAS, throttledReplicas(ofTopic, 'sources')],
        [FOLLOWER_REPLICAS, throttledReplicas(ofTopic, 'destinations')],
      ]),
      [],
    );
  const brokers = [...moves.values()].flatMap((ofTopic) =>
    [...ofTopic.values()].flatMap(({ sources, destinations }) => [...sources, ...destinations]),
  );
  for (const id of new Set(brokers.sort((left, right) => left - right)))
    await alterConfigs(
      client,
      { type: 'brokers', name: String(id) },
      new Map([
        [LEADER_RATE, bytesPerSecond],
        [FOLLOWER_RATE, bytesPerSecond],
      ]),
      [],
    );
}

export async function throttleLogDirs(
  client: ClusterClient,
  brokers: Iterable<number>,
  bytesPerSecond: string,
): Promise<void> {
  for (const id of new Set(brokers))
    await alterConfigs(
      client,
      { type: 'brokers', name: String(id) },
      new Map([[LOG_DIR_RATE, bytesPerSecond]]),
      [],
    );
}

/** All throttles of all brokers and the topics named: nobody remembers which of them the move had set. */
export async function clearThrottles(
  client: ClusterClient,
  targets: readonly Target[],
  out: (line: string) => void,
): Promise<void> {
  const nodes = (await client.nodes()).map(({ id }) => id);
  const brokers = inJavaHashOrder(
    [...new Set([...nodes, ...targets.flatMap(({ replicas }) => replicas)])],
    (id) => id,
  );
  out(`Clearing broker-level throttles on broker${brokers.length === 1 ? '' : 's'} ${brokers.join()}`);
  for (const id of brokers)
    await alterConfigs(client, { type: 'brokers', name: String(id) }, new Map(), [
      LEADER_RATE,
      FOLLOWER_RATE,
      LOG_DIR_RATE,
    ]);
  const topics = inJavaHashOrder([...new Set(targets.map(({ topic }) => topic))], javaHashCode);
  out(`Clearing topic-level throttles on topic${topics.length === 1 ? '' : 's'} ${topics.join()}`);
  for (const name of topics)
    await alterConfigs(client, { type: 'topics', name }, new Map(), [LEADER_REPLICAS, FOLLOWER_REPLICAS]);
}
