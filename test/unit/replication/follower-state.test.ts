import { describe, expect, test } from '@jest/globals';
import { FollowerState } from '../../../src/replication/follower-state.ts';

function fetched(state: FollowerState, nowMs: number, fetchOffset: number, leaderLogEndOffset: number): void {
  state.onFetch({ fetchOffset, leaderLogEndOffset, logStartOffset: 0, brokerEpoch: 7 }, nowMs);
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

  describe('in a session that fetches without a word of it', () => {
    const session = { lastFetchMs: 0 };
    function fetchedInSession(state: FollowerState, nowMs: number, fetchOffset: number, end: number): void {
      state.onFetch(
        { fetchOffset, leaderLogEndOffset: end, logStartOffset: 0, brokerEpoch: 7, session },
        nowMs,
      );
    }

    test('was caught up until the session’s last fetch, when the leader moves on', () => {
      const state = new FollowerState(2);
      fetchedInSession(state, 1000, 50, 50);
      session.lastFetchMs = 9000;
      state.onLeaderLogEndMoved();
      expect(state.lastCaughtUpTimeMs).toBe(9000);
      session.lastFetchMs = 9500; // of which nothing is known yet
      state.onLeaderLogEndMoved();
      expect(state.lastCaughtUpTimeMs).toBe(9000);
      fetchedInSession(state, 9500, 50, 60);
      fetchedInSession(state, 9900, 60, 70);
      expect(state.lastCaughtUpTimeMs).toBe(9500);
    });

    test('was not, when it lacked something at its own last fetch', () => {
      const state = new FollowerState(2);
      fetchedInSession(state, 1000, 40, 50);
      session.lastFetchMs = 9000;
      state.onLeaderLogEndMoved();
      expect(state.lastCaughtUpTimeMs).toBe(-Infinity);
    });

    test('begins anew with a leader epoch', () => {
      const state = new FollowerState(2);
      fetchedInSession(state, 1000, 50, 50);
      state.onLeaderEpoch({ nowMs: 5000, leaderLogEndOffset: 50, isNewLeader: false, inIsr: true });
      session.lastFetchMs = 9000;
      state.onLeaderLogEndMoved();
      expect(state.lastCaughtUpTimeMs).toBe(5000);
    });
  });
});
