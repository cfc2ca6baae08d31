import { describe, expect, test } from '@jest/globals';
import { createWorld, type World } from '../../simulation/world/index.ts';
import { DEFAULT_LOG_CONFIG } from '../../../src/storage/index.ts';
import { ErrorCode } from '../../../src/protocol/index.ts';
import { ReplicaCluster, TOPIC, TOPIC_ID } from './support/replica-cluster.ts';

async function inWorld(test: (world: World) => Promise<void>): Promise<void> {
  await test(createWorld('replica-manager'));
}

describe('Records through one leader and its followers', () => {
  test('acks=-1 is answered once every in-sync replica has the record, long before anybody polls', () =>
    inWorld(async (world) => {
      const cluster = new ReplicaCluster(world, [1, 2, 3]);
      await cluster.elect({ leader: 1, leaderEpoch: 0, isr: [1, 2, 3] });
      await world.run(50);
      const beganMs = world.nowMs;
      const result = await world.settle(cluster.broker(1).produce('a'));
      expect(result).toMatchObject({ error: 'NONE', baseOffset: 0 });
      expect(world.nowMs - beganMs).toBeLessThan(10);
      expect(cluster.broker(1).partition().highWatermark).toBe(1);
      expect(cluster.broker(2).log.story).toEqual(cluster.broker(1).log.story);
      expect(cluster.broker(3).log.story).toEqual(cluster.broker(1).log.story);
    }));

  test('a follower learns the high watermark with its next fetch', () =>
    inWorld(async (world) => {
      const cluster = new ReplicaCluster(world, [1, 2]);
      await cluster.elect({ leader: 1, leaderEpoch: 0, isr: [1, 2] });
      await world.settle(cluster.broker(1).produce('a'));
      await world.run(600);
      expect(cluster.broker(2).partition().highWatermark).toBe(1);
    }));

  test('acks=1 does not wait for anybody, acks=2 is refused', () =>
    inWorld(async (world) => {
      const cluster = new ReplicaCluster(world, [1, 2]);
      cluster.broker(2).isCutOff = true;
      await cluster.elect({ leader: 1, leaderEpoch: 0, isr: [1, 2] });
      expect(await world.settle(cluster.broker(1).produce('a', { acks: 1 }))).toMatchObject({
        error: 'NONE',
      });
      expect(await world.settle(cluster.broker(1).produce('a', { acks: 2 }))).toMatchObject({
        error: 'INVALID_REQUIRED_ACKS',
        baseOffset: -1,
      });
    }));

  test('acks=-1 runs into its timeout when an in-sync replica is away; the record stays', () =>
    inWorld(async (world) => {
      const cluster = new ReplicaCluster(world, [1, 2]);
      cluster.broker(2).isCutOff = true;
      await cluster.elect({ leader: 1, leaderEpoch: 0, isr: [1, 2] });
      const result = await world.settle(cluster.broker(1).produce('a', { timeoutMs: 300 }));
      expect(result).toMatchObject({ error: 'REQUEST_TIMED_OUT', baseOffset: 0 });
      expect(cluster.broker(1).log.logEndOffset).toBe(1);
    }));

  test('fewer in-sync replicas than min.insync.replicas: refused before anything is written', () =>
    inWorld(async (world) => {
      const cluster = new ReplicaCluster(world, [1, 2, 3]);
      cluster.broker(1).logManager.config = { ...DEFAULT_LOG_CONFIG, minInSyncReplicas: 2 };
      await cluster.elect({ leader: 1, leaderEpoch: 0, isr: [1] });
      expect(await world.settle(cluster.broker(1).produce('a'))).toMatchObject({
        error: 'NOT_ENOUGH_REPLICAS',
      });
      expect(cluster.broker(1).log.nextOffset).toBe(0);
    }));

  test('committed, but on fewer replicas than min.insync.replicas by the time of the answer: that is said', () =>
    inWorld(async (world) => {
      const cluster = new ReplicaCluster(world, [1, 2, 3]);
      cluster.broker(1).logManager.config = { ...DEFAULT_LOG_CONFIG, minInSyncReplicas: 2 };
      await cluster.elect({ leader: 1, leaderEpoch: 0, isr: [1, 2] });
      await world.settle(cluster.broker(1).produce('a'));
      const partition = cluster.broker(1).partition();
      expect([partition.checkCommitted(1), partition.checkCommitted(2)]).toEqual(['NONE', 'WAITING']);
      await cluster.elect({ leader: 1, leaderEpoch: 1, isr: [1] });
      expect(partition.checkCommitted(1)).toBe('NOT_ENOUGH_REPLICAS_AFTER_APPEND');
    }));

  test('a single replica accepts acks=-1 although min.insync.replicas is 2', () =>
    inWorld(async (world) => {
      const cluster = new ReplicaCluster(world, [1]);
      cluster.broker(1).logManager.config = { ...DEFAULT_LOG_CONFIG, minInSyncReplicas: 2 };
      await cluster.elect({ leader: 1, leaderEpoch: 0, isr: [1] });
      expect(await world.settle(cluster.broker(1).produce('a'))).toMatchObject({ error: 'NONE' });
    }));

  test('a leader that is deposed answers those who wait, and names its successor', () =>
    inWorld(async (world) => {
      const cluster = new ReplicaCluster(world, [1, 2]);
      cluster.broker(2).isCutOff = true;
      await cluster.elect({ leader: 1, leaderEpoch: 0, isr: [1, 2] });
      const waiting = cluster.broker(1).produce('a', { timeoutMs: 30_000 });
      await world.run(10);
      await cluster.elect({ leader: 2, leaderEpoch: 1, isr: [1, 2] }, [1]);
      expect(await world.settle(waiting)).toMatchObject({
        error: 'NOT_LEADER_OR_FOLLOWER',
        currentLeader: { leaderId: 2, leaderEpoch: 1 },
      });
    }));

  test('who writes to a follower, an unknown partition or an internal topic is told so', () =>
    inWorld(async (world) => {
      const cluster = new ReplicaCluster(world, [1, 2]);
      await cluster.elect({ leader: 1, leaderEpoch: 0, isr: [1, 2] });
      expect(await world.settle(cluster.broker(2).produce('a'))).toMatchObject({
        error: 'NOT_LEADER_OR_FOLLOWER',
        currentLeader: { leaderId: 1 },
      });
      expect(await world.settle(cluster.broker(1).produce('a', { partition: 7 }))).toMatchObject({
        error: 'UNKNOWN_TOPIC_OR_PARTITION',
      });
      const [refused] = await world.settle(
        cluster.broker(1).replicaManager.appendRecords({
          timeoutMs: 100,
          requiredAcks: -1,
          internalTopicsAllowed: false,
          origin: 'client',
          entries: [{ topic: '__consumer_offsets', partition: 0, records: Buffer.alloc(0) }],
        }),
      );
      expect(refused).toMatchObject({ error: 'INVALID_TOPIC_EXCEPTION' });
    }));
});

