/** Starts the original on each damage and keeps what became of it (`npm run record:damaged-dirs`, by hand). */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startZooKeeper } from '../../../src/kit/index.ts';
import {
  DescribeLogDirsRequest,
  DescribeLogDirsResponse,
} from '../../../src/protocol/messages/35-describe-log-dirs.ts';
import { CREATE_TOPICS, LIST_OFFSETS, METADATA } from '../../integration/bad-input/apis.ts';
import { World } from '../../integration/bad-input/world.ts';
import { JvmBroker } from '../../support/jvm-broker.ts';
import { kafkaLibraries } from '../../support/kafka-jars.ts';
import { DAMAGES, DIRS, type Outcome, TOPIC, writeLogs } from './damages.ts';

const FIXTURE = new URL('kafka-3.9.1.json', import.meta.url);
const BROKER = 0;
const DESCRIBE = [DescribeLogDirsRequest, DescribeLogDirsResponse] as const;
/** The cleaner looks at its checkpoint soon after the start, not at it. */
const UNTIL_THE_CLEANER_LOOKED_MS = 1500;
const SAID = /^\[[^\]]*\] (?:WARN|ERROR|FATAL) (.*) \((?:kafka\.log\.|org\.apache\.kafka\.storage\.)/;
const THROWN = /^(?:Caused by: )?[\w.$]+(?:Exception|Error): (.*)$/;

const libraries = kafkaLibraries();
if (libraries === null) throw new Error("the original's jars are not to be had");
const dir = await mkdtemp(join(tmpdir(), 'klassik-damaged-dirs-'));
const zookeeper = await startZooKeeper({ dir: join(dir, 'zookeeper'), port: 0 });
const logDirs = DIRS.map((name) => join(dir, 'logs', name));
const [damaged = ''] = logDirs;
const broker = await JvmBroker.create({
  id: BROKER,
  libraries,
  dir,
  zookeeperConnect: zookeeper.connect,
  overrides: {
    'log.dirs': logDirs.join(','),
    'controlled.shutdown.enable': 'false',
    'log.cleaner.backoff.ms': '200',
  },
});
const bootstrap = `127.0.0.1:${broker.port}`;

async function offsetOf(world: World, timestamp: number): Promise<number | undefined> {
  const { topics } = await world.send(BROKER, LIST_OFFSETS, 5, {
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp }] }],
  });
  const told = topics[0]!.partitions[0]!;
  return told.errorCode === 0 ? told.offset : undefined;
}

async function offlineOf(world: World): Promise<string[]> {
  const { results } = await world.send(BROKER, DESCRIBE, 2, { topics: [] });
  return results.flatMap(({ errorCode, logDir }) => (errorCode === 0 ? [] : [DIRS[logDirs.indexOf(logDir)]!]));
}

async function look(): Promise<Outcome> {
  const world = await World.open(bootstrap, 1);
  await world.until('orders-1 is led', async () => {
    const asked = { topics: [{ name: TOPIC }], includeTopicAuthorizedOperations: false };
    const { topics } = await world.send(BROKER, METADATA, 9, asked);
    return topics[0]?.partitions.find(({ partitionIndex }) => partitionIndex === 1)?.leaderId === BROKER;
  });
  await sleep(UNTIL_THE_CLEANER_LOOKED_MS);
  const offline = await offlineOf(world);
  if (offline.length > 0) return { start: 'serves', offline, extent: null };
  const begin = await offsetOf(world, -2);
  const end = await offsetOf(world, -1);
  return {
    start: 'serves',
    offline,
    extent: begin === undefined || end === undefined ? null : [begin, end],
  };
}

async function startOn(seed: string, what: string): Promise<Outcome & { readonly says: readonly string[] }> {
  await rm(join(dir, 'logs'), { recursive: true, force: true });
  await cp(seed, join(dir, 'logs'), { recursive: true });
  await DAMAGES.get(what)!(damaged);
  await rm(broker.logFile, { force: true });
  let outcome: Outcome;
  try {
    await broker.start();
    outcome = await look();
    await broker.stop();
  } catch (thrown) {
    if (!(thrown instanceof Error) || !thrown.message.includes('did not serve')) {
      await broker.kill();
      throw thrown;
    }
    outcome = { start: 'does not start', offline: [], extent: null };
  }
  const log = (await readFile(broker.logFile, 'utf8')).replaceAll(join(dir, 'logs'), '');
  const says = log.split('\n').flatMap((line) => {
    const [, message] = SAID.exec(line) ?? (outcome.start === 'serves' ? [] : (THROWN.exec(line) ?? []));
    return message === undefined || /^Stopp(ing|ed) |^Logs for partitions/.test(message) ? [] : [message];
  });
  return { ...outcome, says: [...new Set(says)] };
}

try {
  await broker.start();
  const world = await World.open(bootstrap, 1);
  await world.send(BROKER, CREATE_TOPICS, 7, {
    topics: [{ name: TOPIC, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 30_000,
  });
  await world.until('the log is made', async () => (await offsetOf(world, -1)) === 0);
  await broker.stop();
  const seed = join(dir, 'seed');
  await mkdir(seed);
  await writeLogs(seed);
  for (const name of DIRS) await cp(join(dir, 'logs', name, 'meta.properties'), join(seed, name, 'meta.properties'));
  const metadata = await readFile(await metadataOf());
  for (const [partition, name] of DIRS.entries())
    await writeFile(join(seed, name, `${TOPIC}-${partition}`, 'partition.metadata'), metadata);
  const outcomes: Record<string, unknown> = {};
  const only = process.env['ONLY'];
  for (const what of DAMAGES.keys()) {
    if (only !== undefined && !new RegExp(only).test(what)) continue;
    outcomes[what] = await startOn(seed, what);
    console.log(what, JSON.stringify(outcomes[what]));
  }
  const provenance = {
    answeredBy: 'Apache Kafka 3.9.1, ZooKeeper mode, one broker with two log dirs',
    recordedBy: 'npm run record:damaged-dirs',
  };
  await writeFile(process.env['FIXTURE'] ?? FIXTURE, `${JSON.stringify({ provenance, outcomes }, null, 1)}\n`);
} finally {
  await broker.kill();
  await zookeeper.stop();
  await rm(dir, { recursive: true, force: true });
}

async function metadataOf(): Promise<string> {
  for (const logDir of logDirs)
    for (const partition of [0, 1]) {
      const path = join(logDir, `${TOPIC}-${partition}`, 'partition.metadata');
      if ((await readFile(path).catch(() => undefined)) !== undefined) return path;
    }
  throw new Error('the original made no partition.metadata');
}
