/** The decisions of the cleaner, without a log. */
import { describe, expect, test } from '@jest/globals';
import {
  batchesOf,
  buildBatch,
  buildEndTransactionMarker,
  decodeRecords,
  type RecordBatch,
} from '../../../../src/records/index.ts';
import {
  decideLogToClean,
  dirtiest,
  firstDirtyOffsetOf,
  isDue,
  type LogFacts,
} from '../../../../src/storage/cleaner/choose-log.ts';
import { CleaningStates } from '../../../../src/storage/cleaner/cleaning-states.ts';
import { filterBatches } from '../../../../src/storage/cleaner/filter-batches.ts';
import { indexKeys } from '../../../../src/storage/cleaner/index-keys.ts';
import { lastBatches, type LastOfProducer } from '../../../../src/storage/cleaner/last-batches.ts';
import { emptyOffsetMap, OffsetMap } from '../../../../src/storage/cleaner/offset-map.ts';
import { planGroups } from '../../../../src/storage/cleaner/plan-groups.ts';
import { Throttler } from '../../../../src/storage/cleaner/throttler.ts';
import { awaitAborted, noTransactions } from '../../../../src/storage/cleaner/transactions-seen.ts';
import type { IndexedTransaction } from '../../../../src/storage/transaction-index.ts';

const NO_LAG = { minCompactionLagMs: 0, maxCompactionLagMs: Number.MAX_SAFE_INTEGER };

describe('what is cleaned next', () => {
  const facts: LogFacts = {
    logStartOffset: 0,
    logEndOffset: 500,
    lastStableOffset: 500,
    segments: [0, 100, 200, 300, 400].map((baseOffset) => ({
      baseOffset,
      sizeInBytes: 1000,
      largestTimestamp: baseOffset + 99,
      firstBatchTimestamp: baseOffset + 1,
    })),
    nowMs: 1000,
  };

  test('a log is dirty from where the last pass came to, to the active segment', () => {
    expect(decideLogToClean(facts, 200, NO_LAG)).toEqual({
      firstDirtyOffset: 200,
      firstUncleanableOffset: 400,
      cleanBytes: 2000,
      cleanableBytes: 2000,
      cleanableRatio: 0.5,
      compactionDelayMs: 0,
    });
  });

  test('nothing of the segment that holds the last stable offset is touched', () => {
    const unstable = { ...facts, lastStableOffset: 250 };
    expect(decideLogToClean(unstable, 0, NO_LAG).firstUncleanableOffset).toBe(200);
    expect(decideLogToClean(unstable, 200, NO_LAG).cleanableBytes).toBe(0);
    expect(decideLogToClean(unstable, 300, NO_LAG).cleanableBytes).toBe(0);
  });

  test('nor what is younger than min.compaction.lag.ms', () => {
    const lag = { ...NO_LAG, minCompactionLagMs: 750 };
    expect(decideLogToClean(facts, 0, lag).firstUncleanableOffset).toBe(200);
    expect(decideLogToClean(facts, 0, { ...lag, minCompactionLagMs: 1001 }).firstUncleanableOffset).toBe(0);
  });

  test('a log is due when it is dirtier than its ratio, or its oldest dirty record has waited too long', () => {
    const half = decideLogToClean(facts, 200, NO_LAG);
    expect([isDue(half, 0.4), isDue(half, 0.5)]).toEqual([true, false]);
    const late = decideLogToClean(facts, 200, { ...NO_LAG, maxCompactionLagMs: 700 });
    expect([late.compactionDelayMs, isDue(late, 1)]).toEqual([99, true]);
    const done = decideLogToClean(facts, 400, { ...NO_LAG, maxCompactionLagMs: 1 });
    expect(isDue(done, 0)).toBe(false);
  });

  test('of those that are due the dirtiest comes first', () => {
    const logs = [300, 100, 200].map((offset) => ({
      offset,
      toClean: decideLogToClean(facts, offset, NO_LAG),
    }));
    expect(dirtiest(logs)?.offset).toBe(100);
    expect(dirtiest(logs.slice(3))?.offset).toBeUndefined();
  });

  test('a checkpoint outside of the log says nothing', () => {
    const extent = { logStartOffset: 10, logEndOffset: 20 };
    expect([undefined, 9, 10, 15, 20, 21].map((offset) => firstDirtyOffsetOf(extent, offset))).toEqual([
      10, 10, 10, 15, 20, 10,
    ]);
  });
});

