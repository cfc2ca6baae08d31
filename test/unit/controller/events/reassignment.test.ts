/** Moves of partitions, step by step: what is written, who is told what, and what goes on after a fail-over. */
import { describe, expect, test } from '@jest/globals';
import {
  alteredPartitions,
  processAlterPartition,
} from '../../../../src/controller/events/alter-partition.ts';
import { processIsrChangeNotification } from '../../../../src/controller/events/notifications.ts';
import { processBrokerChange } from '../../../../src/controller/events/broker-change.ts';
import { onControllerFailover } from '../../../../src/controller/events/controller-failover.ts';
import {
  processApiPartitionReassignment,
  processListPartitionReassignments,
  processZkPartitionReassignment,
} from '../../../../src/controller/events/partition-reassignment.ts';
import { completeReassignments } from '../../../../src/controller/events/reassignment-steps.ts';
import { PartitionMap } from '../../../../src/common/index.ts';
import { broker, seed, stateOf, testController, topic, type TestController } from '../fixtures.ts';

const ORDERS_0 = { topic: 'orders', partition: 0 };

/** orders-0 on `replicas`, led by the first, in the hands of a controller that has just come into office. */
async function cluster(replicas: readonly number[], isr = replicas): Promise<TestController> {
  const controller = testController();
  seed(controller, [1, 2, 3, 4], 'orders', [{ replicas, state: stateOf(isr[0]!, isr, 4) }]);
  await onControllerFailover(controller.parts, controller.turn);
  forget(controller);
  return controller;
}

function forget({ sent, store }: TestController): void {
  sent.length = 0;
  store.writes.length = 0;
}

function move({ parts, turn }: TestController, target: readonly number[] | null) {
  const targets = new PartitionMap<readonly number[] | null>().set('orders', 0, target);
  return processApiPartitionReassignment(parts, turn, targets);
}

/** The leader's word that these are in sync. */
async function inSync(
  { parts, turn, store, context }: TestController,
  isr: readonly number[],
): Promise<void> {
  const state = store.states.get('orders', 0)!;
  const response = await processAlterPartition(
    parts,
    turn,
    {
      brokerId: state.leader,
      brokerEpoch: store.brokersById.get(state.leader)!.epoch,
      topics: [
        {
          topicName: '',
          topicId: 'id-of-orders',
          partitions: [
            {
              partitionIndex: 0,
              leaderEpoch: state.leaderEpoch,
              newIsr: [],
              newIsrWithEpochs: isr.map((brokerId) => ({ brokerId, brokerEpoch: -1 })),
              leaderRecoveryState: 0,
              partitionEpoch: state.partitionEpoch,
            },
          ],
        },
      ],
    },
    3,
  );
  await completeReassignments(parts, turn, alteredPartitions(context, response));
}

/** What brokers were told of orders-0, UpdateMetadata left out: `LeaderAndIsr>2 new`, `StopReplica>1 delete`. */
function told({ sent }: TestController): string[] {
  return sent.flatMap((control) => {
    if (control.kind === 'UpdateMetadata') return [];
    const [row] = control.request.topicStates.flatMap<object>(({ partitionStates }) => partitionStates);
    const flags = Object.entries(row ?? {})
      .filter(([name, value]) => value === true && ['isNew', 'deletePartition'].includes(name))
      .map(([name]) => (name === 'isNew' ? ' new' : ' delete'));
    return [`${control.kind}>${control.brokerId}${flags.join('')}`];
  });
}

