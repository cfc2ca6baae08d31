import { describe, expect, test } from '@jest/globals';
import {
  FetchSessionClient,
  type SessionPartition,
} from '../../../../src/replication/fetcher/fetch-session-client.ts';

const ID = 'J8dAPv3hQkmSqmmZLZ0l6g';

function partition(
  number: number,
  fetchOffset = 0,
  overrides: Partial<SessionPartition> = {},
): SessionPartition {
  const epochs = { currentLeaderEpoch: 3, lastFetchedEpoch: 2 };
  return {
    topic: 'orders',
    partition: number,
    topicId: ID,
    fetchOffset,
    logStartOffset: 0,
    maxBytes: 100,
    ...epochs,
    ...overrides,
  };
}

describe('A fetch session, as the follower keeps it', () => {
  test('begins with a full fetch and goes on with what changed', () => {
    const session = new FetchSessionClient();
    const first = session.build([partition(0), partition(1)], true);
    expect(first).toMatchObject({ sessionId: 0, sessionEpoch: 0, toForget: [] });
    expect(first.toSend).toHaveLength(2);
    expect(session.onResponse('NONE', 77)).toBe(true);

    const second = session.build([partition(0), partition(1, 10)], true);
    expect(second).toMatchObject({
      sessionId: 77,
      sessionEpoch: 1,
      toSend: [{ partition: 1, fetchOffset: 10 }],
    });
    session.onResponse('NONE', 77);
    expect(session.build([partition(0), partition(1, 10)], true)).toMatchObject({
      sessionEpoch: 2,
      toSend: [],
    });
  });

  test('tells the leader which partitions to forget, and sends new ones', () => {
    const session = new FetchSessionClient();
    session.build([partition(0), partition(1)], true);
    session.onResponse('NONE', 77);
    const next = session.build([partition(1), partition(2)], true);
    expect(next).toMatchObject({ toSend: [{ partition: 2 }], toForget: [{ partition: 0 }] });
  });

  test('forgets a topic that was made anew under its old id and sends it under the new one', () => {
    const session = new FetchSessionClient();
    session.build([partition(0)], true);
    session.onResponse('NONE', 77);
    const again = partition(0, 0, { topicId: 'XyAzPv3hQkmSqmmZLZ0l6g' });
    expect(session.build([again], true)).toMatchObject({
      toSend: [{ topicId: 'XyAzPv3hQkmSqmmZLZ0l6g' }],
      toForget: [{ topicId: ID }],
    });
  });

  test('begins anew when the leader has lost it, without naming the lost one', () => {
    const session = new FetchSessionClient();
    session.build([partition(0)], true);
    session.onResponse('NONE', 77);
    expect(session.onResponse('FETCH_SESSION_ID_NOT_FOUND', 0)).toBe(false);
    expect(session.build([partition(0)], true)).toMatchObject({
      sessionId: 0,
      sessionEpoch: 0,
      toSend: [{}],
    });
  });

  test('closes the old session with the full fetch after a lost connection', () => {
    const session = new FetchSessionClient();
    session.build([partition(0)], true);
    session.onResponse('NONE', 77);
    session.reset();
    expect(session.build([partition(0)], true)).toMatchObject({
      sessionId: 77,
      sessionEpoch: 0,
      toSend: [{}],
    });
    session.onResponse('NONE', 78);
    expect(session.build([partition(0)], true)).toMatchObject({ sessionId: 78, sessionEpoch: 1, toSend: [] });
  });

  test('stays without one when the leader’s cache is full', () => {
    const session = new FetchSessionClient();
    session.build([partition(0)], true);
    expect(session.onResponse('NONE', 0)).toBe(true);
    expect(session.build([partition(0)], true)).toMatchObject({
      sessionId: 0,
      sessionEpoch: 0,
      toSend: [{}],
    });
  });

  test('cannot change from topic names to ids: that takes a new one', () => {
    const session = new FetchSessionClient();
    session.build([partition(0)], false);
    session.onResponse('NONE', 77);
    expect(session.build([partition(0)], true)).toMatchObject({
      sessionId: 77,
      sessionEpoch: 0,
      toSend: [{}],
    });
  });
});