describe('The ISR', () => {
  test('a lagging follower is dropped, and who waited for it is answered when the controller agrees', () =>
    inWorld(async (world) => {
      const cluster = new ReplicaCluster(world, [1, 2, 3]);
      for (const { replicaManager } of cluster.brokers.values()) replicaManager.startup();
      await cluster.elect({ leader: 1, leaderEpoch: 0, isr: [1, 2, 3] });
      cluster.broker(3).isCutOff = true;
      const waiting = cluster.broker(1).produce('a', { timeoutMs: 120_000 });
      await world.runUntil(() => cluster.broker(1).proposals.length > 0, 60_000);
      expect(cluster.broker(1).partition().highWatermark).toBe(0);
      expect(cluster.accept(1).isr).toEqual([1, 2]);
      expect(await world.settle(waiting)).toMatchObject({ error: 'NONE' });
      expect(cluster.broker(1).partition().isr).toEqual([1, 2]);
      for (const { replicaManager } of cluster.brokers.values())
        await world.settle(replicaManager.shutdown({ checkpointHighWatermarks: false }));
    }));

  test('a follower that caught up is proposed, counts for the HW from then on, and is in when the controller agrees', () =>
    inWorld(async (world) => {
      const cluster = new ReplicaCluster(world, [1, 2]);
      await cluster.elect({ leader: 1, leaderEpoch: 0, isr: [1] }, [1]);
      await world.settle(cluster.broker(1).produce('a'));
      await cluster.elect({ leader: 1, leaderEpoch: 1, isr: [1] });
      await world.runUntil(() => cluster.broker(1).proposals.length > 0);
      cluster.broker(2).isCutOff = true;
      const waiting = cluster.broker(1).produce('b', { timeoutMs: 200 });
      expect(await world.settle(waiting)).toMatchObject({ error: 'REQUEST_TIMED_OUT' });
      expect(cluster.accept(1).isr).toEqual([1, 2]);
      expect(cluster.broker(1).partition().isr).toEqual([1, 2]);
    }));

  test('a refused proposal is rolled back, one of an old epoch is waited out', () =>
    inWorld(async (world) => {
      const cluster = new ReplicaCluster(world, [1, 2]);
      await cluster.elect({ leader: 1, leaderEpoch: 0, isr: [1] });
      const leader = cluster.broker(1);
      await world.runUntil(() => leader.proposals.length > 0);
      leader.proposals.shift()?.answer({ kind: 'refused', error: 'INVALID_UPDATE_VERSION' });
      expect(leader.partition().isrState.kind).toBe('pending-expand');
      await cluster.elect({ leader: 1, leaderEpoch: 1, isr: [1] });
      await world.runUntil(() => leader.proposals.length > 0);
      leader.proposals.shift()?.answer({ kind: 'refused', error: 'INELIGIBLE_REPLICA' });
      expect(leader.partition().isrState).toEqual({ kind: 'committed', isr: [1] });
    }));
});

