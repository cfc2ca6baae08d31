/** Asks the original, with policies in Java, and keeps what it answers (`npm run record:policies`, by hand; needs javac). */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startZooKeeper } from '../../../src/kit/index.ts';
import { JvmBroker } from '../../support/jvm-broker.ts';
import { kafkaLibraries } from '../../support/kafka-jars.ts';
import { QUESTIONS } from './questions.ts';
import { SETTINGS, World } from './world.ts';

const FIXTURE = new URL('../../golden/policies/kafka-3.9.1.json', import.meta.url);

const jars = kafkaLibraries();
if (jars === null) throw new Error("the original's jars are not to be had");
const dir = await mkdtemp(join(tmpdir(), 'klassik-policies-'));
const classes = join(dir, 'classes');
const sources = ['TellingCreatePolicy', 'TellingAlterPolicy'].map((name) =>
  fileURLToPath(new URL(`java/${name}.java`, import.meta.url)),
);
execFileSync('javac', ['-cp', join(jars, '*'), '-d', classes, ...sources]);
const zookeeper = await startZooKeeper({ dir: join(dir, 'zookeeper'), port: 0 });
const broker = await JvmBroker.create({
  id: 0,
  libraries: `${join(jars, '*')}${delimiter}${classes}`,
  dir,
  zookeeperConnect: zookeeper.connect,
  overrides: {
    ...SETTINGS,
    'create.topic.policy.class.name': 'TellingCreatePolicy',
    'alter.config.policy.class.name': 'TellingAlterPolicy',
  },
});
try {
  await broker.start();
  const world = await World.connect(broker.port);
  const answers: Record<string, unknown> = {};
  for (const [says, ask] of Object.entries(QUESTIONS)) answers[says] = await ask(world);
  world.close();
  const provenance = {
    answeredBy:
      'Apache Kafka 3.9.1, ZooKeeper mode, one broker with the policies of test/integration/policies/java',
    recordedBy: 'npm run record:policies',
  };
  await writeFile(FIXTURE, `${JSON.stringify({ provenance, answers }, null, 1)}\n`);
  console.log(`${Object.keys(answers).length} answers recorded`);
} finally {
  await broker.kill();
  await zookeeper.stop();
  await rm(dir, { recursive: true, force: true });
}
