/** Tells the story to the original and keeps its answers (`npm run record:list-offsets`, by hand; java and the jars are needed). */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startZooKeeper } from '../../../src/kit/index.ts';
import { JvmBroker } from '../../support/jvm-broker.ts';
import { kafkaLibraries } from '../../support/kafka-jars.ts';
import { tell } from './story.ts';

const FIXTURE = join(import.meta.dirname, '../../golden/list-offsets/kafka-3.9.1.json');

const libraries = kafkaLibraries();
if (libraries === null) throw new Error("Kafka's jars are not to be had");
const dir = await mkdtemp(join(tmpdir(), 'klassik-list-offsets-'));
const zookeeper = await startZooKeeper({ dir: join(dir, 'zookeeper'), port: 0 });
const broker = await JvmBroker.create({ id: 0, libraries, dir, zookeeperConnect: zookeeper.connect });
try {
  await broker.start();
  const answers = await tell({
    bootstrap: `127.0.0.1:${broker.port}`,
    dataDir: broker.dataDir,
    stop: () => broker.stop(),
    start: () => broker.start(),
  });
  const lines = Object.entries(answers).map(
    ([says, answer]) => `${JSON.stringify(says)}: ${JSON.stringify(answer)}`,
  );
  await writeFile(process.env['FIXTURE'] ?? FIXTURE, `{\n${lines.join(',\n')}\n}\n`);
  console.log(`${lines.length} answers recorded`);
} finally {
  await broker.kill();
  await zookeeper.stop();
  await rm(dir, { recursive: true, force: true });
}
process.exit(0);
