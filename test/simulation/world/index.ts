export { SeededRandom } from './seeded-random.ts';
export { createWorld, World, WORLD_BEGINS_MS } from './world.ts';
export type { Tasks } from './world.ts';
