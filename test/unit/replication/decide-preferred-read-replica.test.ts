import { describe, expect, test } from '@jest/globals';
import {
  decidePreferredReadReplica,
  type ReadReplicaCandidate,
} from '../../../src/replication/decide-preferred-read-replica.ts';

const candidate = (
  brokerId: number,
  rack: string,
  logEndOffset = 10,
  lastCaughtUpTimeMs = 0,
): ReadReplicaCandidate => ({
  brokerId,
  rack,
  logEndOffset,
  lastCaughtUpTimeMs,
});
const leader = { brokerId: 1, rack: 'a' };

describe('A consumer reads from', () => {
  test('the leader, when it is in the same rack, says none, or nobody is in its rack', () => {
    expect(decidePreferredReadReplica('a', leader, [candidate(2, 'a')])).toBeUndefined();
    expect(decidePreferredReadReplica('', leader, [candidate(2, 'a')])).toBeUndefined();
    expect(decidePreferredReadReplica('c', leader, [candidate(2, 'b')])).toBeUndefined();
  });

  test('the replica of its rack that is furthest ahead', () => {
    const followers = [candidate(2, 'b', 8), candidate(3, 'b', 9), candidate(4, 'c', 10)];
    expect(decidePreferredReadReplica('b', leader, followers)).toBe(3);
  });

  test('the one with the highest id, among equals in everything', () => {
    expect(
      decidePreferredReadReplica('b', leader, [candidate(2, 'b'), candidate(4, 'b'), candidate(3, 'b')]),
    ).toBe(4);
  });

  test('the one that caught up last, among equals', () => {
    expect(decidePreferredReadReplica('b', leader, [candidate(2, 'b', 9, 5), candidate(3, 'b', 9, 7)])).toBe(
      3,
    );
  });
});
