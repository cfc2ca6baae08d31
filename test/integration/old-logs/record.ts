/**
 * Has the original take over the logs of test/golden/old-logs/written, and keeps what it answers and leaves
 * (`npm run record:old-logs`, by hand).
 */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startZooKeeper } from '../../../src/kit/index.ts';
import { JvmBroker } from '../../support/jvm-broker.ts';
import { kafkaLibraries } from '../../support/kafka-jars.ts';
import { BROKER_CONFIGS, takeOver, WRITTEN } from './takeover.ts';

const FIXTURE = new URL('../../golden/old-logs/kafka-3.9.1.json', import.meta.url);

const libraries = kafkaLibraries();
if (libraries === null) throw new Error("the original's jars are not to be had");
const dir = await mkdtemp(join(tmpdir(), 'klassik-old-logs-'));
const zookeeper = await startZooKeeper({ dir: join(dir, 'zookeeper'), port: 0 });

/** A broker that knows no topics: what it recovers it leaves as recovery made it. */
async function recovered(): Promise<Record<string, Record<string, string>>> {
  const broker = await JvmBroker.create({
    id: 7,
    libraries: libraries!,
    dir,
    zookeeperConnect: zookeeper.connect,
    overrides: BROKER_CONFIGS,
  });
  await mkdir(broker.dataDir, { recursive: true });
  await cp(WRITTEN, broker.dataDir, { recursive: true });
  await broker.start();
  await broker.stop();
  const left: Record<string, Record<string, string>> = {};
  for (const partition of (await readdir(WRITTEN)).sort()) {
    const files: Record<string, string> = {};
    for (const name of (await readdir(join(broker.dataDir, partition))).sort())
      files[name] = (await readFile(join(broker.dataDir, partition, name))).toString('hex');
    left[partition] = files;
  }
  return left;
}

try {
  const left = await recovered();
  const broker = await JvmBroker.create({
    id: 0,
    libraries,
    dir,
    zookeeperConnect: zookeeper.connect,
    overrides: BROKER_CONFIGS,
  });
  await broker.start();
  const taken = await takeOver({
    address: `127.0.0.1:${broker.port}`,
    dataDir: broker.dataDir,
    start: () => broker.start(),
    stop: () => broker.stop(),
  });
  await broker.stop();
  const provenance = {
    answeredBy: 'Apache Kafka 3.9.1, ZooKeeper mode, one broker',
    recordedBy: 'npm run record:old-logs',
  };
  const text = JSON.stringify({ provenance, recovered: left, ...taken }, null, 1);
  await writeFile(process.env['FIXTURE'] ?? FIXTURE, `${text}\n`);
  console.log(`${Object.keys(taken.answers).length} answers recorded`);
} finally {
  await zookeeper.stop();
  await rm(dir, { recursive: true, force: true });
}
