import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  BATCH_ATTRIBUTE,
  BATCH_LAYOUT,
  batchesOf,
  decodeRecords,
  prepareCompression,
  RecordBatch,
  writeInt64,
} from '../../../src/records/index.ts';
import type { LogConfig, UnifiedLog } from '../../../src/storage/index.ts';
import { copyFolder, openBroker, withFolder } from '../../unit/storage/support.ts';

const GOLDEN = join(import.meta.dirname, 'clean-stop');
const PARTITIONS = ['golden-0', 'golden-txn-0', 'golden-append-time-0', 'golden-empty-0'];

const CONFIG: Partial<LogConfig> = { segmentBytes: 8192, indexIntervalBytes: 512, retentionMs: -1 };

async function filesOf(folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const name of await readdir(folder)) files[name] = (await readFile(join(folder, name))).toString('hex');
  return files;
}

/** Loading forgets an epoch that has no record yet, as the original does: becoming leader names the epoch anew. */
async function afterLoad(partition: string): Promise<Record<string, string>> {
  const files = await filesOf(join(GOLDEN, partition));
  if (partition === 'golden-empty-0') files['leader-epoch-checkpoint'] = Buffer.from('0\n0\n').toString('hex');
  return files;
}

async function goldenBatches(partition: string): Promise<Buffer[]> {
  const names = (await readdir(join(GOLDEN, partition))).filter((name) => name.endsWith('.log'));
  const batches: Buffer[] = [];
  for (const name of names)
    for (const batch of batchesOf(await readFile(join(GOLDEN, partition, name)))) batches.push(batch.bytes);
  return batches;
}

/** The batch as it left the producer: the broker's two stamps taken off again. */
function asSent(stored: Buffer): Buffer {
  const sent = Buffer.from(stored);
  const batch = new RecordBatch(sent);
  batch.baseOffset = 0;
  batch.partitionLeaderEpoch = -1;
  return sent;
}

/** The same under LogAppendTime, whose stamp lies inside the checksummed bytes. */
function asSentBeforeAppendTime(stored: Buffer): Buffer {
  const sent = asSent(stored);
  const batch = new RecordBatch(sent);
  sent.writeInt16BE(batch.attributes & ~BATCH_ATTRIBUTE.logAppendTime, BATCH_LAYOUT.attributes);
  writeInt64(sent, batch.baseTimestamp, BATCH_LAYOUT.maxTimestamp);
  sent.writeUInt32BE(batch.computeCrc(), BATCH_LAYOUT.crc);
  return sent;
}

async function newLog(
  folder: string,
  topic: string,
  config: Partial<LogConfig> = CONFIG,
): Promise<{ log: UnifiedLog; setNowMs: (nowMs: number) => void; stop: () => Promise<void> }> {
  const broker = await openBroker(folder, { config });
  const log = await broker.log(topic);
  const id = await readFile(join(GOLDEN, `${topic}-0`, 'partition.metadata'), 'utf8');
  await log.assignTopicId(id.split('topic_id: ')[1]!);
  log.assignEpochStartOffset(0, 0);
  return {
    log,
    setNowMs: (nowMs) => (broker.test.nowMs = nowMs),
    stop: () => broker.manager.shutdown(),
  };
}

