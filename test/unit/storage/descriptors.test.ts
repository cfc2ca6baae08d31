/** A broker may hold ten thousand replicas with many segments each: what matters is how few of their files are open. */
import { readdir, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { UnifiedLog } from '../../../src/storage/index.ts';
import { batch, type Broker, copyFolder, openBroker, readOnce, withFolder } from './support.ts';

const LOGS = 20;
const SEGMENTS = 6;
const CONFIG = { segmentBytes: 80 };

const onLinux = process.platform === 'linux' ? test : test.skip;

/** How many files below the folder this process has open. */
async function openFilesIn(folder: string): Promise<number> {
  const targets = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(join('/proc/self/fd', fd)).catch(() => '')),
  );
  return targets.filter((path) => path.startsWith(`${folder}/`) && path.includes('.log')).length;
}

async function write(broker: Broker): Promise<UnifiedLog[]> {
  const logs = await Promise.all(Array.from({ length: LOGS }, (_, index) => broker.log(`topic-${index}`)));
  for (const log of logs)
    for (let segment = 0; segment < SEGMENTS; segment++)
      await log.appendAsLeader(batch([`record ${segment}`]), { leaderEpoch: 0 });
  return logs;
}

onLinux(
  'a log that cannot be loaded leaves no file open',
  async () => {
    await withFolder(async (folder) => {
      const writer = await openBroker(folder, { config: CONFIG });
      await write(writer);
      await writer.manager.shutdown();
      for (let index = 0; index < LOGS; index++)
        await writeFile(join(folder, `topic-${index}-0`, 'partition.metadata'), 'version: 0');
      await expect(openBroker(folder, { config: CONFIG })).rejects.toThrow();
      expect(await openFilesIn(folder)).toBe(0);
    });
  },
  60_000,
);

/** Each segment of each log, by offset and by time. */
async function readEverything(logs: Iterable<UnifiedLog>): Promise<void> {
  for (const log of logs)
    for (let offset = 0; offset < SEGMENTS; offset++) {
      await readOnce(log, { startOffset: offset, maxBytes: 1 });
      await log.fetchOffsetByTimestamp(1_700_000_100_000, 'log-end');
    }
}

onLinux(
  'a log that nobody reads from has one file open, one that is read from two',
  async () => {
    await withFolder(async (folder) => {
      const [first, second] = [join(folder, 'first'), join(folder, 'second')];
      const writer = await openBroker(first, { config: CONFIG, settings: { tailCacheBytes: 0 } });
      const logs = await write(writer);
      for (const log of logs) await log.flush();
      expect(await openFilesIn(first)).toBeLessThanOrEqual(LOGS);
      await readEverything(logs);
      expect(await openFilesIn(first)).toBeLessThanOrEqual(2 * LOGS);
      await copyFolder(first, second);
      await writer.manager.shutdown();
      expect(await openFilesIn(first)).toBe(0);

      const recovered = await openBroker(second, { config: CONFIG, settings: { tailCacheBytes: 0 } });
      expect(await openFilesIn(second)).toBeLessThanOrEqual(2 * LOGS);
      await readEverything(recovered.manager.allLogs());
      expect(await openFilesIn(second)).toBeLessThanOrEqual(2 * LOGS);
      await recovered.manager.shutdown();
      expect(await openFilesIn(second)).toBe(0);

      const again = await openBroker(second, { config: CONFIG });
      expect(await openFilesIn(second)).toBeLessThanOrEqual(LOGS);
      await again.manager.shutdown();
    });
  },
  60_000,
);
