import { describe, expect, test } from '@jest/globals';
import {
  mayEnterPartitionState,
  mayEnterReplicaState,
  PARTITION_STATE_PREDECESSORS,
  REPLICA_STATE_PREDECESSORS,
  type PartitionState,
  type ReplicaState,
} from '../../../src/controller/transitions.ts';
import { onControllerFailover } from '../../../src/controller/events/controller-failover.ts';
import { seed, stateOf, summary, testController, type TestController } from './fixtures.ts';

const ORDERS_0 = { topic: 'orders', partition: 0 };

/** Three live brokers and one partition on all of them, led by broker 1, as a new controller has loaded it. */
async function controllerWith(state = stateOf(1, [1, 2, 3], 4), live = [1, 2, 3]): Promise<TestController> {
  const controller = testController();
  seed(controller, live, 'orders', [{ replicas: [1, 2, 3], state }]);
  await onControllerFailover(controller.parts, controller.turn);
  controller.sent.length = 0;
  controller.store.writes.length = 0;
  return controller;
}

describe('the transition tables', () => {
  test('have exactly the transitions of contract 3.2', () => {
    const states = Object.keys(PARTITION_STATE_PREDECESSORS) as PartitionState[];
    const legal = states.flatMap((from) =>
      states.filter((to) => mayEnterPartitionState(from, to)).map((to) => `${from} -> ${to}`),
    );
    expect(legal.sort()).toEqual([
      'NewPartition -> OfflinePartition',
      'NewPartition -> OnlinePartition',
      'NonExistentPartition -> NewPartition',
      'OfflinePartition -> NonExistentPartition',
      'OfflinePartition -> OfflinePartition',
      'OfflinePartition -> OnlinePartition',
      'OnlinePartition -> OfflinePartition',
      'OnlinePartition -> OnlinePartition',
    ]);
  });

  test('let a replica be deleted only after it was stopped, and vanish only after it was deleted', () => {
    const states = Object.keys(REPLICA_STATE_PREDECESSORS) as ReplicaState[];
    const into = (to: ReplicaState): ReplicaState[] =>
      states.filter((from) => mayEnterReplicaState(from, to));
    expect(into('ReplicaDeletionStarted')).toEqual(['OfflineReplica']);
    expect(into('ReplicaDeletionSuccessful')).toEqual(['ReplicaDeletionStarted']);
    expect(into('NonExistentReplica')).toEqual(['ReplicaDeletionSuccessful']);
    expect(into('NewReplica')).toEqual(['NonExistentReplica']);
  });
});

describe('the partition state machine', () => {
  test('refuses a transition that is not in the table, and says so', async () => {
    const { parts, turn, context, errors } = await controllerWith();
    await parts.partitionStateMachine.handleStateChanges(turn, [ORDERS_0], 'NonExistentPartition');
    expect(context.partitionState(ORDERS_0)).toBe('OnlinePartition');
    expect(errors).toEqual([expect.stringContaining('from OnlinePartition to NonExistentPartition')]);
  });

  test('holds an election again on what a faster leader wrote', async () => {
    const { parts, turn, store } = await controllerWith();
    store.beforeUpdate = () => {
      store.beforeUpdate = () => undefined;
      const state = store.states.get('orders', 0)!;
      store.states.set('orders', 0, { ...state, isr: [1, 3], partitionEpoch: state.partitionEpoch + 1 });
    };
    await parts.partitionStateMachine.handleStateChanges(turn, [ORDERS_0], 'OfflinePartition');
    await parts.partitionStateMachine.handleStateChanges(turn, [ORDERS_0], 'OnlinePartition');
    expect(store.states.get('orders', 0)).toMatchObject({ leader: 1, isr: [1, 3], leaderEpoch: 5 });
  });

  test('leaves alone what a newer controller wrote', async () => {
    const { parts, turn, store } = await controllerWith();
    const { partitionEpoch, ...state } = store.states.get('orders', 0)!;
    store.states.set('orders', 0, { ...state, partitionEpoch: partitionEpoch + 1, controllerEpoch: 2 });
    const results = await parts.partitionStateMachine.handleStateChanges(turn, [ORDERS_0], 'OnlinePartition');
    expect(results.get('orders', 0)?.kind).toBe('failed');
    expect(store.writes).toEqual([]);
  });

  test('elects uncleanly only in topics that allow it', async () => {
    const controller = await controllerWith(stateOf(1, [1], 4), [2, 3]);
    const { parts, turn, store, context } = controller;
    expect(context.partitionState(ORDERS_0)).toBe('OfflinePartition');
    store.uncleanTopics.add('orders');
    await parts.partitionStateMachine.triggerOnlinePartitionStateChange(turn);
    expect(context.leadership(ORDERS_0)).toMatchObject({ leader: 2, isr: [2], leaderRecoveryState: 1 });
    const metric = 'kafka.controller:type=ControllerStats,name=UncleanLeaderElectionsPerSec';
    expect(parts.metrics.meter(metric).count).toBe(1);
  });
});

describe('the replica state machine', () => {
  test('takes replicas out of the ISR broker by broker; the last one stays in it', async () => {
    const { parts, turn, context, store } = await controllerWith();
    await parts.replicaStateMachine.handleStateChanges(
      turn,
      context.replicasOfTopic('orders'),
      'OfflineReplica',
    );
    expect(store.states.get('orders', 0)).toMatchObject({ leader: -1, isr: [3], leaderEpoch: 7 });
    expect(store.writes).toEqual(['set orders-0', 'set orders-0', 'set orders-0']);
  });

  test('stops the replica and tells the others of the smaller ISR', async () => {
    const { parts, turn, sent } = await controllerWith();
    await parts.replicaStateMachine.handleStateChanges(turn, [{ ...ORDERS_0, replica: 3 }], 'OfflineReplica');
    expect(summary(sent)).toEqual([
      'LeaderAndIsr>1 orders-0',
      'LeaderAndIsr>2 orders-0',
      'UpdateMetadata>1 orders-0',
      'UpdateMetadata>2 orders-0',
      'UpdateMetadata>3 orders-0',
      'StopReplica>3 orders-0',
    ]);
  });

  test('refuses to delete a replica that was not stopped', async () => {
    const { parts, turn, sent, errors } = await controllerWith();
    const replica = { ...ORDERS_0, replica: 3 };
    await parts.replicaStateMachine.handleStateChanges(turn, [replica], 'ReplicaDeletionStarted');
    expect(sent).toEqual([]);
    expect(errors).toEqual([expect.stringContaining('from OnlineReplica to ReplicaDeletionStarted')]);
  });

  test('resigning is left to the caller: a stale fence is thrown, not swallowed', async () => {
    const { parts, turn, store } = await controllerWith();
    store.epoch = 2;
    const replica = { ...ORDERS_0, replica: 3 };
    await expect(
      parts.replicaStateMachine.handleStateChanges(turn, [replica], 'OfflineReplica'),
    ).rejects.toThrow('another controller');
  });
});
