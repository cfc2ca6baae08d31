/**
 * What scenarios of partitions on the move have in hand: both ways to ask for a move, a brake that keeps it half-way for as
 * long as a scenario wants, and what there is to see of it in ZooKeeper and on the disks.
 */
import { existsSync } from 'node:fs';
import { PartitionMap } from '../../../src/common/index.ts';
import { alterConfigs, alterReassignments, currentReassignments } from '../../../src/tools/client/index.ts';
import { until } from '../until.ts';
import type { Layout, MixedBrokers } from './mixed-brokers.ts';
import { check, type World } from './world.ts';

/** AlterPartitionReassignments (KIP-455), or /admin/reassign_partitions, as tools did before. */
export type Way = 'api' | 'znode';

const FOLLOWER_RATE = 'follower.replication.throttled.rate';
const FOLLOWER_REPLICAS = 'follower.replication.throttled.replicas';
/** Far below what the load writes: a replica that is held back never catches up. */
const HELD_BYTES_PER_SECOND = '2000';

export async function beginMove({ brokers, topic }: World, to: Layout, way: Way): Promise<void> {
  if (way === 'api') {
    const targets = new PartitionMap<readonly number[]>();
    for (const [partition, replicas] of to.entries()) targets.set(topic, partition, replicas);
    const refused = [...(await alterReassignments(brokers.client, targets))];
    check(
      refused.length === 0,
      `nothing of the move is refused: ${refused.map(([, error]) => error.message).join()}`,
    );
    return;
  }
  await brokers.zk.topics.createPartitionReassignment(
    to.map((replicas, partition) => ({ topic, partition, replicas })),
  );
}

/** Returns how many of the moves were under way. */
export async function callOff({ brokers, topic }: World, partitions: number): Promise<number> {
  const targets = new PartitionMap<null>();
  for (let partition = 0; partition < partitions; partition++) targets.set(topic, partition, null);
  return partitions - (await alterReassignments(brokers.client, targets)).size;
}

/** New replicas get next to nothing of what they lack; those in sync are not slowed down, nor those that were. */
export async function holdBack({ brokers, topic }: World, to: Layout): Promise<void> {
  const assignments = await brokers.assignments(topic);
  const comers = to.flatMap((replicas, partition) =>
    replicas
      .filter((id) => assignments[partition]?.replicas.includes(id) !== true)
      .map((id) => `${partition}:${id}`),
  );
  const list = new Map([[FOLLOWER_REPLICAS, comers.join()]]);
  await alterConfigs(brokers.client, { type: 'topics', name: topic }, list, []);
  const rate = new Map([[FOLLOWER_RATE, HELD_BYTES_PER_SECOND]]);
  await changeBrokers(brokers, rate, []);
  for (const { id } of brokers.seats) await brokers.untilConfigured(id, FOLLOWER_RATE, HELD_BYTES_PER_SECOND);
}

export async function letGo({ brokers, topic }: World): Promise<void> {
  await changeBrokers(brokers, new Map(), [FOLLOWER_RATE]);
  await alterConfigs(brokers.client, { type: 'topics', name: topic }, new Map(), [FOLLOWER_REPLICAS]);
}

/** One that has just come back may not be known to all yet. */
async function changeBrokers(
  { client, seats }: MixedBrokers,
  added: ReadonlyMap<string, string>,
  deleted: readonly string[],
): Promise<void> {
  for (const { id } of seats)
    await until(`broker ${id} changes its configs`, async () => {
      await alterConfigs(client, { type: 'brokers', name: String(id) }, added, deleted);
      return true;
    });
}

/** Every new replica is on its disk, and none is in sync: the move is in the middle, and everybody goes on. */
export async function untilHalfWay(world: World, to: Layout): Promise<void> {
  const { brokers, topic } = world;
  await until(`the new replicas of ${topic} have begun`, () =>
    to.every((replicas, partition) =>
      replicas.every((id) => existsSync(brokers.replicaFolder(id, topic, partition))),
    ),
  );
  await world.everyPartitionGoesOn();
  await checkHalfWay(world, to);
}

/** As ZooKeeper tells it, and the controller of the moment. */
export async function checkHalfWay({ brokers, topic }: World, to: Layout): Promise<void> {
  for (const [partition, assignment] of (await brokers.assignments(topic)).entries()) {
    const { replicas, addingReplicas, removingReplicas } = assignment;
    const target = replicas.filter((id) => !removingReplicas.includes(id));
    check(
      target.join() === to[partition]?.join() && addingReplicas.length > 0,
      `${topic}-${partition} is on its way to ${to[partition]?.join()}, not ${JSON.stringify(assignment)}`,
    );
  }
  const told = await currentReassignments(brokers.client, null);
  const partitions = told.find(({ name }) => name === topic)?.partitions.length;
  check(partitions === to.length, `the controller tells of ${to.length} moves, not ${partitions}`);
}

/** Exactly these replicas are there, in ZooKeeper, in sync and on the disks; nobody tells of a move any more. */
export async function untilSettledOn(world: World, layout: Layout): Promise<void> {
  const { brokers, topic } = world;
  await until(`${topic} has the replicas ${JSON.stringify(layout)}`, async () =>
    (await brokers.assignments(topic)).every(
      ({ replicas, addingReplicas, removingReplicas }, partition) =>
        replicas.join() === layout[partition]?.join() &&
        addingReplicas.length + removingReplicas.length === 0,
    ),
  );
  await world.untilInSync();
  await until('the controller tells of no move', async () =>
    (await currentReassignments(brokers.client, null)).every(({ name }) => name !== topic),
  );
  const wish = '/admin/reassign_partitions';
  await until(`${wish} is gone`, async () => (await brokers.zk.znodes.read(wish)) === null);
  await until('the replicas that went are on no disk', () =>
    layout.every((replicas, partition) =>
      brokers.seats.every(
        ({ id }) => replicas.includes(id) === existsSync(brokers.replicaFolder(id, topic, partition)),
      ),
    ),
  );
  await world.everyPartitionGoesOn();
}

/** Until each partition's log is so long that a move of it takes a while. */
export async function untilFilled({ load }: World, records: number): Promise<void> {
  await until(`each partition has ${records} records`, () =>
    load.histories.every(({ acknowledged }) => acknowledged >= records),
  );
}
