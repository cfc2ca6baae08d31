/** Deleting topics: what is stopped, deleted and written in which order; what makes a deletion wait, and what ends it. */
import { describe, expect, test } from '@jest/globals';
import { processBrokerChange } from '../../../../src/controller/events/broker-change.ts';
import { onControllerFailover } from '../../../../src/controller/events/controller-failover.ts';
import { processApiPartitionReassignment } from '../../../../src/controller/events/partition-reassignment.ts';
import { completeReassignments } from '../../../../src/controller/events/reassignment-steps.ts';
import { processLeaderAndIsrResponse } from '../../../../src/controller/events/responses.ts';
import {
  processTopicDeletion,
  processTopicDeletionStopReplicaResponse,
} from '../../../../src/controller/events/topic-deletion.ts';
import { PartitionMap } from '../../../../src/common/index.ts';
import { ErrorCode, type ErrorName } from '../../../../src/protocol/index.ts';
import {
  broker,
  elected,
  seed,
  stateOf,
  summary,
  testController,
  topic,
  type TestController,
} from '../fixtures.ts';

const ORDERS_0 = { topic: 'orders', partition: 0 };

/** orders-0 on brokers 1, 2 and 3, of which some live. */
function cluster(live: readonly number[] = [1, 2, 3]): Promise<TestController> {
  const controller = testController();
  seed(controller, live, 'orders', [{ replicas: [1, 2, 3], state: stateOf(1, [1, 2, 3], 4) }]);
  return elected(controller);
}

async function markDeleted({ parts, turn, store }: TestController, name = 'orders'): Promise<void> {
  store.deletions.add(name);
  await processTopicDeletion(parts, turn);
}

/** The broker's answer to StopReplica that deletes. */
function answer(
  { parts, turn }: TestController,
  brokerId: number,
  error: ErrorName = 'NONE',
  requestError: ErrorName = 'NONE',
): Promise<void> {
  return processTopicDeletionStopReplicaResponse(parts, turn, {
    kind: 'TopicDeletionStopReplicaResponseReceived',
    brokerId,
    requestError,
    partitionErrors: [{ of: ORDERS_0, error }],
  });
}

function isHalted({ context }: TestController): boolean {
  return context.isIneligibleForDeletion('orders');
}

/** Which brokers were told to delete their replica, in order. */
function toldToDelete({ sent }: TestController): number[] {
  return sent.flatMap((control) => {
    if (control.kind !== 'StopReplica') return [];
    const states = control.request.topicStates.flatMap(({ partitionStates }) => partitionStates);
    return states.some(({ deletePartition }) => deletePartition) ? [control.brokerId] : [];
  });
}

async function setAlive(
  { parts, turn, store }: TestController,
  id: number,
  epoch: number | null,
): Promise<void> {
  if (epoch === null) store.brokersById.delete(id);
  else store.brokersById.set(id, broker(id, epoch));
  await processBrokerChange(parts, turn);
}

function move({ parts, turn }: TestController, target: readonly number[]): Promise<unknown> {
  return processApiPartitionReassignment(
    parts,
    turn,
    new PartitionMap<readonly number[]>().set('orders', 0, target),
  );
}

describe('TopicDeletion', () => {
  test('stops all replicas, has all delete their data, and deletes the znodes when all have', async () => {
    const controller = await cluster();
    const { context, store, sent } = controller;
    await markDeleted(controller);
    expect(store.writes).toEqual(['set orders-0', 'set orders-0', 'set orders-0']);
    expect(summary(sent).filter((line) => line.startsWith('LeaderAndIsr'))).toEqual([]);
    const stops = sent.flatMap(({ kind, request }) =>
      kind === 'StopReplica' ? request.topicStates.flatMap(({ partitionStates }) => partitionStates) : [],
    );
    expect(stops.map(({ deletePartition }) => deletePartition)).toEqual([
      false,
      false,
      false,
      true,
      true,
      true,
    ]);
    expect(new Set(stops.map(({ leaderEpoch }) => leaderEpoch))).toEqual(new Set([-2]));
    const [metadata] = sent.flatMap(({ kind, request }) => (kind === 'UpdateMetadata' ? [request] : []));
    expect(metadata?.topicStates[0]?.partitionStates[0]).toMatchObject({ leader: -2, leaderEpoch: 0 });

    await answer(controller, 1);
    await answer(controller, 2);
    expect(store.topicsByName.has('orders')).toBe(true);
    await answer(controller, 3);
    expect(store.writes.at(-1)).toBe('delete orders');
    expect(context.allPartitions()).toEqual([]);
    expect(context.topicId('orders')).toBeUndefined();
  });

  test('a mark for a topic that does not exist is removed', async () => {
    const controller = await cluster();
    await markDeleted(controller, 'never-was');
    expect([...controller.store.deletions]).toEqual([]);
  });

  test('with delete.topic.enable off the mark is removed and the topic stays, also under a new controller', async () => {
    const controller = testController({ 'delete.topic.enable': 'false' });
    seed(controller, [1], 'orders', [{ replicas: [1], state: stateOf(1, [1]) }]);
    await markDeleted(await elected(controller));
    expect([...controller.store.deletions]).toEqual([]);
    expect(controller.context.isQueuedForDeletion('orders')).toBe(false);
    controller.store.deletions.add('orders');
    await onControllerFailover(controller.parts, controller.turn);
    expect([...controller.store.deletions]).toEqual([]);
    expect(controller.context.isQueuedForDeletion('orders')).toBe(false);
    expect(controller.store.topicsByName.has('orders')).toBe(true);
  });
});

