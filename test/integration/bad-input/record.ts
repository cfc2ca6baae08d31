/**
 * Asks every row of the original and keeps the answers (`npm run record:bad-input`, by hand): BOOTSTRAP names a fresh
 * cluster of Kafka 3.9.1 in ZooKeeper mode, brokers 0, 1 and 2, started with the properties in world.ts.
 */
import { writeFile } from 'node:fs/promises';
import { answersOf, FAILED, ROWS } from './table.ts';
import { PROPERTIES, World } from './world.ts';

const FIXTURE = new URL('../../golden/bad-input/kafka-3.9.1.json', import.meta.url);

const bootstrap = process.env['BOOTSTRAP'];
if (bootstrap === undefined) throw new Error('BOOTSTRAP=host:port,... says where the original is');
const answers = await answersOf(await World.create(bootstrap));
const provenance = {
  answeredBy: 'Apache Kafka 3.9.1, ZooKeeper mode, three brokers',
  recordedBy: 'npm run record:bad-input',
  properties: PROPERTIES,
};
await writeFile(process.env['FIXTURE'] ?? FIXTURE, `${JSON.stringify({ provenance, answers }, null, 1)}\n`);
const failed = Object.values(answers).filter(
  (answer) => typeof answer === 'string' && answer.startsWith(FAILED),
);
console.log(`${ROWS.length} rows recorded, ${failed.length} of them failed`);
process.exit(failed.length === 0 ? 0 : 1);
