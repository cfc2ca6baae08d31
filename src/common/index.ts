export * from './assert.ts';
export * from './deferred.ts';
export * from './internal-topics.ts';
export * from './java-hash.ts';
export * from './partition-map.ts';
export * from './serial-queue.ts';
export * from './topic-partition.ts';
export * from './uuid.ts';
