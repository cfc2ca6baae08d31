import { describe, expect, test } from '@jest/globals';
import {
  advanceHighWatermark,
  effectiveMinIsr,
  followerHighWatermark,
  isCaughtUp,
  type FollowerProgress,
  type HighWatermarkInput,
} from '../../../src/replication/decide-high-watermark.ts';

const LAG_MS = 30_000;

function follower(brokerId: number, logEndOffset: number, lastCaughtUpTimeMs = 0): FollowerProgress {
  return { brokerId, logEndOffset, lastCaughtUpTimeMs };
}

/** Leader 1 at offset 100 with ISR {1,2,3}; followers 2 and 3 at 90 and 80; the HW at 70. */
function input(overrides: Partial<HighWatermarkInput> = {}): HighWatermarkInput {
  return {
    highWatermark: 70,
    leaderLogEndOffset: 100,
    committedIsrSize: 3,
    effectiveMinIsr: 2,
    maximalIsr: [1, 2, 3],
    followers: [follower(2, 90), follower(3, 80)],
    nowMs: 100_000,
    replicaLagTimeMaxMs: LAG_MS,
    isEligible: () => true,
    ...overrides,
  };
}

describe('The high watermark of a leader', () => {
  test('is the smallest log end among the in-sync replicas', () => {
    expect(advanceHighWatermark(input())).toBe(80);
  });

  test('ignores a follower outside the ISR that lags behind', () => {
    expect(advanceHighWatermark(input({ maximalIsr: [1, 2], committedIsrSize: 2 }))).toBe(90);
  });

  test('waits for a follower outside the ISR that is about to join, or it would never reach the HW', () => {
    const followers = [follower(2, 90), follower(3, 80, 95_000)];
    expect(advanceHighWatermark(input({ maximalIsr: [1, 2], committedIsrSize: 2, followers }))).toBe(80);
  });

  test('does not wait for a dead follower, however recently it had caught up', () => {
    const followers = [follower(2, 90), follower(3, 80, 95_000)];
    const isEligible = (brokerId: number): boolean => brokerId !== 3;
    const told = advanceHighWatermark(
      input({ maximalIsr: [1, 2], committedIsrSize: 2, followers, isEligible }),
    );
    expect(told).toBe(90);
  });

  test('reaches the log end when the leader is alone in the ISR', () => {
    const alone = { maximalIsr: [1], committedIsrSize: 1, effectiveMinIsr: 1, followers: [] };
    expect(advanceHighWatermark(input(alone))).toBe(100);
  });

  test('never goes back, even when an in-sync follower reports a smaller offset than before', () => {
    expect(advanceHighWatermark(input({ highWatermark: 85 }))).toBeUndefined();
  });

  test('stays where it is when nothing new is on all in-sync replicas', () => {
    expect(advanceHighWatermark(input({ highWatermark: 80 }))).toBeUndefined();
  });

  test('does not advance while the committed ISR is smaller than the minimum', () => {
    const shrunk = { committedIsrSize: 1, maximalIsr: [1], followers: [follower(2, 20), follower(3, 20)] };
    expect(advanceHighWatermark(input(shrunk))).toBeUndefined();
  });

  test('waits for a follower in the ISR that has not fetched from this leader yet', () => {
    expect(advanceHighWatermark(input({ followers: [follower(2, 90), follower(3, -1)] }))).toBeUndefined();
  });
});

describe('The effective minimum of in-sync replicas', () => {
  test('is min.insync.replicas', () => {
    expect(effectiveMinIsr(2, 3)).toBe(2);
  });

  test('cannot exceed the number of replicas: a single replica with a minimum of 2 accepts records', () => {
    expect(effectiveMinIsr(2, 1)).toBe(1);
    const single = {
      maximalIsr: [1],
      committedIsrSize: 1,
      effectiveMinIsr: effectiveMinIsr(2, 1),
      followers: [],
    };
    expect(advanceHighWatermark(input(single))).toBe(100);
  });
});

describe('A follower is caught up', () => {
  test('at the leader’s log end, however long ago its last fetch was', () => {
    expect(isCaughtUp(follower(2, 100, -Infinity), 100, 1_000_000, LAG_MS)).toBe(true);
  });

  test('behind it, for as long as replica.lag.time.max.ms after it last was', () => {
    expect(isCaughtUp(follower(2, 99, 1000), 100, 1000 + LAG_MS, LAG_MS)).toBe(true);
    expect(isCaughtUp(follower(2, 99, 1000), 100, 1001 + LAG_MS, LAG_MS)).toBe(false);
  });
});

test('A follower knows only as much to be committed as it has itself', () => {
  expect(followerHighWatermark(50, 30)).toBe(30);
  expect(followerHighWatermark(20, 30)).toBe(20);
  expect(followerHighWatermark(-1, 30)).toBe(0);
});
