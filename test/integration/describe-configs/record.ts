/** Asks the original for its configs and keeps what it answers (`npm run record:describe-configs`, by hand). */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startZooKeeper } from '../../../src/kit/index.ts';
import { JvmBroker } from '../../support/jvm-broker.ts';
import { kafkaLibraries } from '../../support/kafka-jars.ts';
import { QUESTIONS } from './questions.ts';
import { SETTINGS, World } from './world.ts';

const FIXTURE = new URL('../../golden/describe-configs/kafka-3.9.1.json', import.meta.url);

const libraries = kafkaLibraries();
if (libraries === null) throw new Error("the original's jars are not to be had");
const dir = await mkdtemp(join(tmpdir(), 'klassik-describe-configs-'));
const zookeeper = await startZooKeeper({ dir: join(dir, 'zookeeper'), port: 0 });
try {
  const own = { id: 0, libraries, dir, zookeeperConnect: zookeeper.connect };
  const { port } = await JvmBroker.create(own);
  const advertised = { 'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}` };
  const listeners = { listeners: `PLAINTEXT://127.0.0.1:${port}` };
  const broker = await JvmBroker.create({ ...own, overrides: { ...SETTINGS, ...advertised, ...listeners } });
  await broker.start();
  const world = await World.connect(`127.0.0.1:${port}`);
  const answers: Record<string, unknown> = {};
  for (const [says, ask] of Object.entries(QUESTIONS)) answers[says] = await ask(world);
  world.close();
  await broker.stop();
  const provenance = {
    answeredBy: 'Apache Kafka 3.9.1, ZooKeeper mode, one broker',
    recordedBy: 'npm run record:describe-configs',
  };
  await writeFile(FIXTURE, `${JSON.stringify({ provenance, answers }, null, 1)}\n`);
  console.log(`${Object.keys(answers).length} answers recorded`);
} finally {
  await zookeeper.stop();
  await rm(dir, { recursive: true, force: true });
}
