import { describe, expect, test } from '@jest/globals';
import {
  findDivergence,
  planOutOfRange,
  truncationPoint,
} from '../../../src/replication/decide-truncation.ts';

describe('A leader looks for where a follower’s log leaves its own', () => {
  test('nowhere, when the follower’s last epoch reaches at least as far here', () => {
    const end = { leaderEpoch: 3, endOffset: 20 };
    expect(findDivergence({ fetchOffset: 15, lastFetchedEpoch: 3, end })).toEqual({ kind: 'none' });
    expect(findDivergence({ fetchOffset: 20, lastFetchedEpoch: 3, end })).toEqual({ kind: 'none' });
  });

  test('when the follower has more of that epoch than the leader ever had', () => {
    const end = { leaderEpoch: 3, endOffset: 20 };
    expect(findDivergence({ fetchOffset: 21, lastFetchedEpoch: 3, end })).toEqual({ kind: 'diverged', end });
  });

  test('when the follower wrote in an epoch the leader never saw: a zombie leader’s', () => {
    const end = { leaderEpoch: 1, endOffset: 10 };
    expect(findDivergence({ fetchOffset: 16, lastFetchedEpoch: 2, end })).toEqual({ kind: 'diverged', end });
  });

  test('it cannot tell, when its log does not reach back that far', () => {
    const end = { leaderEpoch: -1, endOffset: -1 };
    expect(findDivergence({ fetchOffset: 5, lastFetchedEpoch: 0, end })).toEqual({ kind: 'unknown' });
    expect(findDivergence({ fetchOffset: 5, lastFetchedEpoch: 0, end: undefined })).toEqual({
      kind: 'unknown',
    });
  });
});

describe('A follower cuts its log', () => {
  const log = { logEndOffset: 16, highWatermark: 9 };

  test('to where the leader’s epoch ends, when it has more of that epoch', () => {
    const leader = { leaderEpoch: 2, endOffset: 14 };
    expect(truncationPoint({ ...log, leader, own: { leaderEpoch: 2, endOffset: 16 } })).toBe(14);
  });

  test('to where its own epoch ends, when the leader’s reaches further', () => {
    const leader = { leaderEpoch: 1, endOffset: 13 };
    expect(truncationPoint({ ...log, leader, own: { leaderEpoch: 1, endOffset: 10 } })).toBe(10);
  });

  test('to the end of its newest older epoch, when it never saw the leader’s; it asks again from there', () => {
    const leader = { leaderEpoch: 2, endOffset: 14 };
    expect(truncationPoint({ ...log, leader, own: { leaderEpoch: 1, endOffset: 12 } })).toBe(12);
  });

  test('to the leader’s end, when it has no epoch that old', () => {
    expect(truncationPoint({ ...log, leader: { leaderEpoch: 0, endOffset: 3 }, own: undefined })).toBe(3);
  });

  test('to the high watermark, when the leader knows of no epochs', () => {
    const leader = { leaderEpoch: -1, endOffset: -1 };
    expect(truncationPoint({ ...log, leader, own: undefined })).toBe(9);
  });

  test('never beyond its own end', () => {
    expect(truncationPoint({ ...log, leader: { leaderEpoch: 0, endOffset: 99 }, own: undefined })).toBe(16);
  });
});

describe('A follower whose offset the leader does not have', () => {
  test('cuts to the leader’s end, when that lies before its own: an unclean election', () => {
    const plan = planOutOfRange({ leaderLogEndOffset: 10, leaderLogStartOffset: 0, logEndOffset: 15 });
    expect(plan).toEqual({ kind: 'truncate', toOffset: 10 });
  });

  test('starts anew, when the leader’s log begins beyond its end', () => {
    const plan = planOutOfRange({ leaderLogEndOffset: 90, leaderLogStartOffset: 50, logEndOffset: 15 });
    expect(plan).toEqual({ kind: 'start-anew', atOffset: 50 });
  });

  test('keeps its log and goes on at its end, when the leader has that by now', () => {
    const plan = planOutOfRange({ leaderLogEndOffset: 90, leaderLogStartOffset: 15, logEndOffset: 15 });
    expect(plan).toEqual({ kind: 'continue', atOffset: 15 });
  });
});
