import { describe, expect, jest, test } from '@jest/globals';
import { PartitionMap, ZERO_UUID } from '../../../../src/common/index.ts';
import {
  FetchSessionClient,
  type SessionPartition,
  type SessionRequest,
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

/** The next fetch, when these are wanted and nothing else. */
function build(session: FetchSessionClient, wanted: readonly SessionPartition[]): SessionRequest {
  for (let number = 0; number < 5; number++)
    if (!wanted.some(({ partition }) => partition === number)) session.unwant('orders', number);
  for (const one of wanted) session.want(one);
  expect(session.size).toBe(wanted.length);
  return session.build();
}

describe('A fetch session, as the follower keeps it', () => {
  test('begins with a full fetch and goes on with what changed', () => {
    const session = new FetchSessionClient();
    const first = build(session, [partition(0), partition(1)]);
    expect(first).toMatchObject({ sessionId: 0, sessionEpoch: 0, toForget: [] });
    expect(first.toSend).toHaveLength(2);
    expect(session.onResponse('NONE', 77)).toBe(true);

    const second = build(session, [partition(0), partition(1, 10)]);
    expect(second).toMatchObject({
      sessionId: 77,
      sessionEpoch: 1,
      toSend: [{ partition: 1, fetchOffset: 10 }],
    });
    session.onResponse('NONE', 77);
    expect(build(session, [partition(0), partition(1, 10)])).toMatchObject({
      sessionEpoch: 2,
      toSend: [],
    });
  });

  test('tells the leader which partitions to forget, and sends new ones', () => {
    const session = new FetchSessionClient();
    build(session, [partition(0), partition(1)]);
    session.onResponse('NONE', 77);
    const next = build(session, [partition(1), partition(2)]);
    expect(next).toMatchObject({ toSend: [{ partition: 2 }], toForget: [{ partition: 0 }] });
  });

  test('forgets a topic that was made anew under its old id and sends it under the new one', () => {
    const session = new FetchSessionClient();
    build(session, [partition(0)]);
    session.onResponse('NONE', 77);
    const again = partition(0, 0, { topicId: 'XyAzPv3hQkmSqmmZLZ0l6g' });
    expect(build(session, [again])).toMatchObject({
      toSend: [{ topicId: 'XyAzPv3hQkmSqmmZLZ0l6g' }],
      toForget: [{ topicId: ID }],
    });
  });

  test('begins anew when the leader has lost it, without naming the lost one', () => {
    const session = new FetchSessionClient();
    build(session, [partition(0)]);
    session.onResponse('NONE', 77);
    expect(session.onResponse('FETCH_SESSION_ID_NOT_FOUND', 0)).toBe(false);
    expect(build(session, [partition(0)])).toMatchObject({
      sessionId: 0,
      sessionEpoch: 0,
      toSend: [{}],
    });
  });

  test('closes the old session with the full fetch after a lost connection', () => {
    const session = new FetchSessionClient();
    build(session, [partition(0)]);
    session.onResponse('NONE', 77);
    session.reset();
    expect(build(session, [partition(0)])).toMatchObject({
      sessionId: 77,
      sessionEpoch: 0,
      toSend: [{}],
    });
    session.onResponse('NONE', 78);
    expect(build(session, [partition(0)])).toMatchObject({ sessionId: 78, sessionEpoch: 1, toSend: [] });
  });

  test('stays without one when the leader’s cache is full', () => {
    const session = new FetchSessionClient();
    build(session, [partition(0)]);
    expect(session.onResponse('NONE', 0)).toBe(true);
    expect(build(session, [partition(0)])).toMatchObject({
      sessionId: 0,
      sessionEpoch: 0,
      toSend: [{}],
    });
  });

  test('cannot change from topic names to ids: that takes a new one', () => {
    const session = new FetchSessionClient();
    expect(build(session, [partition(0), partition(1, 0, { topicId: ZERO_UUID })])).toMatchObject({
      usesTopicIds: false,
    });
    session.onResponse('NONE', 77);
    expect(build(session, [partition(0), partition(1)])).toMatchObject({
      sessionId: 77,
      sessionEpoch: 0,
      usesTopicIds: true,
      toSend: [{}, {}],
    });
  });

  test('says nothing of what was wanted for a moment between two fetches, or not wanted for one', () => {
    const session = new FetchSessionClient();
    build(session, [partition(0)]);
    session.onResponse('NONE', 77);
    session.want(partition(1));
    session.unwant('orders', 1);
    session.unwant('orders', 0);
    session.want(partition(0));
    expect(session.build()).toMatchObject({ toSend: [], toForget: [] });
    session.onResponse('NONE', 77);
    session.unwant('orders', 0);
    expect(session.build()).toMatchObject({ toSend: [], toForget: [{ partition: 0 }] });
    expect(session.size).toBe(0);
  });

  test('costs what changed, however many partitions it has', () => {
    const session = new FetchSessionClient();
    for (let number = 0; number < 5000; number++) session.want(partition(number));
    expect(session.build().toSend).toHaveLength(5000);
    session.onResponse('NONE', 77);
    const walksAll = jest.spyOn(PartitionMap.prototype, 'values');
    session.want(partition(17, 5));
    expect(session.build().toSend).toEqual([partition(17, 5)]);
    expect(walksAll).not.toHaveBeenCalled();
    walksAll.mockRestore();
  });
});
