import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Disk, DiskFile, Runtime } from '../../../src/runtime/index.ts';
import { batch, openBroker, readAll, TestRuntime, withFolder } from './support.ts';

const LEADER = { leaderEpoch: 0 };

/** The real disk until `broken` is set; then every write of a `.log` file fails. */
class BreakableDisk {
  broken = false;
  readonly runtime: Runtime;

  constructor() {
    const { runtime } = new TestRuntime();
    const fail = (): void => {
      if (this.broken) throw Object.assign(new Error('i/o error'), { code: 'EIO' });
    };
    const wrap = (file: DiskFile): DiskFile => ({
      path: file.path,
      read: (buffer, position) => file.read(buffer, position),
      writev: async (buffers, position) => {
        fail();
        await file.writev(buffers, position);
      },
      writeNow: (buffers, position) => {
        fail();
        return file.writeNow(buffers, position);
      },
      truncate: (size) => file.truncate(size),
      sync: () => file.sync(),
      size: () => file.size(),
      close: () => file.close(),
    });
    const { disk } = runtime;
    const breakable: Disk = {
      open: async (path, mode) => wrap(await disk.open(path, mode)),
      readFile: (path) => disk.readFile(path),
      writeFile: (path, data) => disk.writeFile(path, data),
      makeFolder: (path) => disk.makeFolder(path),
      list: (path) => disk.list(path),
      listFolders: (path) => disk.listFolders(path),
      stat: (path) => disk.stat(path),
      rename: (from, to) => disk.rename(from, to),
      removeFile: (path) => disk.removeFile(path),
      removeFolder: (path) => disk.removeFolder(path),
      syncFolder: (path) => disk.syncFolder(path),
      setModifiedMs: (path, modifiedMs) => disk.setModifiedMs(path, modifiedMs),
      space: (path) => disk.space(path),
      absolutePath: (path) => disk.absolutePath(path),
      lock: (path) => disk.lock(path),
    };
    this.runtime = { ...runtime, disk: breakable };
  }
}

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}

