/** Sends every batch to the original and keeps what it answers and stores (`npm run record:validation`, by hand). */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startZooKeeper } from '../../../src/kit/index.ts';
import { JvmBroker } from '../../support/jvm-broker.ts';
import { kafkaLibraries } from '../../support/kafka-jars.ts';
import { QUESTIONS } from './questions.ts';
import { World } from './world.ts';

const FIXTURE = new URL('../../golden/validation/kafka-3.9.1.json', import.meta.url);

const libraries = kafkaLibraries();
if (libraries === null) throw new Error("the original's jars are not to be had");
const dir = await mkdtemp(join(tmpdir(), 'klassik-validation-'));
const zookeeper = await startZooKeeper({ dir: join(dir, 'zookeeper'), port: 0 });
try {
  const broker = await JvmBroker.create({ id: 0, libraries, dir, zookeeperConnect: zookeeper.connect });
  await broker.start();
  const world = await World.create(`127.0.0.1:${broker.port}`);
  const answers: [string, unknown][] = [];
  for (const [says, ask] of Object.entries(QUESTIONS)) answers.push([says, await ask(world)]);
  world.close();
  await broker.stop();
  const provenance = {
    answeredBy: 'Apache Kafka 3.9.1, ZooKeeper mode, one broker',
    recordedBy: 'npm run record:validation',
  };
  // One line a question.
  const lines = answers.map(([says, answer]) => `  ${JSON.stringify(says)}: ${JSON.stringify(answer)}`);
  await writeFile(
    process.env['FIXTURE'] ?? FIXTURE,
    `{\n "provenance": ${JSON.stringify(provenance)},\n "answers": {\n${lines.join(',\n')}\n }\n}\n`,
  );
  console.log(`${lines.length} answers recorded`);
} finally {
  await zookeeper.stop();
  await rm(dir, { recursive: true, force: true });
}
