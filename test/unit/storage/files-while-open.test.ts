/** What lies in a log dir while its logs are open, and what a stop or a crash leaves: what the next broker finds. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { batch, copyFolder, openBroker, readAll, withFolder } from './support.ts';

const LEADER = { leaderEpoch: 0 };
const INDEX_BYTES = 4099;

async function sizes(folder: string): Promise<Record<string, number>> {
  const names = (await readdir(folder)).filter((name) => /^\d{20}\./.test(name)).sort();
  const all = await Promise.all(
    names.map(async (name) => [shortened(name), (await stat(join(folder, name))).size]),
  );
  return Object.fromEntries(all) as Record<string, number>;
}

/** `00000000000000000003.log` as `3.log` */
const shortened = (name: string): string => name.replace(/^0+(?=\d)/, '');

describe('the files of an open log', () => {
  test('the indexes of the active segment have their full size, in whole entries, until it is closed', async () => {
    await withFolder(async (folder) => {
      const broker = await openBroker(folder, { config: { segmentIndexBytes: INDEX_BYTES } });
      const { manager } = broker;
      const log = await broker.log();
      expect(await sizes(log.dir)).toEqual({ '0.index': 4096, '0.log': 0, '0.timeindex': 4092 });
      await log.appendAsLeader(batch(['a']), LEADER);
      await manager.shutdown();
      expect(await sizes(log.dir)).toMatchObject({ '0.index': 0, '0.timeindex': 12 });
    });
  });

  test('so have those of a log that is written to again', async () => {
    await withFolder(async (folder) => {
      const first = await openBroker(folder, { config: { segmentIndexBytes: INDEX_BYTES } });
      await (await first.log()).appendAsLeader(batch(['a']), LEADER);
      await first.manager.shutdown();
      const broker = await openBroker(folder, { config: { segmentIndexBytes: INDEX_BYTES } });
      const { manager } = broker;
      const log = await broker.log();
      await log.appendAsLeader(batch(['b']), LEADER);
      expect(await sizes(log.dir)).toMatchObject({ '0.index': 4096, '0.timeindex': 4092 });
      await manager.shutdown();
    });
  });

  test('who is killed leaves no segment without its indexes, also one that was just rolled', async () => {
    await withFolder(async (folder) => {
      const broker = await openBroker(join(folder, 'a'), { config: { segmentBytes: 80 } });
      const { manager } = broker;
      const log = await broker.log();
      for (const value of ['a', 'b', 'c']) {
        await log.appendAsLeader(batch([value]), LEADER);
        const names = new Set(await readdir(log.dir));
        for (const name of names)
          if (name.endsWith('.log'))
            expect([...names]).toEqual(
              expect.arrayContaining([name.replace('.log', '.index'), name.replace('.log', '.timeindex')]),
            );
      }
      await manager.shutdown();
    });
  });

  test('the lock goes with an orderly stop', async () => {
    await withFolder(async (folder) => {
      const { manager } = await openBroker(folder);
      expect(await readdir(folder)).toContain('.lock');
      await manager.shutdown();
      expect(await readdir(folder)).not.toContain('.lock');
    });
  });
});

describe('preallocate', () => {
  const PREALLOCATED = { preallocate: true, segmentBytes: 290 };

  test('gives a new segment its full size, and takes back what it did not need', async () => {
    await withFolder(async (folder) => {
      const broker = await openBroker(folder, { config: PREALLOCATED });
      const { manager } = broker;
      const log = await broker.log();
      const one = batch(['a'.repeat(80)]);
      const size = one.length;
      await log.appendAsLeader(one, LEADER);
      expect(await sizes(log.dir)).toMatchObject({ '0.log': 290 });
      await log.appendAsLeader(batch(['b'.repeat(80)]), LEADER);
      expect(await sizes(log.dir)).toMatchObject({ '0.log': size, '1.log': 290 });
      await manager.shutdown();
      expect(await sizes(log.dir)).toMatchObject({ '0.log': size, '1.log': size });
    });
  });

  test('a crash loses nothing of it, and recovery cuts the zeros off', async () => {
    await withFolder(async (folder) => {
      const broker = await openBroker(join(folder, 'a'), { config: PREALLOCATED });
      const { manager } = broker;
      const log = await broker.log();
      for (const value of ['a', 'b', 'c']) await log.appendAsLeader(batch([value.repeat(80)]), LEADER);
      await copyFolder(join(folder, 'a'), join(folder, 'b'));
      const crashed = await openBroker(join(folder, 'b'), { config: PREALLOCATED });
      const recovered = await crashed.log();
      expect(recovered.logEndOffset).toBe(3);
      expect(await readAll(recovered)).toEqual(await readAll(log));
      const [last] = Object.entries(await sizes(recovered.dir)).filter(([name]) => name === '2.log');
      expect(last?.[1]).toBeLessThan(290);
      await crashed.manager.shutdown();
      await manager.shutdown();
    });
  });

  test('a log that is opened again goes on without', async () => {
    await withFolder(async (folder) => {
      const first = await openBroker(folder, { config: PREALLOCATED });
      await (await first.log()).appendAsLeader(batch(['a']), LEADER);
      await first.manager.shutdown();
      const broker = await openBroker(folder, { config: PREALLOCATED });
      const { manager } = broker;
      const log = await broker.log();
      await log.appendAsLeader(batch(['b']), LEADER);
      expect((await sizes(log.dir))['0.log']).toBeLessThan(290);
      await manager.shutdown();
    });
  });
});

describe('the recovery point checkpoint', () => {
  async function checkpointed(folder: string): Promise<string[]> {
    const text = await readFile(join(folder, 'recovery-point-offset-checkpoint'), 'utf8');
    return text.split('\n').slice(2, -1);
  }

  test('goes back with a log that was cut, before anything is written there again', async () => {
    await withFolder(async (folder) => {
      const broker = await openBroker(folder);
      const { manager } = broker;
      const log = await broker.log();
      await log.appendAsLeader(batch(['a']), LEADER);
      await log.appendAsLeader(batch(['b']), LEADER);
      await log.flush();
      await manager.checkpointRecoveryPoints();
      expect(await checkpointed(folder)).toEqual(['orders 0 2']);
      await log.truncateTo(1);
      expect(await checkpointed(folder)).toEqual(['orders 0 1']);
      await log.truncateFullyAndStartAt(7);
      expect(await checkpointed(folder)).toEqual(['orders 0 7']);
      await manager.shutdown();
    });
  });
});
