/**
 * Fail-over by kill -9, in rounds, under load that waits for every in-sync replica: the leader, a follower and the
 * controller in turn. A leader is killed while its followers stand still for a moment, so that it dies with records
 * nobody else has; when it comes back it must cut them off again.
 *
 *     npm run test:failover -- --rounds 20
 *
 * With --moves every broker has two log dirs, and its partitions go from one to the other all the time.
 *
 * At the end the log tells what became of every acknowledged record. A run that proves nothing fails too: each kill
 * must leave a produce unanswered, and the rounds must contain truncations and controller moves.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { startCluster, type Cluster } from '../../src/kit/index.ts';
import { createNodeRuntime } from '../../src/runtime/node/index.ts';
import { ClusterClient, createTopic } from '../../src/tools/client/index.ts';
import { until } from '../support/until.ts';
import { IdempotentLoad } from './idempotent-load.ts';
import { moveToOtherDirs } from './move-to-other-dirs.ts';
import { readBack } from './read-back.ts';

const TOPIC = 'failover';
const PARTITIONS = 12;
const SESSION_TIMEOUT_MS = 6000;
const MOVE_EVERY_MS = 700;
/** Long enough that a batch stands in the leader's log alone, far too short to lose a session. */
const FOLLOWERS_STAND_STILL_MS = 400;
const TRUNCATION = /Truncating .*from=(\d+), to=(\d+)/g;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    keep: { type: 'boolean' },
    moves: { type: 'boolean' },
  },
});
const rounds = Number(values.rounds);
/** A short run cannot ask for as many of the rare events as twenty rounds give. */
const wantedEvents = rounds >= 15 ? 5 : 1;

type Target = 'leader' | 'follower' | 'controller';
const TARGETS: readonly Target[] = ['leader', 'follower', 'controller'];

const dir = await mkdtemp(join(tmpdir(), 'klassik-failover-'));
const cluster = await startCluster({
  dir,
  logDirs: values.moves === true ? 2 : 1,
  port: 0,
  zookeeperPort: 0,
  host: '127.0.0.1',
  overrides: {
    'zookeeper.session.timeout.ms': String(SESSION_TIMEOUT_MS),
    'min.insync.replicas': '2',
    'default.replication.factor': '3',
  },
  onProgress: (message) => console.error(message),
});
process.exitCode = 1;
try {
  process.exitCode = (await runRounds(cluster)) ? 0 : 1;
} finally {
  await cluster.stop();
  if (process.exitCode === 0 && values.keep !== true) await rm(dir, { recursive: true, force: true });
  else console.log(`the cluster's folder is ${dir}`);
}

async function runRounds(cluster: Cluster): Promise<boolean> {
  const client = new ClusterClient({ bootstrapServers: cluster.bootstrap.split(',') });
  await createTopic(client, {
    name: TOPIC,
    numPartitions: PARTITIONS,
    replicationFactor: 3,
    assignments: [],
    configs: new Map(),
  } as never);
  await inSyncEverywhere(client);
  const load = new IdempotentLoad({
    runtime: createNodeRuntime(),
    bootstrap: cluster.bootstrap.split(','),
    topic: TOPIC,
    partitions: PARTITIONS,
  });
  load.start();
  await everyPartitionGoesOn(load);
  const movers = values.moves === true ? keepMoving(client, cluster.brokerIds) : undefined;
  let unanswered = 0;
  let killsWithoutUnanswered = 0;
  let controllerMoves = 0;
  for (let round = 0; round < rounds; round++) {
    const target = TARGETS[round % TARGETS.length] ?? 'leader';
    const before = await controllerOf(client);
    const id = await brokerToKill(client, target);
    const waiting = await kill(cluster, load, id, target);
    unanswered += waiting;
    if (waiting === 0) killsWithoutUnanswered += 1;
    const tookMs = await everyPartitionGoesOn(load);
    if ((await controllerOf(client)) !== before) controllerMoves += 1;
    await cluster.startBroker(id);
    await inSyncEverywhere(client);
    console.log(
      `round ${round + 1}: killed broker ${id} (${target}), ${waiting} produces unanswered, all partitions went on after ${Math.round(tookMs)} ms, ${load.acknowledged} acknowledged`,
    );
  }
  const moves = await movers?.stop();
  await load.stop();
  await inSyncEverywhere(client);
  const result = await readBack(client, TOPIC, load.histories);
  await client.close();
  const truncations = await countTruncations(cluster);
  console.log(
    `acknowledged ${load.acknowledged}, unknown ${unanswered}, lost ${result.lost}, duplicated ${result.duplicated}, ` +
      `reordered ${result.reordered}; ${truncations} follower truncations, ${controllerMoves} controller moves in ${rounds} rounds` +
      (moves === undefined ? '' : `; partitions were sent to other disks ${moves} times`),
  );
  const proves =
    killsWithoutUnanswered === 0 && truncations >= wantedEvents && controllerMoves >= wantedEvents;
  if (!proves)
    console.log('the rounds did not contain enough unanswered produces, truncations or controller moves');
  return proves && result.lost + result.duplicated + result.reordered === 0;
}

