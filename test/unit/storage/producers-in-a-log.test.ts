import { readdir } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { buildEndTransactionMarker } from '../../../src/records/index.ts';

import { batch, NOW_MS, offsetsIn, openBroker, readOnce, withFolder, withLog } from './support.ts';

const LEADER = { leaderEpoch: 3 };

const refusal = (error: string): unknown => expect.objectContaining({ error });

describe('idempotent producers', () => {
  const from = (baseSequence: number, producerEpoch = 0): Buffer =>
    batch(['a', 'b'], { producerId: 7, producerEpoch, baseSequence });

  test('a retry is answered with the first offset and written once', async () => {
    await withLog({}, async (log) => {
      for (const sequence of [0, 2, 4, 6, 8]) await log.appendAsLeader(from(sequence), LEADER);
      for (const sequence of [0, 2, 4, 6, 8])
        expect(await log.appendAsLeader(from(sequence), LEADER)).toMatchObject({
          firstOffset: sequence,
          lastOffset: sequence + 1,
          duplicate: true,
        });
      expect(log.logEndOffset).toBe(10);
    });
  });

  test('whose last batch reaches over the start of the log are known after a cut', async () => {
    await withLog({}, async (log) => {
      await log.appendAsLeader(from(0), LEADER);
      await log.appendAsLeader(batch(['cut']), LEADER);
      log.updateHighWatermark(3);
      log.maybeIncrementLogStartOffset(1);
      await log.truncateTo(2);
      expect(await log.appendAsLeader(from(0), LEADER)).toMatchObject({ duplicate: true, firstOffset: 0 });
    });
  });

  test('a retry that comes while the original is being written waits for it', async () => {
    await withLog({}, async (log) => {
      const original = log.appendAsLeader(from(0), LEADER);
      const retry = await log.appendAsLeader(from(0), LEADER);
      expect([retry.duplicate, log.logEndOffset]).toEqual([true, 2]);
      await original;
    });
  });

  test('a gap, a retry older than five batches and a new epoch that does not start at 0 are out of order', async () => {
    await withLog({}, async (log) => {
      for (const sequence of [0, 2, 4, 6, 8, 10]) await log.appendAsLeader(from(sequence), LEADER);
      for (const records of [from(14), from(0), from(2, 1)])
        await expect(log.appendAsLeader(records, LEADER)).rejects.toEqual(
          refusal('OUT_OF_ORDER_SEQUENCE_NUMBER'),
        );
      expect(log.nextOffset).toBe(12);
    });
  });

  test('an old epoch is refused, a new one starts again at 0', async () => {
    await withLog({}, async (log) => {
      await log.appendAsLeader(from(0, 1), LEADER);
      await expect(log.appendAsLeader(from(2, 0), LEADER)).rejects.toEqual(refusal('INVALID_PRODUCER_EPOCH'));
      await log.appendAsLeader(from(0, 2), LEADER);
      expect(log.logEndOffset).toBe(4);
    });
  });

  test('an unknown producer may start anywhere, and sequences wrap', async () => {
    await withLog({}, async (log) => {
      await log.appendAsLeader(from(0x7fff_fffe), LEADER);
      await log.appendAsLeader(from(0), LEADER);
      expect(await log.appendAsLeader(from(0x7fff_fffe), LEADER)).toMatchObject({
        duplicate: true,
        firstOffset: 0,
      });
      const wrapping = batch(['a', 'b', 'c'], { producerId: 8, producerEpoch: 0, baseSequence: 0x7fff_ffff });
      await log.appendAsLeader(Buffer.from(wrapping), LEADER);
      expect(await log.appendAsLeader(wrapping, LEADER)).toMatchObject({ duplicate: true });
    });
  });

  test('are remembered over a restart by their last batch', async () => {
    await withFolder(async (folder) => {
      const first = await openBroker(folder);
      const log = await first.log();
      await log.appendAsLeader(from(0), LEADER);
      await log.appendAsLeader(from(2), LEADER);
      await first.manager.shutdown();
      const second = await openBroker(folder);
      const again = second.manager.getLog('orders', 0)!;
      expect(await again.appendAsLeader(from(2), LEADER)).toMatchObject({ duplicate: true, firstOffset: 2 });
      await expect(again.appendAsLeader(from(0), LEADER)).rejects.toEqual(
        refusal('OUT_OF_ORDER_SEQUENCE_NUMBER'),
      );
      await second.manager.shutdown();
    });
  });

  test('are forgotten after producer.id.expiration.ms', async () => {
    await withLog({}, async (log, broker) => {
      await log.appendAsLeader(from(0), LEADER);
      broker.test.nowMs += 86_400_001;
      log.removeExpiredProducers();
      await log.appendAsLeader(from(40), LEADER);
      expect(log.logEndOffset).toBe(4);
    });
  });
});

