/** One broker after the other is replaced by one of the other kind, with its id, its properties and its folders. */
import type { Scenario } from '../scenario.ts';
import type { Kind } from '../seat.ts';
import { check, type World } from '../world.ts';

export const ROLLING: readonly Scenario[] = [
  {
    name: 'rolling-replacement',
    about:
      'from three JVM brokers to three of Klassik and back: the one that is the controller is the last of each round',
    lineUps: ['3 JVM'],
    steps: async (world) => {
      await replaceAll(world, 'klassik');
      await replaceAll(world, 'jvm');
    },
  },
];

async function replaceAll(world: World, kind: Kind): Promise<void> {
  const { brokers } = world;
  const last = await world.controller();
  const order = [...brokers.seats.filter(({ id }) => id !== last.id), last];
  for (const seat of order) {
    await seat.stop();
    await world.untilGone(seat);
    await world.everyPartitionGoesOn();
    await seat.start(kind);
    await world.untilInSync();
    await world.everyPartitionGoesOn();
  }
  check(brokers.idsOf(kind).length === brokers.seats.length, `all brokers are ${kind}`);
}
