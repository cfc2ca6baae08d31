/**
 * The workers of a run, one function a kind: producers, readers that choose their partitions, members of a group, and
 * copiers, which read and write in transactions. Each records what it does; now and then each leaves in the middle, or
 * goes back, because that is where clients and brokers go wrong.
 */
import type { TopicPartition } from '../../common/index.ts';
import type { Action } from '../../verify/index.ts';
import type { PartitionReader } from '../client/index.ts';
import { runCopier } from './copier.ts';
import { groupMember, join, type Membership } from './membership.ts';
import { WorkloadProducer } from './workload-producer.ts';
import { pollAction, positionsByName, sendActions } from './workload-world.ts';
import type { WorkloadSettings, WorkloadWorld } from './workload-world.ts';

const RECORDS_PER_BATCH = 4;
const DELIVERY_TIMEOUT_MS = 20_000;
const HEARTBEAT_INTERVAL_MS = 1_000;
/** One poll in so many. */
const SEEKS_ONE_IN = 60;
const COMMITS_ONE_IN = 4;
const LEAVES_ONE_IN = 150;
const GOES_BACK_MAX = 100;

/** Works until the run is over. */
type Worker = (world: WorkloadWorld) => Promise<void>;

export function workersOf({ workers }: WorkloadSettings): Worker[] {
  const kinds = { producers: runProducer, readers: runReader, members: runMember, copiers: runCopier };
  return (Object.keys(kinds) as (keyof typeof kinds)[]).flatMap((kind) =>
    Array.from({ length: workers[kind] }, (_, index): Worker => {
      const name = `${kind.slice(0, -1)}-${index}`;
      return (world) => kinds[kind](world, name);
    }),
  );
}

async function runProducer(world: WorkloadWorld, name: string): Promise<void> {
  const { acks, idempotent } = world.settings;
  const targets = world.partitionsOf(world.topics.input, world.topics.output);
  await world.live(name, async (process, client) => {
    const producer = new WorkloadProducer(client, {
      acks,
      idempotent,
      deliveryTimeoutMs: DELIVERY_TIMEOUT_MS,
    });
    await producer.start();
    for (let isWhole = true; isWhole && !world.isOver;) {
      await world.pace();
      isWhole = await sendOnce(world, process, producer, world.anyOf(targets));
    }
  });
}

/** False when the producer's sequence is in doubt. */
async function sendOnce(
  world: WorkloadWorld,
  process: string,
  producer: WorkloadProducer,
  to: TopicPartition,
): Promise<boolean> {
  const { recorder, random } = world;
  const values = world.freshValues(1 + random.below(RECORDS_PER_BATCH));
  recorder.begin(process, sendActions(to, values, null));
  const outcome = await producer.send(to, values);
  if (outcome.kind === 'stored') {
    recorder.end(process, 'ok', sendActions(to, values, outcome.baseOffset));
    return true;
  }
  const { kind, error } = outcome;
  recorder.end(process, kind === 'refused' ? 'fail' : 'info', sendActions(to, values, null), String(error));
  return !world.settings.idempotent || (kind === 'refused' && error.error === 'NOT_ENOUGH_REPLICAS');
}

async function runReader(world: WorkloadWorld, name: string): Promise<void> {
  const partitions = world.partitionsOf(world.topics.input, world.topics.output);
  let positions = partitions.map((each) => ({ ...each, offset: 0 }));
  await world.live(name, async (process, client) => {
    const reader = world.reader(client);
    await assign(world, process, reader, positions);
    positions = partitions.map((each) => ({ ...each, offset: 0 }));
    while (!world.isOver) {
      await world.pace();
      await pollOnce(world, process, reader);
      positions = reader.positions.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
      if (!world.happens(SEEKS_ONE_IN)) continue;
      positions = positions.map((each) => ({
        ...each,
        offset: Math.max(0, each.offset - world.random.below(GOES_BACK_MAX)),
      }));
      if (world.happens(2)) return;
      await assign(world, process, reader, positions);
    }
  });
}

async function assign(
  world: WorkloadWorld,
  process: string,
  reader: PartitionReader,
  positions: readonly (TopicPartition & { readonly offset: number })[],
): Promise<void> {
  await world.recorded(process, async (actions) => {
    await reader.assign(positions);
    actions.push({ kind: 'assign', positions: positionsByName(positions) });
  });
}

async function pollOnce(world: WorkloadWorld, process: string, reader: PartitionReader): Promise<void> {
  await world.recorded(process, async (actions) => void actions.push(pollAction(await reader.poll())));
}

async function runMember(world: WorkloadWorld, name: string): Promise<void> {
  const groupId = `${world.settings.name}-group`;
  await world.live(name, async (process, client) => {
    const member = groupMember(client, groupId, [world.topics.input, world.topics.output]);
    const reader = world.reader(client);
    await join(world, process, { member, reader, groupId });
    let heartbeatAt = world.clock.monotonicMs() + HEARTBEAT_INTERVAL_MS;
    while (!world.isOver) {
      await world.pace();
      await pollOnce(world, process, reader);
      if (world.happens(COMMITS_ONE_IN)) await commit(world, process, { member, reader, groupId });
      // Half of those who go say so; the others are missed.
      if (world.happens(LEAVES_ONE_IN)) return world.happens(2) ? member.leave() : undefined;
      if (world.clock.monotonicMs() < heartbeatAt) continue;
      heartbeatAt = world.clock.monotonicMs() + HEARTBEAT_INTERVAL_MS;
      if (!(await member.heartbeat())) await join(world, process, { member, reader, groupId });
    }
    await member.leave();
  });
}

async function commit(
  world: WorkloadWorld,
  process: string,
  { member, reader, groupId: group }: Membership,
): Promise<void> {
  const { positions } = reader;
  const action: Action = { kind: 'commit', group, offsets: positionsByName(positions) };
  world.recorder.begin(process, [action]);
  try {
    const isStored = await member.commit(positions);
    world.recorder.end(process, isStored ? 'ok' : 'info', [action]);
  } catch (thrown) {
    world.recorder.end(process, 'info', [action], String(thrown));
    throw thrown;
  }
}
