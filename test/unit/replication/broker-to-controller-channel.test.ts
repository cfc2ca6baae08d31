import { describe, expect, test } from '@jest/globals';
import { NetworkError } from '../../../src/network/index.ts';
import { ErrorCode } from '../../../src/protocol/index.ts';
import {
  AllocateProducerIdsRequest,
  AllocateProducerIdsResponse,
} from '../../../src/protocol/messages/67-allocate-producer-ids.ts';
import { BrokerToControllerChannel, type BrokerClient } from '../../../src/replication/index.ts';
import { createWorld, type World } from '../../simulation/world/index.ts';

/** What the broker of each id does with a call: an error code, or undefined when it cannot be reached. */
type Answers = (brokerId: number) => number | undefined;

function channelIn(
  world: World,
  answers: Answers,
): { channel: BrokerToControllerChannel; asked: number[]; state: { controllerId: number } } {
  const { clock, timers, logger } = world.runtimeFor('broker-1');
  const asked: number[] = [];
  const state = { controllerId: -1 };
  const channel = new BrokerToControllerChannel({
    clock,
    timers,
    logger,
    clientId: 'broker-1-to-controller',
    listenerName: 'PLAINTEXT',
    requestTimeoutMs: 1000,
    metadataCache: {
      get controllerId() {
        return state.controllerId;
      },
      brokerEndpoint: (id) => ({ id, host: `broker-${id}`, port: 9092, rack: null }),
    },
    connect: ({ id }) => {
      const client = {
        isOpen: true,
        negotiate: () => Promise.resolve(),
        negotiatedVersion: () => 0,
        close: () => undefined,
        send: async () => {
          asked.push(id);
          await timers.sleep(1);
          const errorCode = answers(id);
          if (errorCode === undefined) throw new NetworkError('DISCONNECTED', `broker ${id} is gone`);
          return { throttleTimeMs: 0, errorCode, producerIdStart: 1000 * id, producerIdLen: 1000 };
        },
      };
      return Promise.resolve(client as unknown as BrokerClient);
    },
  });
  return { channel, asked, state };
}

const call = (channel: BrokerToControllerChannel, timeoutMs?: number): Promise<AllocateProducerIdsResponse> =>
  channel.call({
    request: AllocateProducerIdsRequest,
    response: AllocateProducerIdsResponse,
    value: () => ({ brokerId: 1, brokerEpoch: 2 }),
    errorCodeOf: ({ errorCode }) => errorCode,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });

describe('A call to the controller', () => {
  test('waits until somebody is known to be the controller', async () => {
    const world = createWorld('channel');
    const { channel, state } = channelIn(world, () => 0);
    const answer = call(channel);
    await world.run(1000);
    state.controllerId = 3;
    expect(await world.settle(answer)).toMatchObject({ producerIdStart: 3000 });
  });

  test('follows the controller when it moved, whether the old one answers NOT_CONTROLLER or is gone', async () => {
    const world = createWorld('channel');
    const { channel, state, asked } = channelIn(world, (id) => {
      if (id === 1) return ErrorCode.NOT_CONTROLLER;
      return id === 2 ? undefined : 0;
    });
    state.controllerId = 1;
    const answer = call(channel);
    await world.run(150);
    state.controllerId = 2;
    await world.run(150);
    state.controllerId = 3;
    expect(await world.settle(answer)).toMatchObject({ errorCode: 0, producerIdStart: 3000 });
    expect([...new Set(asked)]).toEqual([1, 2, 3]);
  });

  test('hands any other error to its caller', async () => {
    const world = createWorld('channel');
    const { channel, state } = channelIn(world, () => ErrorCode.STALE_BROKER_EPOCH);
    state.controllerId = 1;
    expect(await world.settle(call(channel))).toMatchObject({ errorCode: ErrorCode.STALE_BROKER_EPOCH });
  });

  test('ends at its deadline, and when the channel is closed', async () => {
    const world = createWorld('channel');
    const { channel } = channelIn(world, () => 0);
    await expect(world.settle(call(channel, 500))).rejects.toMatchObject({ failure: 'TIMED_OUT' });
    expect(world.nowMs).toBeLessThanOrEqual(500);
    const endless = call(channel);
    channel.close();
    await expect(world.settle(endless)).rejects.toMatchObject({ failure: 'CLOSED' });
  });
});
