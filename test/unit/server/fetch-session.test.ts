import { describe, expect, test } from '@jest/globals';

import { ZERO_UUID } from '../../../src/common/index.ts';
import type { FetchRequest } from '../../../src/protocol/messages/01-fetch.ts';
import type { FetchPartitionResult } from '../../../src/replication/index.ts';
import { FetchSessionCache } from '../../../src/server/fetch-session.ts';

const BY_NAME = { usesTopicIds: false, isFollower: false, resolve: () => undefined };

const NO_NEWS = { watchPartition: () => () => undefined, onSessionNews: () => undefined };

function cacheOf(maxSessions = 10): { cache: FetchSessionCache; clock: { nowMs: number } } {
  const clock = { nowMs: 0, wallMs: () => 0, monotonicMs: () => clock.nowMs };
  let next = 100;
  const random = { below: () => next++, bytes: (count: number) => Buffer.alloc(count), uuid: () => '' };
  return { cache: new FetchSessionCache({ maxSessions, clock, random, news: NO_NEWS }), clock };
}

function request(sessionId: number, sessionEpoch: number, asked: Record<string, number[]>): FetchRequest {
  return {
    clusterId: null,
    replicaId: -1,
    replicaState: { replicaId: -1, replicaEpoch: -1 },
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1000,
    isolationLevel: 0,
    sessionId,
    sessionEpoch,
    topics: Object.entries(asked).map(([topic, partitions]) => ({
      topic,
      topicId: ZERO_UUID,
      partitions: partitions.map((partition) => ({
        partition,
        currentLeaderEpoch: -1,
        fetchOffset: 5,
        lastFetchedEpoch: -1,
        logStartOffset: -1,
        partitionMaxBytes: 100,
        replicaDirectoryId: ZERO_UUID,
      })),
    })),
    forgottenTopicsData: [],
    rackId: '',
  };
}

function result(change: Partial<FetchPartitionResult> = {}): FetchPartitionResult {
  return {
    topic: 't',
    partition: 0,
    topicId: ZERO_UUID,
    error: 'NONE',
    highWatermark: 7,
    lastStableOffset: 7,
    logStartOffset: 0,
    records: [],
    sizeInBytes: 0,
    abortedTransactions: null,
    preferredReadReplica: -1,
    ...change,
  };
}

const withRecords = result({ records: [Buffer.alloc(10)], sizeInBytes: 10 });

/** Opens a session on t-0 and t-1 and answers it once. */
function opened(cache: FetchSessionCache): number {
  const context = cache.contextFor(request(0, 0, { t: [0, 1] }), BY_NAME);
  return context.conclude([result(), result()]).sessionId;
}

describe('fetch sessions', () => {
  test('a full fetch opens a session and answers every partition', () => {
    const { cache } = cacheOf();
    const context = cache.contextFor(request(0, 0, { t: [0, 1] }), BY_NAME);
    const answer = context.conclude([result(), result()]);
    expect(answer.sessionId).toBeGreaterThan(0);
    expect([answer.include(0), answer.include(1)]).toEqual([true, true]);
    expect(cache.size).toBe(1);
  });

  test('an incremental fetch names nothing and is told only what is new', () => {
    const { cache } = cacheOf();
    const id = opened(cache);
    const context = cache.contextFor(request(id, 1, {}), BY_NAME);
    expect(context.partitions.map(({ partition }) => partition)).toEqual([0, 1]);
    const answer = context.conclude([result(), result({ highWatermark: 8 })]);
    expect([answer.include(0), answer.include(1)]).toEqual([false, true]);
  });

  test('a partition that returned records moves behind the others', () => {
    const { cache } = cacheOf();
    const id = opened(cache);
    cache.contextFor(request(id, 1, {}), BY_NAME).conclude([withRecords, result()]);
    const context = cache.contextFor(request(id, 2, {}), BY_NAME);
    expect(context.partitions.map(({ partition }) => partition)).toEqual([1, 0]);
  });

  test('an error is told each time until it is gone', () => {
    const { cache } = cacheOf();
    const id = opened(cache);
    const failed = result({ error: 'NOT_LEADER_OR_FOLLOWER' });
    for (const epoch of [1, 2]) {
      const answer = cache.contextFor(request(id, epoch, {}), BY_NAME).conclude([failed, result()]);
      expect(answer.include(0)).toBe(true);
    }
    const answer = cache.contextFor(request(id, 3, {}), BY_NAME).conclude([result(), result()]);
    expect(answer.include(0)).toBe(true);
    expect(
      cache
        .contextFor(request(id, 4, {}), BY_NAME)
        .conclude([result(), result()])
        .include(0),
    ).toBe(false);
  });

  test('an incremental fetch can add, change and forget partitions', () => {
    const { cache } = cacheOf();
    const id = opened(cache);
    const change = request(id, 1, { t: [2] });
    change.forgottenTopicsData = [{ topic: 't', topicId: ZERO_UUID, partitions: [0] }];
    expect(cache.contextFor(change, BY_NAME).partitions.map(({ partition }) => partition)).toEqual([1, 2]);
  });

  test('an unknown session is refused, and so is an epoch out of turn', () => {
    const { cache } = cacheOf();
    const id = opened(cache);
    expect(cache.contextFor(request(id + 1, 1, {}), BY_NAME).error).toBe('FETCH_SESSION_ID_NOT_FOUND');
    expect(cache.contextFor(request(id, 2, {}), BY_NAME).error).toBe('INVALID_FETCH_SESSION_EPOCH');
  });

  test('a session opened by topic name cannot go on by topic id', () => {
    const { cache } = cacheOf();
    const id = opened(cache);
    const context = cache.contextFor(request(id, 1, {}), { ...BY_NAME, usesTopicIds: true });
    expect(context.error).toBe('FETCH_SESSION_TOPIC_ID_ERROR');
  });

  test('the final epoch closes the session and answers without one', () => {
    const { cache } = cacheOf();
    const id = opened(cache);
    const context = cache.contextFor(request(id, -1, { t: [0] }), BY_NAME);
    expect(context.conclude([result()]).sessionId).toBe(0);
    expect(cache.size).toBe(0);
  });

  test('an answer that was overtaken by the next request of its session is refused', () => {
    const { cache } = cacheOf();
    const id = opened(cache);
    const slow = cache.contextFor(request(id, 1, {}), BY_NAME);
    cache.contextFor(request(id, 2, {}), BY_NAME);
    expect(slow.conclude([result(), result()]).error).toBe('INVALID_FETCH_SESSION_EPOCH');
  });

  test('a full cache gives no session, until one has been idle for two minutes', () => {
    const { cache, clock } = cacheOf(1);
    opened(cache);
    expect(opened(cache)).toBe(0);
    clock.nowMs = 121_000;
    expect(opened(cache)).toBeGreaterThan(0);
    expect(cache.size).toBe(1);
  });

  test('a follower pushes out an old session of a consumer, a consumer not that of a follower', () => {
    const { cache, clock } = cacheOf(1);
    const consumer = opened(cache);
    clock.nowMs = 121_000;
    cache.contextFor(request(consumer, 1, {}), BY_NAME);
    const follower = cache
      .contextFor(request(0, 0, { t: [0] }), { ...BY_NAME, isFollower: true })
      .conclude([result()]);
    expect(follower.sessionId).toBeGreaterThan(0);
    clock.nowMs = 242_000;
    cache.contextFor(request(follower.sessionId, 1, {}), BY_NAME);
    expect(opened(cache)).toBe(0);
  });
});
