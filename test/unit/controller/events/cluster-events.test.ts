import { describe, expect, test } from '@jest/globals';
import type { EventOf } from '../../../../src/controller/controller-event.ts';
import { processAllocateProducerIds } from '../../../../src/controller/events/allocate-producer-ids.ts';
import { processAlterPartition } from '../../../../src/controller/events/alter-partition.ts';
import {
  processBrokerChange,
  processBrokerModifications,
} from '../../../../src/controller/events/broker-change.ts';
import { processControlledShutdown } from '../../../../src/controller/events/controlled-shutdown.ts';
import { onControllerFailover } from '../../../../src/controller/events/controller-failover.ts';
import {
  processIsrChangeNotification,
  processLogDirEventNotification,
} from '../../../../src/controller/events/notifications.ts';
import { processLeaderAndIsrResponse } from '../../../../src/controller/events/responses.ts';
import {
  processPartitionModifications,
  processTopicChange,
} from '../../../../src/controller/events/topic-change.ts';
import { processTopicDeletion } from '../../../../src/controller/events/topic-deletion.ts';
import { Deferred, type TopicPartition } from '../../../../src/common/index.ts';
import { ErrorCode } from '../../../../src/protocol/index.ts';
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

/** Brokers 1, 2, 3 and orders-0 on all of them, led by `leader`. */
function cluster(leader = 1, isr = [1, 2, 3], live = [1, 2, 3]): Promise<TestController> {
  const controller = testController();
  seed(controller, live, 'orders', [{ replicas: [1, 2, 3], state: stateOf(leader, isr, 4) }]);
  return elected(controller);
}

describe('a broker becomes controller', () => {
  test('brokers hear who is alive, then what they host, and only then of elections', async () => {
    const controller = testController();
    seed(controller, [2, 3], 'orders', [{ replicas: [1, 2, 3], state: stateOf(1, [1, 2, 3], 4) }]);
    await onControllerFailover(controller.parts, controller.turn);
    expect(summary(controller.sent)).toEqual([
      'UpdateMetadata>2',
      'UpdateMetadata>3',
      // online replicas
      'LeaderAndIsr>2 orders-0',
      'LeaderAndIsr>3 orders-0',
      'UpdateMetadata>2 orders-0',
      'UpdateMetadata>3 orders-0',
      // the dead replica leaves the ISR
      'LeaderAndIsr>2 orders-0',
      'LeaderAndIsr>3 orders-0',
      'UpdateMetadata>2 orders-0',
      'UpdateMetadata>3 orders-0',
      // the election
      'LeaderAndIsr>2 orders-0',
      'LeaderAndIsr>3 orders-0',
      'UpdateMetadata>2 orders-0',
      'UpdateMetadata>3 orders-0',
    ]);
  });

  test('a dead leader costs two leader epochs: one for leaving the ISR, one for the election', async () => {
    const controller = testController();
    seed(controller, [2, 3], 'orders', [{ replicas: [1, 2, 3], state: stateOf(1, [1, 2, 3], 4) }]);
    await onControllerFailover(controller.parts, controller.turn);
    expect(controller.store.states.get('orders', 0)).toMatchObject({
      leader: 2,
      isr: [2, 3],
      leaderEpoch: 6,
    });
  });

  test('a topic from before topic ids is given one', async () => {
    const controller = testController();
    controller.store.topicsByName.set('old', { ...topic('old', [[1]]), topicId: null });
    await elected(controller);
    expect(controller.store.topicsByName.get('old')?.topicId).toBe('a-new-topic-id');
    expect(controller.context.topicId('old')).toBe('a-new-topic-id');
  });
});

