import { describe, expect, test } from '@jest/globals';
import { ZERO_UUID } from '../../../src/common/index.ts';
import { ErrorCode } from '../../../src/protocol/index.ts';
import type {
  AlterPartitionRequest,
  AlterPartitionResponse,
} from '../../../src/protocol/messages/56-alter-partition.ts';
import {
  AlterPartitionManager,
  type AlterPartitionAnswer,
  type BrokerToControllerChannel,
  type IsrProposal,
} from '../../../src/replication/index.ts';
import { createWorld, type World } from '../../simulation/world/index.ts';

const TOPIC_ID = 'J8dAPv3hQkmSqmmZLZ0l6g';

const proposal = (partition: number, overrides: Partial<IsrProposal> = {}): IsrProposal => ({
  topic: 'orders',
  partition,
  topicId: TOPIC_ID,
  leaderEpoch: 4,
  isr: [1, 2],
  partitionEpoch: 9,
  ...overrides,
});

type Controller = (request: AlterPartitionRequest, version: number) => Partial<AlterPartitionResponse>;

/** A channel to a controller that answers at once, in the highest version the caller allows. */
function managerWith(
  world: World,
  controller: Controller,
): { manager: AlterPartitionManager; requests: AlterPartitionRequest[] } {
  const { timers, logger } = world.runtimeFor('broker-1');
  const requests: AlterPartitionRequest[] = [];
  const channel = {
    call: async (call: { versions?: { max: number }; value: (version: number) => unknown }) => {
      const version = call.versions?.max ?? 3;
      const request = call.value(version) as AlterPartitionRequest;
      requests.push(request);
      await timers.sleep(1);
      return { throttleTimeMs: 0, errorCode: 0, topics: [], ...controller(request, version) };
    },
  } as unknown as Pick<BrokerToControllerChannel, 'call'>;
  const manager = new AlterPartitionManager({ brokerId: 1, brokerEpoch: () => 55, channel, timers, logger });
  return { manager, requests };
}

/** Agrees to everything it is asked. */
const agree: Controller = ({ topics }) => ({
  topics: topics.map(({ topicId, partitions }) => ({
    topicName: '',
    topicId,
    partitions: partitions.map(({ partitionIndex, leaderEpoch, newIsrWithEpochs, partitionEpoch }) => ({
      partitionIndex,
      errorCode: 0,
      leaderId: 1,
      leaderEpoch,
      isr: newIsrWithEpochs.map(({ brokerId }) => brokerId),
      leaderRecoveryState: 0,
      partitionEpoch: partitionEpoch + 1,
    })),
  })),
});

describe('ISR proposals on their way to the controller', () => {
  test('those of one turn travel together, and each hears its own answer', async () => {
    const world = createWorld('alter-partition');
    const { manager, requests } = managerWith(world, agree);
    const answers: AlterPartitionAnswer[] = [];
    manager.propose(proposal(0), (answer) => answers.push(answer));
    manager.propose(proposal(1, { isr: [1] }), (answer) => answers.push(answer));
    await world.runUntil(() => answers.length === 2);
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ brokerId: 1, brokerEpoch: 55 });
    expect(answers).toEqual([
      { kind: 'accepted', outcome: { leaderId: 1, leaderEpoch: 4, isr: [1, 2], partitionEpoch: 10 } },
      { kind: 'accepted', outcome: { leaderId: 1, leaderEpoch: 4, isr: [1], partitionEpoch: 10 } },
    ]);
  });

  test('only one request is in flight: later proposals wait for its answer', async () => {
    const world = createWorld('alter-partition');
    const { manager, requests } = managerWith(world, agree);
    let answered = 0;
    manager.propose(proposal(0), () => (answered += 1));
    await world.run(0.5);
    manager.propose(proposal(1), () => (answered += 1));
    await world.run(0.1);
    expect(requests).toHaveLength(1);
    await world.runUntil(() => answered === 2);
    expect(requests).toHaveLength(2);
  });

  test('a refused request is sent again after 50 ms, and asks for the newest proposal of each partition', async () => {
    const world = createWorld('alter-partition');
    const refuseOnce: Controller = (request, version) =>
      requests.length === 1 ? { errorCode: ErrorCode.STALE_BROKER_EPOCH } : agree(request, version);
    const { manager, requests } = managerWith(world, refuseOnce);
    const heard: string[] = [];
    manager.propose(proposal(0), () => heard.push('old'));
    await world.run(10);
    manager.propose(proposal(0, { leaderEpoch: 5 }), () => heard.push('new'));
    await world.run(30);
    expect(requests).toHaveLength(1);
    await world.runUntil(() => heard.length === 1);
    expect(heard).toEqual(['new']);
    expect(requests[1]?.topics[0]?.partitions).toMatchObject([{ leaderEpoch: 5 }]);
  });

  test('a partition the controller said nothing about is asked for again', async () => {
    const world = createWorld('alter-partition');
    const { manager, requests } = managerWith(world, (request, version) =>
      requests.length === 1 ? {} : agree(request, version),
    );
    let answered = 0;
    manager.propose(proposal(0), () => (answered += 1));
    await world.runUntil(() => answered === 1);
    expect(requests).toHaveLength(2);
  });

  test('a topic without an id is named, which only version 1 and older can', async () => {
    const world = createWorld('alter-partition');
    const { manager, requests } = managerWith(world, () => ({}));
    manager.propose(proposal(0, { topicId: ZERO_UUID }), () => undefined);
    await world.run(5);
    expect(requests[0]?.topics[0]).toMatchObject({ topicName: 'orders', partitions: [{ newIsr: [1, 2] }] });
    manager.close();
  });

  test('a partition’s refusal reaches its leader as an error', async () => {
    const world = createWorld('alter-partition');
    const { manager } = managerWith(world, (request, version) => {
      const { topics = [] } = agree(request, version);
      for (const { partitions } of topics)
        for (const partition of partitions) partition.errorCode = ErrorCode.INELIGIBLE_REPLICA;
      return { topics };
    });
    const answers: AlterPartitionAnswer[] = [];
    manager.propose(proposal(0), (answer) => answers.push(answer));
    await world.runUntil(() => answers.length === 1);
    expect(answers).toEqual([{ kind: 'refused', error: 'INELIGIBLE_REPLICA' }]);
  });
});