describe('a move', () => {
  test('adds the new replicas, waits for the ISR, then takes the old ones out: the order of the writes is Kafka’s', async () => {
    const controller = await cluster([1, 2]);
    const { store } = controller;
    expect((await move(controller, [3, 2])).get('orders', 0)).toBeNull();
    expect(store.writes).toEqual(['set orders', 'set orders-0']);
    expect(store.topicsByName.get('orders')?.partitions.get(0)).toEqual({
      replicas: [3, 2, 1],
      addingReplicas: [3],
      removingReplicas: [1],
    });
    expect(store.states.get('orders', 0)).toMatchObject({ leader: 1, isr: [1, 2], leaderEpoch: 5 });
    expect(told(controller)).toEqual([
      'LeaderAndIsr>1',
      'LeaderAndIsr>2',
      'LeaderAndIsr>3 new',
      // 3 -> NewReplica
      'LeaderAndIsr>3 new',
    ]);

    forget(controller);
    await inSync(controller, [1, 2, 3]);
    expect(store.writes).toEqual(['set orders-0', 'set orders-0', 'set orders-0', 'set orders']);
    expect(store.states.get('orders', 0)).toMatchObject({ leader: 3, isr: [2, 3], leaderEpoch: 7 });
    expect(store.topicsByName.get('orders')).toEqual(topic('orders', [[3, 2]]));
    expect(told(controller)).toEqual([
      'LeaderAndIsr>2',
      'LeaderAndIsr>3',
      // 1 -> OfflineReplica
      'LeaderAndIsr>2',
      'LeaderAndIsr>3',
      'StopReplica>1',
      // 1 -> ReplicaDeletionStarted
      'StopReplica>1 delete',
    ]);
    expect(controller.context.isTopicBeingReassigned('orders')).toBe(false);
    expect(controller.errors).toEqual([]);
  });

  test('keeps a leader that stays, in a new epoch', async () => {
    const controller = await cluster([1, 2]);
    await move(controller, [1, 3]);
    await inSync(controller, [1, 2, 3]);
    expect(controller.store.states.get('orders', 0)).toMatchObject({
      leader: 1,
      isr: [1, 3],
      leaderEpoch: 7,
    });
  });

  test('only shortens the list: no waiting', async () => {
    const controller = await cluster([1, 2, 3]);
    await move(controller, [2, 3]);
    expect(controller.store.states.get('orders', 0)).toMatchObject({ leader: 2, isr: [2, 3] });
    expect(controller.store.topicsByName.get('orders')).toEqual(topic('orders', [[2, 3]]));
  });

  test('replaced by another: the replicas of the first that nobody wants now are deleted at once', async () => {
    const controller = await cluster([1, 2]);
    await move(controller, [3, 2]);
    forget(controller);
    await move(controller, [4, 2]);
    expect(controller.store.topicsByName.get('orders')?.partitions.get(0)).toEqual({
      replicas: [4, 2, 1],
      addingReplicas: [4],
      removingReplicas: [1],
    });
    expect(told(controller).filter((line) => line.startsWith('Stop'))).toEqual([
      'StopReplica>3',
      'StopReplica>3 delete',
    ]);
  });

  test('called off: the old replicas stay, the new ones go', async () => {
    const controller = await cluster([1, 2]);
    await move(controller, [3, 2]);
    forget(controller);
    await move(controller, null);
    expect(controller.store.topicsByName.get('orders')).toEqual(topic('orders', [[2, 1]]));
    expect(controller.store.states.get('orders', 0)).toMatchObject({ leader: 1, isr: [1, 2] });
    expect(told(controller)).toContain('StopReplica>3 delete');
    expect((await move(controller, null)).get('orders', 0)).toEqual({ error: 'NO_REASSIGNMENT_IN_PROGRESS' });
  });

  test('that fails is told per partition, and is tried again at the next change of the ISR', async () => {
    const controller = await cluster([1, 2]);
    await move(controller, [3, 2]);
    let refusals = 0;
    const write = controller.store.setTopicAssignment.bind(controller.store);
    controller.store.setTopicAssignment = (...call) =>
      refusals++ === 0 ? Promise.reject(new Error('ZooKeeper is away')) : write(...call);
    await expect(inSync(controller, [1, 2, 3])).rejects.toThrow('ZooKeeper is away');
    expect(controller.context.isBeingReassigned(ORDERS_0)).toBe(true);
    await inSync(controller, [3]);
    expect(controller.store.topicsByName.get('orders')).toEqual(topic('orders', [[3, 2]]));
  });
});

describe('a move goes on', () => {
  test('under the next controller', async () => {
    const controller = await cluster([1, 2]);
    await move(controller, [3, 2]);
    const { store, context, turn, parts } = controller;
    context.reset(turn);
    store.epoch = 2;
    context.setEpoch(turn, 2, 2);
    await onControllerFailover(parts, turn);
    expect([...processListPartitionReassignments(parts, null)]).toEqual([
      [ORDERS_0, { replicas: [3, 2, 1], addingReplicas: [3], removingReplicas: [1] }],
    ]);
    await inSync(controller, [1, 2, 3]);
    expect(store.topicsByName.get('orders')).toEqual(topic('orders', [[3, 2]]));
    expect([...processListPartitionReassignments(parts, [ORDERS_0])]).toEqual([]);
  });

  test('when a broker of its target is back', async () => {
    const controller = await cluster([1, 2]);
    const { store, parts, turn } = controller;
    await move(controller, [3, 2]);
    store.brokersById.delete(3);
    await processBrokerChange(parts, turn);
    store.brokersById.set(3, broker(3, 999));
    forget(controller);
    await processBrokerChange(parts, turn);
    expect(told(controller)).toContain('LeaderAndIsr>3 new');
  });
});

test('a leader of old writes the ISR itself: its notification brings the move to its end', async () => {
  const controller = await cluster([1, 2]);
  const { store, parts, turn } = controller;
  await move(controller, [3, 2]);
  store.states.set('orders', 0, { ...store.states.get('orders', 0)!, isr: [1, 2, 3], partitionEpoch: 9 });
  store.isrChanges = [{ name: 'isr_change_0000000000', partitions: [ORDERS_0] }];
  await processIsrChangeNotification(parts, turn);
  expect(store.topicsByName.get('orders')).toEqual(topic('orders', [[3, 2]]));
  expect(store.isrChanges).toEqual([]);
});

describe('the znode of old tools', () => {
  test('is worked off, and a newer wish by API takes its partition out of it', async () => {
    const controller = await cluster([1, 2]);
    const { store, parts, turn, events } = controller;
    store.reassignments = [{ ...ORDERS_0, replicas: [3, 2] }];
    await processZkPartitionReassignment(parts, turn);
    expect(store.topicsByName.get('orders')?.partitions.get(0)?.addingReplicas).toEqual([3]);
    expect(store.reassignments).toHaveLength(1);
    await move(controller, [4, 2]);
    expect(store.reassignments).toBeNull();
    expect(events).toContainEqual({ kind: 'ZkPartitionReassignment' });
  });

  test('goes when its move is through', async () => {
    const controller = await cluster([1, 2]);
    controller.store.reassignments = [{ ...ORDERS_0, replicas: [3, 2] }];
    await processZkPartitionReassignment(controller.parts, controller.turn);
    await inSync(controller, [1, 2, 3]);
    expect(controller.store.reassignments).toBeNull();
  });

  test('loses what cannot begin, and keeps the rest', async () => {
    const controller = await cluster([1, 2]);
    const wish = { ...ORDERS_0, replicas: [3, 2] };
    controller.store.reassignments = [{ topic: 'nowhere', partition: 0, replicas: [1] }, wish];
    await processZkPartitionReassignment(controller.parts, controller.turn);
    expect(controller.store.reassignments).toEqual([wish]);
  });
});
