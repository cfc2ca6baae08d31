import { describe, expect, test } from '@jest/globals';
import { ZERO_UUID } from '../../../src/common/index.ts';
import {
  checkCurrentLeaderEpoch,
  decideLeaderAndIsr,
  decideStopReplica,
  type LeaderAndIsrInput,
} from '../../../src/replication/decide-leader-and-isr.ts';

const TOPIC_ID = 'J8dAPv3hQkmSqmmZLZ0l6g';
const OTHER_ID = 'XyAzPv3hQkmSqmmZLZ0l6g';

function decide(overrides: {
  readonly request?: Partial<LeaderAndIsrInput['request']>;
  readonly local?: Partial<LeaderAndIsrInput['local']>;
  readonly requestTopicId?: string;
}): ReturnType<typeof decideLeaderAndIsr> {
  return decideLeaderAndIsr({
    localBrokerId: 1,
    requestTopicId: overrides.requestTopicId ?? TOPIC_ID,
    request: { leader: 1, leaderEpoch: 5, replicas: [1, 2], ...overrides.request },
    local: { isOffline: false, leaderEpoch: 4, topicId: TOPIC_ID, ...overrides.local },
  });
}

const refusedWith = (error: string, severity = 'warn'): unknown => ({ kind: 'refuse', error, severity });

describe('A LeaderAndIsr for one partition', () => {
  test('with a newer leader epoch makes this broker leader or follower', () => {
    expect(decide({})).toEqual({ kind: 'become-leader' });
    expect(decide({ request: { leader: 2 } })).toEqual({ kind: 'become-follower' });
    expect(decide({ request: { leader: -1 } })).toEqual({ kind: 'become-follower' });
  });

  test('with the leader epoch we are at, or an older one, comes from a controller that is behind', () => {
    const known = refusedWith('STALE_CONTROLLER_EPOCH', 'info');
    expect(decide({ local: { leaderEpoch: 5 } })).toEqual(known);
    expect(decide({ local: { leaderEpoch: 6 } })).toEqual(refusedWith('STALE_CONTROLLER_EPOCH'));
  });

  test('with the same epoch may still tell a log of old its topic id', () => {
    expect(decide({ local: { leaderEpoch: 5, topicId: ZERO_UUID } })).toEqual({ kind: 'attach-topic-id' });
  });

  test('for another topic of the same name is refused: ours was deleted behind our back', () => {
    expect(decide({ requestTopicId: OTHER_ID })).toEqual(refusedWith('INCONSISTENT_TOPIC_ID', 'error'));
  });

  test('of a controller that knows no topic ids fits every log', () => {
    expect(decide({ requestTopicId: ZERO_UUID })).toEqual({ kind: 'become-leader' });
  });

  test('that does not list this broker as a replica is refused', () => {
    expect(decide({ request: { replicas: [2, 3] } })).toEqual(refusedWith('UNKNOWN_TOPIC_OR_PARTITION'));
  });

  test('for a partition on a failed disk is refused before anything else', () => {
    const local = { isOffline: true, leaderEpoch: 9 };
    expect(decide({ local, requestTopicId: OTHER_ID })).toEqual(refusedWith('KAFKA_STORAGE_ERROR'));
  });
});

describe('A StopReplica for one partition', () => {
  const local = { isOffline: false, leaderEpoch: 5 };

  test.each([
    ['the epoch we are at', 5],
    ['a newer one', 6],
    ['-1, of a controller that sends none', -1],
    ['-2, because the topic is deleted', -2],
  ])('is obeyed with %s', (_, requestLeaderEpoch) => {
    expect(decideStopReplica({ local, requestLeaderEpoch })).toBe('NONE');
  });

  test('is refused with an older epoch: we were made a replica again since', () => {
    expect(decideStopReplica({ local, requestLeaderEpoch: 4 })).toBe('FENCED_LEADER_EPOCH');
  });

  test('is obeyed for a partition we know nothing of: its folder may be left over', () => {
    expect(decideStopReplica({ local: undefined, requestLeaderEpoch: 0 })).toBe('NONE');
  });
});

test('A request that means another leader epoch is told which of the two is behind', () => {
  expect(checkCurrentLeaderEpoch(-1, 5)).toBe('NONE');
  expect(checkCurrentLeaderEpoch(5, 5)).toBe('NONE');
  expect(checkCurrentLeaderEpoch(4, 5)).toBe('FENCED_LEADER_EPOCH');
  expect(checkCurrentLeaderEpoch(6, 5)).toBe('UNKNOWN_LEADER_EPOCH');
});
