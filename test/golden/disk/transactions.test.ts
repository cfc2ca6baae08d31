import { cp, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { batchesOf, RecordBatch } from '../../../src/records/index.ts';
import { LATEST_TIMESTAMP, type LogConfig, type UnifiedLog } from '../../../src/storage/index.ts';
import { type Broker, copyFolder, openBroker, readOnce, withFolder } from '../../unit/storage/support.ts';

const GOLDEN = join(import.meta.dirname, 'transactions');
const TOPIC = 'golden-transactions';
const PARTITION = `${TOPIC}-0`;
const CONFIG: Partial<LogConfig> = { segmentBytes: 4096, indexIntervalBytes: 512, retentionMs: -1 };
/** Of the three sizes fetched with, the one that ends inside a batch. */
const CUTS_A_BATCH = 900;

interface Recorded {
  readonly lastStableOffset: number;
  readonly highWatermark: number;
  /** What the original answered to read-committed fetches; `aborted` holds producer id and first offset. */
  readonly fetches: readonly {
    readonly offset: number;
    readonly maxBytes: number;
    readonly aborted: readonly (readonly [number, number])[];
  }[];
}

async function recorded(): Promise<Recorded> {
  return JSON.parse(await readFile(join(GOLDEN, 'fetches.json'), 'utf8')) as Recorded;
}

async function filesOf(folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const name of await readdir(folder)) files[name] = (await readFile(join(folder, name))).toString('hex');
  return files;
}

const goldenFiles = (): Promise<Record<string, string>> => filesOf(join(GOLDEN, PARTITION));

const withoutSnapshots = (files: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).filter(([name]) => !name.endsWith('.snapshot')));

async function goldenBatches(): Promise<Buffer[]> {
  const names = (await readdir(join(GOLDEN, PARTITION))).filter((name) => name.endsWith('.log')).sort();
  const batches: Buffer[] = [];
  for (const name of names)
    for (const { bytes } of batchesOf(await readFile(join(GOLDEN, PARTITION, name))))
      batches.push(Buffer.from(bytes));
  return batches;
}

/** The golden partition in a folder of its own, as after a clean stop or a crash. */
async function withGolden(
  stop: 'clean' | 'unclean',
  task: (folder: string, partition: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const partition = join(folder, PARTITION);
    await copyFolder(join(GOLDEN, PARTITION), partition);
    const marker = '.kafka_cleanshutdown';
    if (stop === 'clean') await cp(join(import.meta.dirname, 'clean-stop', marker), join(folder, marker));
    await task(folder, partition);
  });
}

/** What was just appended is served from memory in whole batches: less of it, where the original cuts one off. */
async function expectAnswersOfTheOriginal(log: UnifiedLog, from: 'disk' | 'memory' = 'disk'): Promise<void> {
  const { lastStableOffset, highWatermark, fetches } = await recorded();
  log.updateHighWatermark(highWatermark);
  expect(log.lastStableOffset).toBe(lastStableOffset);
  const latest = await log.fetchOffsetByTimestamp(LATEST_TIMESTAMP, 'txn-committed');
  expect(latest?.offset).toBe(lastStableOffset);
  for (const { offset, maxBytes, aborted } of fetches) {
    if (from === 'memory' && maxBytes === CUTS_A_BATCH) continue;
    const read = await readOnce(log, { startOffset: offset, maxBytes, isolation: 'txn-committed' });
    const answer = (read.abortedTransactions ?? []).map(({ producerId, firstOffset }) => [
      producerId,
      firstOffset,
    ]);
    expect({ offset, maxBytes, aborted: answer }).toEqual({ offset, maxBytes, aborted });
  }
}

async function fetchFrom(log: UnifiedLog, offset: number): Promise<void> {
  for (const bytes of await goldenBatches())
    if (new RecordBatch(bytes).baseOffset >= offset) await log.appendAsFollower(bytes);
}

/** A replica that has fetched the whole golden partition. */
async function withFollower(
  task: (broker: Broker, log: UnifiedLog, partition: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const broker = await openBroker(folder, { config: CONFIG });
    const log = await broker.log(TOPIC);
    const id = await readFile(join(GOLDEN, PARTITION, 'partition.metadata'), 'utf8');
    await log.assignTopicId(id.split('topic_id: ')[1]!);
    await fetchFrom(log, 0);
    await task(broker, log, join(folder, PARTITION));
  });
}

async function opened(folder: string): Promise<{ broker: Broker; log: UnifiedLog }> {
  const broker = await openBroker(folder, { config: CONFIG });
  return { broker, log: broker.manager.getLog(TOPIC, 0)! };
}

/** A cut leaves one of where it was made, until the log is opened again. */
const snapshotAt = (offset: number): string => `${String(offset).padStart(20, '0')}.snapshot`;

const isTransactionIndex = (name: string): boolean => name.endsWith('.txnindex');

describe('a log with transactions of Kafka 3.9.1', () => {
  test('is opened after a clean stop, answers what the original answered and is closed byte for byte the same', async () => {
    await withGolden('clean', async (folder, partition) => {
      const { broker, log } = await opened(folder);
      await expectAnswersOfTheOriginal(log);
      await broker.manager.shutdown();
      expect(await filesOf(partition)).toEqual(await goldenFiles());
    });
  });

  test('gets its transaction indexes back after a crash', async () => {
    await withGolden('unclean', async (folder, partition) => {
      const names = (await readdir(partition)).filter(isTransactionIndex);
      expect(names).toHaveLength(3);
      for (const name of names) await rm(join(partition, name));
      const { broker, log } = await opened(folder);
      await expectAnswersOfTheOriginal(log);
      await broker.manager.shutdown();
      expect(await filesOf(partition)).toEqual(await goldenFiles());
    });
  });

  test('gets a damaged transaction index back after a clean stop', async () => {
    await withGolden('clean', async (folder, partition) => {
      const [name] = (await readdir(partition)).filter(isTransactionIndex).sort();
      await truncate(join(partition, name!), 40);
      const { broker, log } = await opened(folder);
      await expectAnswersOfTheOriginal(log);
      await broker.manager.shutdown();
      // Snapshots behind the segment go with its recovery, as in the original.
      expect(withoutSnapshots(await filesOf(partition))).toEqual(withoutSnapshots(await goldenFiles()));
    });
  });

  test('is the same on a follower that fetches it', async () => {
    await withFollower(async (broker, log, partition) => {
      await expectAnswersOfTheOriginal(log, 'memory');
      await broker.manager.shutdown();
      expect(await filesOf(partition)).toEqual(await goldenFiles());
    });
  });

  test('has the same transaction indexes on a follower that had to go back and fetch again', async () => {
    await withFollower(async (broker, log, partition) => {
      const { lastStableOffset, highWatermark } = await recorded();
      const cuts = [110, 69, 39];
      for (const offset of cuts) {
        await log.truncateTo(offset);
        await fetchFrom(log, log.nextOffset);
        log.updateHighWatermark(highWatermark);
        expect(log.lastStableOffset).toBe(lastStableOffset);
      }
      await broker.manager.shutdown();
      const { [snapshotAt(cuts.at(-1)!)]: ofTheCut, ...files } = await filesOf(partition);
      expect(ofTheCut).toBeDefined();
      // Index entries follow the bytes appended since the cut, so those files may differ.
      const indexed = (all: Record<string, string>): Record<string, string> =>
        Object.fromEntries(Object.entries(all).filter(([name]) => !/\d\.(index|timeindex)$/.test(name)));
      expect(indexed(files)).toEqual(indexed(await goldenFiles()));
    });
  });
});
