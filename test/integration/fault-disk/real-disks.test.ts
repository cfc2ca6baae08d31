/**
 * A broker with three real disks: one is sound, one hangs for longer than a session, one becomes full. Whoever is served
 * from another disk notices nothing: heartbeats are answered, records are acknowledged, the session with ZooKeeper lives.
 * What hung is there afterwards; what is full is offline, and says so.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';
import { batchesOf, decodeRecords } from '../../../src/records/index.ts';
import { ClusterClient, describeLogDirs } from '../../../src/tools/client/index.ts';
import { zookeeperShellTool } from '../../../src/tools/zookeeper-shell/index.ts';
import { eventually } from '../../support/zookeeper.ts';
import { run } from '../../unit/tools/support.ts';
import { CREATE_TOPICS, FETCH } from '../bad-input/apis.ts';
import { World } from '../bad-input/world.ts';
import { Heartbeats, Producing } from './probes.ts';
import { mountRealDisks, type RealDisks, whyNoRealDisks } from './real-disks.ts';

jest.setTimeout(120_000);

const BROKER = 0;
const TOPIC = 'spread';
const GROUP = 'watchers';
/** More partitions on each disk than the process has threads for files. */
const PARTITIONS = 18;
const SESSION_TIMEOUT_MS = 6000;
/** How long a disk hangs: no session outlives a broker that hangs with it. */
const HANG_MS = 7000;
/** Heartbeats are half a second apart. */
const LONGEST_GAP_MS = 2000;
/** So that the tiny disk is full soon. */
const LARGE_BYTES = 50_000;
const TIMEOUT_MS = 60_000;
const NO_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAA';

let dir: string;
let disks: RealDisks;
let sound: string;
let cluster: Cluster;
let world: World;

