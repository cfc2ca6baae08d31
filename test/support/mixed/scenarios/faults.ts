/** Networks and disks that fail, and a controller that has much to do while it moves. */
import { rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { KafkaError } from '../../../../src/protocol/index.ts';
import { createPartitions, createTopic, deleteTopics } from '../../../../src/tools/client/index.ts';
import type { Scenario } from '../scenario.ts';
import type { Seat } from '../seat.ts';
import { until } from '../../until.ts';
import { check, type World } from '../world.ts';
import { CONTROLLER_WITHOUT_OFFICE } from './expected-errors.ts';

const DELAY_MS = 40;
const BYTES_PER_SECOND = 20_000;
/** How often each partition has to go on over a bad network. */
const ROUNDS = 10;
const TOPICS = 9;
const PARTITIONS = 3;

export const FAULTS: readonly Scenario[] = [
  {
    name: 'round-trip-under-faults',
    about:
      'each broker in turn can neither reach the other brokers nor be reached by them, and then it can again',
    steps: async (world) => {
      for (const seat of world.brokers.seats) await cutOff(world, seat);
    },
  },
  {
    name: 'network-degraded',
    about: `between the brokers everything takes ${DELAY_MS} ms longer, then ${BYTES_PER_SECOND / 1000} KB/s are all there is`,
    steps: degrade,
  },
  {
    name: 'log-dir-failure',
    about: 'the folder of a partition is gone when its leader wants to roll it; each broker in turn',
    configs: { 'segment.bytes': '20000' },
    expects: [
      /LogDirFailureChannel/,
      /Error while (rolling|appending|flushing|writing|deleting|reading)/,
      /Stopping serving logs in dir/,
      /Could not append to a partition/,
      /Error for partition \S+ at offset/,
      /\[ReplicaFetcher [^\]]+\] Error while processing data for partition/,
      /KafkaStorageException|NoSuchFileException|ENOENT/,
    ],
    steps: async (world) => {
      for (const seat of world.brokers.seats) await loseLogDir(world, seat);
    },
  },
  {
    name: 'controller-mutations',
    about: 'topics are made, grown and deleted while the controller goes from broker to broker',
    expects: [
      ...CONTROLLER_WITHOUT_OFFICE,
      // A topic that waits for its deletion gets no other leader while one of its replicas is restarted.
      /cannot become follower since the new leader \d+ is unavailable/,
    ],
    steps: mutate,
  },
];

async function cutOff(world: World, seat: Seat): Promise<void> {
  const { seats } = world.brokers;
  const isController = (await world.controller()).id === seat.id;
  for (const other of seats) other.peers.hold(({ brokerId }) => other.id === seat.id || brokerId === seat.id);
  // Without a way to the controller no ISR can shrink: everybody waits.
  if (isController) await world.nothingGoesOn();
  else
    await until(`broker ${seat.id} is in no ISR of another one`, async () =>
      (await world.brokers.states(world.topic)).every(
        ({ leader, isr }) => leader === seat.id || !isr.includes(seat.id),
      ),
    );
  for (const other of seats) other.peers.release();
  await world.untilInSync();
  await world.everyPartitionGoesOn();
}

async function degrade(world: World): Promise<void> {
  const { seats } = world.brokers;
  for (const { peers } of seats) peers.degrade({ delayMs: DELAY_MS, bytesPerSecond: Infinity });
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = performance.now();
    await world.everyPartitionGoesOn();
    check(performance.now() - startMs >= DELAY_MS, 'what is acknowledged has been to the followers and back');
  }
  for (const { peers } of seats) peers.degrade({ delayMs: 0, bytesPerSecond: BYTES_PER_SECOND });
  for (let round = 0; round < ROUNDS; round++) await world.everyPartitionGoesOn();
  check(await world.brokers.isInSync(world.topic), 'slow followers are in sync');
  for (const { peers } of seats) peers.degrade();
}

async function loseLogDir(world: World, seat: Seat): Promise<void> {
  const { brokers, topic } = world;
  const partition = seat.id;
  check(
    (await brokers.state(topic, partition)).leader === seat.id,
    `broker ${seat.id} leads ${topic}-${partition}`,
  );
  await rm(brokers.replicaFolder(seat.id, topic, partition), { recursive: true });
  await until('another one leads', async () => {
    const { leader } = await brokers.state(topic, partition);
    return leader >= 0 && leader !== seat.id;
  });
  await world.everyPartitionGoesOn();
  check(await brokers.isRegistered(seat.id), 'it goes on with its other log dir');
  await seat.stop();
  await world.untilGone(seat);
  await seat.start();
  await world.untilInSync();
}

/** Asked again after a controller that was deposed, one finds it done. */
function unlessItExists(error: unknown): void {
  if (!(error instanceof KafkaError && error.error === 'TOPIC_ALREADY_EXISTS')) throw error;
}

async function mutate(world: World): Promise<void> {
  const { brokers, topic } = world;
  const { client } = brokers;
  const nameOf = (index: number): string => `${topic}-made-${index}`;
  for (let index = 0; index < TOPICS; index++) {
    const name = nameOf(index);
    const numbers = { numPartitions: PARTITIONS, replicationFactor: 3 };
    const create = (): Promise<unknown> =>
      createTopic(client, { name, ...numbers, assignments: new Map(), configs: {} }).catch(unlessItExists);
    // While there is still something to do for it. Where there is no controller for a moment, it is refused.
    const first = create().catch(() => undefined);
    await brokers.restartStuckControllers();
    await brokers.makeController(index % brokers.seats.length);
    await first;
    await create();
    await createPartitions(client, [{ name, count: 2 * PARTITIONS, assignments: null }]);
    if (index >= 2) await deleteTopics(client, [nameOf(index - 2)]);
  }
  await world.everyPartitionGoesOn();
  await brokers.restartStuckControllers();
  const gone = Array.from({ length: TOPICS - 2 }, (_, index) => nameOf(index));
  const left = [nameOf(TOPICS - 2), nameOf(TOPICS - 1)];
  await untilNotInZooKeeper(world, gone);
  await until('and from every disk', () =>
    brokers.seats.every(({ id }) => gone.every((name) => !existsSync(brokers.replicaFolder(id, name, 0)))),
  );
  for (const name of left)
    await until(`${name} has ${2 * PARTITIONS} partitions in sync`, async () => {
      const { topics } = await client.metadata([name]);
      const partitions = topics[0]?.partitions ?? [];
      return (
        partitions.length === 2 * PARTITIONS && partitions.every(({ isrNodes }) => isrNodes.length === 3)
      );
    });
  await deleteTopics(client, left);
  await untilNotInZooKeeper(world, left);
}

async function untilNotInZooKeeper({ brokers }: World, gone: readonly string[]): Promise<void> {
  await until('what was deleted is gone from ZooKeeper', async () => {
    const names = await brokers.zk.znodes.children('/brokers/topics', false);
    return gone.every((name) => !names.includes(name));
  });
}
