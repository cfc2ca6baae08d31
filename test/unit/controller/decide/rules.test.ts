import { describe, expect, test } from '@jest/globals';
import { decideAlterPartition } from '../../../../src/controller/decide/alter-partition.ts';
import { decideAutoRebalance } from '../../../../src/controller/decide/auto-rebalance.ts';
import { decideBrokerChange } from '../../../../src/controller/decide/broker-change.ts';
import { decideControlledShutdown } from '../../../../src/controller/decide/controlled-shutdown.ts';
import { decideIsrRemoval } from '../../../../src/controller/decide/isr-removal.ts';
import { decideProducerIdBlock } from '../../../../src/controller/decide/producer-ids.ts';
import { LeaderRecoveryState, type LeaderAndIsr } from '../../../../src/zookeeper/index.ts';
import { stateOf } from '../fixtures.ts';

describe('BrokerChange', () => {
  const known = new Map([
    [1, 10],
    [2, 20],
    [3, 30],
  ]);

  test('tells who came, who left, and who came back as somebody else', () => {
    const registered = new Map([
      [1, 10],
      [2, 25],
      [7, 70],
      [5, 50],
    ]);
    expect(decideBrokerChange(known, registered)).toEqual({ added: [5, 7], bounced: [2], died: [3] });
  });

  test('an unchanged list is no change', () => {
    expect(decideBrokerChange(known, known)).toEqual({ added: [], bounced: [], died: [] });
  });
});

describe('a replica leaves the ISR', () => {
  test('a follower: the leader stays, the leader epoch moves', () => {
    expect(decideIsrRemoval(stateOf(1, [1, 2], 4), 2)).toMatchObject({ leader: 1, isr: [1], leaderEpoch: 5 });
  });

  test('the leader: nobody leads', () => {
    expect(decideIsrRemoval(stateOf(1, [1, 2], 4), 1)).toMatchObject({
      leader: -1,
      isr: [2],
      leaderEpoch: 5,
    });
  });

  test('the last one: the ISR is kept so the data is not forgotten, and the epoch moves all the same', () => {
    expect(decideIsrRemoval(stateOf(-1, [2], 4), 2)).toMatchObject({ leader: -1, isr: [2], leaderEpoch: 5 });
  });

  test('one that is not in it: nothing is written', () => {
    expect(decideIsrRemoval(stateOf(1, [1], 4), 2)).toBeNull();
  });
});

describe('AlterPartition', () => {
  const current: LeaderAndIsr = { ...stateOf(1, [1, 2], 5), partitionEpoch: 7 };
  const allLive = (): boolean => true;
  const decide = (
    change: Partial<LeaderAndIsr>,
    version = 3,
    isLive: (id: number) => boolean = allLive,
  ): unknown => {
    const decision = decideAlterPartition(current, { ...current, isr: [1], ...change }, version, isLive);
    return decision.kind === 'refuse' ? decision.error : decision.kind;
  };

  test('a proper proposal is written', () => {
    expect(decide({})).toBe('write');
  });

  test('epochs ahead of ours mean that there is another controller', () => {
    expect(decide({ partitionEpoch: 8 })).toBe('NOT_CONTROLLER');
    expect(decide({ leaderEpoch: 6 })).toBe('NOT_CONTROLLER');
  });

  test('an old leader is fenced', () => {
    expect(decide({ leaderEpoch: 4 })).toBe('FENCED_LEADER_EPOCH');
  });

  test('what is already so is answered with what is, even to a stale partition epoch', () => {
    expect(decide({ isr: [1, 2], partitionEpoch: 6 })).toBe('echo');
  });

  test('a stale partition epoch is refused', () => {
    expect(decide({ partitionEpoch: 6 })).toBe('INVALID_UPDATE_VERSION');
  });

  test('only a leader that recovers alone may say it recovers', () => {
    expect(decide({ leaderRecoveryState: LeaderRecoveryState.RECOVERING })).toBe('INVALID_REQUEST');
    const recovering = { ...current, isr: [1], leaderRecoveryState: LeaderRecoveryState.RECOVERING };
    const wider = decideAlterPartition(recovering, { ...recovering, isr: [1, 2] }, 3, allLive);
    expect(wider).toEqual({ kind: 'refuse', error: 'INVALID_REQUEST' });
    const recovered = { ...recovering, leaderRecoveryState: LeaderRecoveryState.RECOVERED };
    expect(decideAlterPartition(recovering, recovered, 3, allLive).kind).toBe('write');
  });

  test('a dead or stopping broker may not enter the ISR; old leaders hear it in an old word', () => {
    const onlyOne = (id: number): boolean => id === 1;
    expect(decide({ isr: [1, 3] }, 2, onlyOne)).toBe('INELIGIBLE_REPLICA');
    expect(decide({ isr: [1, 3] }, 1, onlyOne)).toBe('OPERATION_NOT_ATTEMPTED');
  });

  test('an unknown partition is unknown', () => {
    const decision = decideAlterPartition(undefined, current, 3, allLive);
    expect(decision).toEqual({ kind: 'refuse', error: 'UNKNOWN_TOPIC_OR_PARTITION' });
  });
});

describe('ControlledShutdown', () => {
  test('is refused in the order and with the errors brokers know', () => {
    expect(decideControlledShutdown(false, 5, undefined)).toBe('STALE_CONTROLLER_EPOCH');
    expect(decideControlledShutdown(true, 5, undefined)).toBe('UNKNOWN_SERVER_ERROR');
    expect(decideControlledShutdown(true, -1, undefined)).toBe('BROKER_NOT_AVAILABLE');
    expect(decideControlledShutdown(true, 4, 5)).toBe('STALE_BROKER_EPOCH');
  });

  test('is granted for the known epoch, a later one, and one that is not told', () => {
    expect([5, 6, -1].map((epoch) => decideControlledShutdown(true, epoch, 5))).toEqual([null, null, null]);
  });
});

describe('the balance of leaders', () => {
  const row = (partition: number, leader: number, canMove = true) => ({
    of: { topic: 'orders', partition },
    preferred: 1,
    leader,
    canMove,
  });
  const rows = (away: number, home: number) =>
    Array.from({ length: away + home }, (_, index) => row(index, index < away ? 2 : 1));

  test('is left alone up to the allowed share', () => {
    expect(decideAutoRebalance(rows(1, 9), 10).size).toBe(0);
  });

  test('is restored beyond it', () => {
    expect(
      decideAutoRebalance(rows(2, 8), 10)
        .get(1)
        ?.map(({ partition }) => partition),
    ).toEqual([0, 1]);
  });

  test('leaves alone what cannot move', () => {
    const elections = decideAutoRebalance([row(0, 2, false), row(1, 3)], 10);
    expect(elections.get(1)).toEqual([{ topic: 'orders', partition: 1 }]);
  });
});

describe('producer ids', () => {
  test('blocks follow each other from 0', () => {
    const first = decideProducerIdBlock(3, null);
    expect(first).toEqual({ brokerId: 3, firstProducerId: 0, lastProducerId: 999 });
    expect(decideProducerIdBlock(4, first)).toEqual({
      brokerId: 4,
      firstProducerId: 1000,
      lastProducerId: 1999,
    });
  });
});
