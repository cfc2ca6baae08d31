import { describe, expect, test } from '@jest/globals';
import {
  batchesOf,
  buildEndTransactionMarker,
  decodeRecords,
  RecordBatch,
} from '../../../src/records/index.ts';
import { type FetchDataInfo } from '../../../src/storage/index.ts';
import { batch, NOW_MS, offsetsIn, openBroker, readAll, readOnce, withFolder, withLog } from './support.ts';

const LEADER = { leaderEpoch: 3 };

const refusal = (error: string): unknown => expect.objectContaining({ error });

describe('appending as leader', () => {
  test('gives offsets in the order of calls, shows them when written, and tells its listeners once per group', async () => {
    await withLog({}, async (log) => {
      const ends: number[] = [];
      log.onLogEndMoved((end) => ends.push(end));
      const appends = ['a', 'b', 'c'].map((value) => log.appendAsLeader(batch([value, value]), LEADER));
      expect([log.nextOffset, log.logEndOffset]).toEqual([6, 0]);
      const infos = await Promise.all(appends);
      expect(infos.map((info) => [info.firstOffset, info.lastOffset])).toEqual([
        [0, 1],
        [2, 3],
        [4, 5],
      ]);
      expect(ends).toEqual([6]);
      const records = [...batchesOf(await readAll(log))].flatMap((each) => decodeRecords(each));
      expect(records.map(({ offset, value }) => `${offset}${value?.toString() ?? ''}`)).toEqual([
        '0a',
        '1a',
        '2b',
        '3b',
        '4c',
        '5c',
      ]);
      expect([...batchesOf(await readAll(log))].map((each) => each.partitionLeaderEpoch)).toEqual([3, 3, 3]);
    });
  });

  test('refuses what the contract says, before any offset is given', async () => {
    await withLog({ maxMessageBytes: 500, segmentBytes: 450 }, async (log) => {
      const corrupt = batch(['x']);
      corrupt[65]! ^= 1;
      const placed = batch(['x'], { baseOffset: 5 });
      const twice = Buffer.concat([batch(['x']), batch(['y'])]);
      const control = buildEndTransactionMarker({
        result: 'commit',
        coordinatorEpoch: 0,
        producerId: 1,
        producerEpoch: 0,
        timestamp: 1,
      });
      const miscounted = batch(['x', 'y'], { lastOffset: 5 });
      const old = batch(['x']);
      old.writeInt8(1, 16);
      const cases: [Buffer, string][] = [
        [corrupt, 'CORRUPT_MESSAGE'],
        [placed, 'INVALID_RECORD'],
        [twice, 'INVALID_RECORD'],
        [control, 'INVALID_RECORD'],
        [miscounted, 'INVALID_RECORD'],
        [batch(['x'], { producerId: 1, producerEpoch: 0 }), 'INVALID_RECORD'],
        [batch(['x'], { timestampType: 'LogAppendTime', timestamp: -1 }), 'INVALID_TIMESTAMP'],
        [batch(['x'.repeat(600)]), 'MESSAGE_TOO_LARGE'],
        [batch(['x'.repeat(400)]), 'RECORD_LIST_TOO_LARGE'],
        [old, 'UNSUPPORTED_FOR_MESSAGE_FORMAT'],
      ];
      for (const [records, error] of cases)
        await expect(log.appendAsLeader(records, LEADER)).rejects.toEqual(refusal(error));
      expect(log.nextOffset).toBe(0);
    });
  });

  test("a time that a producer calls the log's is its own where times are the producers'", async () => {
    const claimed = (): Buffer => batch(['x'], { timestampType: 'LogAppendTime', timestamp: NOW_MS });
    await withLog({ messageTimestampType: 'LogAppendTime' }, async (log) => {
      await expect(log.appendAsLeader(claimed(), LEADER)).rejects.toEqual(refusal('INVALID_TIMESTAMP'));
    });
    await withLog({}, async (log) => {
      const appended = new RecordBatch(claimed());
      await log.appendAsLeader(appended.buffer, LEADER);
      expect([appended.timestampType, appended.maxTimestamp, appended.isValid()]).toEqual([
        'CreateTime',
        NOW_MS,
        true,
      ]);
    });
  });

  test('nothing in, nothing appended', async () => {
    await withLog({}, async (log) => {
      const info = await log.appendAsLeader(Buffer.alloc(0), LEADER);
      expect([info.firstOffset, log.nextOffset]).toEqual([-1, 0]);
    });
  });

  test('a compacted topic names the records that have no key', async () => {
    await withLog({ cleanupPolicy: ['compact'] }, async (log) => {
      await expect(log.appendAsLeader(batch(['a', 'b']), LEADER)).rejects.toMatchObject({
        error: 'INVALID_RECORD',
        recordErrors: [{ batchIndex: 0 }, { batchIndex: 1 }],
      });
    });
  });

  test('timestamps out of bounds are named', async () => {
    await withLog({ messageTimestampAfterMaxMs: 1000, messageTimestampBeforeMaxMs: 5000 }, async (log) => {
      await log.appendAsLeader(batch(['a'], { timestamp: NOW_MS - 4000 }), LEADER);
      for (const timestamp of [NOW_MS + 1001, NOW_MS - 5001])
        await expect(log.appendAsLeader(batch(['a'], { timestamp }), LEADER)).rejects.toMatchObject({
          error: 'INVALID_TIMESTAMP',
          recordErrors: [{ batchIndex: 0 }],
        });
    });
  });

  test('compression.type of the topic is put through, keeping offsets and the producer', async () => {
    await withLog({ compressionType: 'gzip' }, async (log) => {
      const producer = { producerId: 4, producerEpoch: 0, baseSequence: 0 };
      await log.appendAsLeader(batch(['a', 'b'], { compression: 'lz4', ...producer }), LEADER);
      const [stored] = [...batchesOf(await readAll(log))];
      expect([stored!.compression, stored!.producerId, stored!.isValid()]).toEqual(['gzip', 4, true]);
      expect(decodeRecords(stored!).map(({ value }) => value?.toString())).toEqual(['a', 'b']);
    });
  });
});

