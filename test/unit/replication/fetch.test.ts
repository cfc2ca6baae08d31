import { beforeEach, describe, expect, test } from '@jest/globals';
import { ZERO_UUID } from '../../../src/common/index.ts';
import {
  EARLIEST_TIMESTAMP,
  LATEST_TIERED_TIMESTAMP,
  LATEST_TIMESTAMP,
  type FetchParams,
  type FetchPartitionRequest,
  type FetchPartitionResult,
} from '../../../src/replication/index.ts';
import { createWorld, type World } from '../../simulation/world/index.ts';
import { ReplicaCluster, TOPIC, TOPIC_ID, type ReplicaBroker } from './support/replica-cluster.ts';

const CONSUMER: FetchParams = {
  replicaId: -1,
  brokerEpoch: -1,
  maxWaitMs: 500,
  minBytes: 1,
  maxBytes: 10_000,
  isolation: 'read-uncommitted',
};

function at(fetchOffset: number, overrides: Partial<FetchPartitionRequest> = {}): FetchPartitionRequest {
  return {
    topic: TOPIC,
    partition: 0,
    topicId: TOPIC_ID,
    fetchOffset,
    logStartOffset: -1,
    partitionMaxBytes: 10_000,
    currentLeaderEpoch: -1,
    lastFetchedEpoch: -1,
    ...overrides,
  };
}

let world: World;
let cluster: ReplicaCluster;
let leader: ReplicaBroker;

/** Broker 1 leads in epoch 3, broker 2 follows in the ISR; both have records 0 and 1, both committed. */
beforeEach(async () => {
  world = createWorld('fetch');
  cluster = new ReplicaCluster(world, [1, 2]);
  leader = cluster.broker(1);
  await cluster.elect({ leader: 1, leaderEpoch: 3, isr: [1, 2] });
  await world.settle(leader.produce('a'));
  await world.settle(leader.produce('b'));
  await world.run(1000);
});

async function fetch(
  request: FetchPartitionRequest,
  params: Partial<FetchParams> = {},
  broker = leader,
): Promise<FetchPartitionResult | undefined> {
  const results = broker.replicaManager.fetchRecords({ ...CONSUMER, ...params }, [request]);
  return (await world.settle(Promise.resolve(results)))[0];
}

