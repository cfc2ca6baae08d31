/**
 * A broker loses one disk, then the other. After the first it leaves word in ZooKeeper, the controller moves what it led
 * there to the other broker, and what lies on its other disk stays; after the second it ends. A broker that has a disk it
 * cannot use starts with the others.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';
import { buildBatch } from '../../../src/records/index.ts';
import { zookeeperShellTool } from '../../../src/tools/zookeeper-shell/index.ts';
import { eventually } from '../../support/zookeeper.ts';
import { run } from '../../unit/tools/support.ts';
import { CREATE_TOPICS, METADATA, PRODUCE } from '../bad-input/apis.ts';
import { World } from '../bad-input/world.ts';

jest.setTimeout(180_000);

const TOPIC = 'torn';
const LOSER = 0;
const KEEPER = 1;
const TIMEOUT_MS = 60_000;

let dir: string;
let cluster: Cluster;
let world: World;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-lost-dirs-'));
  cluster = await startCluster({
    dir,
    brokers: 2,
    logDirs: 2,
    port: 0,
    zookeeperPort: 0,
    host: '127.0.0.1',
    overrides: { 'zookeeper.session.timeout.ms': '4000', 'auto.leader.rebalance.enable': 'false' },
  });
  world = await World.open(cluster.bootstrap, 2);
  await world.send('controller', CREATE_TOPICS, 7, {
    topics: [
      {
        name: TOPIC,
        numPartitions: -1,
        replicationFactor: -1,
        assignments: [0, 1].map((partitionIndex) => ({ partitionIndex, brokerIds: [LOSER, KEEPER] })),
        configs: [{ name: 'segment.bytes', value: '200' }],
      },
    ],
    timeoutMs: 30_000,
  });
  await eventually(
    async () => (await isrs()).filter((isr) => isr.length === 2).length === 2,
    'both partitions are in sync',
    TIMEOUT_MS,
  );
});
afterAll(async () => {
  await cluster.stop();
  await rm(dir, { recursive: true, force: true });
});

async function partitions(): Promise<
  { partitionIndex: number; leaderId: number; isrNodes: number[]; offlineReplicas: number[] }[]
> {
  const asked = { topics: [{ name: TOPIC }], includeTopicAuthorizedOperations: false };
  const { topics } = await world.send(KEEPER, METADATA, 9, asked);
  return (topics[0]?.partitions ?? []).sort((one, other) => one.partitionIndex - other.partitionIndex);
}

const isrs = async (): Promise<number[][]> => (await partitions()).map(({ isrNodes }) => isrNodes);
const leaders = async (): Promise<number[]> => (await partitions()).map(({ leaderId }) => leaderId);

async function produce(broker: number, partition: number): Promise<void> {
  const records = buildBatch({ records: [{ key: null, value: Buffer.alloc(100), timestamp: Date.now() }] });
  await world
    .send(broker, PRODUCE, 9, {
      acks: -1,
      timeoutMs: 5000,
      topicData: [{ name: TOPIC, partitionData: [{ index: partition, records }] }],
    })
    .catch(() => undefined);
}

function folderOf(partition: number): string {
  const folders = cluster.logDirsOf(LOSER).map((logDir) => join(logDir, `${TOPIC}-${partition}`));
  return folders.find((folder) => existsSync(folder)) ?? '';
}

/** How often something was created or deleted below the znode. */
async function changesBelow(path: string): Promise<number> {
  const { out } = await run(zookeeperShellTool, [cluster.zookeeperConnect, 'stat', path]);
  return Number(/cversion = (\d+)/.exec(out)?.[1]);
}

test('what it led on the lost disk the other broker leads, and nothing else', async () => {
  expect(await leaders()).toEqual([LOSER, LOSER]);
  expect(await changesBelow('/log_dir_event_notification')).toBe(0);
  await rm(folderOf(0), { recursive: true });
  await eventually(
    async () => {
      await produce(LOSER, 0);
      return (await leaders())[0] === KEEPER;
    },
    'the leader has moved',
    TIMEOUT_MS,
  );
  expect(await leaders()).toEqual([KEEPER, LOSER]);
  expect(await isrs()).toMatchObject([[KEEPER], expect.arrayContaining([LOSER, KEEPER])]);
  expect((await partitions()).map(({ offlineReplicas }) => offlineReplicas)).toEqual([[LOSER], []]);
  // Written by the broker, and deleted by the controller when it had read it.
  await eventually(
    async () => (await changesBelow('/log_dir_event_notification')) === 2,
    'word was left',
    TIMEOUT_MS,
  );
});

test('without its last disk it ends, and the other broker leads all', async () => {
  await rm(folderOf(1), { recursive: true });
  const runs = async (): Promise<boolean> =>
    (await cluster.status()).find(({ id }) => id === LOSER)?.pid !== undefined;
  await eventually(
    async () => {
      await produce(LOSER, 1);
      return !(await runs());
    },
    'it has ended',
    TIMEOUT_MS,
  );
  const log = await readFile((await cluster.status())[LOSER]!.logFile, 'utf8');
  expect(log).toContain('every log dir has failed');
  await eventually(async () => (await leaders()).every((id) => id === KEEPER), 'the other leads', TIMEOUT_MS);
});

test('with one disk it can use it starts, but makes nothing anew of what may lie on the other', async () => {
  const [unusable = ''] = cluster.logDirsOf(LOSER);
  await rm(unusable, { recursive: true });
  await writeFile(unusable, 'a file');
  await cluster.startBroker(LOSER);
  const offline = async (): Promise<number[]> =>
    (await partitions()).flatMap(({ offlineReplicas }) => offlineReplicas);
  await eventually(async () => (await offline()).length === 2, 'both replicas are offline', TIMEOUT_MS);
  const log = await readFile((await cluster.status())[LOSER]!.logFile, 'utf8');
  expect(log).toContain(`Log dir ${unusable} cannot be used`);
  await cluster.stopBroker(LOSER);
  await rm(unusable);
  await cluster.startBroker(LOSER);
  await eventually(
    async () => (await isrs()).filter((isr) => isr.length === 2).length === 2,
    'with both disks it has copied everything',
    TIMEOUT_MS,
  );
});
