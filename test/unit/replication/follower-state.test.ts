import { describe, expect, test } from '@jest/globals';
import { FollowerState } from '../../../src/replication/follower-state.ts';

function fetched(state: FollowerState, nowMs: number, fetchOffset: number, leaderLogEndOffset: number): void {
  state.onFetch({ nowMs, fetchOffset, leaderLogEndOffset, logStartOffset: 0, brokerEpoch: 7 });
}

describe('A leader’s memory of a follower', () => {
  test('a fetch at the leader’s end: caught up now', () => {
    const state = new FollowerState(2);
    fetched(state, 1000, 50, 50);
    expect(state).toMatchObject({ logEndOffset: 50, lastCaughtUpTimeMs: 1000, brokerEpoch: 7 });
  });

  test('a fetch of what the leader’s end was at the fetch before: caught up then', () => {
    const state = new FollowerState(2);
    fetched(state, 1000, 50, 60);
    fetched(state, 2000, 60, 70);
    expect(state.lastCaughtUpTimeMs).toBe(1000);
  });

  test('a fetch of less than that: not caught up since', () => {
    const state = new FollowerState(2);
    fetched(state, 1000, 50, 50);
    fetched(state, 2000, 50, 90);
    fetched(state, 3000, 60, 99);
    expect(state.lastCaughtUpTimeMs).toBe(1000);
  });

  test('a new leader knows nothing of its followers’ logs, and gives members of the ISR their full time', () => {
    const state = new FollowerState(2);
    fetched(state, 1000, 50, 50);
    state.onLeaderEpoch({ nowMs: 5000, leaderLogEndOffset: 50, isNewLeader: true, inIsr: true });
    expect(state).toMatchObject({ logEndOffset: -1, lastCaughtUpTimeMs: 5000, brokerEpoch: -1 });
  });

  test('a leader whose epoch moves on keeps what it knows', () => {
    const state = new FollowerState(2);
    fetched(state, 1000, 50, 50);
    state.onLeaderEpoch({ nowMs: 5000, leaderLogEndOffset: 50, isNewLeader: false, inIsr: false });
    expect(state).toMatchObject({ logEndOffset: 50, lastCaughtUpTimeMs: -Infinity });
  });
});