describe('transactions', () => {
  const data = (baseSequence: number): Buffer =>
    batch(['a'], { producerId: 7, producerEpoch: 0, baseSequence, isTransactional: true });
  const marker = (coordinatorEpoch = 1, result: 'abort' | 'commit' = 'commit'): Buffer =>
    buildEndTransactionMarker({
      result,
      coordinatorEpoch,
      producerId: 7,
      producerEpoch: 0,
      timestamp: NOW_MS,
    });

  test('hold the last stable offset until their marker is below the high watermark', async () => {
    await withLog({}, async (log) => {
      await log.appendAsLeader(batch(['plain']), LEADER);
      await log.appendAsLeader(data(0), LEADER);
      await log.appendAsLeader(batch(['plain']), LEADER);
      log.updateHighWatermark(3);
      expect(log.lastStableOffset).toBe(1);
      await log.appendAsLeader(marker(), { ...LEADER, origin: 'coordinator' });
      expect(log.lastStableOffset).toBe(1);
      const committed = await readOnce(log, { startOffset: 0, isolation: 'txn-committed' });
      expect([offsetsIn(committed), committed.abortedTransactions]).toEqual([[0], []]);
      log.updateHighWatermark(4);
      expect(log.lastStableOffset).toBe(4);
    });
  });

  test('an aborted one is named to who reads over it, and to nobody else', async () => {
    await withLog({}, async (log) => {
      await log.appendAsLeader(batch(['plain']), LEADER);
      await log.appendAsLeader(data(0), LEADER);
      await log.appendAsLeader(marker(1, 'abort'), { ...LEADER, origin: 'coordinator' });
      await log.appendAsLeader(batch(['plain']), LEADER);
      log.updateHighWatermark(4);
      const abortedFrom = async (startOffset: number): Promise<unknown> =>
        (await readOnce(log, { startOffset, isolation: 'txn-committed' })).abortedTransactions;
      const aborted = { producerId: 7, firstOffset: 1 };
      expect(await abortedFrom(0)).toEqual([expect.objectContaining(aborted)]);
      expect(await abortedFrom(2)).toEqual([expect.objectContaining(aborted)]);
      expect(await abortedFrom(3)).toEqual([]);
      expect((await readOnce(log, { startOffset: 0, isolation: 'log-end' })).abortedTransactions).toBeNull();
    });
  });

  test('the index of a segment reaches its file also when everything in it was flushed before the roll', async () => {
    await withLog({ flushMessages: 1, segmentBytes: 300 }, async (log, broker) => {
      await log.appendAsLeader(data(0), LEADER);
      await log.appendAsLeader(marker(1, 'abort'), { ...LEADER, origin: 'coordinator' });
      await log.appendAsLeader(batch(['x'.repeat(150)]), LEADER);
      await log.appendAsLeader(batch(['x'.repeat(150)]), LEADER);
      expect(log.numberOfSegments).toBeGreaterThan(1);
      await broker.manager.shutdown();
      const names = await readdir(log.dir);
      expect(names.filter((name) => name.endsWith('.index'))).toHaveLength(log.numberOfSegments);
      expect(names).toContain('00000000000000000000.txnindex');
    });
  });

  test('a coordinator of the past is fenced', async () => {
    await withLog({}, async (log) => {
      await log.appendAsLeader(data(0), LEADER);
      await log.appendAsLeader(marker(5), { ...LEADER, origin: 'coordinator' });
      await expect(log.appendAsLeader(marker(4), { ...LEADER, origin: 'coordinator' })).rejects.toEqual(
        refusal('TRANSACTION_COORDINATOR_FENCED'),
      );
    });
  });
});
