/** Brokers that go and come back: what the original's replication tests ask (three brokers, min.insync.replicas=2). */
import type { Scenario } from '../scenario.ts';
import type { Ending } from '../seat.ts';
import type { World } from '../world.ts';

type Target = 'leader' | 'controller';

const BOUNCES = 5;

export const REPLICATION: readonly Scenario[] = (['leader', 'controller'] as const).flatMap((target) =>
  (['clean', 'hard'] as const).flatMap((ending): Scenario[] => [
    {
      name: `${ending}-shutdown-of-${target}`,
      about: `the ${target} is ${ending === 'clean' ? 'stopped' : 'killed'}`,
      steps: (world) => bounce(world, target, ending, 1),
    },
    {
      name: `${ending}-bounce-of-${target}`,
      about: `five times the ${target} of the moment is ${ending === 'clean' ? 'stopped' : 'killed'} and started again`,
      steps: (world) => bounce(world, target, ending, BOUNCES),
    },
  ]),
);

/** It is in sync again before the next one goes. */
async function bounce(world: World, target: Target, ending: Ending, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    const seat = target === 'leader' ? await world.leaderOf(0) : await world.controller();
    await world.bounce(seat, ending);
  }
}
