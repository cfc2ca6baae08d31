/**
 * Tells the story with the original and keeps what ZooKeeper saw of it (`npm run record:znodes`, by hand). Needs java and
 * the original's jars, which Maven fetches.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kafkaLibraries } from '../../support/kafka-jars.ts';
import { originalCluster } from './cluster.ts';
import { tellStory } from './story.ts';

const FIXTURE = new URL('../../golden/znodes/kafka-3.9.1.json', import.meta.url);

const libraries = kafkaLibraries();
if (libraries === null) throw new Error('the jars of Kafka 3.9.1 are not to be had');
const dir = await mkdtemp(join(tmpdir(), 'original-znodes-'));
const cluster = await originalCluster(dir, libraries);
try {
  const provenance = {
    toldBy: 'Apache Kafka 3.9.1, ZooKeeper mode, three brokers; ZooKeeper as the kit found it',
    recordedBy: 'npm run record:znodes',
  };
  const story = await tellStory(cluster);
  await writeFile(FIXTURE, `${JSON.stringify({ provenance, ...story }, null, 1)}\n`);
} finally {
  await cluster.close();
  await rm(dir, { recursive: true, force: true });
}