describe('a deletion waits', () => {
  test('for a dead replica, and goes on when its broker is back: there alone, the others are done', async () => {
    const controller = await cluster([1, 2]);
    await markDeleted(controller);
    expect(isHalted(controller)).toBe(true);
    for (const id of [1, 2]) await answer(controller, id);
    expect(controller.store.topicsByName.has('orders')).toBe(true);
    controller.sent.length = 0;
    await setAlive(controller, 3, 300);
    expect(isHalted(controller)).toBe(false);
    expect(toldToDelete(controller)).toEqual([3]);
    await answer(controller, 3);
    expect(controller.store.topicsByName.has('orders')).toBe(false);
  });

  test('for a broker that dies before it has answered; another that comes back does not matter', async () => {
    const controller = await cluster();
    controller.store.brokersById.set(9, broker(9));
    await processBrokerChange(controller.parts, controller.turn);
    await markDeleted(controller);
    await answer(controller, 1);
    await setAlive(controller, 2, null);
    await answer(controller, 3);
    expect(isHalted(controller)).toBe(true);
    expect(controller.context.replicaState({ ...ORDERS_0, replica: 2 })).toBe('OfflineReplica');
    controller.sent.length = 0;
    await setAlive(controller, 9, 999);
    expect(toldToDelete(controller)).toEqual([]);
    await setAlive(controller, 2, 222);
    expect(toldToDelete(controller)).toEqual([2]);
    await answer(controller, 2);
    expect(controller.store.topicsByName.has('orders')).toBe(false);
  });

  test('for a broker that bounces before it has answered: it is told again', async () => {
    const controller = await cluster();
    await markDeleted(controller);
    controller.sent.length = 0;
    await setAlive(controller, 2, 222);
    // The others have not answered, so the deletion is under way and does not begin anew.
    expect(toldToDelete(controller)).toEqual([]);
    for (const id of [1, 3]) await answer(controller, id);
    expect(toldToDelete(controller)).toEqual([2]);
  });

  test('for a broker that cannot delete, until a broker with a replica starts', async () => {
    const controller = await cluster();
    await markDeleted(controller);
    await answer(controller, 2, 'KAFKA_STORAGE_ERROR');
    expect(isHalted(controller)).toBe(true);
    expect(controller.context.replicaState({ ...ORDERS_0, replica: 2 })).toBe('ReplicaDeletionIneligible');
    for (const id of [1, 3]) await answer(controller, id);
    // Nothing is under way any more: made ready for another attempt, which nothing calls for yet.
    expect(controller.context.replicaState({ ...ORDERS_0, replica: 2 })).toBe('OfflineReplica');
    controller.sent.length = 0;
    await markDeleted(controller, 'never-was');
    expect(toldToDelete(controller)).toEqual([]);
    await setAlive(controller, 2, 222);
    expect(toldToDelete(controller)).toEqual([2]);
  });

  test('for a broker that refuses the whole request', async () => {
    const controller = await cluster();
    await markDeleted(controller);
    await answer(controller, 2, 'NONE', 'STALE_BROKER_EPOCH');
    expect(isHalted(controller)).toBe(true);
    expect(controller.context.replicaState({ ...ORDERS_0, replica: 2 })).toBe('ReplicaDeletionIneligible');
  });

  test('for a disk that fails on the way, until its broker is started anew', async () => {
    const controller = await cluster();
    const { parts, turn, context } = controller;
    await markDeleted(controller);
    const storageError = (errorCode: number): Promise<void> =>
      processLeaderAndIsrResponse(parts, turn, {
        kind: 'LeaderAndIsrResponseReceived',
        brokerId: 2,
        response: {
          errorCode: 0,
          partitionErrors: [],
          topics: [
            {
              topicId: 'id-of-orders',
              partitionErrors: [{ topicName: '', partitionIndex: 0, errorCode }],
            },
          ],
        },
      });
    await storageError(ErrorCode.KAFKA_STORAGE_ERROR);
    expect(isHalted(controller)).toBe(true);
    expect(context.replicaState({ ...ORDERS_0, replica: 2 })).toBe('ReplicaDeletionIneligible');
    for (const id of [1, 3]) await answer(controller, id);
    expect(controller.store.topicsByName.has('orders')).toBe(true);
    controller.sent.length = 0;
    await setAlive(controller, 2, 222);
    expect(toldToDelete(controller)).toEqual([2]);
    await answer(controller, 2);
    expect(controller.store.topicsByName.has('orders')).toBe(false);
  });

  test('for nobody when it is one of several topics: the others go on', async () => {
    const controller = testController();
    seed(controller, [1, 2], 'orders', [{ replicas: [1, 3], state: stateOf(1, [1]) }]);
    seed(controller, [1, 2], 'bills', [{ replicas: [1, 2], state: stateOf(1, [1, 2]) }]);
    await elected(controller);
    controller.store.deletions.add('bills');
    await markDeleted(controller);
    const { parts, turn, store } = controller;
    for (const brokerId of [1, 2])
      await processTopicDeletionStopReplicaResponse(parts, turn, {
        kind: 'TopicDeletionStopReplicaResponseReceived',
        brokerId,
        requestError: 'NONE',
        partitionErrors: [{ of: { topic: 'bills', partition: 0 }, error: 'NONE' }],
      });
    expect([...store.topicsByName.keys()]).toEqual(['orders']);
  });
});

