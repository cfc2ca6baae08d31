/**
 * The znodes of many partitions, as a controller would find them whose last one was killed: made without any broker,
 * and put back to what they were after each election.
 */
import { PartitionMap, uuidFromRandom, type TopicPartition } from '../../../src/common/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import { LeaderRecoveryState, registry, type KafkaZkClient } from '../../../src/zookeeper/index.ts';

/** The brokers that live; the third holds as much and is dead. */
export const FAKES = [1, 2] as const;
export const DEAD = 3;
export const PER_TOPIC = 100;
const REPLICAS = [...FAKES, DEAD];
const UNFENCED = 'any';

const { random } = createNodeRuntime();

export function partitionsOf(count: number): TopicPartition[] {
  return Array.from({ length: count }, (_, index) => ({
    topic: `alone-${Math.floor(index / PER_TOPIC)}`,
    partition: index % PER_TOPIC,
  }));
}

/** The first of its replicas; each broker has a third. */
export function leaderOf(partition: number): number {
  return replicasOf(partition)[0] ?? NaN;
}

function replicasOf(partition: number): number[] {
  const start = partition % REPLICAS.length;
  return [...REPLICAS.slice(start), ...REPLICAS.slice(0, start)];
}

export async function createPartitions(
  zookeeper: KafkaZkClient,
  partitions: readonly TopicPartition[],
): Promise<void> {
  const states = new PartitionMap<ReturnType<typeof stateOf>>();
  for (const { topic, partition } of partitions) states.set(topic, partition, stateOf(partition));
  for (const topic of states.topics())
    await zookeeper.topics.createTopicAssignment({
      topic,
      topicId: uuidFromRandom((count) => random.bytes(count)),
      partitions: new Map(
        [...states.partitionsOf(topic).keys()].map((partition) => [
          partition,
          { replicas: replicasOf(partition), addingReplicas: [], removingReplicas: [] },
        ]),
      ),
    });
  await zookeeper.partitions.createTopicPartitionStatesRaw(states, UNFENCED);
}

/** All replicas in sync, the first one leads. */
export async function putBack(
  zookeeper: KafkaZkClient,
  partitions: readonly TopicPartition[],
): Promise<void> {
  const { partitionState } = registry.topicZnodes;
  await zookeeper.znodes.fencedOrThrow(
    partitions.map(({ topic, partition }) => ({
      op: 'setData',
      path: partitionState.path({ topic, partition }),
      data: partitionState.encode(stateOf(partition)),
      version: 'any',
    })),
    UNFENCED,
  );
}

function stateOf(partition: number): Parameters<typeof registry.topicZnodes.partitionState.encode>[0] {
  return {
    leader: leaderOf(partition),
    leaderEpoch: 0,
    isr: replicasOf(partition),
    controllerEpoch: 1,
    leaderRecoveryState: LeaderRecoveryState.RECOVERED,
  };
}