describe('A follower that caught up, was proposed and is gone', () => {
  /** 1 leads, 2 is in sync, 3 is proposed and cut off: one record waits for it. */
  async function waiting(world: World): Promise<{ cluster: ReplicaCluster; refuse: () => void }> {
    const cluster = new ReplicaCluster(world, [1, 2, 3]);
    await cluster.elect({ leader: 1, leaderEpoch: 0, isr: [1, 2] });
    const leader = cluster.broker(1);
    await world.runUntil(() => leader.proposals.length > 0);
    cluster.broker(3).isCutOff = true;
    expect(await world.settle(leader.produce('a', { timeoutMs: 200 }))).toMatchObject({
      error: 'REQUEST_TIMED_OUT',
    });
    expect(leader.partition().highWatermark).toBe(0);
    return {
      cluster,
      refuse: () => leader.proposals.shift()?.answer({ kind: 'refused', error: 'INELIGIBLE_REPLICA' }),
    };
  }

  test('holds nothing up once the controller has refused it', () =>
    inWorld(async (world) => {
      const { cluster, refuse } = await waiting(world);
      cluster.setAlive([1, 2]);
      refuse();
      expect(cluster.broker(1).partition().highWatermark).toBe(1);
    }));

  test('holds nothing up for longer than it may lag, whether or not more is written', () =>
    inWorld(async (world) => {
      const { cluster, refuse } = await waiting(world);
      const { replicaManager } = cluster.broker(1);
      replicaManager.startup();
      refuse();
      expect(cluster.broker(1).partition().highWatermark).toBe(0);
      await world.runUntil(() => cluster.broker(1).partition().highWatermark === 1, 60_000);
      await world.settle(replicaManager.shutdown({ checkpointHighWatermarks: false }));
    }));

  test('is not waited for by a producer that sends its record again', () =>
    inWorld(async (world) => {
      const { cluster, refuse } = await waiting(world);
      refuse();
      cluster.setAlive([1, 2]);
      const { log } = cluster.broker(1);
      log.startAppendAsLeader = (records, _options, done) => {
        void Promise.resolve().then(() => done(undefined));
        const offsets = { firstOffset: 0, lastOffset: 0, logStartOffset: 0, numMessages: 1 };
        const times = { maxTimestamp: 1, logAppendTime: -1 };
        return { ...offsets, ...times, sizeInBytes: records.length, duplicate: true };
      };
      expect(await world.settle(cluster.broker(1).produce('a', { timeoutMs: 200 }))).toMatchObject({
        error: 'NONE',
        baseOffset: 0,
      });
    }));
});