describe('reading', () => {
  test('answers at once from the tail, whatever becomes of the buffer that was appended', async () => {
    await withLog({}, async (log) => {
      const sent = batch(['a'.repeat(2000)]);
      await log.appendAsLeader(sent, LEADER);
      sent.fill(0);
      const read = log.read({ startOffset: 0, maxBytes: 1e6, isolation: 'log-end', minOneMessage: true });
      expect(read).not.toBeInstanceOf(Promise);
      expect((read as FetchDataInfo).records[0]!.includes('a'.repeat(2000))).toBe(true);
    });
  });

  test('shows no more than the isolation allows, from the tail and from disk', async () => {
    for (const tailCacheBytes of [1_000_000, 0])
      await withFolder(async (folder) => {
        const broker = await openBroker(folder, { settings: { tailCacheBytes } });
        const log = await broker.log();
        for (let index = 0; index < 5; index++) await log.appendAsLeader(batch(['a', 'b']), LEADER);
        log.updateHighWatermark(6);
        const read = async (
          startOffset: number,
          isolation: 'log-end' | 'high-watermark',
        ): Promise<number[]> => offsetsIn(await readOnce(log, { startOffset, isolation }));
        expect(await read(0, 'log-end')).toEqual([0, 2, 4, 6, 8]);
        expect(await read(0, 'high-watermark')).toEqual([0, 2, 4]);
        expect(await read(3, 'high-watermark')).toEqual([2, 4]);
        expect(await read(6, 'high-watermark')).toEqual([]);
        expect(await read(8, 'high-watermark')).toEqual([]);
        expect(await read(10, 'log-end')).toEqual([]);
        await broker.manager.shutdown();
      });
  });

  test('keeps to maxBytes, but gives the first batch whole when asked to', async () => {
    for (const tailCacheBytes of [1_000_000, 0])
      await withFolder(async (folder) => {
        const broker = await openBroker(folder, { settings: { tailCacheBytes } });
        const log = await broker.log();
        const size = batch(['x'.repeat(1000)]).length;
        for (let index = 0; index < 5; index++) await log.appendAsLeader(batch(['x'.repeat(1000)]), LEADER);
        const whole = async (maxBytes: number, minOneMessage = true): Promise<number[]> =>
          offsetsIn(await readOnce(log, { startOffset: 1, maxBytes, minOneMessage }));
        expect(await whole(size * 2)).toEqual([1, 2]);
        expect(await whole(size * 3 - 1)).toEqual([1, 2]);
        expect(await whole(1)).toEqual([1]);
        const nothing = await readOnce(log, { startOffset: 1, maxBytes: 1, minOneMessage: false });
        expect([nothing.sizeInBytes, nothing.firstEntryIncomplete]).toEqual([0, true]);
        await broker.manager.shutdown();
      });
  });

  test('outside the log is OFFSET_OUT_OF_RANGE', async () => {
    await withLog({}, async (log) => {
      await log.appendAsLeader(batch(['a']), LEADER);
      log.updateHighWatermark(1);
      log.maybeIncrementLogStartOffset(1);
      for (const startOffset of [0, 2])
        expect(() =>
          log.read({ startOffset, maxBytes: 1, isolation: 'log-end', minOneMessage: true }),
        ).toThrow(refusal('OFFSET_OUT_OF_RANGE'));
    });
  });

  test('an answer ends with its segment', async () => {
    for (const tailCacheBytes of [1_000_000, 0])
      await withFolder(async (folder) => {
        const broker = await openBroker(folder, {
          settings: { tailCacheBytes },
          config: { segmentBytes: 150 },
        });
        const log = await broker.log();
        for (let index = 0; index < 4; index++) await log.appendAsLeader(batch(['x']), LEADER);
        expect(log.numberOfSegments).toBe(2);
        expect(offsetsIn(await readOnce(log, { startOffset: 0 }))).toEqual([0, 1]);
        expect(offsetsIn(await readOnce(log, { startOffset: 2 }))).toEqual([2, 3]);
        await broker.manager.shutdown();
      });
  });
});