describe('segments are put together', () => {
  const segment = (baseOffset: number, sizeInBytes: number, indexBytes = 10) => ({
    baseOffset,
    sizeInBytes,
    offsetIndexBytes: indexBytes,
    timeIndexBytes: indexBytes,
  });
  const groupsOf = (...segments: ReturnType<typeof segment>[]): number[][] =>
    planGroups(segments, {
      segmentBytes: 100,
      segmentIndexBytes: 100,
      endOffset: segments.at(-1)!.baseOffset + 1e8,
    }).map((group) => group.map(({ baseOffset }) => baseOffset));

  test('as long as their bytes and their indexes fit one segment', () => {
    expect(groupsOf(segment(0, 40), segment(1, 60), segment(2, 1), segment(3, 99), segment(4, 1))).toEqual([
      [0, 1],
      [2, 3],
      [4],
    ]);
    expect(groupsOf(segment(0, 1, 60), segment(1, 1, 50), segment(2, 1, 50))).toEqual([[0], [1, 2]]);
    expect(groupsOf(segment(0, 500), segment(1, 500))).toEqual([[0], [1]]);
  });

  test('and their offsets fit four bytes', () => {
    const spread = [segment(0, 1), segment(1e9, 1), segment(2e9, 1), segment(2.2e9, 1)];
    expect(groupsOf(...spread)).toEqual([
      [0, 1e9],
      [2e9, 2.2e9],
    ]);
  });
});

describe('transactions', () => {
  const producer = { producerId: 9, producerEpoch: 3, isTransactional: true };
  const data = (baseOffset: number, key: string, baseSequence = 0): Buffer =>
    buildBatch({
      ...producer,
      baseOffset,
      baseSequence,
      records: [{ key: Buffer.from(key), value: Buffer.from(`at ${baseOffset}`), timestamp: 5 }],
    });
  const marker = (baseOffset: number, result: 'abort' | 'commit'): Buffer => {
    const bytes = buildEndTransactionMarker({ ...producer, result, coordinatorEpoch: 1, timestamp: 5 });
    const [batch] = batchesOf(bytes);
    batch!.baseOffset = baseOffset;
    return bytes;
  };
  const plain = (baseOffset: number, key: string): Buffer =>
    buildBatch({
      baseOffset,
      records: [{ key: Buffer.from(key), value: Buffer.from('plain'), timestamp: 5 }],
    });

  interface Given {
    readonly aborted?: readonly IndexedTransaction[];
    readonly producers?: readonly LastOfProducer[];
    readonly nowMs?: number;
  }

  function clean(
    log: readonly Buffer[],
    { aborted = [], producers = [], nowMs = 1000 }: Given = {},
  ): RecordBatch[] {
    const records = Buffer.concat(log);
    const map = new OffsetMap(emptyOffsetMap({ bufferBytes: 10_000, loadFactor: 0.9, offsetsMax: 100 }));
    const first = noTransactions();
    awaitAborted(first, aborted);
    expect(indexKeys(records, 0, { map, transactions: first }).bytesRead).toBe(records.length);
    const transactions = noTransactions();
    awaitAborted(transactions, aborted);
    const rules = {
      map,
      transactions,
      lastBatches: lastBatches(producers),
      nowMs,
      deleteRetentionMs: 500,
      retainsLegacyDeletes: false,
    };
    const { retained } = filterBatches(records, rules, 4096);
    return [...batchesOf(retained)];
  }
  const offsets = (batches: readonly RecordBatch[]): number[] => batches.map(({ baseOffset }) => baseOffset);
  const aborted = [{ producerId: 9, firstOffset: 1, lastOffset: 3, lastStableOffset: 4 }];

  test('what was aborted goes, and supersedes nothing; its marker stays while its data was there', () => {
    const log = [plain(0, 'a'), data(1, 'a'), data(2, 'b', 1), marker(3, 'abort'), plain(4, 'c')];
    const once = clean(log, { aborted });
    expect(offsets(once)).toEqual([0, 3, 4]);
    expect(once[1]!.hasDeleteHorizon).toBe(false);
  });

  test('a marker without data gets a time to live, and goes after it', () => {
    const log = [plain(0, 'a'), marker(3, 'abort'), plain(4, 'c')];
    const twice = clean(log, { aborted });
    expect(offsets(twice)).toEqual([0, 3, 4]);
    expect([twice[1]!.hasDeleteHorizon, twice[1]!.baseTimestamp, decodeRecords(twice[1]!).length]).toEqual([
      true,
      1500,
      1,
    ]);
    const stamped = twice.map(({ bytes }) => bytes);
    expect(offsets(clean(stamped, { aborted, nowMs: 1499 }))).toEqual([0, 3, 4]);
    expect(offsets(clean(stamped, { aborted, nowMs: 1500 }))).toEqual([0, 4]);
  });

  test('the marker of a producer that is known by nothing else stays, emptied, for its epoch', () => {
    const [stamped] = clean([marker(3, 'commit')]);
    expect(stamped!.hasDeleteHorizon).toBe(true);
    const known = { producerId: 9, producerEpoch: 3, lastDataOffset: undefined };
    const [empty] = clean([stamped!.bytes], { producers: [known], nowMs: 2000 });
    expect([empty!.baseOffset, empty!.count, empty!.isControl, empty!.producerEpoch]).toEqual([
      3,
      0,
      true,
      3,
    ]);
    expect(offsets(clean([empty!.bytes], { producers: [known], nowMs: 2000 }))).toEqual([3]);
    expect(clean([empty!.bytes], { nowMs: 2000 })).toEqual([]);
  });

  test('what was committed is treated like any record, and its marker stays as long as something of it is read', () => {
    const log = [data(0, 'a'), data(1, 'b', 1), marker(2, 'commit'), plain(3, 'a')];
    const cleaned = clean(log);
    expect(offsets(cleaned)).toEqual([1, 2, 3]);
    expect(cleaned[1]!.hasDeleteHorizon).toBe(false);
  });
});

