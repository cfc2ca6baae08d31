/** Moves between log dirs under traffic and changes of leadership: real logs on simulated disks, on virtual time. */
import { describe, expect, test } from '@jest/globals';
import { FactStream } from '../../../../src/observe/index.ts';
import { prepareCompression } from '../../../../src/records/index.ts';
import { DEFAULT_LOG_CONFIG, LogManager } from '../../../../src/storage/index.ts';
import { createWorld, type World } from '../../../simulation/world/index.ts';
import { ReplicaCluster, TOPIC, type ReplicaBroker } from '../support/replica-cluster.ts';

const DIRS = ['/one', '/two', '/three'];
const ORDERS = { topic: TOPIC, partition: 0 };

interface Moving {
  readonly world: World;
  readonly cluster: ReplicaCluster;
  readonly leader: ReplicaBroker;
  readonly manager: LogManager;
  /** Where broker 1 has the partition, and whether it is on its way. */
  readonly where: () => { readonly current: string | undefined; readonly future: string | undefined };
  readonly move: (to: string, broker?: number) => Promise<string | undefined>;
  readonly produce: (count: number) => Promise<string[]>;
}

async function inWorld(
  task: (moving: Moving) => Promise<void>,
  overrides: Readonly<Record<string, string>> = {},
): Promise<void> {
  await prepareCompression();
  const world = createWorld('moves');
  const logManagers = new Map<number, LogManager>();
  for (const id of [1, 2]) {
    const runtime = world.runtimeFor(`broker-${id}`);
    const logManager = new LogManager({
      runtime,
      facts: new FactStream({ broker: id, nowMs: () => runtime.clock.wallMs() }),
      logDirs: DIRS,
      defaultConfig: DEFAULT_LOG_CONFIG,
      onLogDirFailure: (dir) => void cluster.broker(id).replicaManager.handleLogDirFailure(dir),
    });
    await world.settle(logManager.load());
    logManagers.set(id, logManager);
  }
  const cluster = new ReplicaCluster(world, [1, 2], {
    logManagers,
    overrides: { 'log.segment.bytes': '1000', 'log.retention.ms': '-1', ...overrides },
  });
  await cluster.elect({ leader: 1, leaderEpoch: 0, isr: [1, 2] });
  const leader = cluster.broker(1);
  let produced = 0;
  await task({
    world,
    cluster,
    leader,
    manager: logManagers.get(1)!,
    where: () => ({
      current: leader.partition().log?.parentDir,
      future: leader.partition().futureLog?.parentDir,
    }),
    move: async (destination, broker = 1) => {
      const changes = [{ ...ORDERS, destination }];
      const [outcome] = await world.settle(cluster.broker(broker).replicaManager.alterLogDirs(changes));
      return outcome;
    },
    produce: (count) =>
      world.settle(
        Promise.all(
          Array.from({ length: count }, () => leader.produce(`${produced++}`).then(({ error }) => error)),
        ),
      ),
  });
}

const stories = (world: World, ...brokers: readonly ReplicaBroker[]): Promise<string[][]> =>
  world.settle(Promise.all(brokers.map((broker) => broker.story())));