describe('a deletion and a move of the same topic', () => {
  test('one that moves is deleted at once, with the replicas that were to come', async () => {
    const controller = await cluster();
    controller.store.brokersById.set(4, broker(4));
    await processBrokerChange(controller.parts, controller.turn);
    await move(controller, [4, 2]);
    controller.sent.length = 0;
    await markDeleted(controller);
    expect(isHalted(controller)).toBe(false);
    expect(toldToDelete(controller)).toEqual([1, 2, 3, 4]);
    for (const id of [1, 2, 3, 4]) await answer(controller, id);
    expect(controller.store.topicsByName.has('orders')).toBe(false);
    expect(controller.context.partitionsBeingReassigned()).toEqual([]);
  });

  test('one that is being deleted does not move', async () => {
    const controller = await cluster([1, 2]);
    await markDeleted(controller);
    const outcomes = await move(controller, [2, 1]);
    expect((outcomes as PartitionMap<unknown>).get('orders', 0)).toMatchObject({
      error: 'UNKNOWN_TOPIC_OR_PARTITION',
    });
  });

  test('a broker that comes back does not begin the move of a topic that is going', async () => {
    const controller = await cluster();
    controller.store.brokersById.set(4, broker(4));
    await processBrokerChange(controller.parts, controller.turn);
    await move(controller, [4, 2]);
    await setAlive(controller, 4, null);
    await markDeleted(controller);
    for (const id of [1, 2, 3]) await answer(controller, id);
    controller.sent.length = 0;
    await setAlive(controller, 4, 444);
    // A LeaderAndIsr would make the replicas that are gone anew.
    expect(summary(controller.sent).filter((line) => /^LeaderAndIsr>[123]/.test(line))).toEqual([]);
    expect(toldToDelete(controller)).toEqual([4]);
    await answer(controller, 4);
    expect(controller.store.topicsByName.has('orders')).toBe(false);
  });

  test('a new controller that finds both brings the move to its end first', async () => {
    const controller = testController();
    seed(controller, [1, 2, 3], 'orders', [{ replicas: [1, 2], state: stateOf(1, [1, 2], 4) }]);
    const moving = { replicas: [3, 2, 1], addingReplicas: [3], removingReplicas: [1] };
    controller.store.topicsByName.set('orders', {
      ...topic('orders', []),
      partitions: new Map([[0, moving]]),
    });
    controller.store.deletions.add('orders');
    const { parts, turn, store, context } = controller;
    await onControllerFailover(parts, turn);
    expect(isHalted(controller)).toBe(true);
    expect(context.isDeletionStarted('orders')).toBe(false);
    store.states.set('orders', 0, { ...store.states.get('orders', 0)!, isr: [1, 2, 3] });
    await completeReassignments(parts, turn, [ORDERS_0]);
    expect(context.isDeletionStarted('orders')).toBe(true);
    expect(toldToDelete(controller).slice(-2)).toEqual([2, 3]);
  });
});

describe('a new controller', () => {
  test('takes a deletion up from its first step, and ends it', async () => {
    const controller = testController();
    seed(controller, [1, 2, 3], 'orders', [{ replicas: [1, 2, 3], state: stateOf(-1, [3], 9) }]);
    controller.store.deletions.add('orders');
    await onControllerFailover(controller.parts, controller.turn);
    expect(toldToDelete(controller)).toEqual([1, 2, 3]);
    expect(controller.store.states.get('orders', 0)).toMatchObject({ leader: -1 });
    for (const id of [1, 2, 3]) await answer(controller, id);
    expect([...controller.store.topicsByName.keys()]).toEqual([]);
    expect([...controller.store.deletions]).toEqual([]);
  });

  test('waits as its predecessor did for a broker that is dead', async () => {
    const controller = testController();
    seed(controller, [1, 2], 'orders', [{ replicas: [1, 2, 3], state: stateOf(1, [1, 2], 9) }]);
    controller.store.deletions.add('orders');
    await onControllerFailover(controller.parts, controller.turn);
    expect(isHalted(controller)).toBe(true);
    expect(toldToDelete(controller)).toEqual([]);
    await setAlive(controller, 3, 333);
    expect(toldToDelete(controller)).toEqual([1, 2, 3]);
  });
});
