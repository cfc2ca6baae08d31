/** What an election or a removal is decided on: what is known where the decision is written, else what ZooKeeper has. */
import { describe, expect, test } from '@jest/globals';
import { PartitionMap, type TopicPartition } from '../../../src/common/index.ts';
import { ControllerContext } from '../../../src/controller/controller-context.ts';
import { statesToDecideOn } from '../../../src/controller/known-states.ts';
import { Turn } from '../../../src/controller/turn.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import { LeaderRecoveryState, type LeaderIsrAndControllerEpoch } from '../../../src/zookeeper/index.ts';

const EPOCH = 7;
const ORDERS = [0, 1, 2].map((partition) => ({ topic: 'orders', partition }));

const state = (leader: number, controllerEpoch = EPOCH): LeaderIsrAndControllerEpoch => ({
  leader,
  leaderEpoch: 3,
  isr: [1, 2],
  leaderRecoveryState: LeaderRecoveryState.RECOVERED,
  partitionEpoch: 5,
  controllerEpoch,
});

function decideOn(
  known: readonly (LeaderIsrAndControllerEpoch | undefined)[],
  isSafe: (of: TopicPartition) => boolean,
): { readonly read: number[]; readonly leaders: Promise<(number | undefined)[]> } {
  const context = new ControllerContext();
  const turn = new Turn('Test');
  context.setEpoch(turn, EPOCH, 0);
  for (const [index, one] of known.entries())
    if (one !== undefined) context.setLeadership(turn, { topic: 'orders', partition: index }, one);
  const read: number[] = [];
  const store = {
    partitionStates: (partitions: readonly TopicPartition[]) => {
      const found = new PartitionMap<LeaderIsrAndControllerEpoch>();
      for (const { topic, partition } of partitions) {
        read.push(partition);
        found.set(topic, partition, state(100 + partition));
      }
      return Promise.resolve(found);
    },
  };
  const { timers } = createNodeRuntime();
  const services = { context, store, timers } as unknown as Parameters<typeof statesToDecideOn>[0];
  const leaders = statesToDecideOn(services, ORDERS, isSafe).then((states) =>
    ORDERS.map(({ topic, partition }) => states.get(topic, partition)?.leader),
  );
  return { read, leaders };
}

describe('the states to decide on', () => {
  test('are those the controller knows, where what is decided is written', async () => {
    const { read, leaders } = decideOn([state(1), state(2), state(1)], () => true);
    expect(await leaders).toEqual([1, 2, 1]);
    expect(read).toEqual([]);
  });

  test('are read where it would not be, where none is known, and where a newer controller wrote', async () => {
    const known = [state(1), undefined, state(1, EPOCH + 1)];
    const { read, leaders } = decideOn(known, ({ partition }) => partition > 0);
    expect(await leaders).toEqual([100, 101, 102]);
    expect(read).toEqual([0, 1, 2]);
  });
});
