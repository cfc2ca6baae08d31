/** What a fetch of a follower costs its leader does not grow with the partitions in its session, and nothing is missed. */
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { createWorld, type World } from '../../simulation/world/index.ts';
import { MemoryLog } from './support/memory-log.ts';
import { ReplicaCluster, TOPIC } from './support/replica-cluster.ts';

const ALL = [1, 2, 3];
const PARTITIONS = 300;
const LAG_MS = 30_000;

afterEach(() => void jest.restoreAllMocks());

async function cluster(
  partitions: number,
  isr: readonly number[] = ALL,
): Promise<{ world: World; cluster: ReplicaCluster }> {
  const world = createWorld('many-partitions');
  const cluster = new ReplicaCluster(world, ALL);
  for (let partition = 0; partition < partitions; partition++) {
    const request = cluster.leaderAndIsr({ leader: 1, leaderEpoch: 0, isr }, { partition });
    await world.settle(Promise.all(ALL.map((id) => cluster.tell(id, request))));
  }
  for (const { replicaManager } of cluster.brokers.values()) replicaManager.startup();
  await world.run(3000);
  return { world, cluster };
}

test('A LeaderAndIsr of many partitions is carried out in turns of the event loop', async () => {
  const world = createWorld('many-partitions');
  const brokers = new ReplicaCluster(world, [1, 2]);
  const spec = { leader: 1, leaderEpoch: 0, isr: [1, 2] };
  const request = brokers.leaderAndIsr(spec);
  const [first] = request.topicStates[0]?.partitionStates ?? [];
  request.topicStates[0]?.partitionStates.splice(
    0,
    1,
    ...Array.from({ length: 1000 }, (_, partitionIndex) => ({ ...first!, partitionIndex })),
  );
  for (const id of [1, 2]) {
    const turns = jest.spyOn(brokers.broker(id).runtime.timers, 'endOfTurn');
    const before = turns.mock.calls.length;
    const { errorCode } = await world.settle(brokers.tell(id, request));
    expect(errorCode).toBe(0);
    // To decide and to change the roles: each of them ten times. To make logs waits for the disk.
    expect(turns.mock.calls.length - before).toBeGreaterThanOrEqual(2 * 9);
    expect(brokers.broker(id).partition(999).leaderId).toBe(1);
  }
});

describe('A session of many partitions', () => {
  test('is read where it has news, and asked for where it moved', async () => {
    const { world, cluster: brokers } = await cluster(PARTITIONS);
    const leader = brokers.broker(1);
    const read = jest.spyOn(MemoryLog.prototype, 'read');
    const before = { fetches: leader.fetches, asked: leader.asked };
    for (let index = 0; index < 20; index++)
      await world.settle(leader.produce('x', { partition: (index * 7) % PARTITIONS }));
    await world.run(5000);
    const fetches = leader.fetches - before.fetches;
    expect(fetches).toBeGreaterThan(20);
    // Each record is read by two followers, who then ask for what comes behind it; a fetch reads a few more in turn, before
    // it waits and after.
    expect(leader.asked - before.asked).toBeLessThanOrEqual(20 * 2 * 2);
    expect(read.mock.calls.length).toBeLessThan(fetches * 2 * 8 + 20 * 2 * 6);
    expect(read.mock.calls.length).toBeLessThan((fetches * PARTITIONS) / 4);
  });

  test('brings every record of every partition at once', async () => {
    const { world, cluster: brokers } = await cluster(40);
    for (let round = 0; round < 3; round++)
      for (let partition = 0; partition < 40; partition++) {
        const beganMs = world.nowMs;
        const produced = await world.settle(brokers.broker(1).produce('x', { partition }));
        expect(produced).toMatchObject({ error: 'NONE' });
        expect(world.nowMs - beganMs).toBeLessThan(50);
      }
    await world.run(1000);
    for (let partition = 0; partition < 40; partition++)
      for (const id of [2, 3]) {
        const { log } = brokers.broker(id).partition(partition);
        expect(log).toMatchObject({ logEndOffset: 3, highWatermark: 3 });
      }
  });

  test('tells of a log start that moved by itself, sooner or later', async () => {
    const { world, cluster: brokers } = await cluster(60);
    const leader = brokers.broker(1);
    await world.settle(leader.produce('x', { partition: 33 }));
    await world.run(1000);
    leader.partition(33).log?.maybeIncrementLogStartOffset(1);
    await world.run(15_000);
    expect(brokers.broker(2).partition(33).log?.logStartOffset).toBe(1);
  });

  test('tells at once of one that DeleteRecords moved', async () => {
    const { world, cluster: brokers } = await cluster(60);
    const leader = brokers.broker(1);
    await world.settle(leader.produce('x', { partition: 33 }));
    await world.run(1000);
    const upTo = [{ topic: TOPIC, partition: 33, offset: 1 }];
    const deleted = await world.settle(leader.replicaManager.deleteRecords(2000, upTo));
    expect(deleted).toMatchObject([{ error: 'NONE', lowWatermark: 1 }]);
  });

  test('keeps a follower in the ISR for its full time after its last fetch, not after its last record', async () => {
    // So many that looking at a few more in turn does not come round within the time.
    const { world, cluster: brokers } = await cluster(2 * PARTITIONS);
    const leader = brokers.broker(1);
    const some = Array.from({ length: 12 }, (_, index) => index * 50);
    for (const partition of some) await world.settle(leader.produce('x', { partition }));
    await world.run(10 * LAG_MS);
    brokers.broker(2).isCutOff = true;
    for (const partition of some) await world.settle(leader.produce('y', { acks: 1, partition }));
    await world.run(LAG_MS - 5000);
    expect(leader.proposals).toEqual([]);
    await world.run(LAG_MS);
    const proposed = leader.proposals.map(({ proposal }) => [proposal.partition, proposal.isr]);
    expect(proposed).toEqual(some.map((partition) => [partition, [1, 3]]));
  });

  test('takes a follower into the ISR as soon as it may, although nothing moves', async () => {
    const { world, cluster: brokers } = await cluster(PARTITIONS, [1, 2]);
    const leader = brokers.broker(1);
    const wanted = (): number => new Set(leader.proposals.map(({ proposal }) => proposal.partition)).size;
    expect(wanted()).toBe(PARTITIONS);
    // The controller refuses, and would not any more later on.
    for (const { answer } of leader.proposals.splice(0))
      answer({ kind: 'refused', error: 'INELIGIBLE_REPLICA' });
    await world.run(1000);
    expect(wanted()).toBe(PARTITIONS);
  });
});
