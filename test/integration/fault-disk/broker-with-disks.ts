/** One broker in a process of its own whose log dirs lie on real disks of its own, and what the tests ask of it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';
import { batchesOf, decodeRecords } from '../../../src/records/index.ts';
import { zookeeperShellTool } from '../../../src/tools/zookeeper-shell/index.ts';
import { eventually } from '../../support/zookeeper.ts';
import { run } from '../../unit/tools/support.ts';
import { CREATE_TOPICS, FETCH } from '../bad-input/apis.ts';
import { World } from '../bad-input/world.ts';
import { Heartbeats, Producing } from './probes.ts';
import { mountRealDisks, type RealDisks } from './real-disks.ts';

export const TOPIC = 'spread';
/** Of members; the shortest that brokers allow. */
export const SESSION_TIMEOUT_MS = 6000;
/** How long a disk hangs: longer than that. */
export const HANG_MS = 7000;
export const TIMEOUT_MS = 60_000;
const BROKER = 0;
const GROUP = 'watchers';
const NO_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAA';

export class BrokerWithDisks {
  /** Of the machine, like everything else here that needs no disk of its own. */
  readonly sound: string;
  readonly disks: RealDisks;
  readonly cluster: Cluster;
  readonly #dir: string;
  readonly #world: World;

  private constructor(dir: string, disks: RealDisks, cluster: Cluster, world: World) {
    this.#dir = dir;
    this.sound = join(dir, 'sound');
    this.disks = disks;
    this.cluster = cluster;
    this.#world = world;
  }

  /** With a topic of so many partitions, and coordinators. */
  static async start(
    partitions: number,
    overridesWith: (disks: RealDisks, sound: string) => Readonly<Record<string, string>>,
  ): Promise<BrokerWithDisks> {
    const dir = await mkdtemp(join(tmpdir(), 'klassik-real-disks-'));
    const disks = await mountRealDisks(dir);
    const cluster = await startCluster({
      dir: join(dir, 'cluster'),
      brokers: 1,
      port: 0,
      zookeeperPort: 0,
      host: '127.0.0.1',
      overrides: {
        'offsets.topic.num.partitions': '1',
        'log.index.size.max.bytes': '4096',
        ...overridesWith(disks, join(dir, 'sound')),
      },
    });
    const world = await World.open(cluster.bootstrap, 1);
    // The first partition there is lies on the first disk.
    await eventually(
      async () => (await world.join('first', { memberId: '' }, 0).catch(() => undefined))?.errorCode === 0,
      'there are coordinators',
      TIMEOUT_MS,
    );
    await world.send('controller', CREATE_TOPICS, 7, {
      topics: [
        { name: TOPIC, numPartitions: partitions, replicationFactor: 1, assignments: [], configs: [] },
      ],
      timeoutMs: 30_000,
    });
    return new BrokerWithDisks(dir, disks, cluster, world);
  }

  async stop(): Promise<void> {
    await this.cluster.stop();
    await this.disks.unmount();
    await rm(this.#dir, { recursive: true, force: true });
  }

  async startHeartbeats(): Promise<Heartbeats> {
    const joining = { memberId: '', sessionTimeoutMs: SESSION_TIMEOUT_MS };
    const { memberId, generationId } = await this.#world.join(GROUP, joining, 0);
    const member = { memberId, generationId };
    await this.#world.sync(GROUP, member, [memberId]);
    return new Heartbeats(await this.#world.connect(BROKER), GROUP, member).start();
  }

  produceInto(partitions: readonly number[], recordBytes = 1000): Promise<Producing[]> {
    return Promise.all(
      partitions.map(async (partition) =>
        new Producing(await this.#world.connect(BROKER), TOPIC, partition, recordBytes).start(),
      ),
    );
  }

  /** The transaction that registered the broker: another one for each session. */
  async registration(): Promise<string> {
    const stat = ['stat', `/brokers/ids/${BROKER}`];
    const { out } = await run(zookeeperShellTool, [this.cluster.zookeeperConnect, ...stat]);
    return /cZxid = (\S+)/.exec(out)?.[1] ?? out;
  }

  async expectAllRead({ partition, acknowledged }: Producing): Promise<void> {
    const found = new Map<string, number>();
    for (let fetchOffset = 0; ;) {
      const answer = await this.#world.send(BROKER, FETCH, 12, {
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
}

/** The disk hangs for that long. */
export async function hang(disks: RealDisks, whileHanging: () => void = () => undefined): Promise<void> {
  const thaw = await disks.freeze();
  const startMs = performance.now();
  await eventually(() => performance.now() - startMs > HANG_MS, 'it hangs', TIMEOUT_MS);
  whileHanging();
  await thaw();
}

/** Each gets ten answers more than it had. */
export async function untilServed(all: readonly Producing[]): Promise<void> {
  const counts = all.map(({ moments }) => moments.count);
  await eventually(
    () => all.every(({ moments }, index) => moments.count > (counts[index] ?? 0) + 10),
    'all are served',
    TIMEOUT_MS,
  );
}
