/**
 * A broker's only disk hangs for longer than a group's session. Whatever the broker can do meanwhile, it comes back as it
 * was: with its session with ZooKeeper, with its groups, with all it acknowledged.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { BrokerWithDisks, hang, HANG_MS, untilServed } from './broker-with-disks.ts';
import { whyNoRealDisks } from './real-disks.ts';

jest.setTimeout(120_000);

const PARTITIONS = [0, 1];

const reason = whyNoRealDisks();
const describeWithDisks = reason === undefined ? describe : describe.skip;

describeWithDisks(
  `a broker with one disk of its own${reason === undefined ? '' : `: skipped, ${reason}`}`,
  () => {
    let broker: BrokerWithDisks;
    beforeAll(async () => {
      broker = await BrokerWithDisks.start(PARTITIONS.length, ({ hanging }) => ({ 'log.dirs': hanging }));
    });
    afterAll(() => broker.stop());

    test('that hangs for longer than a group session loses neither its own session nor a member', async () => {
      const before = await broker.registration();
      const heartbeats = await broker.startHeartbeats();
      const producing = await broker.produceInto(PARTITIONS);
      await untilServed(producing);
      await hang(broker.disks);
      await untilServed(producing);
      await Promise.all([heartbeats, ...producing].map((probe) => probe.stop()));
      expect(Math.min(...producing.map(({ moments }) => moments.longestGapMs))).toBeGreaterThan(HANG_MS / 2);
      expect(heartbeats.errors).toEqual([]);
      expect(await broker.registration()).toBe(before);
      for (const each of producing) {
        expect(each.error).toBeUndefined();
        await broker.expectAllRead(each);
      }
    });
  },
);