describe('BrokerChange', () => {
  test('a leader died: one leader epoch for the election, which also takes it out of the ISR', async () => {
    const { parts, turn, store } = await cluster();
    store.brokersById.delete(1);
    await processBrokerChange(parts, turn);
    expect(store.states.get('orders', 0)).toMatchObject({ leader: 2, isr: [2, 3], leaderEpoch: 5 });
  });

  test('an in-sync follower died: the leader stays and the ISR shrinks, in one leader epoch', async () => {
    const { parts, turn, store } = await cluster();
    store.brokersById.delete(3);
    await processBrokerChange(parts, turn);
    expect(store.states.get('orders', 0)).toMatchObject({ leader: 1, isr: [1, 2], leaderEpoch: 5 });
  });

  test('the last in-sync replica died: no leader, and the ISR is kept', async () => {
    const { parts, turn, store, context } = await cluster(1, [1]);
    store.brokersById.delete(1);
    await processBrokerChange(parts, turn);
    expect(store.states.get('orders', 0)).toMatchObject({ leader: -1, isr: [1], leaderEpoch: 5 });
    expect(context.partitionState(ORDERS_0)).toBe('OfflinePartition');
  });

  test('it came back: the others hear of it first, then it hears everything, then there is a leader again', async () => {
    const { parts, turn, store, sent } = await cluster(1, [1]);
    store.brokersById.delete(1);
    await processBrokerChange(parts, turn);
    sent.length = 0;
    store.brokersById.set(1, broker(1, 900));
    await processBrokerChange(parts, turn);
    expect(store.states.get('orders', 0)).toMatchObject({ leader: 1, isr: [1], leaderEpoch: 6 });
    expect(summary(sent).slice(0, 4)).toEqual([
      'UpdateMetadata>2',
      'UpdateMetadata>3',
      'UpdateMetadata>1 orders-0',
      'LeaderAndIsr>1 orders-0',
    ]);
    expect(sent.at(-1)?.request.brokerEpoch).toBe(300);
    expect(sent.find(({ brokerId }) => brokerId === 1)?.request.brokerEpoch).toBe(900);
  });

  test('it bounced between two looks: it died and it came', async () => {
    const { parts, turn, store, context } = await cluster();
    store.brokersById.set(1, broker(1, 900));
    await processBrokerChange(parts, turn);
    expect(context.leadership(ORDERS_0)).toMatchObject({ leader: 2, isr: [2, 3], leaderEpoch: 5 });
    expect(context.brokerEpochs().get(1)).toBe(900);
    expect(context.replicaState({ ...ORDERS_0, replica: 1 })).toBe('OnlineReplica');
  });

  test('a broker without replicas died: the others are told all the same', async () => {
    const controller = testController();
    seed(controller, [1, 2, 9], 'orders', [{ replicas: [1, 2], state: stateOf(1, [1, 2]) }]);
    const { parts, turn, store, sent } = await elected(controller);
    store.brokersById.delete(9);
    await processBrokerChange(parts, turn);
    expect(summary(sent)).toEqual(['UpdateMetadata>1', 'UpdateMetadata>2']);
    expect(store.writes).toEqual([]);
  });

  test('new listeners of a live broker go to all; a touched znode without news does not', async () => {
    const { parts, turn, store, sent } = await cluster();
    store.brokersById.set(2, { ...broker(2), rack: 'elsewhere' });
    await processBrokerModifications(parts, turn, 2);
    expect(sent).toEqual([]);
    const [endpoint] = broker(2).endpoints;
    store.brokersById.set(2, { ...broker(2, 777), endpoints: [{ ...endpoint!, port: 9999 }] });
    await processBrokerModifications(parts, turn, 2);
    expect(summary(sent)).toEqual(['UpdateMetadata>1', 'UpdateMetadata>2', 'UpdateMetadata>3']);
    expect(parts.context.brokerEpochs().get(2)).toBe(200);
  });
});

describe('TopicChange', () => {
  test('a new topic: all live replicas are in sync, the first leads, epoch 0, and they are told it is new', async () => {
    const { parts, turn, store, sent } = await cluster();
    store.topicsByName.set(
      'bills',
      topic('bills', [
        [2, 1],
        [3, 9],
      ]),
    );
    await processTopicChange(parts, turn);
    expect(store.states.get('bills', 0)).toMatchObject({
      leader: 2,
      isr: [2, 1],
      leaderEpoch: 0,
      controllerEpoch: 1,
    });
    expect(store.states.get('bills', 1)).toMatchObject({ leader: 3, isr: [3] });
    expect(store.writes).toEqual(['create bills-0', 'create bills-1']);
    expect(summary(sent)).toEqual([
      'LeaderAndIsr>1 bills-0',
      'LeaderAndIsr>2 bills-0',
      'LeaderAndIsr>3 bills-1',
      'UpdateMetadata>1 bills-0 bills-1',
      'UpdateMetadata>2 bills-0 bills-1',
      'UpdateMetadata>3 bills-0 bills-1',
    ]);
    const isNew = sent.flatMap(({ kind, request }) =>
      kind === 'LeaderAndIsr'
        ? request.topicStates.flatMap(({ partitionStates }) => partitionStates.map((state) => state.isNew))
        : [],
    );
    expect(isNew).toEqual([true, true, true]);
  });

  test('a topic nobody alive hosts stays New until somebody comes', async () => {
    const { parts, turn, store, context } = await cluster();
    store.topicsByName.set('lost', topic('lost', [[8]]));
    await processTopicChange(parts, turn);
    expect(context.partitionState({ topic: 'lost', partition: 0 })).toBe('NewPartition');
    store.brokersById.set(8, broker(8));
    await processBrokerChange(parts, turn);
    expect(store.states.get('lost', 0)).toMatchObject({ leader: 8, isr: [8] });
  });

  test('partitions were added: only those get a first leader', async () => {
    const { parts, turn, store } = await cluster();
    store.topicsByName.set(
      'orders',
      topic('orders', [
        [1, 2, 3],
        [2, 3, 1],
      ]),
    );
    await processPartitionModifications(parts, turn, 'orders');
    expect(store.writes).toEqual(['create orders-1']);
  });

  test('partitions were added to a topic that is being deleted: they are taken out again', async () => {
    const { parts, turn, store } = await cluster();
    store.deletions.add('orders');
    await processTopicDeletion(parts, turn);
    store.topicsByName.set(
      'orders',
      topic('orders', [
        [1, 2, 3],
        [2, 3, 1],
      ]),
    );
    await processPartitionModifications(parts, turn, 'orders');
    expect([...store.topicsByName.get('orders')!.partitions.keys()]).toEqual([0]);
  });
});

