/**
 * Tells every story to the original and keeps what is left (`npm run record:compaction`, by hand): BOOTSTRAP names a
 * fresh broker of Kafka 3.9.1 in ZooKeeper mode, started with the configs in world.ts, and DATA_DIR its log dir.
 */
import { writeFile } from 'node:fs/promises';
import { World } from './world.ts';

const FIXTURE = new URL('../../golden/compaction/kafka-3.9.1.json', import.meta.url);

const bootstrap = process.env['BOOTSTRAP'];
const dataDir = process.env['DATA_DIR'];
if (bootstrap === undefined || dataDir === undefined)
  throw new Error('BOOTSTRAP=host:port and DATA_DIR=folder say where the original is');
const world = await World.create(bootstrap, dataDir);
const left = await world.tellAll();
world.close();
const provenance = {
  cleanedBy: 'Apache Kafka 3.9.1, ZooKeeper mode, one broker',
  recordedBy: 'npm run record:compaction',
};
// One line a batch.
const text = Object.entries(left).map(
  ([name, { batches }]) =>
    `  ${JSON.stringify(name)}: {\n   "batches": [\n${batches.map((batch) => `    ${JSON.stringify(batch)}`).join(',\n')}\n   ]\n  }`,
);
await writeFile(
  process.env['FIXTURE'] ?? FIXTURE,
  `{\n "provenance": ${JSON.stringify(provenance)},\n "left": {\n${text.join(',\n')}\n }\n}\n`,
);
console.log(`${text.length} stories recorded`);
