export { DelayedOperation } from './delayed-operation.ts';
export { Purgatory } from './purgatory.ts';
export type { PurgatoryOptions } from './purgatory.ts';
export { TimingWheel } from './timing-wheel.ts';
export type { WheelTimeout } from './timing-wheel.ts';
export type { WatchKey } from './watchers.ts';