describe('ControlledShutdown', () => {
  const shutDown = (id: number, epoch = id * 100) =>
    ({
      kind: 'ControlledShutdown',
      brokerId: id,
      brokerEpoch: epoch,
      answer: new Deferred<readonly TopicPartition[]>(),
    }) as const;

  test('moves what the broker leads, stops what it follows, one leader epoch each', async () => {
    const controller = testController();
    seed(controller, [1, 2], 'orders', [
      { replicas: [1, 2], state: stateOf(1, [1, 2], 4) },
      { replicas: [2, 1], state: stateOf(2, [2, 1], 4) },
      { replicas: [1], state: stateOf(1, [1], 4) },
    ]);
    const { parts, turn, store, sent } = await elected(controller);
    expect(await processControlledShutdown(parts, turn, shutDown(1))).toEqual([]);
    expect(store.states.get('orders', 0)).toMatchObject({ leader: 2, isr: [2], leaderEpoch: 5 });
    expect(store.states.get('orders', 1)).toMatchObject({ leader: 2, isr: [2], leaderEpoch: 5 });
    // Nobody else has it, so nobody else could lead it.
    expect(store.states.get('orders', 2)).toMatchObject({ leader: 1, isr: [1], leaderEpoch: 4 });
    const stop = summary(sent).indexOf('StopReplica>1 orders-1');
    const removal = summary(sent).indexOf('LeaderAndIsr>2 orders-1');
    expect(stop).toBeGreaterThan(-1);
    expect(removal).toBeGreaterThan(stop);
  });

  test('answers with what the broker still leads', async () => {
    const { parts, turn } = await cluster(1, [1]);
    expect(await processControlledShutdown(parts, turn, shutDown(1))).toEqual([ORDERS_0]);
  });

  test('of a broker with an old epoch is refused', async () => {
    const { parts, turn } = await cluster();
    await expect(processControlledShutdown(parts, turn, shutDown(1, 99))).rejects.toMatchObject({
      error: 'STALE_BROKER_EPOCH',
    });
  });
});

describe('AlterPartition', () => {
  const request = (isr: readonly number[], partitionEpoch: number, topicId = 'id-of-orders') => ({
    brokerId: 1,
    brokerEpoch: 100,
    topics: [
      {
        topicName: '',
        topicId,
        partitions: [
          {
            partitionIndex: 0,
            leaderEpoch: 4,
            newIsr: [],
            newIsrWithEpochs: isr.map((brokerId) => ({ brokerId, brokerEpoch: -1 })),
            leaderRecoveryState: 0,
            partitionEpoch,
          },
        ],
      },
    ],
  });

  test('writes the ISR, keeps the leader epoch, and tells every metadata cache but no replica', async () => {
    const { parts, turn, store, sent } = await cluster();
    const { topics } = await processAlterPartition(parts, turn, request([1, 2], 0), 3);
    expect(topics[0]?.partitions[0]).toMatchObject({
      errorCode: 0,
      isr: [1, 2],
      leaderEpoch: 4,
      partitionEpoch: 1,
    });
    expect(store.states.get('orders', 0)).toMatchObject({ leader: 1, isr: [1, 2], leaderEpoch: 4 });
    expect(summary(sent)).toEqual([
      'UpdateMetadata>1 orders-0',
      'UpdateMetadata>2 orders-0',
      'UpdateMetadata>3 orders-0',
    ]);
  });

  test('a write that was beaten is INVALID_UPDATE_VERSION', async () => {
    const { parts, turn, store } = await cluster();
    store.states.set('orders', 0, { ...store.states.get('orders', 0)!, partitionEpoch: 5 });
    const { topics } = await processAlterPartition(parts, turn, request([1, 2], 0), 3);
    expect(topics[0]?.partitions[0]?.errorCode).toBe(ErrorCode.INVALID_UPDATE_VERSION);
  });

  test('of a broker in its earlier life is refused as a whole; an unknown topic id is refused alone', async () => {
    const { parts, turn } = await cluster();
    const stale = await processAlterPartition(parts, turn, { ...request([1], 0), brokerEpoch: 99 }, 3);
    expect(stale).toMatchObject({ errorCode: ErrorCode.STALE_BROKER_EPOCH, topics: [] });
    const unknown = await processAlterPartition(parts, turn, request([1], 0, 'nobody'), 3);
    expect(unknown.topics[0]).toMatchObject({
      topicId: 'nobody',
      partitions: [{ errorCode: ErrorCode.UNKNOWN_TOPIC_ID }],
    });
  });
});

