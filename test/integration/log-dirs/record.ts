/**
 * Tells the story of log dirs to the original and keeps its answers (`npm run record:log-dirs`, by hand): BOOTSTRAP names
 * a fresh cluster of one broker 0 of Kafka 3.9.1 in ZooKeeper mode, LOG_DIRS its three log dirs.
 */
import { writeFile } from 'node:fs/promises';
import { answersOfLogDirs } from './story.ts';

const FIXTURE = new URL('../../golden/log-dirs/kafka-3.9.1.json', import.meta.url);

const { BOOTSTRAP: bootstrap, LOG_DIRS: logDirs } = process.env;
if (bootstrap === undefined || logDirs === undefined) throw new Error('BOOTSTRAP and LOG_DIRS are needed');
const answers = await answersOfLogDirs(bootstrap, logDirs.split(','));
const provenance = {
  answeredBy: 'Apache Kafka 3.9.1, ZooKeeper mode, one broker with three log dirs',
  recordedBy: 'npm run record:log-dirs',
};
await writeFile(FIXTURE, `${JSON.stringify({ provenance, answers }, null, 1)}\n`);
console.log(`${Object.keys(answers).length} answers recorded`);
process.exit(0);