describe('A consumer’s fetch', () => {
  test('of records that are there is answered at once, without a promise', () => {
    const results = leader.replicaManager.fetchRecords(CONSUMER, [at(0)]);
    if ('then' in results) throw new Error('it waits for something');
    expect(results).toMatchObject([
      { error: 'NONE', highWatermark: 2, logStartOffset: 0, preferredReadReplica: -1 },
    ]);
    expect(results[0]?.records).toHaveLength(2);
  });

  test('waits for a record, and gets it as soon as it is committed', async () => {
    const waiting = fetch(at(2), { maxWaitMs: 30_000 });
    const beganMs = world.nowMs;
    const produced = leader.produce('c');
    expect(await waiting).toMatchObject({ error: 'NONE', highWatermark: 3, records: [expect.any(Buffer)] });
    expect(world.nowMs - beganMs).toBeLessThan(50);
    await world.settle(produced);
  });

  test('sees nothing that is not committed, however long it waits', async () => {
    cluster.broker(2).isCutOff = true;
    await world.settle(leader.produce('c', { acks: 1 }));
    expect(await fetch(at(2))).toMatchObject({ error: 'NONE', highWatermark: 2, records: [] });
  });

  test('waits until there are min bytes, and takes what there is when its time is up', async () => {
    const beganMs = world.nowMs;
    const result = await fetch(at(1), { minBytes: 100_000, maxWaitMs: 300 });
    expect(result?.records).toHaveLength(1);
    expect(world.nowMs - beganMs).toBeGreaterThanOrEqual(300);
  });

  test('gets the first batch whole even if that is more than it wanted, but no second one', async () => {
    const result = await fetch(at(0), { maxBytes: 10 });
    expect(result?.records).toHaveLength(1);
  });

  test.each([
    ['beyond the log end', at(3), 'OFFSET_OUT_OF_RANGE'],
    ['before the log start', at(-1), 'OFFSET_OUT_OF_RANGE'],
    ['in an epoch to come', at(0, { currentLeaderEpoch: 4 }), 'UNKNOWN_LEADER_EPOCH'],
    ['in an epoch gone by', at(0, { currentLeaderEpoch: 2 }), 'FENCED_LEADER_EPOCH'],
    ['of a partition nobody knows', at(0, { partition: 9 }), 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['of another topic of that name', at(0, { topicId: 'XyAzPv3hQkmSqmmZLZ0l6g' }), 'INCONSISTENT_TOPIC_ID'],
  ] as const)('%s is refused: %#', async (_, request, error) => {
    const refused = { error, highWatermark: -1, lastStableOffset: -1, logStartOffset: -1, records: [] };
    expect(await fetch(request)).toMatchObject(refused);
  });

  test('by name, before topics had ids, reads any topic of that name', async () => {
    expect(await fetch(at(0, { topicId: ZERO_UUID }))).toMatchObject({ error: 'NONE' });
  });

  test('of a follower is refused unless the consumer can say where it is (v11 and later)', async () => {
    const follower = cluster.broker(2);
    expect(await fetch(at(0), {}, follower)).toMatchObject({
      error: 'NOT_LEADER_OR_FOLLOWER',
      currentLeader: { leaderId: 1, leaderEpoch: 3 },
    });
    const clientMetadata = { rackId: '', clientId: 'c', listenerName: 'PLAINTEXT' };
    expect(await fetch(at(0), { clientMetadata }, follower)).toMatchObject({
      error: 'NONE',
      highWatermark: 2,
    });
  });

  test('is told where its log left ours, when it says which epoch it read last', async () => {
    await cluster.elect({ leader: 1, leaderEpoch: 7, isr: [1, 2] });
    const result = await fetch(at(5, { lastFetchedEpoch: 3 }), { maxWaitMs: 0 });
    expect(result).toMatchObject({ error: 'NONE', divergingEpoch: { epoch: 3, endOffset: 2 }, records: [] });
  });
});

describe('ListOffsets', () => {
  const ask = (
    timestamp: number,
    overrides: { isolation?: 'read-uncommitted' } = { isolation: 'read-uncommitted' },
  ) =>
    world.settle(
      leader.replicaManager.fetchOffsetForTimestamp({
        topic: TOPIC,
        partition: 0,
        timestamp,
        isolation: overrides.isolation,
        currentLeaderEpoch: -1,
        fetchOnlyFromLeader: true,
      }),
    );

  test('tells consumers of the high watermark and replicas of the log end as the latest', async () => {
    cluster.broker(2).isCutOff = true;
    await world.settle(leader.produce('c', { acks: 1 }));
    expect(await ask(LATEST_TIMESTAMP)).toEqual({ error: 'NONE', timestamp: -1, offset: 2, leaderEpoch: 3 });
    expect(await ask(LATEST_TIMESTAMP, {})).toMatchObject({ offset: 3 });
  });

  test('a new leader that does not know yet what was committed says so, except for the earliest', async () => {
    cluster.broker(2).isCutOff = true;
    await world.settle(leader.produce('c', { acks: 1 }));
    await cluster.elect({ leader: 1, leaderEpoch: 4, isr: [1, 2] }, [1]);
    expect(await ask(LATEST_TIMESTAMP)).toMatchObject({ error: 'OFFSET_NOT_AVAILABLE', offset: -1 });
    expect(await ask(LATEST_TIMESTAMP, {})).toMatchObject({ error: 'NONE', offset: 3 });
    expect(await ask(EARLIEST_TIMESTAMP)).toMatchObject({ error: 'NONE', offset: 0 });
  });

  test('finds nothing in tiered storage, and refuses sentinels it does not know', async () => {
    expect(await ask(LATEST_TIERED_TIMESTAMP)).toMatchObject({ error: 'NONE', offset: -1 });
    expect(await ask(-9)).toMatchObject({ error: 'UNSUPPORTED_VERSION' });
  });
});

test('OffsetForLeaderEpoch tells where an epoch ended', async () => {
  await cluster.elect({ leader: 1, leaderEpoch: 7, isr: [1, 2] });
  const ask = (leaderEpoch: number, currentLeaderEpoch = 7): unknown =>
    leader.replicaManager.lastOffsetForLeaderEpoch({
      topic: TOPIC,
      partition: 0,
      currentLeaderEpoch,
      leaderEpoch,
    });
  expect(ask(3)).toEqual({ error: 'NONE', leaderEpoch: 3, endOffset: 2 });
  expect(ask(5)).toEqual({ error: 'NONE', leaderEpoch: 3, endOffset: 2 });
  expect(ask(9)).toEqual({ error: 'NONE', leaderEpoch: -1, endOffset: -1 });
  expect(ask(3, 6)).toMatchObject({ error: 'FENCED_LEADER_EPOCH' });
});

test('DeleteRecords is answered when every live replica let the records go, and not beyond what is committed', async () => {
  const { replicaManager } = leader;
  const deleteUpTo = (offset: number, topic = TOPIC): Promise<unknown> =>
    world.settle(replicaManager.deleteRecords(2000, [{ topic, partition: 0, offset }]));
  expect(await deleteUpTo(1)).toEqual([{ topic: TOPIC, partition: 0, error: 'NONE', lowWatermark: 1 }]);
  expect(cluster.broker(2).log.logStartOffset).toBe(1);
  expect(await deleteUpTo(-1)).toMatchObject([{ lowWatermark: 2 }]);
  expect(await deleteUpTo(3)).toMatchObject([{ error: 'OFFSET_OUT_OF_RANGE', lowWatermark: -1 }]);
  expect(await deleteUpTo(1, '__consumer_offsets')).toMatchObject([{ error: 'INVALID_TOPIC_EXCEPTION' }]);
});
