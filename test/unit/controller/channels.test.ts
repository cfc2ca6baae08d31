import { describe, expect, test } from '@jest/globals';
import { Deferred, ZERO_UUID } from '../../../src/common/index.ts';
import {
  ControllerChannelManager,
  type ControllerChannel,
  type ControlResponse,
} from '../../../src/controller/controller-channel-manager.ts';
import { InterBrokerProtocol } from '../../../src/config/inter-broker-protocol.ts';
import { ControllerContext } from '../../../src/controller/controller-context.ts';
import {
  ControllerRequestBatch,
  type ControlRequest,
} from '../../../src/controller/controller-request-batch.ts';
import { stopReplicaEvent } from '../../../src/controller/stop-replica-answer.ts';
import { Turn } from '../../../src/controller/turn.ts';
import { Metrics } from '../../../src/metrics/index.ts';
import { encodeToBuffer } from '../../../src/protocol/index.ts';
import { LeaderAndIsrRequest } from '../../../src/protocol/messages/04-leader-and-isr.ts';
import { LeaderRecoveryState } from '../../../src/zookeeper/index.ts';
import { broker, ManualTimers, silentLogger, stateOf, stoppedClock, summary } from './fixtures.ts';

const ORDERS_0 = { topic: 'orders', partition: 0 };

function contextOf(...ids: number[]): { context: ControllerContext; turn: Turn } {
  const context = new ControllerContext();
  const turn = new Turn('test');
  context.setEpoch(turn, 7, 7);
  context.addLiveBrokers(
    turn,
    ids.map((id) => broker(id)),
  );
  context.setAllTopics(turn, ['orders']);
  context.addTopicId(turn, 'orders', 'id-of-orders');
  const replicas = { replicas: ids, addingReplicas: [], removingReplicas: [] };
  context.setAssignment(turn, ORDERS_0, replicas);
  context.setLeadership(turn, ORDERS_0, { ...stateOf(ids[0]!, ids, 3), controllerEpoch: 6 });
  return { context, turn };
}

const batchOf = (context: ControllerContext, protocol = '3.9'): ControllerRequestBatch =>
  new ControllerRequestBatch({
    context,
    controllerId: 1,
    interBrokerListenerName: 'PLAINTEXT',
    protocol: new InterBrokerProtocol(protocol),
  });

