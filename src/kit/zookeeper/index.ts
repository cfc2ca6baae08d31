export { stopZooKeeperContainer } from './container.ts';
export { findZooKeeper, NoZooKeeperError } from './find.ts';
export type { FindZooKeeperOptions, ZooKeeperSource } from './find.ts';
export { startZooKeeper } from './start.ts';
export type { RunningZooKeeper, StartZooKeeperOptions } from './start.ts';
export { fourLetterWord, stopZooKeeperProcesses, ZooKeeperStartError } from './server-process.ts';
