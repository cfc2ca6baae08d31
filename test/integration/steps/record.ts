/**
 * Takes the steps with the original and keeps what ZooKeeper saw of each (`npm run record:steps`, by hand). Needs java and
 * the original's jars, which Maven fetches.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { kafkaLibraries } from '../../support/kafka-jars.ts';
import { originalCluster } from './cluster.ts';
import { takeSteps, type Taken } from './driver.ts';

const FIXTURE = new URL('../../golden/steps/kafka-3.9.1.json', import.meta.url);
/** Nothing more will come of a step after which nothing has come for so long. */
const QUIET_MS = 2000;

const countOf = (sessions: Taken['sessions']): number =>
  Object.values(sessions).reduce((sum, lines) => sum + lines.length, 0);

const libraries = kafkaLibraries();
if (libraries === null) throw new Error('the jars of Kafka 3.9.1 are not to be had');
const dir = await mkdtemp(join(tmpdir(), 'original-steps-'));
const cluster = await originalCluster(dir, libraries);
try {
  const provenance = {
    takenBy: 'Apache Kafka 3.9.1, ZooKeeper mode, brokers 0 to 3; ZooKeeper as the kit found it',
    recordedBy: 'npm run record:steps',
  };
  const steps = await takeSteps(cluster, {
    asked: 0,
    async settle({ says }, look) {
      for (let before = -1, now = countOf(await look()); now !== before; now = countOf(await look())) {
        before = now;
        await sleep(QUIET_MS);
      }
      console.log(says);
    },
  });
  await writeFile(FIXTURE, `${JSON.stringify({ provenance, steps }, null, 1)}\n`);
} finally {
  await cluster.close();
  await rm(dir, { recursive: true, force: true });
}
