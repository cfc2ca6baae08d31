/**
 * A broker's only disk hangs for longer than a group's session. Whatever the broker can do meanwhile, it comes back as it
 * was: with its session with ZooKeeper, with its groups, with all it acknowledged.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';
import { zookeeperShellTool } from '../../../src/tools/zookeeper-shell/index.ts';
import { eventually } from '../../support/zookeeper.ts';
import { run } from '../../unit/tools/support.ts';
import { CREATE_TOPICS } from '../bad-input/apis.ts';
import { World } from '../bad-input/world.ts';
import { Heartbeats, Producing } from './probes.ts';
import { mountRealDisks, type RealDisks, whyNoRealDisks } from './real-disks.ts';

jest.setTimeout(120_000);

const BROKER = 0;
const TOPIC = 'only';
const GROUP = 'watchers';
const SESSION_TIMEOUT_MS = 6000;
const HANG_MS = 7000;
const TIMEOUT_MS = 60_000;

let dir: string;
let disks: RealDisks;
let cluster: Cluster;
let world: World;

async function setUp(): Promise<void> {
  dir = await mkdtemp(join(tmpdir(), 'klassik-only-disk-'));
  disks = await mountRealDisks(dir);
  cluster = await startCluster({
    dir: join(dir, 'cluster'),
    brokers: 1,
    port: 0,
    zookeeperPort: 0,
    host: '127.0.0.1',
    overrides: {
      'log.dirs': disks.hanging,
      'offsets.topic.num.partitions': '1',
      'log.index.size.max.bytes': '4096',
    },
  });
  world = await World.open(cluster.bootstrap, 1);
  await eventually(
    async () => (await world.join('first', { memberId: '' }, 0).catch(() => undefined))?.errorCode === 0,
    'there are coordinators',
    TIMEOUT_MS,
  );
  await world.send('controller', CREATE_TOPICS, 7, {
    topics: [{ name: TOPIC, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 30_000,
  });
}

/** The transaction that registered the broker: another one for each session. */
async function registration(): Promise<string> {
  const { out } = await run(zookeeperShellTool, [cluster.zookeeperConnect, 'stat', `/brokers/ids/${BROKER}`]);
  return /cZxid = (\S+)/.exec(out)?.[1] ?? out;
}

const reason = whyNoRealDisks();
const describeWithDisks = reason === undefined ? describe : describe.skip;

describeWithDisks(
  `a broker with one disk of its own${reason === undefined ? '' : `: skipped, ${reason}`}`,
  () => {
    beforeAll(setUp);
    afterAll(async () => {
      await cluster.stop();
      await disks.unmount();
      await rm(dir, { recursive: true, force: true });
    });

    test('that hangs for longer than a group session loses neither its own session nor a member', async () => {
      const before = await registration();
      const member = await world.join(GROUP, { memberId: '', sessionTimeoutMs: SESSION_TIMEOUT_MS }, 0);
      const { memberId, generationId } = member;
      await world.sync(GROUP, { memberId, generationId }, [memberId]);
      const heartbeats = new Heartbeats(await world.connect(BROKER), GROUP, {
        memberId,
        generationId,
      }).start();
      const producing = await Promise.all(
        [0, 1].map(async (partition) =>
          new Producing(await world.connect(BROKER), TOPIC, partition, 1000).start(),
        ),
      );
      const thaw = await disks.freeze();
      const startMs = performance.now();
      await eventually(() => performance.now() - startMs > HANG_MS, 'it hangs', TIMEOUT_MS);
      const counts = producing.map(({ moments }) => moments.count);
      await thaw();
      await eventually(
        () => producing.every(({ moments }, index) => moments.count > (counts[index] ?? 0) + 10),
        'they are served again',
        TIMEOUT_MS,
      );
      await Promise.all([heartbeats, ...producing].map((probe) => probe.stop()));
      expect(Math.min(...producing.map(({ moments }) => moments.longestGapMs))).toBeGreaterThan(HANG_MS / 2);
      expect(heartbeats.errors).toEqual([]);
      expect(producing.map(({ error }) => error)).toEqual([undefined, undefined]);
      expect(await registration()).toBe(before);
    });
  },
);