describe('AllocateProducerIds', () => {
  test('hands out the next block, also when somebody else took one in between', async () => {
    const { parts, store } = await cluster();
    store.beforeUpdate = () => {
      store.beforeUpdate = () => undefined;
      store.block = { brokerId: 9, firstProducerId: 0, lastProducerId: 999 };
      store.blockVersion += 1;
    };
    const response = await processAllocateProducerIds(parts, { brokerId: 2, brokerEpoch: 200 });
    expect(response).toMatchObject({ errorCode: 0, producerIdStart: 1000, producerIdLen: 1000 });
  });

  test('refuses unknown brokers and old epochs', async () => {
    const { parts } = await cluster();
    const unknown = await processAllocateProducerIds(parts, { brokerId: 8, brokerEpoch: 1 });
    const stale = await processAllocateProducerIds(parts, { brokerId: 2, brokerEpoch: 1 });
    expect([unknown.errorCode, stale.errorCode]).toEqual([
      ErrorCode.BROKER_ID_NOT_REGISTERED,
      ErrorCode.STALE_BROKER_EPOCH,
    ]);
  });
});

describe('failed disks and old mailboxes', () => {
  const answer = (errorCode: number): EventOf<'LeaderAndIsrResponseReceived'> => ({
    kind: 'LeaderAndIsrResponseReceived',
    brokerId: 1,
    response: {
      errorCode: 0,
      partitionErrors: [],
      topics: [
        { topicId: 'id-of-orders', partitionErrors: [{ topicName: '', partitionIndex: 0, errorCode }] },
      ],
    },
  });

  test('KAFKA_STORAGE_ERROR takes the replica offline though its broker lives, and NONE brings it back', async () => {
    const { parts, turn, store, context } = await cluster();
    await processLeaderAndIsrResponse(parts, turn, answer(ErrorCode.KAFKA_STORAGE_ERROR));
    expect(store.states.get('orders', 0)).toMatchObject({ leader: 2, isr: [2, 3] });
    expect(context.isReplicaOnline({ ...ORDERS_0, replica: 1 })).toBe(false);
    await processLeaderAndIsrResponse(parts, turn, answer(ErrorCode.NONE));
    expect(context.isReplicaOnline({ ...ORDERS_0, replica: 1 })).toBe(true);
  });

  test('a log dir event makes the broker say which replicas it lost', async () => {
    const { parts, turn, store, sent } = await cluster();
    store.logDirEvents = [{ name: 'log_dir_event_0000000000', brokerId: 2 }];
    await processLogDirEventNotification(parts, turn);
    expect(summary(sent)[0]).toBe('LeaderAndIsr>2 orders-0');
    expect(store.logDirEvents).toEqual([]);
  });

  test('an ISR change of an old leader is read, told to all, and deleted', async () => {
    const { parts, turn, store, context, sent } = await cluster();
    store.states.set('orders', 0, { ...store.states.get('orders', 0)!, isr: [1], partitionEpoch: 9 });
    store.isrChanges = [{ name: 'isr_change_0000000000', partitions: [ORDERS_0] }];
    await processIsrChangeNotification(parts, turn);
    expect(context.leadership(ORDERS_0)).toMatchObject({ isr: [1], partitionEpoch: 9 });
    expect(sent).toHaveLength(3);
    expect(store.isrChanges).toEqual([]);
  });
});