describe('offsets by time', () => {
  test('the first record that is not older, across segments and inside batches', async () => {
    await withLog({ segmentBytes: 300, indexIntervalBytes: 0 }, async (log) => {
      for (let index = 0; index < 10; index++)
        await log.appendAsLeader(batch(['a', 'b'], { timestamp: NOW_MS + index * 100 }), LEADER);
      log.updateHighWatermark(16);
      const find = async (timestamp: number): Promise<number | undefined> =>
        (await log.fetchOffsetByTimestamp(timestamp, 'high-watermark'))?.offset;
      expect(await find(NOW_MS - 5)).toBe(0);
      expect(await find(NOW_MS + 1)).toBe(1);
      expect(await find(NOW_MS + 2)).toBe(2);
      expect(await find(NOW_MS + 550)).toBe(12);
      expect(await find(NOW_MS + 850)).toBeUndefined();
      expect(await find(NOW_MS + 5000)).toBeUndefined();
      expect(await find(-1)).toBe(16);
      expect(await find(-2)).toBe(0);
      expect(await find(-4)).toBe(0);
      expect(await find(-5)).toBe(-1);
      expect(await log.fetchOffsetByTimestamp(-3, 'log-end')).toEqual({
        timestamp: NOW_MS + 901,
        offset: 19,
        leaderEpoch: 3,
      });
    });
  });
});

