import { describe, expect, test } from '@jest/globals';
import type { FollowerProgress } from '../../../src/replication/decide-high-watermark.ts';
import {
  decideOnAlterPartitionError,
  isOutcomeCurrent,
  maybeExpandIsr,
  maybeShrinkIsr,
} from '../../../src/replication/decide-isr.ts';
import {
  committedIsr,
  lastCommitted,
  maximalIsr,
  pendingExpand,
  pendingShrink,
} from '../../../src/replication/isr-state.ts';

const at = (brokerId: number, logEndOffset: number, lastCaughtUpTimeMs = -Infinity): FollowerProgress => ({
  brokerId,
  logEndOffset,
  lastCaughtUpTimeMs,
});

describe('The ISR between asking the controller and its answer', () => {
  test('a pending shrink keeps counting the whole old ISR: the controller may not have heard of it', () => {
    expect(maximalIsr(pendingShrink(committedIsr([1, 2, 3]), [3]))).toEqual([1, 2, 3]);
  });

  test('a pending expand counts the newcomer already: the controller may have let it in', () => {
    expect(maximalIsr(pendingExpand(committedIsr([1, 2]), 3))).toEqual([1, 2, 3]);
  });

  test('what is reported and measured against min.insync.replicas is the committed ISR', () => {
    expect(lastCommitted(pendingExpand(committedIsr([1]), 2)).isr).toEqual([1]);
    expect(lastCommitted(pendingShrink(committedIsr([1, 2]), [2])).isr).toEqual([1, 2]);
  });
});

describe('A follower is proposed for the ISR', () => {
  const input = {
    state: committedIsr([1, 2]),
    highWatermark: 50,
    leaderEpochStartOffset: 40,
    isEligible: () => true,
  };

  test('once it has everything that is committed', () => {
    expect(maybeExpandIsr({ ...input, follower: at(3, 50) })?.isr).toEqual([1, 2, 3]);
    expect(maybeExpandIsr({ ...input, follower: at(3, 49) })).toBeUndefined();
  });

  test('not before it reached where the leader’s epoch began, which may be above the HW', () => {
    const newLeader = { ...input, highWatermark: 30, leaderEpochStartOffset: 45 };
    expect(maybeExpandIsr({ ...newLeader, follower: at(3, 44) })).toBeUndefined();
    expect(maybeExpandIsr({ ...newLeader, follower: at(3, 45) })).toBeDefined();
  });

  test('not while another change is in flight', () => {
    const state = pendingShrink(committedIsr([1, 2]), [2]);
    expect(maybeExpandIsr({ ...input, state, follower: at(3, 50) })).toBeUndefined();
  });

  test('not when it is in already, and not when it is dead', () => {
    expect(maybeExpandIsr({ ...input, follower: at(2, 50) })).toBeUndefined();
    expect(maybeExpandIsr({ ...input, follower: at(3, 50), isEligible: () => false })).toBeUndefined();
  });
});

describe('A member is proposed to leave the ISR', () => {
  const followers = new Map([
    [2, at(2, 100)],
    [3, at(3, 80, 1000)],
    [4, at(4, 80, 60_000)],
  ]);
  const input = {
    state: committedIsr([1, 2, 3, 4]),
    leaderId: 1,
    leaderLogEndOffset: 100,
    follower: (brokerId: number) => followers.get(brokerId),
    nowMs: 70_000,
    replicaLagTimeMaxMs: 30_000,
  };

  test('when it lagged too long; those at the end, or lagging briefly, stay', () => {
    expect(maybeShrinkIsr(input)).toMatchObject({ isr: [1, 2, 4], outOfSyncReplicas: [3] });
  });

  test('never the leader itself', () => {
    const pending = maybeShrinkIsr({ ...input, follower: () => undefined });
    expect(pending?.isr).toEqual([1]);
  });

  test('not while another change is in flight', () => {
    expect(maybeShrinkIsr({ ...input, state: pendingExpand(committedIsr([1, 3]), 2) })).toBeUndefined();
  });

  test('nobody, when all keep up', () => {
    expect(maybeShrinkIsr({ ...input, nowMs: 20_000 })).toBeUndefined();
  });
});

describe('The controller’s answer to a proposal', () => {
  test.each([
    ['INELIGIBLE_REPLICA', 'roll-back'],
    ['OPERATION_NOT_ATTEMPTED', 'roll-back'],
    ['INVALID_UPDATE_VERSION', 'wait'],
    ['FENCED_LEADER_EPOCH', 'wait'],
    ['UNKNOWN_TOPIC_ID', 'wait'],
    ['NOT_CONTROLLER', 'retry'],
    ['UNKNOWN_SERVER_ERROR', 'retry'],
  ] as const)('%s means: %s', (error, verdict) => {
    expect(decideOnAlterPartitionError(error)).toBe(verdict);
  });

  test('is ignored when it speaks of an older leader epoch, or of an older state of the partition', () => {
    const outcome = { leaderId: 1, leaderEpoch: 5, isr: [1], partitionEpoch: 9 };
    expect(isOutcomeCurrent(outcome, { leaderEpoch: 5, partitionEpoch: 8 })).toBe(true);
    expect(isOutcomeCurrent(outcome, { leaderEpoch: 6, partitionEpoch: 8 })).toBe(false);
    expect(isOutcomeCurrent(outcome, { leaderEpoch: 5, partitionEpoch: 10 })).toBe(false);
  });
});
