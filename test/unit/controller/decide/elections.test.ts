import { describe, expect, test } from '@jest/globals';
import {
  decideElection,
  needsUncleanElection,
  type Election,
  type ElectionInput,
  type ElectionStrategy,
} from '../../../../src/controller/decide/elections.ts';
import { LeaderRecoveryState } from '../../../../src/zookeeper/index.ts';
import { stateOf } from '../fixtures.ts';

interface Situation {
  readonly replicas?: readonly number[];
  readonly leader?: number;
  readonly isr?: readonly number[];
  readonly live?: readonly number[];
  readonly shuttingDown?: readonly number[];
  readonly removing?: readonly number[];
  readonly uncleanEnabled?: boolean;
  readonly marksRecovery?: boolean;
}

function input(situation: Situation): ElectionInput {
  const {
    replicas = [1, 2, 3],
    isr = [1, 2, 3],
    live = [1, 2, 3],
    shuttingDown = [],
    removing = [],
  } = situation;
  return {
    assignment: { replicas, addingReplicas: [], removingReplicas: removing },
    state: stateOf(situation.leader ?? 1, isr, 4),
    isOnline: (replica) => live.includes(replica) && !shuttingDown.includes(replica),
    isOnlineOrShuttingDown: (replica) => live.includes(replica),
    shuttingDownBrokers: new Set(shuttingDown),
    uncleanEnabled: situation.uncleanEnabled ?? false,
    marksRecovery: situation.marksRecovery ?? true,
  };
}

function elect(kind: ElectionStrategy['kind'], situation: Situation, allowUnclean = false): Election {
  return decideElection(kind === 'OfflinePartition' ? { kind, allowUnclean } : { kind }, input(situation));
}

describe('the leader died', () => {
  test('the first live in-sync replica in assignment order takes over, and the dead leave the ISR', () => {
    const election = elect('OfflinePartition', { isr: [3, 1, 2], live: [2, 3] });
    expect(election.elected).toMatchObject({ leader: 2, isr: [3, 2], leaderEpoch: 5 });
    expect(election.recipients).toEqual([2, 3]);
  });

  test('a live replica outside the ISR is passed over', () => {
    expect(elect('OfflinePartition', { isr: [1, 3], live: [2, 3] }).elected).toMatchObject({
      leader: 3,
      isr: [3],
    });
  });

  test('nobody of the ISR lives: no leader', () => {
    expect(elect('OfflinePartition', { isr: [1], live: [2, 3] })).toMatchObject({
      elected: null,
      unclean: false,
    });
  });

  test('nobody of the ISR lives but the topic accepts loss: the first live replica leads alone and recovers', () => {
    const election = elect('OfflinePartition', { isr: [1], live: [2, 3], uncleanEnabled: true });
    expect(election.unclean).toBe(true);
    expect(election.elected).toMatchObject({
      leader: 2,
      isr: [2],
      leaderEpoch: 5,
      leaderRecoveryState: LeaderRecoveryState.RECOVERING,
    });
  });

  test('to brokers that know of no recovery it is not told', () => {
    const situation = { isr: [1], live: [2, 3], uncleanEnabled: true, marksRecovery: false };
    expect(elect('OfflinePartition', situation).elected).toMatchObject({
      leader: 2,
      isr: [2],
      leaderRecoveryState: LeaderRecoveryState.RECOVERED,
    });
  });

  test('an administrator may allow it where the topic does not', () => {
    expect(elect('OfflinePartition', { isr: [1], live: [3] }, true).elected).toMatchObject({
      leader: 3,
      isr: [3],
    });
  });

  test('allowed loss changes nothing while a member of the ISR lives', () => {
    const election = elect('OfflinePartition', { isr: [3], live: [2, 3], uncleanEnabled: true });
    expect(election).toMatchObject({ elected: { leader: 3, isr: [3] }, unclean: false });
  });

  test('nobody at all lives: no leader, whatever is allowed', () => {
    expect(elect('OfflinePartition', { isr: [1], live: [], uncleanEnabled: true }).elected).toBeNull();
  });

  test('the setting only needs to be read when no member of the ISR lives', () => {
    expect(needsUncleanElection(input({ isr: [1, 2], live: [2] }))).toBe(false);
    expect(needsUncleanElection(input({ isr: [1], live: [2] }))).toBe(true);
  });
});

describe('back to the preferred replica', () => {
  test('it leads again if it is live and in sync; the ISR stays and all replicas hear of it', () => {
    const election = elect('PreferredReplica', { leader: 2, isr: [2, 1], live: [1, 2, 3] });
    expect(election.elected).toMatchObject({ leader: 1, isr: [2, 1], leaderEpoch: 5 });
    expect(election.recipients).toEqual([1, 2, 3]);
  });

  test('not while it is dead or lags behind', () => {
    expect(elect('PreferredReplica', { leader: 2, live: [2, 3] }).elected).toBeNull();
    expect(elect('PreferredReplica', { leader: 2, isr: [2, 3] }).elected).toBeNull();
  });
});

describe('a reassignment moves the leadership', () => {
  test('the first live in-sync target replica leads, the ISR stays, the targets hear of it', () => {
    const election = elect('ReassignPartition', { removing: [1] });
    expect(election.elected).toMatchObject({ leader: 2, isr: [1, 2, 3], leaderEpoch: 5 });
    expect(election.recipients).toEqual([2, 3]);
  });
});

describe("the leader's broker wants to stop", () => {
  test('the first in-sync replica that stays leads, and all that stop leave the ISR', () => {
    const election = elect('ControlledShutdown', { shuttingDown: [1, 3] });
    expect(election.elected).toMatchObject({ leader: 2, isr: [2], leaderEpoch: 5 });
    expect(election.recipients).toEqual([1, 2, 3]);
  });

  test('with nobody else in sync the leadership stays where it is', () => {
    expect(elect('ControlledShutdown', { isr: [1], shuttingDown: [1] }).elected).toBeNull();
  });
});