/** Sends partitions from disk to disk until it is stopped, which tells how often all of a broker's were. */
function keepMoving(client: ClusterClient, ids: readonly number[]): { stop(): Promise<number> } {
  let isStopped = false;
  let times = 0;
  const move = async (id: number): Promise<void> => {
    while (!isStopped) {
      // A broker that is dead, or has just begun, refuses: it is asked again.
      await moveToOtherDirs(client, id, TOPIC).then(
        () => (times += 1),
        () => undefined,
      );
      await sleep(MOVE_EVERY_MS);
    }
  };
  const moving = Promise.all(ids.map(move));
  return {
    stop: async () => {
      isStopped = true;
      await moving;
      return times;
    },
  };
}

async function kill(cluster: Cluster, load: IdempotentLoad, id: number, target: Target): Promise<number> {
  const others = (await cluster.status()).filter((broker) => broker.id !== id);
  const still = target === 'leader' ? others.flatMap(({ pid }) => pid ?? []) : [];
  for (const pid of still) process.kill(pid, 'SIGSTOP');
  try {
    if (still.length > 0) await sleep(FOLLOWERS_STAND_STILL_MS);
    else await until('a produce is in flight', () => load.histories.some(({ inFlight }) => inFlight));
    await cluster.killBroker(id);
    return load.histories.filter(({ inFlight }) => inFlight).length;
  } finally {
    for (const pid of still) process.kill(pid, 'SIGCONT');
  }
}

async function brokerToKill(client: ClusterClient, target: Target): Promise<number> {
  const { controllerId, topics, brokers } = await client.metadata([TOPIC]);
  if (target === 'controller') return controllerId;
  const leaders = (topics[0]?.partitions ?? []).map(({ leaderId }) => leaderId);
  const led = (id: number): number => leaders.filter((leader) => leader === id).length;
  const byLeadership = brokers.map(({ nodeId }) => nodeId).sort((a, b) => led(b) - led(a));
  return (target === 'leader' ? byLeadership.at(0) : byLeadership.at(-1)) ?? 0;
}

async function controllerOf(client: ClusterClient): Promise<number> {
  let controllerId = -1;
  await until(
    'there is a controller',
    async () => (controllerId = (await client.metadata([])).controllerId) >= 0,
  );
  return controllerId;
}

/** Resolves with the time until every partition acknowledged more than it had. */
async function everyPartitionGoesOn(load: IdempotentLoad): Promise<number> {
  const startMs = performance.now();
  const before = load.histories.map(({ acknowledged }) => acknowledged);
  await until('every partition goes on', () =>
    load.histories.every(({ acknowledged }, index) => acknowledged > (before[index] ?? 0)),
  );
  return performance.now() - startMs;
}

async function inSyncEverywhere(client: ClusterClient): Promise<void> {
  await until('every replica is in sync', async () => {
    const { topics } = await client.metadata([TOPIC]);
    const partitions = topics[0]?.partitions ?? [];
    return (
      partitions.length === PARTITIONS &&
      partitions.every(({ isrNodes, leaderId }) => isrNodes.length === 3 && leaderId >= 0)
    );
  });
}

/** Truncations that cut something off, as the brokers' logs tell. */
async function countTruncations(cluster: Cluster): Promise<number> {
  let count = 0;
  for (const { logFile } of await cluster.status()) {
    const text = await readFile(logFile, 'utf8');
    for (const [, from, to] of text.matchAll(TRUNCATION)) if (Number(from) > Number(to)) count += 1;
  }
  return count;
}
