export { createWorld } from './world.ts';
export type { World } from './world.ts';