describe('who may touch a partition', () => {
  const topicPartition = { topic: 'orders', partition: 1 };

  test('a pass that is told to stop ends before who told it goes on', async () => {
    const states = new CleaningStates();
    expect(states.start(topicPartition)).toBe(true);
    expect(states.start(topicPartition)).toBe(false);
    const order: string[] = [];
    const first = states.pause(topicPartition)!.then(() => order.push('paused'));
    const second = states.pause(topicPartition)!.then(() => order.push('paused too'));
    expect(states.isAborted(topicPartition)).toBe(true);
    order.push('ended');
    states.finish(topicPartition);
    await Promise.all([first, second]);
    expect(order).toEqual(['ended', 'paused', 'paused too']);
    states.resume(topicPartition);
    expect(states.start(topicPartition)).toBe(false);
    states.resume(topicPartition);
    expect(states.start(topicPartition)).toBe(true);
  });

  test('nobody waits for a partition that is not worked on', () => {
    const states = new CleaningStates();
    expect(states.pause(topicPartition)).toBeUndefined();
    expect(states.pause(topicPartition)).toBeUndefined();
    states.resume(topicPartition);
    expect(states.isBusy(topicPartition)).toBe(true);
    states.resume(topicPartition);
    expect(states.isBusy(topicPartition)).toBe(false);
  });
});

describe('log.cleaner.io.max.bytes.per.second', () => {
  function throttlerAt(bytesPerSecond: number): {
    readonly throttler: Throttler;
    readonly now: () => number;
  } {
    let nowMs = 0;
    const runtime = {
      clock: { wallMs: () => nowMs, monotonicMs: () => nowMs },
      timers: {
        after: () => ({ cancel: () => undefined }),
        endOfTurn: () => undefined,
        sleep: (ms: number) => {
          nowMs += ms;
          return Promise.resolve();
        },
      },
    };
    return { throttler: new Throttler(runtime, () => bytesPerSecond), now: () => nowMs };
  }

  test('is what is read and written in a second', async () => {
    const { throttler, now } = throttlerAt(1000);
    for (let taken = 0; taken < 10; taken++) await throttler.take(500, () => undefined);
    expect(now()).toBe(5000);
  });

  test('holds nobody up by default, and lets go of a pass that must end', async () => {
    const unlimited = throttlerAt(Number.MAX_VALUE);
    await unlimited.throttler.take(1e9, () => undefined);
    expect(unlimited.now()).toBe(0);
    const { throttler, now } = throttlerAt(1);
    const mayGoOn = (): void => {
      if (now() >= 300) throw new Error('stop');
    };
    await expect(throttler.take(1e6, mayGoOn)).rejects.toThrow('stop');
    expect(now()).toBe(300);
  });
});
