/** A topic's config that changes while its logs are open, or being opened. */
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { FactStream } from '../../../src/observe/index.ts';
import type { Disk, DiskFile } from '../../../src/runtime/index.ts';
import { DEFAULT_LOG_CONFIG, LogManager } from '../../../src/storage/index.ts';
import { intercepted } from './cleaner/support.ts';
import { batch, offsetsIn, openBroker, readOnce, TestRuntime, withFolder } from './support.ts';

const LEADER = { leaderEpoch: 0 };
const ORDERS = { topic: 'orders', partition: 0 };

/** The disk, counting what is read of `.log` files. */
function counted(disk: Disk, onRead: () => void): Disk {
  const open = async (path: string, mode: Parameters<Disk['open']>[1]): Promise<DiskFile> => {
    const file = await disk.open(path, mode);
    const before = (name: string): void => {
      if (name === 'read' && path.endsWith('.log')) onRead();
    };
    return intercepted(file as unknown as Disk, before) as unknown as DiskFile;
  };
  return new Proxy(disk, {
    get: (target, name) => {
      const value = Reflect.get(target, name) as unknown;
      if (name === 'open') return open;
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

test('a wider distance of index entries is known to readers: what they want comes with one read', async () => {
  await withFolder(async (folder) => {
    let reads = 0;
    const { runtime } = new TestRuntime();
    const broker = await openBroker(folder, {
      runtime: { ...runtime, disk: counted(runtime.disk, () => (reads += 1)) },
      settings: { tailCacheBytes: 0 },
      config: { indexIntervalBytes: 0 },
    });
    const log = await broker.log();
    broker.manager.updateTopicConfig('orders', { ...log.config, indexIntervalBytes: 100_000 });
    for (let index = 0; index < 50; index++) await log.appendAsLeader(batch(['x'.repeat(100)]), LEADER);
    reads = 0;
    expect(offsetsIn(await readOnce(log, { startOffset: 40, maxBytes: 200 }))).toEqual([40]);
    expect(reads).toBe(1);
    await broker.manager.shutdown();
  });
});

test('a config that changes while a future log is made holds for it, too', async () => {
  await withFolder(async (folder) => {
    const { runtime } = new TestRuntime();
    const changed = { ...DEFAULT_LOG_CONFIG, retentionBytes: 12_345 };
    const disk = intercepted(runtime.disk, (name, [path]) => {
      if (name === 'makeFolder' && String(path).endsWith('-future'))
        manager.updateTopicConfig('orders', changed);
    });
    const manager: LogManager = new LogManager({
      runtime: { ...runtime, disk },
      facts: new FactStream({ broker: 0, nowMs: () => 0 }),
      logDirs: [join(folder, 'one'), join(folder, 'two')],
      defaultConfig: DEFAULT_LOG_CONFIG,
    });
    await manager.load();
    const log = await manager.getOrCreateLog(ORDERS, { isNew: true });
    const other = log.parentDir.endsWith('one') ? 'two' : 'one';
    const future = await manager.createFutureLog(ORDERS, join(folder, other));
    expect([log.config.retentionBytes, future.config.retentionBytes]).toEqual([12_345, 12_345]);
    await manager.shutdown();
  });
});
