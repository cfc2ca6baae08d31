/**
 * Many partitions: five thousand, each on all three brokers of a cluster, under a load of 5 MB/s that waits for every
 * in-sync replica.
 *
 *     npm run test:many-partitions -- --minutes 10
 *     npm run test:many-partitions -- --minutes 1 --partitions 500
 *
 * Meanwhile the cluster is asked again and again which partitions are under-replicated or without a leader; at the end
 * the brokers' logs tell whether a ZooKeeper session was lost, and how long their event loops stood still. It fails if
 * any partition ever was, any session ever was, or the load did not come through.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { totalStats } from '../../bench/side-by-side/process-stats.ts';
import { startCluster, type Cluster } from '../../src/kit/index.ts';
import { ClusterClient, createTopic } from '../../src/tools/client/index.ts';
import { SteadyLoad } from './steady-load.ts';

const PARTITIONS_PER_TOPIC = 100;
const POLL_MS = 2000;
const PATIENCE_MS = 600_000;
/** What may be missing at the end: the last second and what a busy machine delays. */
const WANTED_SHARE = 0.95;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    partitions: { type: 'string', default: '5000' },
    brokers: { type: 'string', default: '3' },
    rate: { type: 'string', default: '5' },
    keep: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.minutes) * 60;
const bytesPerSecond = Number(values.rate) * 1e6;
const topics = Array.from(
  { length: Math.ceil(Number(values.partitions) / PARTITIONS_PER_TOPIC) },
  (_, index) => `many-${index}`,
);
const partitionsPerTopic = Math.ceil(Number(values.partitions) / topics.length);
const startedMs = performance.now();

const dir = await mkdtemp(join(tmpdir(), 'klassik-many-partitions-'));
const cluster = await startCluster({
  dir,
  brokers: Number(values.brokers),
  port: 0,
  zookeeperPort: 0,
  host: '127.0.0.1',
  onProgress: progress,
});
process.exitCode = 1;
try {
  process.exitCode = (await run(cluster)) ? 0 : 1;
} finally {
  if (!values.keep) await rm(dir, { recursive: true, force: true, maxRetries: 20 });
}

async function run(cluster: Cluster): Promise<boolean> {
  const client = new ClusterClient({
    bootstrapServers: cluster.bootstrap.split(','),
    timeoutMs: PATIENCE_MS,
  });
  try {
    await create(client);
    const load = new SteadyLoad(bytesPerSecond);
    const pids = (await cluster.status()).flatMap(({ pid }) => pid ?? []);
    const before = await totalStats(pids);
    await load.start(client, topics);
    const worst = await watch(client, load);
    await load.stop();
    const after = await totalStats(pids);
    progress(
      `${((100 * (after.cpuSeconds - before.cpuSeconds)) / seconds).toFixed(0)} % of a core and ` +
        `${(after.rssBytes / 1e6).toFixed(0)} MB, all brokers together`,
    );
    await client.close();
    await cluster.stop();
    return await judge(load, worst);
  } finally {
    await client.close();
    await cluster.stop();
  }
}

async function create(client: ClusterClient): Promise<void> {
  progress(`creating ${topics.length * partitionsPerTopic} partitions`);
  for (const name of topics)
    await createTopic(client, {
      name,
      numPartitions: partitionsPerTopic,
      replicationFactor: Math.min(3, Number(values.brokers)),
      assignments: new Map(),
      configs: {},
    });
  const deadline = performance.now() + PATIENCE_MS;
  while ((await troubled(client)) > 0) {
    if (performance.now() > deadline) throw new Error('the partitions do not come into sync');
    await sleep(POLL_MS);
  }
  progress('every replica is in sync');
}

/** How many partitions lack a leader or a replica, as any client is told. */
async function troubled(client: ClusterClient): Promise<number> {
  const metadata = await client.metadata(topics);
  const healthy = metadata.topics
    .flatMap(({ partitions }) => partitions)
    .filter(
      ({ leaderId, isrNodes, replicaNodes }) => leaderId >= 0 && isrNodes.length === replicaNodes.length,
    );
  return topics.length * partitionsPerTopic - healthy.length;
}

/** The most partitions that were in trouble at once, while the load runs. */
async function watch(client: ClusterClient, load: SteadyLoad): Promise<number> {
  const endMs = performance.now() + seconds * 1000;
  let worst = 0;
  for (let toldMs = performance.now(); performance.now() < endMs;) {
    await sleep(POLL_MS);
    worst = Math.max(worst, await troubled(client));
    if (performance.now() - toldMs < 30_000) continue;
    toldMs = performance.now();
    progress(
      `${(load.acknowledgedBytes / 1e6).toFixed(0)} MB acknowledged, at most ${worst} partitions in trouble`,
    );
  }
  return worst;
}

async function judge(load: SteadyLoad, worst: number): Promise<boolean> {
  let sessionsLost = 0;
  for (const { id, logFile } of await cluster.status()) {
    const log = await readFile(logFile, 'utf8');
    const registrations = log.match(/registered in ZooKeeper as/g)?.length ?? 0;
    sessionsLost += registrations - 1;
    const slice = /The longest slice took (\S+) ms of CPU/.exec(log)?.[1] ?? '?';
    progress(`broker ${id}: longest slice of the event loop ${slice} ms of CPU`);
  }
  const latencies = load.latenciesMs.toSorted((a, b) => a - b);
  const quantile = (share: number): string =>
    (latencies[Math.floor(latencies.length * share)] ?? NaN).toFixed(0);
  for (const [name, count] of load.errorsByName) progress(`${count} times ${name}`);
  const share = load.acknowledgedBytes / (bytesPerSecond * seconds);
  console.log(
    `${topics.length * partitionsPerTopic} partitions for ${values.minutes} minutes: ` +
      `${(load.acknowledgedBytes / 1e6 / seconds).toFixed(2)} MB/s acknowledged (${(100 * share).toFixed(0)} % of the load), ` +
      `${load.errors} errors, ${load.missedTicks} requests not sent in time, ` +
      `produce ${quantile(0.5)} ms median, ${quantile(0.99)} ms at 99 %, ${quantile(1 - 1e-9)} ms at most; ` +
      `under-replicated or leaderless at most ${worst}, sessions lost ${sessionsLost}`,
  );
  return worst === 0 && sessionsLost === 0 && load.errors === 0 && share >= WANTED_SHARE;
}

function progress(message: string): void {
  const elapsed = (performance.now() - startedMs) / 1000;
  console.error(`${elapsed.toFixed(0).padStart(5)} s  ${message}`);
}
