/**
 * Records what the original answers with a failed log dir (`npm run record:failed-log-dir`, by hand): BOOTSTRAP names a fresh cluster of one broker 0 of
 * Kafka 3.9.1 in ZooKeeper mode, LOG_DIRS its two log dirs.
 */
import { writeFile } from 'node:fs/promises';
import { answersOfFailedLogDir } from './failed-log-dir.ts';

const FIXTURE = new URL('../../golden/bad-input/kafka-3.9.1-failed-log-dir.json', import.meta.url);

const { BOOTSTRAP: bootstrap, LOG_DIRS: logDirs } = process.env;
if (bootstrap === undefined || logDirs === undefined) throw new Error('BOOTSTRAP and LOG_DIRS are needed');
const answers = await answersOfFailedLogDir(bootstrap, logDirs.split(','));
const provenance = {
  answeredBy: 'Apache Kafka 3.9.1, ZooKeeper mode, one broker with two log dirs',
  recordedBy: 'npm run record:failed-log-dir',
};
await writeFile(FIXTURE, `${JSON.stringify({ provenance, answers }, null, 1)}\n`);
console.log(`${Object.keys(answers).length} answers recorded`);
process.exit(0);
