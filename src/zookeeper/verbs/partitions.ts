/**
 * Partition states in ZooKeeper: leader, leader epoch and ISR, the controller's most frequent writes.
 *
 * Invariant: a state is only ever written with the version it was read at, and only by the controller that holds
 * `fence`, the version of /controller_epoch it was elected with. Conflicts are values, one per partition.
 */
import { PartitionMap } from '../../common/index.ts';
import { topicZnodes } from '../registry.ts';
import type { TopicPartition } from '../../common/index.ts';
import type { ExpectedVersion, ZkErrorName } from '../session.ts';
import type { LeaderAndIsr, LeaderIsrAndControllerEpoch } from '../types.ts';
import type { WriteOp, WriteOutcome, ZnodeOperations } from './znode-operations.ts';

/**
 * `bad-version`: somebody else wrote in between, read again and decide anew. `failed`: ZooKeeper refused; the
 * transition failed.
 */
export type PartitionUpdate =
  | { readonly kind: 'updated'; readonly state: LeaderIsrAndControllerEpoch }
  | { readonly kind: 'bad-version' }
  | { readonly kind: 'failed'; readonly error: ZkErrorName };

const statePath = ({ topic, partition }: TopicPartition): string =>
  topicZnodes.partitionState.path({ topic, partition });

export class PartitionVerbs {
  readonly #znodes: ZnodeOperations;

  constructor(znodes: ZnodeOperations) {
    this.#znodes = znodes;
  }

  /** Those that have a state; pipelined. Sets data watches where a handler is registered. */
  async getTopicPartitionStates(
    partitions: Iterable<TopicPartition>,
  ): Promise<PartitionMap<LeaderIsrAndControllerEpoch>> {
    const states = new PartitionMap<LeaderIsrAndControllerEpoch>();
    const found = await this.#znodes.readAll(partitions, statePath, ({ data, stat }, _partition, path) => ({
      ...topicZnodes.partitionState.decode(data, path),
      partitionEpoch: stat.version,
    }));
    for (const [{ topic, partition }, state] of found) states.set(topic, partition, state);
    return states;
  }

  async getTopicPartitionState(partition: TopicPartition): Promise<LeaderIsrAndControllerEpoch | null> {
    const states = await this.getTopicPartitionStates([partition]);
    return states.get(partition.topic, partition.partition) ?? null;
  }

  /**
   * First states of new partitions, in the original's order: the topics' `partitions` znodes, one per partition, the
   * states. Parents that exist are fine; a state that exists is an outcome.
   */
  async createTopicPartitionStatesRaw(
    states: PartitionMap<Omit<LeaderIsrAndControllerEpoch, 'partitionEpoch'>>,
    fence: ExpectedVersion,
  ): Promise<PartitionMap<PartitionUpdate>> {
    const entries = [...states];
    const outcomes = await this.#znodes.fenced(firstStates([...states.topics()], entries), fence);
    const ofStates = outcomes.slice(outcomes.length - entries.length);
    const results = new PartitionMap<PartitionUpdate>();
    for (const [index, [{ topic, partition }, state]] of entries.entries())
      results.set(topic, partition, partitionUpdate(ofStates[index], { ...state, partitionEpoch: 0 }));
    return results;
  }

  /**
   * Writes new leaders and ISRs, each on the version in its `partitionEpoch`; what was written comes back with the
   * new one. KafkaZkClient.updateLeaderAndIsr of the original.
   */
  async updateLeaderAndIsr(
    states: PartitionMap<LeaderAndIsr>,
    controllerEpoch: number,
    fence: ExpectedVersion,
  ): Promise<PartitionMap<PartitionUpdate>> {
    const entries = [...states].map(([one, state]): [TopicPartition, LeaderIsrAndControllerEpoch] => [
      one,
      { ...state, controllerEpoch },
    ]);
    const outcomes = await this.#znodes.fenced(newStates(entries), fence);
    const results = new PartitionMap<PartitionUpdate>();
    for (const [index, [{ topic, partition }, state]] of entries.entries())
      results.set(topic, partition, partitionUpdate(outcomes[index], state));
    return results;
  }
}

/** Written down one by one as they are sent: ten thousand at once would hold up the event loop. */
function* firstStates(
  topics: readonly string[],
  entries: readonly (readonly [TopicPartition, Omit<LeaderIsrAndControllerEpoch, 'partitionEpoch'>])[],
): Iterable<WriteOp> {
  const persistent = { op: 'create', mode: 'persistent' } as const;
  for (const topic of topics)
    yield { ...persistent, path: topicZnodes.topicPartitions.path({ topic }), data: null };
  for (const [{ topic, partition }] of entries)
    yield { ...persistent, path: topicZnodes.topicPartition.path({ topic, partition }), data: null };
  for (const [one, state] of entries)
    yield { ...persistent, path: statePath(one), data: topicZnodes.partitionState.encode(state) };
}

function* newStates(
  entries: readonly (readonly [TopicPartition, LeaderIsrAndControllerEpoch])[],
): Iterable<WriteOp> {
  for (const [one, state] of entries)
    yield {
      op: 'setData',
      path: statePath(one),
      data: topicZnodes.partitionState.encode(state),
      version: state.partitionEpoch,
    };
}

function partitionUpdate(
  outcome: WriteOutcome | undefined,
  written: LeaderIsrAndControllerEpoch,
): PartitionUpdate {
  if (outcome === undefined) return { kind: 'failed', error: 'SystemError' };
  if (outcome.ok)
    return {
      kind: 'updated',
      state: { ...written, partitionEpoch: outcome.stat?.version ?? written.partitionEpoch },
    };
  return outcome.error === 'BadVersion' ? { kind: 'bad-version' } : { kind: 'failed', error: outcome.error };
}
