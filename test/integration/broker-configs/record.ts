/** Asks the original about its configs and loggers and keeps what it answers (`npm run record:broker-configs`, by hand). */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startZooKeeper } from '../../../src/kit/index.ts';
import { JvmBroker } from '../../support/jvm-broker.ts';
import { kafkaLibraries } from '../../support/kafka-jars.ts';
import { QUESTIONS } from './questions.ts';
import { SETTINGS, World } from './world.ts';

const FIXTURE = new URL('../../golden/broker-configs/kafka-3.9.1.json', import.meta.url);

const libraries = kafkaLibraries();
if (libraries === null) throw new Error("the original's jars are not to be had");
const dir = await mkdtemp(join(tmpdir(), 'klassik-broker-configs-'));
const zookeeper = await startZooKeeper({ dir: join(dir, 'zookeeper'), port: 0 });
const own = { id: 0, libraries, dir, zookeeperConnect: zookeeper.connect };
const { port } = await JvmBroker.create(own);
const address = `PLAINTEXT://127.0.0.1:${port}`;
const broker = await JvmBroker.create({
  ...own,
  overrides: { ...SETTINGS, listeners: address, 'advertised.listeners': address },
});
try {
  await broker.start();
  const ports = [await freePort('127.0.0.1'), await freePort('127.0.0.1')] as const;
  const world = await World.create(port, ports, zookeeper.connect);
  const answers: Record<string, unknown> = {};
  for (const [says, ask] of Object.entries(QUESTIONS)) answers[says] = await ask(world);
  await world.close();
  const provenance = {
    answeredBy: 'Apache Kafka 3.9.1, ZooKeeper mode, one broker',
    recordedBy: 'npm run record:broker-configs',
  };
  await writeFile(FIXTURE, `${JSON.stringify({ provenance, answers }, null, 1)}\n`);
  console.log(`${Object.keys(answers).length} answers recorded`);
} finally {
  await broker.kill();
  await zookeeper.stop();
  await rm(dir, { recursive: true, force: true });
}