describe('LeaderAndIsr and StopReplica', () => {
  test('the answer names topics by id since version 5, by name before', () =>
    inWorld(async (world) => {
      const cluster = new ReplicaCluster(world, [1]);
      const request = cluster.leaderAndIsr({ leader: 1, leaderEpoch: 3, isr: [1] });
      const first = await world.settle(cluster.tell(1, request, 7));
      expect(first.topics).toEqual([
        { topicId: TOPIC_ID, partitionErrors: [{ topicName: '', partitionIndex: 0, errorCode: 0 }] },
      ]);
      expect(cluster.broker(1).becameLeader).toEqual(['orders-0']);
      const again = await world.settle(cluster.tell(1, request, 4));
      expect(again.partitionErrors).toEqual([
        { topicName: TOPIC, partitionIndex: 0, errorCode: ErrorCode.STALE_CONTROLLER_EPOCH },
      ]);
    }));

  test('a controller that was replaced is not obeyed', () =>
    inWorld(async (world) => {
      const cluster = new ReplicaCluster(world, [1]);
      const spec = { leader: 1, isr: [1] };
      await world.settle(
        cluster.tell(1, cluster.leaderAndIsr({ ...spec, leaderEpoch: 0 }, { controllerEpoch: 8 })),
      );
      const old = cluster.leaderAndIsr({ ...spec, leaderEpoch: 5 }, { controllerEpoch: 7 });
      expect(await world.settle(cluster.tell(1, old))).toMatchObject({
        errorCode: ErrorCode.STALE_CONTROLLER_EPOCH,
      });
      expect(cluster.broker(1).partition().leaderEpoch).toBe(0);
    }));

  test('a deleted partition is gone, its log is handed to deletion, and fetches of it end', () =>
    inWorld(async (world) => {
      const cluster = new ReplicaCluster(world, [1]);
      await cluster.elect({ leader: 1, leaderEpoch: 0, isr: [1] });
      const { replicaManager, logManager } = cluster.broker(1);
      const params = { replicaId: -1, brokerEpoch: -1, maxWaitMs: 60_000, minBytes: 1, maxBytes: 1000 };
      const request = { topic: TOPIC, partition: 0, topicId: TOPIC_ID, fetchOffset: 0, logStartOffset: -1 };
      const fetching = Promise.resolve(
        replicaManager.fetchRecords({ ...params, isolation: 'read-uncommitted' }, [
          { ...request, partitionMaxBytes: 1000, currentLeaderEpoch: -1, lastFetchedEpoch: -1 },
        ]),
      );
      const partitionStates = [{ partitionIndex: 0, leaderEpoch: -2, deletePartition: true }];
      const stopped = await world.settle(
        replicaManager.stopReplicas(
          {
            controllerId: 1,
            isKRaftController: false,
            controllerEpoch: 1,
            brokerEpoch: -1,
            deletePartitions: false,
            ungroupedPartitions: [],
            topics: [],
            topicStates: [{ topicName: TOPIC, partitionStates }],
          },
          4,
        ),
      );
      expect(stopped.partitionErrors).toEqual([{ topicName: TOPIC, partitionIndex: 0, errorCode: 0 }]);
      expect(replicaManager.getPartition(TOPIC, 0)).toBeUndefined();
      expect(logManager.deleted).toEqual(['orders-0']);
      expect(await world.settle(fetching)).toMatchObject([{ error: 'UNKNOWN_TOPIC_OR_PARTITION' }]);
    }));

  test('the high watermark is checkpointed every five seconds, once a controller told who leads', () =>
    inWorld(async (world) => {
      const cluster = new ReplicaCluster(world, [1]);
      await cluster.elect({ leader: 1, leaderEpoch: 0, isr: [1] });
      await world.settle(cluster.broker(1).produce('a'));
      await world.run(5001);
      expect(cluster.broker(1).logManager.checkpoints.get('orders-0')).toBe(1);
      await world.settle(cluster.broker(1).replicaManager.shutdown({ checkpointHighWatermarks: true }));
    }));
});
