/** Logs of brokers before 3.0 on disk: recovered, kept, copied and cut as Apache Kafka 3.9.1 does it. */
import { readdir, readFile, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { batchAt, batchesOf, LegacyBatch } from '../../../src/records/index.ts';
import type { LogConfig } from '../../../src/storage/index.ts';
import { batch, type Broker, copyFolder, NOW_MS, openBroker, readAll, withFolder } from '../../unit/storage/support.ts';

const WRITTEN = join(import.meta.dirname, 'written');
const CONFIG: Partial<LogConfig> = { indexIntervalBytes: 200, retentionMs: -1 };
const PARTITIONS = await readdir(WRITTEN);

type Files = Readonly<Record<string, string>>;

const { recovered } = JSON.parse(await readFile(join(import.meta.dirname, 'kafka-3.9.1.json'), 'utf8')) as {
  /** What the original left of each partition after recovery and a clean stop, in hex. */
  readonly recovered: Readonly<Record<string, Files>>;
};

async function filesOf(folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const name of (await readdir(folder)).sort())
    files[name] = (await readFile(join(folder, name))).toString('hex');
  return files;
}

async function writtenBatches(partition: string): Promise<Buffer[]> {
  const names = (await readdir(join(WRITTEN, partition))).filter((name) => name.endsWith('.log')).sort();
  const batches: Buffer[] = [];
  for (const name of names)
    for (const { bytes } of batchesOf(await readFile(join(WRITTEN, partition, name))))
      batches.push(Buffer.from(bytes));
  return batches;
}

async function withRecovered(
  partition: string,
  task: (broker: Broker, folder: string) => Promise<void>,
  config: Partial<LogConfig> = {},
): Promise<void> {
  await withFolder(async (folder) => {
    await copyFolder(join(WRITTEN, partition), join(folder, partition));
    const broker = await openBroker(folder, { config: { ...CONFIG, ...config } });
    await task(broker, join(folder, partition));
    await broker.manager.shutdown();
  });
}

describe('a log of a broker before 3.0', () => {
  test.each(PARTITIONS)('%s is recovered as by the original', async (partition) => {
    await withRecovered(partition, async (broker, folder) => {
      await broker.manager.shutdown();
      expect(await filesOf(folder)).toEqual(recovered[partition]);
    });
  });

  test.each(PARTITIONS)('%s is opened after a clean stop and closed again as it was', async (partition) => {
    await withRecovered(partition, async (broker, folder) => {
      await broker.manager.shutdown();
      const before = await filesOf(folder);
      const again = await openBroker(join(folder, '..'), { config: CONFIG });
      expect(again.manager.getLog(partition.slice(0, -2), 0)?.logEndOffset).toBeGreaterThan(0);
      await again.manager.shutdown();
      expect(await filesOf(folder)).toEqual(before);
    });
  });

  test.each(PARTITIONS)('%s gets a lost index back after a clean stop', async (partition) => {
    await withRecovered(partition, async (broker, folder) => {
      await broker.manager.shutdown();
      const names = (await readdir(folder)).filter((name) => /\.(index|timeindex)$/.test(name));
      for (const name of names) await rm(join(folder, name));
      await (await openBroker(join(folder, '..'), { config: CONFIG })).manager.shutdown();
      const indexes = (files: Files): Files =>
        Object.fromEntries(Object.entries(files).filter(([name]) => names.includes(name)));
      expect(indexes(await filesOf(folder))).toEqual(indexes(recovered[partition]!));
    });
  });
});