describe('a follower', () => {
  test('takes batches byte for byte, and their leader epochs', async () => {
    await withLog({}, async (log) => {
      const sets = [
        batch(['a'], { baseOffset: 0, partitionLeaderEpoch: 1 }),
        batch(['b'], { baseOffset: 4, partitionLeaderEpoch: 2 }),
      ];
      const info = await log.appendAsFollower(Buffer.concat([...sets, Buffer.alloc(20)]));
      expect([info.firstOffset, info.lastOffset, log.logEndOffset, log.latestEpoch]).toEqual([0, 4, 5, 2]);
      expect(await readAll(log)).toEqual(Buffer.concat(sets));
      expect(log.endOffsetForEpoch(1)).toEqual({ leaderEpoch: 1, endOffset: 4 });
      expect(log.endOffsetForEpoch(2)).toEqual({ leaderEpoch: 2, endOffset: 5 });
      expect(log.endOffsetForEpoch(3)).toEqual({ leaderEpoch: -1, endOffset: -1 });
    });
  });

  test('refuses what does not continue its log', async () => {
    await withLog({}, async (log) => {
      await log.appendAsFollower(batch(['a'], { baseOffset: 3, partitionLeaderEpoch: 1 }));
      await expect(
        log.appendAsFollower(batch(['a'], { baseOffset: 3, partitionLeaderEpoch: 1 })),
      ).rejects.toMatchObject({ name: 'UnexpectedAppendOffsetError' });
    });
  });

  test('truncates within and across segments; high watermark, epochs and producers follow', async () => {
    await withLog({ segmentBytes: 300 }, async (log) => {
      for (let index = 0; index < 10; index++)
        await log.appendAsLeader(
          batch(['a', 'b'], { producerId: 1, producerEpoch: 0, baseSequence: index * 2 }),
          {
            leaderEpoch: index < 3 ? 1 : 2,
          },
        );
      log.updateHighWatermark(20);
      expect(await log.truncateTo(20)).toBe(false);
      for (const [offset, epoch] of [
        [14, 2],
        [6, 1],
        [3, 1],
        [0, -1],
      ] as const) {
        expect(await log.truncateTo(offset)).toBe(true);
        expect([log.logEndOffset, log.nextOffset, log.highWatermark, log.latestEpoch]).toEqual([
          offset,
          offset,
          offset,
          epoch,
        ]);
        const last = log.producers.producers.get(1)?.lastSequence ?? -1;
        expect(last).toBe(offset - (offset % 2) - 1);
      }
      await log.appendAsLeader(batch(['new']), { leaderEpoch: 5 });
      expect(offsetsIn(await readOnce(log))).toEqual([0]);
    });
  });

  test('cut at its very end it forgets an epoch it led without writing', async () => {
    await withLog({}, async (log) => {
      await log.appendAsFollower(batch(['a'], { baseOffset: 0, partitionLeaderEpoch: 1 }));
      log.assignEpochStartOffset(2, log.logEndOffset);
      // The leader's answer to "epoch 2, offset 1" is "epoch 1 ends at 1": to ask that for ever would never end.
      expect(await log.truncateTo(log.endOffsetForEpoch(1).endOffset)).toBe(false);
      expect([log.logEndOffset, log.latestEpoch]).toEqual([1, 1]);
    });
  });

  test('starts anew inside a batch: its log begins with the batch, its readers behind the log start', async () => {
    await withFolder(async (folder) => {
      const broker = await openBroker(folder);
      const log = await broker.log();
      for (let index = 0; index < 10; index++) await log.appendAsLeader(batch(['a', 'b']), LEADER);
      const removed: number[] = [];
      broker.facts.subscribe((fact) => {
        if (fact.kind === 'log-truncated') removed.push(fact.removedOffsets);
      });
      await log.truncateFullyAndStartAt(100, 103);
      expect([log.logStartOffset, log.logEndOffset, log.nextOffset, log.latestEpoch]).toEqual([
        103, 100, 100, -1,
      ]);
      expect(removed).toEqual([20]);
      const values = ['a', 'b', 'c', 'd', 'e', 'f'];
      await log.appendAsFollower(batch(values, { baseOffset: 100, partitionLeaderEpoch: 4 }));
      log.updateHighWatermark(106);
      const read = { startOffset: 103, isolation: 'high-watermark' } as const;
      expect(offsetsIn(await readOnce(log, read))).toEqual([100]);
      await expect(readOnce(log, { ...read, startOffset: 102 })).rejects.toMatchObject({
        error: 'OFFSET_OUT_OF_RANGE',
      });
      await broker.manager.shutdown();

      const again = await openBroker(folder);
      const reopened = again.manager.getLog('orders', 0)!;
      expect([reopened.logStartOffset, reopened.logEndOffset, reopened.latestEpoch]).toEqual([103, 106, 4]);
      await again.manager.shutdown();
    });
  });

  test('starts anew where its leader begins', async () => {
    await withLog({ segmentBytes: 300 }, async (log) => {
      for (let index = 0; index < 10; index++) await log.appendAsLeader(batch(['a', 'b']), LEADER);
      await log.truncateFullyAndStartAt(100);
      expect([
        log.logStartOffset,
        log.logEndOffset,
        log.highWatermark,
        log.latestEpoch,
        log.numberOfSegments,
      ]).toEqual([100, 100, 100, -1, 1]);
      await log.appendAsFollower(batch(['a'], { baseOffset: 100, partitionLeaderEpoch: 4 }));
      expect(offsetsIn(await readOnce(log))).toEqual([100]);
    });
  });
});