describe('a batch of requests', () => {
  test('goes out as LeaderAndIsr, UpdateMetadata, StopReplica, each to the brokers in order', () => {
    const { context } = contextOf(1, 2);
    const batch = batchOf(context);
    batch.addStopReplica(2, ORDERS_0, true);
    batch.addLeaderAndIsr([2, 1], ORDERS_0, context.leadership(ORDERS_0)!, false);
    expect(summary(batch.requests())).toEqual([
      'LeaderAndIsr>1 orders-0',
      'LeaderAndIsr>2 orders-0',
      'UpdateMetadata>1 orders-0',
      'UpdateMetadata>2 orders-0',
      'StopReplica>2 orders-0',
    ]);
  });

  test("names the controller's epoch and the receiver's, and where the leaders are", () => {
    const { context } = contextOf(1, 2);
    const batch = batchOf(context);
    batch.addLeaderAndIsr([2], ORDERS_0, context.leadership(ORDERS_0)!, true);
    const [request] = batch.requests();
    expect(request).toMatchObject({
      kind: 'LeaderAndIsr',
      request: {
        controllerId: 1,
        controllerEpoch: 7,
        brokerEpoch: 200,
        type: 0,
        isKRaftController: false,
        liveLeaders: [{ brokerId: 1, hostName: 'host1', port: 9092 }],
        topicStates: [
          {
            topicName: 'orders',
            topicId: 'id-of-orders',
            partitionStates: [
              { leader: 1, leaderEpoch: 3, controllerEpoch: 6, isr: [1, 2], replicas: [1, 2], isNew: true },
            ],
          },
        ],
      },
    });
  });

  test.each([
    ['2.8', 5, LeaderRecoveryState.RECOVERED],
    ['3.2', 6, LeaderRecoveryState.RECOVERING],
  ])('at %s a leader that recovers is told as far as brokers know of it', (protocol, version, told) => {
    const { context } = contextOf(1);
    const batch = batchOf(context, protocol);
    const state = { ...context.leadership(ORDERS_0)!, leaderRecoveryState: LeaderRecoveryState.RECOVERING };
    batch.addLeaderAndIsr([1], ORDERS_0, state, false);
    const [leaderAndIsr] = batch.requests();
    if (leaderAndIsr?.kind !== 'LeaderAndIsr') throw new Error('LeaderAndIsr comes first');
    expect(leaderAndIsr.request.topicStates[0]?.partitionStates[0]?.leaderRecoveryState).toBe(told);
    const { request } = leaderAndIsr;
    const sent = {
      ...request,
      topicStates: request.topicStates.map((each) => ({ ...each, topicId: ZERO_UUID })),
    };
    expect(() => encodeToBuffer(LeaderAndIsrRequest, version, sent)).not.toThrow();
  });

  test('what is new once stays new, what is deleted once stays deleted', () => {
    const { context } = contextOf(1);
    const batch = batchOf(context);
    const state = context.leadership(ORDERS_0)!;
    batch.addLeaderAndIsr([1], ORDERS_0, state, true);
    batch.addLeaderAndIsr([1], ORDERS_0, state, false);
    batch.addStopReplica(1, ORDERS_0, true);
    batch.addStopReplica(1, ORDERS_0, false);
    const requests = batch.requests();
    expect(requests[0]?.request.topicStates[0]?.partitionStates[0]).toMatchObject({ isNew: true });
    expect(requests[2]?.request.topicStates[0]?.partitionStates[0]).toMatchObject({ deletePartition: true });
  });

  test('dead brokers get nothing; replicas that are down are told as offline', () => {
    const { context, turn } = contextOf(1, 2);
    context.removeLiveBrokers(turn, [2]);
    const batch = batchOf(context);
    batch.addLeaderAndIsr([1, 2], ORDERS_0, context.leadership(ORDERS_0)!, false);
    const requests = batch.requests();
    expect(summary(requests)).toEqual(['LeaderAndIsr>1 orders-0', 'UpdateMetadata>1 orders-0']);
    expect(requests[1]?.request.topicStates[0]?.partitionStates[0]).toMatchObject({ offlineReplicas: [2] });
  });

  test('a topic that is being deleted has leader -2 in metadata and leader epoch -2 for its replicas', () => {
    const { context, turn } = contextOf(1);
    context.queueForDeletion(turn, ['orders']);
    const batch = batchOf(context);
    batch.addUpdateMetadata([1], [ORDERS_0]);
    batch.addStopReplica(1, ORDERS_0, true);
    const [metadata, stop] = batch.requests();
    expect(metadata?.request.topicStates[0]?.partitionStates[0]).toMatchObject({
      leader: -2,
      leaderEpoch: 0,
      zkVersion: 0,
    });
    expect(stop?.request.topicStates[0]?.partitionStates[0]).toMatchObject({ leaderEpoch: -2 });
  });
});

describe('the answer to StopReplica', () => {
  const request = (deletePartition: boolean): Extract<ControlRequest, { kind: 'StopReplica' }> => {
    const { context } = contextOf(1);
    const batch = batchOf(context);
    batch.addStopReplica(1, ORDERS_0, deletePartition);
    const [found] = batch.requests();
    if (found?.kind !== 'StopReplica') throw new Error('no StopReplica');
    return found;
  };
  const response = {
    errorCode: 0,
    partitionErrors: [{ topicName: 'orders', partitionIndex: 0, errorCode: 56 }],
  };

  test('matters for deletions of topics that are being deleted', () => {
    expect(stopReplicaEvent(request(true), response, () => true)).toMatchObject({
      brokerId: 1,
      requestError: 'NONE',
      partitionErrors: [{ of: ORDERS_0, error: 'KAFKA_STORAGE_ERROR' }],
    });
    expect(stopReplicaEvent(request(false), response, () => true)).toBeNull();
    expect(stopReplicaEvent(request(true), response, () => false)).toBeNull();
  });
});

