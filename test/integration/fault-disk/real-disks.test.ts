/**
 * A broker with three real disks: one is sound, one hangs for longer than a session, one becomes full. Whoever is served
 * from another disk notices nothing: heartbeats are answered, records are acknowledged, the session with ZooKeeper lives.
 * What hung is there afterwards; what is full is offline, and says so.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ClusterClient, describeLogDirs } from '../../../src/tools/client/index.ts';
import { eventually } from '../../support/zookeeper.ts';
import {
  BrokerWithDisks,
  hang,
  HANG_MS,
  SESSION_TIMEOUT_MS,
  TIMEOUT_MS,
  TOPIC,
  untilServed,
} from './broker-with-disks.ts';
import { whyNoRealDisks } from './real-disks.ts';

jest.setTimeout(120_000);

const BROKER = 0;
/** More partitions on each disk than the process has threads for files. */
const PARTITIONS = 18;
/** Heartbeats are half a second apart. */
const LONGEST_GAP_MS = 2000;
/** So that the tiny disk is full soon. */
const LARGE_BYTES = 50_000;

function partitionsOn(disk: string): number[] {
  const all = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  return all.filter((partition) => existsSync(join(disk, `${TOPIC}-${partition}`)));
}

const reason = whyNoRealDisks();
const describeWithDisks = reason === undefined ? describe : describe.skip;

describeWithDisks(
  `a broker with disks of its own${reason === undefined ? '' : `: skipped, ${reason}`}`,
  () => {
    let broker: BrokerWithDisks;
    beforeAll(async () => {
      broker = await BrokerWithDisks.start(PARTITIONS, ({ hanging, tiny }, sound) => ({
        'log.dirs': [sound, hanging, tiny].join(','),
        'zookeeper.session.timeout.ms': String(SESSION_TIMEOUT_MS),
      }));
      const { sound, disks } = broker;
      expect(existsSync(join(sound, '__consumer_offsets-0'))).toBe(true);
      await eventually(
        () => [sound, disks.hanging, disks.tiny].flatMap((disk) => partitionsOn(disk)).length === PARTITIONS,
        'every partition is there',
        TIMEOUT_MS,
      );
    });
    afterAll(() => broker.stop());

    test('one disk hangs for longer than a session: nothing else does, and what was under way is done afterwards', async () => {
      const { sound, disks } = broker;
      const before = await broker.registration();
      const heartbeats = await broker.startHeartbeats();
      const others = await broker.produceInto(partitionsOn(sound));
      const hanging = await broker.produceInto(partitionsOn(disks.hanging));
      let gaps: number[] = [];
      let hungMs = 0;
      await hang(disks, () => {
        gaps = [heartbeats, ...others].map(({ moments }) => moments.longestGapMs);
        hungMs = Math.min(...hanging.map(({ moments }) => moments.longestGapMs));
      });
      await Promise.all([heartbeats, ...others, ...hanging].map((probe) => probe.stop()));
      process.stdout.write(
        `longest gaps, ms: ${gaps.map(Math.round).join(' ')}; where it hung: ${Math.round(hungMs)}\n`,
      );
      expect(hungMs).toBeGreaterThan(HANG_MS - LONGEST_GAP_MS);
      expect(Math.max(...gaps)).toBeLessThan(LONGEST_GAP_MS);
      expect(heartbeats.errors).toEqual([]);
      expect(await broker.registration()).toBe(before);
      for (const producing of [...others, ...hanging]) {
        expect(producing.error).toBeUndefined();
        await broker.expectAllRead(producing);
      }
    });

    test('one disk becomes full: it goes offline alone, and nothing else is interrupted', async () => {
      const { sound, disks, cluster } = broker;
      const before = await broker.registration();
      const heartbeats = await broker.startHeartbeats();
      const others = await broker.produceInto([...partitionsOn(sound), ...partitionsOn(disks.hanging)]);
      const filling = await broker.produceInto(partitionsOn(disks.tiny), LARGE_BYTES);
      await eventually(() => filling.every(({ error }) => error !== undefined), 'it is full', TIMEOUT_MS);
      const dirs = await describeLogDirs(
        new ClusterClient({ bootstrapServers: [cluster.bootstrap] }),
        BROKER,
      );
      expect(dirs.filter(({ error }) => error !== 'NONE')).toEqual([
        { path: disks.tiny, error: 'KAFKA_STORAGE_ERROR', replicas: [] },
      ]);
      await untilServed(others);
      const gaps = [heartbeats, ...others].map(({ moments }) => moments.longestGapMs);
      await Promise.all([heartbeats, ...others, ...filling].map((probe) => probe.stop()));
      expect(new Set(filling.map(({ error }) => error))).toEqual(new Set(['KAFKA_STORAGE_ERROR']));
      expect(Math.max(...gaps)).toBeLessThan(LONGEST_GAP_MS);
      expect(heartbeats.errors).toEqual([]);
      expect(await broker.registration()).toBe(before);
      for (const producing of others) await broker.expectAllRead(producing);
    });
  },
);