describe('the log manager', () => {
  test('a second broker cannot have the same log dir', async () => {
    await withFolder(async (folder) => {
      const first = await openBroker(folder);
      await expect(openBroker(folder)).rejects.toMatchObject({ name: 'LogDirLockedError' });
      await first.manager.shutdown();
      const second = await openBroker(folder);
      await second.manager.shutdown();
    });
  });

  test('leaves the marker of a clean stop, and takes it away at the next start', async () => {
    await withFolder(async (folder) => {
      const first = await openBroker(folder);
      await first.manager.shutdown();
      expect(await readFile(join(folder, '.kafka_cleanshutdown'), 'utf8')).toBe(
        '{"version":0,"brokerEpoch":-1}',
      );
      const second = await openBroker(folder);
      expect(await readdir(folder)).not.toContain('.kafka_cleanshutdown');
      await second.manager.shutdown();
    });
  });

  test('checkpoints high watermarks, recovery points and raised log starts', async () => {
    await withFolder(async (folder) => {
      const { manager } = await openBroker(folder);
      const orders = await manager.getOrCreateLog({ topic: 'orders', partition: 0 }, { isNew: true });
      await manager.getOrCreateLog({ topic: 'bills', partition: 3 }, { isNew: true });
      await orders.appendAsLeader(batch(['a', 'b', 'c']), LEADER);
      orders.updateHighWatermark(2);
      orders.maybeIncrementLogStartOffset(1);
      await manager.checkpointHighWatermarks([
        { topic: 'orders', partition: 0, parentDir: folder, highWatermark: 2 },
        { topic: 'bills', partition: 3, parentDir: folder, highWatermark: 0 },
      ]);
      await manager.shutdown();
      const text = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
      expect(await text('replication-offset-checkpoint')).toBe('0\n2\norders 0 2\nbills 3 0\n');
      expect(await text('recovery-point-offset-checkpoint')).toBe('0\n2\norders 0 3\nbills 3 0\n');
      expect(await text('log-start-offset-checkpoint')).toBe('0\n1\norders 0 1\n');
      const again = await openBroker(folder);
      expect(again.manager.checkpointedHighWatermark(folder, { topic: 'orders', partition: 0 })).toBe(2);
      expect(again.manager.getLog('orders', 0)!.logStartOffset).toBe(1);
      await again.manager.shutdown();
    });
  });

  test('writes a checkpoint once at a time, although a timer, a deletion and a role change ask together', async () => {
    await withFolder(async (folder) => {
      const failed: string[] = [];
      const broker = await openBroker(folder, { onLogDirFailure: (dir) => failed.push(dir) });
      const { manager } = broker;
      const log = await broker.log();
      await log.appendAsLeader(batch(['a']), LEADER);
      await log.flush();
      await Promise.all(Array.from({ length: 20 }, () => manager.checkpointRecoveryPoints()));
      expect(failed).toEqual([]);
      expect(await readFile(join(folder, 'recovery-point-offset-checkpoint'), 'utf8')).toBe(
        '0\n1\norders 0 1\n',
      );
      await manager.shutdown();
    });
  });

  test('deletes a partition while its flushes, checkpoints and appends go on', async () => {
    await withFolder(async (folder) => {
      const failed: string[] = [];
      const { manager } = await openBroker(folder, { onLogDirFailure: (dir) => failed.push(dir) });
      for (let round = 0; round < 10; round += 1) {
        const topicPartition = { topic: `orders-${round}`, partition: 0 };
        const log = await manager.getOrCreateLog(topicPartition, { isNew: true });
        const appends = Array.from({ length: 20 }, () =>
          log.appendAsLeader(batch(['a']), { leaderEpoch: round }),
        );
        const flushes = Array.from({ length: 5 }, () => log.flush());
        await Promise.allSettled<unknown>([
          ...appends,
          ...flushes,
          manager.asyncDelete(topicPartition),
          manager.checkpointRecoveryPoints(),
          log.flush(),
        ]);
      }
      expect(failed).toEqual([]);
      await manager.shutdown();
    });
  });

  test('deletes a partition by renaming it at once and removing it later', async () => {
    await withFolder(async (folder) => {
      const { manager } = await openBroker(folder, { config: { fileDeleteDelayMs: 50 } });
      const topicPartition = { topic: 'orders', partition: 0 };
      const log = await manager.getOrCreateLog(topicPartition, { isNew: true });
      await log.appendAsLeader(batch(['a']), LEADER);
      const deleting = manager.asyncDelete(topicPartition);
      const created = manager.getOrCreateLog(topicPartition, { isNew: true });
      await deleting;
      const names = (await readdir(folder)).filter((name) => name.startsWith('orders'));
      expect(names.some((name) => /^orders-0\.[0-9a-f]{32}-delete$/.test(name))).toBe(true);
      expect((await created).logEndOffset).toBe(0);
      await expect(log.appendAsLeader(batch(['b']), LEADER)).rejects.toMatchObject({
        error: 'NOT_LEADER_OR_FOLLOWER',
      });
      await eventually(async () => !(await readdir(folder)).some((name) => name.endsWith('-delete')));
      await manager.shutdown();
    });
  });

  test('finishes a deletion that a stop interrupted, and leaves other folders alone', async () => {
    await withFolder(async (folder) => {
      const marked = `orders-0.${'0a'.repeat(16)}-delete`;
      await mkdir(join(folder, marked));
      await mkdir(join(folder, 'remote-log-index-cache'));
      await writeFile(join(folder, 'replication-offset-checkpoint'), '');
      const { manager } = await openBroker(folder);
      expect([...manager.allLogs()]).toEqual([]);
      await eventually(async () => !(await readdir(folder)).includes(marked));
      expect(await readdir(folder)).toContain('remote-log-index-cache');
      await manager.shutdown();
    });
  });

  test('two callers that want the same new log get the same', async () => {
    await withFolder(async (folder) => {
      const { manager } = await openBroker(folder);
      const topicPartition = { topic: 'orders', partition: 0 };
      const [one, two] = await Promise.all([
        manager.getOrCreateLog(topicPartition, { isNew: true, topicId: 'AAAAAAAAAAAAAAAAAAAAAQ' }),
        manager.getOrCreateLog(topicPartition, { isNew: true, topicId: 'AAAAAAAAAAAAAAAAAAAAAQ' }),
      ]);
      expect(one).toBe(two);
      await manager.shutdown();
      expect(await readFile(join(folder, 'orders-0', 'partition.metadata'), 'utf8')).toBe(
        'version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ',
      );
    });
  });

  test('a dir whose disk fails goes offline once, with all its logs', async () => {
    await withFolder(async (folder) => {
      const disk = new BreakableDisk();
      const failures: string[] = [];
      const broker = await openBroker(folder, {
        runtime: disk.runtime,
        onLogDirFailure: (dir) => failures.push(dir),
      });
      const { manager } = broker;
      const log = await broker.log();
      const other = await broker.log('bills');
      await log.appendAsLeader(batch(['kept']), LEADER);
      disk.broken = true;
      const storageError = { error: 'KAFKA_STORAGE_ERROR' };
      const lost = log.appendAsLeader(batch(['lost']), LEADER);
      const after = log.appendAsLeader(batch(['lost too']), LEADER);
      await expect(lost).rejects.toMatchObject(storageError);
      await expect(after).rejects.toMatchObject(storageError);
      disk.broken = false;
      await expect(log.appendAsLeader(batch(['late']), LEADER)).rejects.toMatchObject(storageError);
      await expect(other.appendAsLeader(batch(['x']), LEADER)).rejects.toMatchObject(storageError);
      await expect(broker.log('third')).rejects.toMatchObject(storageError);
      expect([failures, manager.liveLogDirs, manager.isOffline('bills', 0)]).toEqual([[folder], [], true]);
      expect(log.logEndOffset).toBe(1);
      await manager.shutdown();
      expect(await readdir(folder)).not.toContain('.kafka_cleanshutdown');
      const next = await openBroker(folder);
      expect((await readAll(next.manager.getLog('orders', 0)!)).toString()).toContain('kept');
      await next.manager.shutdown();
    });
  });

  test('a checkpoint nobody can read takes the dir offline', async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'recovery-point-offset-checkpoint'), '7\nnonsense');
      const failures: string[] = [];
      const { manager } = await openBroker(folder, { onLogDirFailure: (dir) => failures.push(dir) });
      expect(failures).toEqual([folder]);
      await manager.shutdown();
    });
  });
});
