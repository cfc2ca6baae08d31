/**
 * Partitions go from disk to disk under load while their broker is killed: in the middle of a copy, and as a copy takes
 * over. Afterwards nothing that was acknowledged is lost, twice or out of order, no move is forgotten, and both replicas
 * hold the same bytes. `npm run test:failover -- --moves` does it for as long as one likes.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import {
  alterConfigs,
  ClusterClient,
  createTopic,
  describeLogDirs,
} from '../../../src/tools/client/index.ts';
import { IdempotentLoad } from '../../failover/idempotent-load.ts';
import { moveToOtherDirs } from '../../failover/move-to-other-dirs.ts';
import { readBack } from '../../failover/read-back.ts';
import { eventually } from '../../support/zookeeper.ts';

jest.setTimeout(180_000);

const TOPIC = 'moved';
const PARTITIONS = 4;
const BROKERS = [0, 1];
const TIMEOUT_MS = 60_000;
const ENOUGH_RECORDS = 8000;

let dir: string;
let cluster: Cluster;
let client: ClusterClient;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-killed-moves-'));
  cluster = await startCluster({
    dir,
    brokers: BROKERS.length,
    logDirs: 2,
    port: 0,
    zookeeperPort: 0,
    host: '127.0.0.1',
    overrides: { 'zookeeper.session.timeout.ms': '2000', 'log.segment.bytes': '2000000' },
  });
  client = new ClusterClient({ bootstrapServers: cluster.bootstrap.split(',') });
  const topic = {
    name: TOPIC,
    numPartitions: PARTITIONS,
    replicationFactor: 2,
    assignments: new Map(),
    configs: {},
  };
  await createTopic(client, topic);
  await inSync();
});
afterAll(async () => {
  await client.close();
  await cluster.stop();
  await rm(dir, { recursive: true, force: true });
});

async function inSync(): Promise<void> {
  await eventually(
    async () => {
      const { topics } = await client.metadata([TOPIC]).catch(() => ({ topics: [] }));
      const partitions = topics[0]?.partitions ?? [];
      return (
        partitions.length === PARTITIONS &&
        partitions.every(({ isrNodes }) => isrNodes.length === BROKERS.length)
      );
    },
    'every replica is in sync',
    TIMEOUT_MS,
  );
}

/** Sizes of what is still being copied on a broker. */
async function copies(id: number): Promise<number[]> {
  const dirs = await describeLogDirs(client, id).catch(() => undefined);
  return (dirs ?? []).flatMap(({ replicas }) =>
    replicas.filter(({ isFuture }) => isFuture).map(({ sizeInBytes }) => sizeInBytes),
  );
}

/** On bytes per second. */
async function setBound(id: number, value: string): Promise<void> {
  const entity = { type: 'brokers', name: String(id) } as const;
  const changes = new Map([['replica.alter.log.dirs.io.max.bytes.per.second', value]]);
  await client.retry(() => alterConfigs(client, entity, changes, []));
}

async function replicaBytes(id: number, partition: number): Promise<Buffer> {
  const places = cluster.logDirsOf(id).map((logDir) => join(logDir, `${TOPIC}-${partition}`));
  const found = await Promise.all(places.map((place) => readdir(place).catch(() => undefined)));
  const [segments, ...more] = found.flatMap((names, index) =>
    names === undefined
      ? []
      : [names.filter((name) => name.endsWith('.log')).map((name) => join(places[index] ?? '', name))],
  );
  expect(more).toEqual([]);
  return Buffer.concat(await Promise.all((segments ?? []).sort().map((path) => readFile(path))));
}

test('a broker is killed while its partitions go from disk to disk, and nothing is lost', async () => {
  const load = new IdempotentLoad({
    runtime: createNodeRuntime(),
    bootstrap: cluster.bootstrap.split(','),
    topic: TOPIC,
    partitions: PARTITIONS,
    keyBytes: 1000,
  });
  load.start();
  await eventually(() => load.acknowledged > ENOUGH_RECORDS, 'there is something to copy', TIMEOUT_MS);
  const killings = [
    { id: 0, bound: '300000', isTime: (sizes: number[]) => sizes.some((size) => size > 0) },
    { id: 1, bound: '1000000000', isTime: (sizes: number[]) => sizes.length < PARTITIONS },
  ];
  for (const { id, bound, isTime } of killings) {
    await setBound(id, bound);
    for (const broker of BROKERS) await moveToOtherDirs(client, broker, TOPIC);
    await eventually(async () => isTime(await copies(id)), 'it is time to kill', TIMEOUT_MS);
    await cluster.killBroker(id);
    await cluster.startBroker(id);
    await setBound(id, '1000000000');
    await inSync();
    for (const broker of BROKERS)
      await eventually(async () => (await copies(broker)).length === 0, 'no move is under way', TIMEOUT_MS);
  }
  await load.stop();
  await inSync();
  const result = await readBack(client, TOPIC, load.histories);
  expect({ acknowledged: load.acknowledged > ENOUGH_RECORDS, ...result }).toEqual({
    acknowledged: true,
    lost: 0,
    duplicated: 0,
    reordered: 0,
  });
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const [one, other] = await Promise.all(BROKERS.map((id) => replicaBytes(id, partition)));
    expect(one?.length).toBeGreaterThan(0);
    expect(one?.equals(other!)).toBe(true);
  }
});