describe('retention', () => {
  test('goes by time, by size and by log start, and never above the high watermark', async () => {
    await withLog({ segmentBytes: 300, retentionMs: 1000 }, async (log, broker) => {
      for (let index = 0; index < 10; index++)
        await log.appendAsLeader(batch(['a', 'b'], { timestamp: NOW_MS + index * 100 }), LEADER);
      broker.test.nowMs = NOW_MS + 1500;
      expect(await log.deleteOldSegments()).toBe(0);
      log.updateHighWatermark(20);
      const segments = log.numberOfSegments;
      const gone = await log.deleteOldSegments();
      expect(gone).toBeGreaterThan(0);
      expect(log.numberOfSegments).toBe(segments - gone);
      expect(log.logStartOffset).toBe(log.firstSegmentBaseOffset);
      expect(offsetsIn(await readOnce(log, { startOffset: log.logStartOffset }))[0]).toBe(log.logStartOffset);
    });
    await withLog({ segmentBytes: 300, retentionBytes: 500, retentionMs: -1 }, async (log) => {
      for (let index = 0; index < 10; index++) await log.appendAsLeader(batch(['a', 'b']), LEADER);
      log.updateHighWatermark(20);
      await log.deleteOldSegments();
      expect(log.sizeInBytes).toBeGreaterThanOrEqual(500);
      expect(log.sizeInBytes).toBeLessThan(800);
    });
    await withLog({ segmentBytes: 300, cleanupPolicy: ['compact'] }, async (log) => {
      for (let index = 0; index < 10; index++)
        await log
          .appendAsLeader(batch(['a', 'b']), { ...LEADER, origin: 'coordinator' })
          .catch(() => undefined);
      expect(await log.deleteOldSegments()).toBe(0);
    });
    await withLog({ segmentBytes: 300 }, async (log) => {
      for (let index = 0; index < 10; index++) await log.appendAsLeader(batch(['a', 'b']), LEADER);
      log.updateHighWatermark(20);
      log.maybeIncrementLogStartOffset(9);
      await log.deleteOldSegments();
      expect(log.firstSegmentBaseOffset).toBeLessThanOrEqual(9);
      expect(log.firstSegmentBaseOffset).toBeGreaterThan(4);
      expect(log.logStartOffset).toBe(9);
    });
  });

  test('can take everything; the log goes on at its end', async () => {
    await withLog({ retentionMs: 1000 }, async (log, broker) => {
      await log.appendAsLeader(batch(['a', 'b']), LEADER);
      log.updateHighWatermark(2);
      broker.test.nowMs += 5000;
      expect(await log.deleteOldSegments()).toBe(1);
      expect([log.logStartOffset, log.logEndOffset, log.numberOfSegments]).toEqual([2, 2, 1]);
      expect(await log.deleteOldSegments()).toBe(0);
      const info = await log.appendAsLeader(batch(['c']), LEADER);
      expect(info.firstOffset).toBe(2);
    });
  });
});

describe('leader and log start offsets', () => {
  test('the high watermark stays within the log', async () => {
    await withLog({}, async (log) => {
      await log.appendAsLeader(batch(['a', 'b']), LEADER);
      expect(log.updateHighWatermark(9)).toBe(2);
      expect(log.updateHighWatermark(-1)).toBe(0);
      expect([
        log.maybeIncrementHighWatermark(1),
        log.maybeIncrementHighWatermark(1),
        log.highWatermark,
      ]).toEqual([true, false, 1]);
      expect(() => log.maybeIncrementLogStartOffset(2)).toThrow(refusal('OFFSET_OUT_OF_RANGE'));
      expect([log.maybeIncrementLogStartOffset(1), log.maybeIncrementLogStartOffset(1)]).toEqual([
        true,
        false,
      ]);
    });
  });

  test('a topic id is written once and never changed', async () => {
    await withLog({}, async (log) => {
      await log.assignTopicId('AAAAAAAAAAAAAAAAAAAAAQ');
      await log.assignTopicId('AAAAAAAAAAAAAAAAAAAAAQ');
      await expect(log.assignTopicId('AAAAAAAAAAAAAAAAAAAAAg')).rejects.toEqual(
        refusal('INCONSISTENT_TOPIC_ID'),
      );
    });
  });

  test('flush.messages makes the recovery point follow', async () => {
    await withLog({ flushMessages: 3 }, async (log) => {
      await log.appendAsLeader(batch(['a', 'b']), LEADER);
      expect(log.recoveryPoint).toBe(0);
      await log.appendAsLeader(batch(['a', 'b']), LEADER);
      expect(log.recoveryPoint).toBe(4);
      await log.appendAsLeader(batch(['a']), LEADER);
      await log.flush();
      expect(log.recoveryPoint).toBe(5);
    });
  });

  test('a batch survives being read while a log is closed', async () => {
    await withLog({}, async (log) => {
      const info = await log.appendAsLeader(batch(['a']), LEADER);
      expect(new RecordBatch(await readAll(log)).baseOffset).toBe(info.firstOffset);
    });
  });
});