describe('a partition on its way to another log dir', () => {
  test('is there with all its records, and goes on taking new ones', () =>
    inWorld(async ({ world, leader, move, where, produce, manager }) => {
      await produce(50);
      const [before] = await stories(world, leader);
      expect(await move('/two')).toBe('NONE');
      await world.runUntil(() => where().current === '/two');
      expect(where()).toEqual({ current: '/two', future: undefined });
      expect(await stories(world, leader)).toEqual([before]);
      expect(await produce(5)).toEqual(Array(5).fill('NONE'));
      expect(manager.getLog(TOPIC, 0)?.parentDir).toBe('/two');
      expect(leader.partition().isLeader).toBe(true);
    }));

  test('loses nothing that is acknowledged meanwhile, although appends never pause', () =>
    inWorld(async ({ world, cluster, leader, move, where }) => {
      const outcomes: string[] = [];
      let asked = 0;
      let isOver = false;
      const keepProducing = async (): Promise<void> => {
        while (!isOver) outcomes.push((await leader.produce(`${asked++}`)).error);
      };
      const producers = Array.from({ length: 8 }, keepProducing);
      await world.run(20);
      expect(await move('/two')).toBe('NONE');
      await world.runUntil(() => where().current === '/two');
      expect(await move('/three')).toBe('NONE');
      await world.runUntil(() => where().current === '/three');
      isOver = true;
      await world.settle(Promise.all(producers));
      expect(asked).toBeGreaterThan(20);
      expect(outcomes).toEqual(Array(asked).fill('NONE'));
      const [own, followers] = await stories(world, leader, cluster.broker(2));
      expect(own).toHaveLength(asked);
      expect(followers).toEqual(own);
    }));

  test('is a follower as well: what it copies from its leader meanwhile is in the new log', () =>
    inWorld(async ({ world, cluster, leader, move, produce }) => {
      await produce(20);
      expect(await move('/two', 2)).toBe('NONE');
      const follower = cluster.broker(2);
      for (let round = 0; follower.partition().log?.parentDir !== '/two'; round++) {
        expect(round).toBeLessThan(1000);
        expect(await produce(3)).toEqual(['NONE', 'NONE', 'NONE']);
      }
      await produce(3);
      const [own, copied] = await stories(world, leader, follower);
      expect(copied).toEqual(own);
    }));

  test('waits while it is over the bound on bytes per second', () =>
    inWorld(
      async ({ world, leader, move, where, produce }) => {
        await produce(50);
        void leader.replicaManager.reconfigure(bounded(leader, '100'));
        expect(await move('/two')).toBe('NONE');
        await world.run(10_000);
        expect(where()).toEqual({ current: '/one', future: '/two' });
        const { futureLog } = leader.partition();
        const copied = futureLog?.sizeInBytes ?? 0;
        expect(copied).toBeGreaterThan(100);
        expect(copied).toBeLessThan(2000);
        void leader.replicaManager.reconfigure(bounded(leader, '1000000'));
        await world.run(2000);
        expect(where()).toEqual({ current: '/two', future: undefined });
      },
      { 'replica.fetch.max.bytes': '1024', 'message.max.bytes': '1024' },
    ));

  test('is turned to a third dir, and called off', () =>
    inWorld(async ({ world, leader, move, where, produce, manager }) => {
      await produce(20);
      void leader.replicaManager.reconfigure(bounded(leader, '1'));
      await move('/two');
      await world.run(100);
      await move('/three');
      expect(where()).toEqual({ current: '/one', future: '/three' });
      expect([...manager.allLogs()].map(({ parentDir }) => parentDir).sort()).toEqual(['/one', '/three']);
      await move('/one');
      expect(where()).toEqual({ current: '/one', future: undefined });
      await world.run(20_000);
      expect([...manager.allLogs()].map(({ parentDir }) => parentDir)).toEqual(['/one']);
      expect(await produce(1)).toEqual(['NONE']);
    }));

  test('follows its current log where that is cut back by a new leader', () =>
    inWorld(async ({ world, cluster, leader, move, produce }) => {
      await produce(10);
      const follower = cluster.broker(2);
      void follower.replicaManager.reconfigure(bounded(follower, '1'));
      await move('/two', 2);
      // Broker 2 leads for a while, alone, and writes what will not stay; its future log copies it.
      await cluster.elect({ leader: 2, leaderEpoch: 1, isr: [1, 2] }, [2]);
      for (let count = 0; count < 5; count++) void follower.produce(`lost ${count}`, { acks: 1 });
      await world.run(50);
      void follower.replicaManager.reconfigure(bounded(follower, '1000000'));
      await world.run(5);
      await cluster.elect({ leader: 1, leaderEpoch: 2, isr: [1] });
      await world.settle(leader.produce('kept', { acks: 1 }));
      await world.runUntil(() => follower.partition().log?.parentDir === '/two');
      await world.run(2000);
      const [own, copied] = await stories(world, leader, follower);
      expect(copied).toEqual(own);
      expect(own?.join()).toContain(Buffer.from('kept').toString('hex'));
    }));

  test('begins where its current log begins, also in the middle of a batch', () =>
    inWorld(
      async ({ world, leader, move, where, manager }) => {
        for (let count = 0; count < 30; count++)
          await world.settle(leader.produce(['a', 'b', 'c'], { acks: 1 }));
        await world.run(1000);
        expect(leader.partition().deleteRecordsOnLeader(43)).toBe(43);
        await world.settle(manager.getLog(TOPIC, 0)!.deleteOldSegments());
        const before = await world.settle(leader.story());
        await move('/two');
        await world.runUntil(() => where().current === '/two');
        const log = manager.getLog(TOPIC, 0)!;
        expect([log.logStartOffset, log.logEndOffset]).toEqual([43, 90]);
        expect(log.firstSegmentBaseOffset).toBe(42);
        expect(await world.settle(leader.story())).toEqual(before);
      },
      { 'log.segment.bytes': '300' },
    ));

  test('keeps DeleteRecords waiting for the future log too', () =>
    inWorld(async ({ world, leader, move, where, produce }) => {
      await produce(40);
      void leader.replicaManager.reconfigure(bounded(leader, '1'));
      await move('/two');
      await world.run(1000);
      const deleted = leader.replicaManager.deleteRecords(60_000, [{ ...ORDERS, offset: 30 }]);
      await world.run(2000);
      expect(leader.partition().lowWatermark).toBeLessThan(30);
      void leader.replicaManager.reconfigure(bounded(leader, '1000000'));
      expect(await world.settle(deleted)).toMatchObject([{ error: 'NONE', lowWatermark: 30 }]);
      await world.runUntil(() => where().current === '/two');
    }));

  test('stays where it is when the other dir fails, and is offline when its own does', () =>
    inWorld(async ({ world, leader, move, where, produce, manager }) => {
      await produce(20);
      void leader.replicaManager.reconfigure(bounded(leader, '1'));
      await move('/two');
      await world.run(100);
      manager.handleLogDirFailure('/two');
      await world.run(100);
      expect(where()).toEqual({ current: '/one', future: undefined });
      expect(await produce(1)).toEqual(['NONE']);
      expect(await move('/two')).toBe('KAFKA_STORAGE_ERROR');
      // With a dir offline nobody knows whether that holds another copy.
      expect(await move('/three')).toBe('KAFKA_STORAGE_ERROR');
      manager.handleLogDirFailure('/one');
      await world.run(100);
      expect(leader.partition().isOffline).toBe(true);
      expect(await move('/three')).toBe('KAFKA_STORAGE_ERROR');
    }));

  test('goes away with its topic', () =>
    inWorld(async ({ world, leader, move, produce, manager }) => {
      await produce(20);
      void leader.replicaManager.reconfigure(bounded(leader, '1'));
      await move('/two');
      await world.run(100);
      const stopped = await world.settle(
        leader.replicaManager.stopReplicas(
          {
            controllerId: 1,
            controllerEpoch: 1,
            brokerEpoch: -1,
            isKRaftController: false,
            deletePartitions: false,
            ungroupedPartitions: [],
            topics: [],
            topicStates: [
              {
                topicName: TOPIC,
                partitionStates: [{ partitionIndex: 0, leaderEpoch: -2, deletePartition: true }],
              },
            ],
          },
          4,
        ),
      );
      expect(stopped.partitionErrors).toMatchObject([{ errorCode: 0 }]);
      expect([...manager.allLogs()]).toEqual([]);
      await world.run(5000);
    }));

  test('that is not here yet will be made in the dir it was to go to', () =>
    inWorld(async ({ world, cluster, leader, manager }) => {
      const change = { topic: TOPIC, partition: 7, destination: '/three' };
      const moved = await world.settle(leader.replicaManager.alterLogDirs([change]));
      expect(moved).toEqual(['UNKNOWN_TOPIC_OR_PARTITION']);
      const request = cluster.leaderAndIsr({ leader: 1, leaderEpoch: 0, isr: [1] }, { partition: 7 });
      await world.settle(cluster.tell(1, request));
      expect(manager.getLog(TOPIC, 7)?.parentDir).toBe('/three');
    }));
});

function bounded(broker: ReplicaBroker, bytesPerSecond: string): ReplicaBroker['config'] {
  return broker.config.withDynamic({
    perBroker: { 'replica.alter.log.dirs.io.max.bytes.per.second': bytesPerSecond },
    clusterWide: {},
  });
}