describe('the channels', () => {
  function setup() {
    const calls: { request: ControlRequest; answer: Deferred<ControlResponse> }[] = [];
    const responses: ControlResponse[] = [];
    const timers = new ManualTimers();
    const closed: number[] = [];
    const manager = new ControllerChannelManager({
      clock: stoppedClock,
      timers,
      metrics: new Metrics(stoppedClock),
      logger: silentLogger,
      openChannel: ({ id }): ControllerChannel => ({
        send: (request) => {
          const answer = new Deferred<ControlResponse>();
          calls.push({ request, answer });
          return answer.promise;
        },
        close: () => void closed.push(id),
      }),
      onResponse: (_request, response) => void responses.push(response),
    });
    return { calls, responses, timers, closed, manager };
  }
  const requests = (...ids: number[]): ControlRequest[] => {
    const { context } = contextOf(...ids);
    const batch = batchOf(context);
    batch.addLeaderAndIsr(ids, ORDERS_0, context.leadership(ORDERS_0)!, false);
    return batch.requests();
  };
  const answered: ControlResponse = { kind: 'UpdateMetadata', response: { errorCode: 0 } };
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  test('one request at a time per broker, the brokers side by side', async () => {
    const { calls, manager } = setup();
    manager.addBroker(broker(1));
    manager.addBroker(broker(2));
    manager.send(requests(1, 2));
    expect(summary(calls.map(({ request }) => request))).toEqual([
      'LeaderAndIsr>1 orders-0',
      'LeaderAndIsr>2 orders-0',
    ]);
    calls[0]!.answer.resolve(answered);
    await settle();
    expect(summary(calls.map(({ request }) => request)).slice(2)).toEqual(['UpdateMetadata>1 orders-0']);
  });

  test('requests over many partitions leave in turns, and one to a broker that was removed meanwhile never does', async () => {
    const { calls, manager } = setup();
    for (const id of [1, 2, 3]) manager.addBroker(broker(id));
    const many = requests(1, 2, 3).map((request): ControlRequest => {
      const [topic] = request.request.topicStates;
      const partitionStates = Array.from({ length: 100 }, () => topic!.partitionStates[0]!);
      return {
        ...request,
        request: { ...request.request, topicStates: [{ ...topic!, partitionStates }] },
      } as never;
    });
    manager.send(many);
    expect(calls).toHaveLength(0);
    manager.removeBroker(2);
    await settle();
    expect(calls.map(({ request }) => `${request.kind}>${request.brokerId}`)).toEqual([
      'LeaderAndIsr>1',
      'LeaderAndIsr>3',
    ]);
  });

  test('a lost connection: the same request again, after a pause, before any other', async () => {
    const { calls, timers, manager } = setup();
    manager.addBroker(broker(1));
    manager.send(requests(1));
    calls[0]!.answer.reject(new Error('connection lost'));
    await settle();
    expect(timers.pending.map(({ delayMs }) => delayMs)).toEqual([100]);
    timers.fireAll();
    await settle();
    expect(calls.map(({ request }) => request.kind)).toEqual(['LeaderAndIsr', 'LeaderAndIsr']);
  });

  test("a removed broker: nothing more is sent, and a late answer is nobody's", async () => {
    const { calls, responses, closed, manager } = setup();
    manager.addBroker(broker(1));
    manager.send(requests(1));
    manager.removeBroker(1);
    calls[0]!.answer.resolve(answered);
    await settle();
    expect(closed).toEqual([1]);
    expect(responses).toEqual([]);
    expect(calls).toHaveLength(1);
  });
});
