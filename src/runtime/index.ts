export type * from './clock.ts';
export type * from './disk.ts';
export type * from './logger.ts';
export type * from './network.ts';
export type * from './random.ts';
export type * from './runtime.ts';
export type * from './workers.ts';