describe('log dirs of Kafka 3.9.1', () => {
  test('are opened after a clean stop without rebuilding anything, and closed again byte for byte the same', async () => {
    await withFolder(async (folder) => {
      await copyFolder(GOLDEN, folder);
      const broker = await openBroker(folder, { config: CONFIG });
      const ends = PARTITIONS.map((name) => broker.manager.getLog(name.slice(0, -2), 0)?.logEndOffset);
      expect(ends).toEqual([630, 42, 5, 0]);
      expect(broker.manager.checkpointedHighWatermark(folder, { topic: 'golden', partition: 0 })).toBe(630);
      expect(broker.manager.getLog('golden', 0)!.recoveryPoint).toBe(630);
      expect([...broker.manager.getLog('golden', 0)!.producers.producers.keys()]).toHaveLength(5);
      await broker.manager.shutdown();
      for (const name of PARTITIONS) expect(await filesOf(join(folder, name))).toEqual(await afterLoad(name));
      for (const name of ['.kafka_cleanshutdown', 'log-start-offset-checkpoint', 'meta.properties'])
        expect(await readFile(join(folder, name))).toEqual(await readFile(join(GOLDEN, name)));
      const lines = async (from: string): Promise<string[]> =>
        (await readFile(join(from, 'recovery-point-offset-checkpoint'), 'utf8')).split('\n').sort();
      expect(await lines(folder)).toEqual(await lines(GOLDEN));
    });
  });

  test('are recovered to the same bytes after an unclean stop', async () => {
    await withFolder(async (folder) => {
      for (const name of PARTITIONS) await copyFolder(join(GOLDEN, name), join(folder, name));
      const broker = await openBroker(folder, { config: CONFIG });
      await broker.manager.shutdown();
      for (const name of PARTITIONS) {
        expect(await filesOf(join(folder, name))).toEqual(await afterLoad(name));
      }
    });
  });

  test('a leader that is sent the same batches writes the same files', async () => {
    await withFolder(async (folder) => {
      const { log, stop } = await newLog(folder, 'golden');
      for (const stored of await goldenBatches('golden-0'))
        await log.appendAsLeader(asSent(stored), { leaderEpoch: 0 });
      await stop();
      expect(await filesOf(join(folder, 'golden-0'))).toEqual(await filesOf(join(GOLDEN, 'golden-0')));
    });
  });

  test('a leader that is sent them all in one turn writes the same files', async () => {
    await withFolder(async (folder) => {
      const { log, stop } = await newLog(folder, 'golden');
      const appends = (await goldenBatches('golden-0')).map((stored) =>
        log.appendAsLeader(asSent(stored), { leaderEpoch: 0 }),
      );
      await Promise.all(appends);
      await stop();
      expect(await filesOf(join(folder, 'golden-0'))).toEqual(await filesOf(join(GOLDEN, 'golden-0')));
    });
  });

  test('a follower that fetches them writes the same files', async () => {
    await withFolder(async (folder) => {
      const { log, stop } = await newLog(folder, 'golden');
      for (const stored of await goldenBatches('golden-0')) await log.appendAsFollower(Buffer.from(stored));
      await stop();
      expect(await filesOf(join(folder, 'golden-0'))).toEqual(await filesOf(join(GOLDEN, 'golden-0')));
    });
  });

  test('transactions leave the same log and snapshot', async () => {
    await withFolder(async (folder) => {
      const { log, stop } = await newLog(folder, 'golden-txn');
      for (const stored of await goldenBatches('golden-txn-0')) {
        const origin = new RecordBatch(stored).isControl ? 'coordinator' : 'client';
        await log.appendAsLeader(asSent(stored), { leaderEpoch: 0, origin });
      }
      log.updateHighWatermark(log.logEndOffset);
      expect(log.lastStableOffset).toBe(log.logEndOffset);
      await stop();
      expect(await filesOf(join(folder, 'golden-txn-0'))).toEqual(await filesOf(join(GOLDEN, 'golden-txn-0')));
    });
  });

  test('LogAppendTime stamps the batch as the original did', async () => {
    await withFolder(async (folder) => {
      const [stored] = await goldenBatches('golden-append-time-0');
      const config = { messageTimestampType: 'LogAppendTime' } as const;
      const { log, setNowMs, stop } = await newLog(folder, 'golden-append-time', config);
      const appendTime = new RecordBatch(stored!).maxTimestamp;
      setNowMs(appendTime);
      const info = await log.appendAsLeader(asSentBeforeAppendTime(stored!), { leaderEpoch: 0 });
      expect(info.logAppendTime).toBe(appendTime);
      await stop();
      const name = 'golden-append-time-0';
      expect(await filesOf(join(folder, name))).toEqual(await filesOf(join(GOLDEN, name)));
    });
  });

  test('a leader that was never written to has the original\'s files', async () => {
    await withFolder(async (folder) => {
      const { stop } = await newLog(folder, 'golden-empty');
      await stop();
      const name = 'golden-empty-0';
      expect(await filesOf(join(folder, name))).toEqual(await filesOf(join(GOLDEN, name)));
    });
  });

  test('batches of every codec hold what the Java producer put in', async () => {
    await prepareCompression();
    const counts: Record<string, number> = {};
    for (const stored of await goldenBatches('golden-0')) {
      const batch = new RecordBatch(stored);
      expect(batch.isValid()).toBe(true);
      const records = decodeRecords(batch);
      counts[batch.compression!] = (counts[batch.compression!] ?? 0) + records.length;
      const first = records[1]!;
      expect(first.key?.toString()).toBe('key-1');
      expect(first.value?.toString()).toMatch(/ value 1 xxx$/);
      expect(first.headers).toEqual([
        { key: 'trace', value: Buffer.from('h1') },
        { key: 'empty', value: null },
      ]);
      expect(records[0]!.key).toBeNull();
    }
    expect(counts).toEqual({ none: 126, gzip: 126, snappy: 126, lz4: 126, zstd: 126 });
  });
});