describe('a follower of such a log', () => {
  test.each(PARTITIONS)('keeps the bytes of %s', async (partition) => {
    await withFolder(async (folder) => {
      const broker = await openBroker(folder, { config: CONFIG });
      const log = await broker.log('copy');
      const batches = (await writtenBatches(partition)).filter((bytes) => batchAt(bytes).isValid());
      for (const bytes of batches) await log.appendAsFollower(Buffer.from(bytes));
      expect(log.logEndOffset).toBe(batchAt(batches.at(-1)!).nextOffset);
      const whole = Buffer.concat(batches);
      expect(await readAll(log)).toEqual(whole);
      await broker.manager.shutdown();
      expect(await readFile(join(folder, 'copy-0', '00000000000000000000.log'))).toEqual(whole);
    });
  });

  test('takes many messages at once, and refuses one that is damaged or that it has', async () => {
    await withFolder(async (folder) => {
      const broker = await openBroker(folder, { config: CONFIG });
      const log = await broker.log('copy');
      const batches = await writtenBatches('old-v1-0');
      const { firstOffset, lastOffset } = await log.appendAsFollower(Buffer.concat(batches.slice(0, 8)));
      expect([firstOffset, lastOffset]).toEqual([0, batchAt(batches[7]!).lastOffset]);
      await expect(log.appendAsFollower(Buffer.from(batches[7]!))).rejects.toThrow('Unexpected offset');
      const damaged = Buffer.from(batches[8]!);
      damaged[damaged.length - 1]! ^= 1;
      await expect(log.appendAsFollower(damaged)).rejects.toThrow('Record is corrupt');
      expect(log.nextOffset).toBe(lastOffset + 1);
      await broker.manager.shutdown();
    });
  });

  test('forgets its leader epochs with the first message that has none', async () => {
    await withFolder(async (folder) => {
      const broker = await openBroker(folder, { config: CONFIG });
      const log = await broker.log('copy');
      const epochs: number[] = [];
      for (const bytes of await writtenBatches('old-epochs-0')) {
        await log.appendAsFollower(Buffer.from(bytes));
        epochs.push(log.latestEpoch);
      }
      expect(epochs).toEqual([-1, -1, -1, 2, -1, 2, 5, 5]);
      await broker.manager.shutdown();
    });
  });

  test.each([3, 5, 14, 18, 24, 50])('is cut at %i in front of the message that holds it', async (offset) => {
    await withRecovered('old-v1-0', async (broker) => {
      const log = broker.manager.getLog('old-v1', 0)!;
      const batches = await writtenBatches('old-v1-0');
      const kept = batches.filter((bytes) => batchAt(bytes).lastOffset < offset);
      await log.truncateTo(offset);
      expect(log.logEndOffset).toBe(offset);
      expect(await readUpTo(log.logEndOffset, broker)).toEqual(Buffer.concat(kept));
      for (const bytes of batches.slice(kept.length)) await log.appendAsFollower(Buffer.from(bytes));
      expect(await readUpTo(log.logEndOffset, broker)).toEqual(Buffer.concat(batches));
    });
  });
});

async function readUpTo(end: number, broker: Broker): Promise<Buffer> {
  const log = broker.manager.getLog('old-v1', 0)!;
  const parts: Buffer[] = [];
  for (let startOffset = 0; startOffset < end; ) {
    const part = await readAll(log, { startOffset });
    if (part.length === 0) break;
    parts.push(part);
    startOffset = [...batchesOf(part)].at(-1)!.nextOffset;
  }
  return Buffer.concat(parts);
}

describe('retention', () => {
  test('goes by the age of the file where messages have no time', async () => {
    const day = 24 * 60 * 60 * 1000;
    await withFolder(async (folder) => {
      const partition = join(folder, 'old-v0-0');
      await copyFolder(join(WRITTEN, 'old-v0-0'), partition);
      for (const [index, name] of (await readdir(partition)).sort().entries()) {
        const time = new Date(NOW_MS - (5 - index * 2) * day);
        await utimes(join(partition, name), time, time);
      }
      const broker = await openBroker(folder, { config: { ...CONFIG, retentionMs: 2 * day } });
      const log = broker.manager.getLog('old-v0', 0)!;
      log.updateHighWatermark(log.logEndOffset);
      expect(await log.deleteOldSegments()).toBe(2);
      expect(log.logStartOffset).toBe(52);
      await broker.manager.shutdown();
    });
  });

  test('goes by the time of the messages where they have one', async () => {
    await withRecovered('old-v1-0', async (broker) => {
      const log = broker.manager.getLog('old-v1', 0)!;
      log.updateHighWatermark(log.logEndOffset);
      log.updateConfig({ ...log.config, retentionMs: NOW_MS - 1_500_000_100_050 });
      expect(await log.deleteOldSegments()).toBe(1);
      expect(log.logStartOffset).toBe(37);
    });
  });
});

test('a message of an old format is a batch to whoever walks a log', async () => {
  const wrapper = (await writtenBatches('old-v1-0')).map((bytes) => batchAt(bytes)).find(({ compression }) => compression === 'lz4');
  expect(wrapper).toBeInstanceOf(LegacyBatch);
  expect(wrapper).toMatchObject({
    baseOffset: 12,
    lastOffset: 15,
    nextOffset: 16,
    count: 4,
    maxTimestamp: 1_500_000_000_015,
    partitionLeaderEpoch: -1,
    producerId: -1,
    hasProducerId: false,
    isControl: false,
  });
  expect(() => (wrapper!.baseOffset = 3)).toThrow('nothing is stamped');
  expect(batchAt(batch(['v'])).count).toBe(1);
});