async function setUp(): Promise<void> {
  dir = await mkdtemp(join(tmpdir(), 'klassik-real-disks-'));
  disks = await mountRealDisks(dir);
  sound = join(dir, 'sound');
  cluster = await startCluster({
    dir: join(dir, 'cluster'),
    brokers: 1,
    port: 0,
    zookeeperPort: 0,
    host: '127.0.0.1',
    overrides: {
      'log.dirs': [sound, disks.hanging, disks.tiny].join(','),
      'zookeeper.session.timeout.ms': String(SESSION_TIMEOUT_MS),
      'offsets.topic.num.partitions': '1',
      'log.index.size.max.bytes': '4096',
    },
  });
  world = await World.open(cluster.bootstrap, 1);
  // The first partition there is lies on the first disk.
  await eventually(
    async () => (await world.join('first', { memberId: '' }, 0).catch(() => undefined))?.errorCode === 0,
    'there are coordinators',
    TIMEOUT_MS,
  );
  expect(existsSync(join(sound, '__consumer_offsets-0'))).toBe(true);
  await world.send('controller', CREATE_TOPICS, 7, {
    topics: [{ name: TOPIC, numPartitions: PARTITIONS, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 30_000,
  });
  await eventually(
    () => [sound, disks.hanging, disks.tiny].flatMap((disk) => partitionsOn(disk)).length === PARTITIONS,
    'every partition is there',
    TIMEOUT_MS,
  );
}

function partitionsOn(disk: string): number[] {
  const all = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  return all.filter((partition) => existsSync(join(disk, `${TOPIC}-${partition}`)));
}

async function startHeartbeats(): Promise<Heartbeats> {
  const { memberId, generationId } = await world.join(
    GROUP,
    { memberId: '', sessionTimeoutMs: SESSION_TIMEOUT_MS },
    0,
  );
  await world.sync(GROUP, { memberId, generationId }, [memberId]);
  return new Heartbeats(await world.connect(BROKER), GROUP, { memberId, generationId }).start();
}

const produceOn = (disk: string, recordBytes = 1000): Promise<Producing[]> =>
  Promise.all(
    partitionsOn(disk).map(async (partition) =>
      new Producing(await world.connect(BROKER), TOPIC, partition, recordBytes).start(),
    ),
  );

/** The transaction that registered the broker: another one for each session. */
async function registration(): Promise<string> {
  const { out } = await run(zookeeperShellTool, [cluster.zookeeperConnect, 'stat', `/brokers/ids/${BROKER}`]);
  return /cZxid = (\S+)/.exec(out)?.[1] ?? out;
}

async function expectAllRead({ partition, acknowledged }: Producing): Promise<void> {
  const found = new Map<string, number>();
  for (let fetchOffset = 0; ;) {
    const answer = await world.send(BROKER, FETCH, 12, {
      maxWaitMs: 0,
      minBytes: 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [
        {
          topic: TOPIC,
          topicId: NO_TOPIC_ID,
          partitions: [{ partition, fetchOffset, partitionMaxBytes: 1 << 20 }],
        },
      ],
      forgottenTopicsData: [],
    });
    const records = answer.responses[0]?.partitions[0]?.records;
    if (records === null || records === undefined || records.length === 0) break;
    for (const batch of batchesOf(records)) {
      for (const { offset, key } of decodeRecords(batch)) found.set(key?.toString() ?? '', offset);
      fetchOffset = batch.nextOffset;
    }
  }
  const missing = [...acknowledged].filter(([key, offset]) => found.get(key) !== offset);
  expect({ partition, missing }).toEqual({ partition, missing: [] });
}

const reason = whyNoRealDisks();
const describeWithDisks = reason === undefined ? describe : describe.skip;

describeWithDisks(
  `a broker with disks of its own${reason === undefined ? '' : `: skipped, ${reason}`}`,
  () => {
    beforeAll(setUp);
    afterAll(async () => {
      await cluster.stop();
      await disks.unmount();
      await rm(dir, { recursive: true, force: true });
    });

    test('one disk hangs for longer than a session: nothing else does, and what was under way is done afterwards', async () => {
      const before = await registration();
      const heartbeats = await startHeartbeats();
      const others = await produceOn(sound);
      const hanging = await produceOn(disks.hanging);
      const thaw = await disks.freeze();
      const startMs = performance.now();
      await eventually(() => performance.now() - startMs > HANG_MS, 'it hangs', TIMEOUT_MS);
      const gaps = [heartbeats, ...others].map(({ moments }) => moments.longestGapMs);
      const hungMs = Math.min(...hanging.map(({ moments }) => moments.longestGapMs));
      await thaw();
      await Promise.all([heartbeats, ...others, ...hanging].map((probe) => probe.stop()));
      process.stdout.write(
        `longest gaps, ms: ${gaps.map(Math.round).join(' ')}; where it hung: ${Math.round(hungMs)}\n`,
      );
      expect(hungMs).toBeGreaterThan(HANG_MS - LONGEST_GAP_MS);
      expect(Math.max(...gaps)).toBeLessThan(LONGEST_GAP_MS);
      expect(heartbeats.errors).toEqual([]);
      expect(await registration()).toBe(before);
      for (const producing of [...others, ...hanging]) {
        expect(producing.error).toBeUndefined();
        await expectAllRead(producing);
      }
    });

    test('one disk becomes full: it goes offline alone, and nothing else is interrupted', async () => {
      const before = await registration();
      const heartbeats = await startHeartbeats();
      const others = [...(await produceOn(sound)), ...(await produceOn(disks.hanging))];
      const filling = await produceOn(disks.tiny, LARGE_BYTES);
      await eventually(() => filling.every(({ error }) => error !== undefined), 'it is full', TIMEOUT_MS);
      const dirs = await describeLogDirs(
        new ClusterClient({ bootstrapServers: [cluster.bootstrap] }),
        BROKER,
      );
      expect(dirs.filter(({ error }) => error !== 'NONE')).toEqual([
        { path: disks.tiny, error: 'KAFKA_STORAGE_ERROR', replicas: [] },
      ]);
      const counts = others.map(({ moments }) => moments.count);
      await eventually(
        () => others.every(({ moments }, index) => moments.count > (counts[index] ?? 0) + 10),
        'the others go on',
        TIMEOUT_MS,
      );
      const gaps = [heartbeats, ...others].map(({ moments }) => moments.longestGapMs);
      await Promise.all([heartbeats, ...others, ...filling].map((probe) => probe.stop()));
      expect(new Set(filling.map(({ error }) => error))).toEqual(new Set(['KAFKA_STORAGE_ERROR']));
      expect(Math.max(...gaps)).toBeLessThan(LONGEST_GAP_MS);
      expect(heartbeats.errors).toEqual([]);
      expect(await registration()).toBe(before);
      for (const producing of others) await expectAllRead(producing);
    });
  },
);
