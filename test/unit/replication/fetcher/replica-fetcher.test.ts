import { describe, expect, test } from '@jest/globals';
import { createWorld, type World } from '../../../simulation/world/index.ts';
import { batchOf } from '../support/memory-log.ts';
import { ReplicaCluster, TOPIC, TOPIC_ID } from '../support/replica-cluster.ts';

const ALL = [1, 2, 3];

async function threeBrokers(): Promise<{ world: World; cluster: ReplicaCluster }> {
  const world = createWorld('replica-fetcher');
  const cluster = new ReplicaCluster(world, ALL);
  await cluster.elect({ leader: 1, leaderEpoch: 0, isr: ALL });
  return { world, cluster };
}

describe('A follower', () => {
  test('that was a zombie leader throws away what nobody else has, and takes over the new leader’s records', async () => {
    const { world, cluster } = await threeBrokers();
    await world.settle(cluster.broker(1).produce('committed'));
    cluster.broker(1).isCutOff = true;
    await world.settle(cluster.broker(1).produce('lost one', { acks: 1 }));
    await world.settle(cluster.broker(1).produce('lost two', { acks: 1 }));
    await cluster.elect({ leader: 2, leaderEpoch: 1, isr: [2, 3] }, [2, 3]);
    await world.settle(cluster.broker(2).produce('from the new leader'));

    cluster.broker(1).isCutOff = false;
    await cluster.elect({ leader: 2, leaderEpoch: 2, isr: [2, 3] });
    await world.runUntil(() => cluster.broker(1).log.logEndOffset === 2);
    await world.run(2000);
    expect(cluster.broker(1).log.story).toEqual(cluster.broker(2).log.story);
    expect(cluster.broker(2).log.story).toHaveLength(2);
  });

  test('whose end fell below the leader’s log start begins anew there', async () => {
    const { world, cluster } = await threeBrokers();
    await world.settle(cluster.broker(1).produce('a'));
    cluster.broker(3).isCutOff = true;
    await cluster.elect({ leader: 1, leaderEpoch: 1, isr: [1, 2] }, [1, 2]);
    await world.settle(cluster.broker(1).produce('b'));
    await world.settle(cluster.broker(1).produce('c'));
    cluster.setAlive([1, 2]);
    const deleted = cluster
      .broker(1)
      .replicaManager.deleteRecords(5000, [{ topic: TOPIC, partition: 0, offset: 2 }]);
    expect(await world.settle(deleted)).toEqual([
      { topic: TOPIC, partition: 0, error: 'NONE', lowWatermark: 2 },
    ]);

    cluster.broker(3).isCutOff = false;
    cluster.setAlive(ALL);
    await cluster.elect({ leader: 1, leaderEpoch: 2, isr: [1, 2] });
    await world.runUntil(() => cluster.broker(3).log.logEndOffset === 3);
    expect(cluster.broker(3).log.logStartOffset).toBe(2);
  });

  test('whose leader’s log starts in the middle of a batch takes the whole batch', async () => {
    const { world, cluster } = await threeBrokers();
    const { replicaManager } = cluster.broker(1);
    cluster.broker(3).isCutOff = true;
    await cluster.elect({ leader: 1, leaderEpoch: 1, isr: [1, 2] }, [1, 2]);
    const entries = [{ topic: TOPIC, partition: 0, records: batchOf('a', 'b', 'c') }];
    await world.settle(
      replicaManager.appendRecords({
        timeoutMs: 1000,
        requiredAcks: -1,
        internalTopicsAllowed: false,
        origin: 'client',
        entries,
      }),
    );
    cluster.setAlive([1, 2]);
    const upTo = [{ topic: TOPIC, partition: 0, offset: 1 }];
    await world.settle(replicaManager.deleteRecords(5000, upTo));
    cluster.broker(3).isCutOff = false;
    await cluster.elect({ leader: 1, leaderEpoch: 2, isr: [1, 2] });
    await world.runUntil(() => cluster.broker(3).log.logEndOffset === 3);
    expect(cluster.broker(3).log).toMatchObject({ logStartOffset: 1, story: cluster.broker(1).log.story });
  });

  test('that is ahead of a leader elected uncleanly cuts its log to the leader’s end', async () => {
    const { world, cluster } = await threeBrokers();
    cluster.broker(3).isCutOff = true;
    await cluster.elect({ leader: 1, leaderEpoch: 1, isr: [1, 2] }, [1, 2]);
    await world.settle(cluster.broker(1).produce('a'));
    cluster.broker(3).isCutOff = false;
    await cluster.elect({ leader: 3, leaderEpoch: 2, isr: [3] });
    await world.runUntil(() => cluster.broker(2).log.logEndOffset === 0);
    await world.settle(cluster.broker(3).produce('b', { acks: 1 }));
    await world.runUntil(() => cluster.broker(2).log.logEndOffset === 1);
    expect(cluster.broker(2).log.story).toEqual(cluster.broker(3).log.story);
  });

  test('that becomes leader while an answer is on its way takes nothing from it any more', async () => {
    const { world, cluster } = await threeBrokers();
    await world.settle(cluster.broker(1).produce('a'));
    await world.settle(cluster.broker(1).produce('b', { acks: 1 }));
    const endBefore = cluster.broker(2).log.logEndOffset;
    await cluster.elect({ leader: 2, leaderEpoch: 1, isr: [2] }, [2]);
    await world.settle(cluster.broker(2).produce('c'));
    await world.run(1000);
    const [, second] = cluster.broker(2).log.story;
    expect(endBefore).toBe(1);
    expect(second).toMatch(/^1:1:/);
  });

  test('goes on where it was after its leader was out of reach for a while', async () => {
    const { world, cluster } = await threeBrokers();
    cluster.broker(2).isCutOff = true;
    await world.run(3000);
    await world.settle(cluster.broker(1).produce('a', { acks: 1 }));
    cluster.broker(2).isCutOff = false;
    await world.runUntil(() => cluster.broker(2).log.logEndOffset === 1);
  });

  test('whose leader has a newer epoch stops asking until it is told of it', async () => {
    const { world, cluster } = await threeBrokers();
    await cluster.elect({ leader: 1, leaderEpoch: 1, isr: ALL }, [1]);
    await world.run(2000);
    const fetchesBefore = cluster.broker(1).fetches;
    await world.run(10_000);
    expect(cluster.broker(1).fetches).toBe(fetchesBefore);
    await cluster.elect({ leader: 1, leaderEpoch: 2, isr: ALL });
    expect(await world.settle(cluster.broker(1).produce('a'))).toMatchObject({ error: 'NONE' });
  });

  test('that hears of the new epoch before its leader does asks again until the leader knows it too', async () => {
    const { world, cluster } = await threeBrokers();
    await cluster.elect({ leader: 1, leaderEpoch: 1, isr: ALL }, [2, 3]);
    await world.run(3000);
    await cluster.elect({ leader: 1, leaderEpoch: 1, isr: ALL }, [1]);
    expect(await world.settle(cluster.broker(1).produce('a', { timeoutMs: 5000 }))).toMatchObject({
      error: 'NONE',
    });
  });

  test('waits at the leader instead of asking again and again', async () => {
    const { world, cluster } = await threeBrokers();
    await world.run(1000);
    const fetchesBefore = cluster.broker(1).fetches;
    await world.run(10_000);
    expect(cluster.broker(1).fetches - fetchesBefore).toBeLessThanOrEqual(42);
  });
});

test('A fetch of somebody who is no replica is refused', async () => {
  const { world, cluster } = await threeBrokers();
  const params = { replicaId: 9, brokerEpoch: 1, maxWaitMs: 0, minBytes: 1, maxBytes: 1000 };
  const request = { topic: TOPIC, partition: 0, topicId: TOPIC_ID, fetchOffset: 0, logStartOffset: 0 };
  const fetch = (currentLeaderEpoch: number): unknown =>
    cluster
      .broker(1)
      .replicaManager.fetchRecords({ ...params, isolation: 'read-uncommitted' }, [
        { ...request, partitionMaxBytes: 1000, currentLeaderEpoch, lastFetchedEpoch: -1 },
      ]);
  await world.run(1);
  expect(fetch(0)).toMatchObject([{ error: 'UNKNOWN_LEADER_EPOCH' }]);
  expect(fetch(-1)).toMatchObject([{ error: 'NOT_LEADER_OR_FOLLOWER' }]);
});
