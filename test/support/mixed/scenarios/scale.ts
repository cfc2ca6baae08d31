/** Topics that get more replicas and more partitions while they are written to and read, and many of them while brokers bounce. */
import { createPartitions, createTopic, deleteTopics } from '../../../../src/tools/client/index.ts';
import { LAYOUT, type Layout } from '../mixed-brokers.ts';
import { beginMove, untilSettledOn } from '../moves.ts';
import type { Scenario } from '../scenario.ts';
import { until } from '../../until.ts';
import { check, type World } from '../world.ts';

const ALONE: Layout = [[0], [1], [2]];
const ALONE_ELSEWHERE: Layout = [[1], [2], [0]];
const PAIRS: Layout = [
  [1, 2],
  [2, 0],
  [0, 1],
];
const GROWN = [6, 9] as const;
const TOPICS = 6;
const PARTITIONS = 20;

export const SCALE: readonly Scenario[] = [
  {
    name: 'replica-scale-up',
    about:
      'each partition goes from one replica to three, back to one on another broker, to two and to three',
    configs: { 'min.insync.replicas': '1' },
    layout: ALONE,
    steps: async (world) => {
      for (const layout of [LAYOUT, ALONE_ELSEWHERE, PAIRS, LAYOUT]) {
        await beginMove(world, layout, 'api');
        await untilSettledOn(world, layout);
      }
    },
  },
  {
    name: 'partitions-grown',
    about:
      'the topic grows from three partitions to six and to nine, and the new ones are written to at once; between the two the controller moves',
    steps: grow,
  },
  {
    name: 'many-replicas-with-bounce',
    about: `${TOPICS * PARTITIONS} more partitions of three replicas are made, and each broker in turn is stopped and started again`,
    steps: bounceMany,
  },
];

async function grow(world: World): Promise<void> {
  const { brokers, topic } = world;
  let layout = LAYOUT;
  for (const count of GROWN) {
    const more = Array.from({ length: count - layout.length }, (_, index) => LAYOUT[index % LAYOUT.length]!);
    layout = [...layout, ...more];
    await createPartitions(brokers.client, [{ name: topic, count, assignments: more }]);
    world.grow(count);
    await world.everyPartitionGoesOn();
    await untilSettledOn(world, layout);
    check((await brokers.states(topic)).length === count, `there are ${count} partitions`);
    const { id } = await world.controller();
    await brokers.makeController((id + 1) % brokers.seats.length);
  }
  await world.everyPartitionGoesOn();
}

async function bounceMany(world: World): Promise<void> {
  const { brokers, topic } = world;
  const names = Array.from({ length: TOPICS }, (_, index) => `${topic}-many-${index}`);
  const numbers = { numPartitions: PARTITIONS, replicationFactor: 3 };
  for (const name of names)
    await createTopic(brokers.client, { name, ...numbers, assignments: new Map(), configs: {} });
  for (const seat of brokers.seats) {
    await seat.stop();
    await world.untilGone(seat);
    await world.everyPartitionGoesOn();
    await seat.start();
    await world.untilInSync();
    for (const name of names)
      await until(`every replica of ${name} is in sync`, () => brokers.isInSync(name));
  }
  await world.everyPartitionGoesOn();
  await deleteTopics(brokers.client, names);
}
