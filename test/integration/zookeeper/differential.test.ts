/**
 * The simulated ZooKeeper answers as the real one: random operations, the same on a real server, on one simulated
 * server and on three, give the same answers, events and tree. `npm run test:zookeeper-differential` plays many more;
 * SEED names one of them.
 */
import { expect, test } from '@jest/globals';
import { SeededRandom } from '../../simulation/world/seeded-random.ts';
import { simulatedPlace } from '../../simulation/world/zookeeper/place.ts';
import { play } from '../../support/zookeeper-differential/play.ts';
import { stepsOf } from '../../support/zookeeper-differential/steps.ts';
import { realPlace } from './real-place.ts';

const SEQUENCES = Number(process.env['SEQUENCES'] ?? 6);
const STEPS = Number(process.env['STEPS'] ?? 120);
const { SEED } = process.env;
const SEEDS = SEED === undefined ? Array.from({ length: SEQUENCES }, (_, index) => `${index + 1}`) : [SEED];

test.each(SEEDS)('sequence %s gives the same on real and on simulated servers', async (seed) => {
  const steps = stepsOf(new SeededRandom(`differential/${seed}`), STEPS);
  const real = await play(await realPlace(), steps);
  // A sequence in which everything is refused would prove nothing.
  expect(real.filter((line) => line.includes('zxid')).length).toBeGreaterThan(STEPS / 10);
  expect(real.some((line) => line.includes('changed /r'))).toBe(true);
  for (const servers of [1, 3] as const)
    expect(await play(await simulatedPlace(`differential/${seed}`, servers), steps)).toEqual(real);
});
