export type * from './clock.ts';
export type * from './disk.ts';
export { errorCodeOf, errorMessageOf } from './error-code.ts';
export type * from './logger.ts';
export type * from './network.ts';
export type * from './random.ts';
export type * from './runtime.ts';
export { silentLogger } from './silent-logger.ts';
export type * from './workers.ts';
