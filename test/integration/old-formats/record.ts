/**
 * Asks every question of the original and keeps the answers (`npm run record:old-formats`, by hand): BOOTSTRAP names a
 * fresh broker of Kafka 3.9.1 in ZooKeeper mode.
 */
import { writeFile } from 'node:fs/promises';
import { answersOf } from './questions.ts';
import { World } from './world.ts';

const FIXTURE = new URL('../../golden/old-formats/kafka-3.9.1.json', import.meta.url);

const bootstrap = process.env['BOOTSTRAP'];
if (bootstrap === undefined) throw new Error('BOOTSTRAP=host:port says where the original is');
const world = await World.create(bootstrap);
const answers = await answersOf(world);
world.close();
const provenance = {
  answeredBy: 'Apache Kafka 3.9.1, ZooKeeper mode, one broker',
  recordedBy: 'npm run record:old-formats',
};
await writeFile(process.env['FIXTURE'] ?? FIXTURE, `${JSON.stringify({ provenance, answers }, null, 1)}\n`);
console.log(`${Object.keys(answers).length} questions recorded`);
