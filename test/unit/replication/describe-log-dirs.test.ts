import { expect, test } from '@jest/globals';
import { PartitionMap } from '../../../src/common/index.ts';
import {
  describeLogDirs,
  offsetLagOf,
  type DescribedLog,
  type DescribedLogDir,
} from '../../../src/replication/describe-log-dirs.ts';
import { silentLogger } from '../../../src/runtime/index.ts';

function logOf(partition: number, parentDir: string, isFuture = false): DescribedLog {
  return {
    topicPartition: { topic: 'orders', partition },
    parentDir,
    isFuture,
    sizeInBytes: 70,
    logEndOffset: 7,
  };
}

function describeTwoDirs(
  wanted: PartitionMap<true> | undefined,
  logs: readonly DescribedLog[],
): Promise<readonly DescribedLogDir[]> {
  return describeLogDirs(wanted, {
    logger: silentLogger,
    logManager: {
      logDirs: ['/one', '/failed', '/gone'],
      isLogDirOnline: (path) => path !== '/failed',
      spaceOf: (path) =>
        path === '/gone'
          ? Promise.reject(Object.assign(new Error('gone'), { code: 'ENOENT' }))
          : Promise.resolve({ totalBytes: Infinity, usableBytes: 5 }),
      allLogs: () => logs,
    },
    currentLog: ({ partition }) => (partition === 2 ? undefined : { logEndOffset: 10, highWatermark: 8 }),
  });
}

test('a future log lags behind the current one, a current one behind what is committed', () => {
  const current = { logEndOffset: 10, highWatermark: 8 };
  expect(offsetLagOf({ logEndOffset: 7, isFuture: true }, current)).toBe(3);
  expect(offsetLagOf({ logEndOffset: 12, isFuture: true }, current)).toBe(-2);
  expect(offsetLagOf({ logEndOffset: 7, isFuture: false }, current)).toBe(1);
  expect(offsetLagOf({ logEndOffset: 9, isFuture: false }, current)).toBe(0);
  expect(offsetLagOf({ logEndOffset: 7, isFuture: true }, undefined)).toBe(-1);
});

test('every dir is described, one that failed only by its error', async () => {
  const dirs = await describeTwoDirs(undefined, [
    logOf(0, '/one'),
    logOf(1, '/one', true),
    logOf(2, '/one'),
    logOf(3, '/failed'),
  ]);
  expect(dirs).toEqual([
    {
      path: '/one',
      error: 'NONE',
      replicas: [
        { topic: 'orders', partition: 0, sizeInBytes: 70, offsetLag: 1, isFuture: false },
        { topic: 'orders', partition: 1, sizeInBytes: 70, offsetLag: 3, isFuture: true },
        { topic: 'orders', partition: 2, sizeInBytes: 70, offsetLag: -1, isFuture: false },
      ],
      totalBytes: Number.MAX_SAFE_INTEGER,
      usableBytes: 5,
    },
    { path: '/failed', error: 'KAFKA_STORAGE_ERROR', replicas: [], totalBytes: -1, usableBytes: -1 },
    { path: '/gone', error: 'UNKNOWN_SERVER_ERROR', replicas: [], totalBytes: -1, usableBytes: -1 },
  ]);
});

test('only what is asked for is told, and nothing is told of what is not here', async () => {
  const wanted = new PartitionMap<true>();
  wanted.set('orders', 1, true);
  wanted.set('unknown', 0, true);
  const [one] = await describeTwoDirs(wanted, [logOf(0, '/one'), logOf(1, '/one', true)]);
  expect(one?.replicas.map(({ partition }) => partition)).toEqual([1]);
});
