/**
 * Tells the story of moves to the original's tools and keeps what they print (`npm run record:moves`, by hand): BOOTSTRAP
 * names a fresh cluster of three brokers 0, 1 and 2 of Kafka 3.9.1 in ZooKeeper mode.
 */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { writeFile } from 'node:fs/promises';
import { kafkaLibraries } from '../../support/kafka-jars.ts';
import { jvmArguments } from '../../support/jvm-program.ts';
import { tellStory, type Printed, type ToolName } from './story.ts';

const FIXTURE = new URL('../../golden/moves/kafka-3.9.1.json', import.meta.url);

const CLASSES: Readonly<Record<ToolName, string>> = {
  'reassign-partitions': 'org.apache.kafka.tools.reassign.ReassignPartitionsCommand',
  'leader-election': 'org.apache.kafka.tools.LeaderElectionCommand',
  features: 'org.apache.kafka.tools.FeatureCommand',
  cluster: 'org.apache.kafka.tools.ClusterTool',
};

async function run(tool: ToolName, argv: readonly string[]): Promise<Printed> {
  const libraries = kafkaLibraries();
  if (libraries === null) throw new Error("the original's jars are needed");
  const child = spawn('java', [...jvmArguments(libraries, CLASSES[tool]), ...argv]);
  const exited = new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? -1)));
  const [out, err, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { exitCode, out, err };
}

const bootstrap = process.env['BOOTSTRAP'];
if (bootstrap === undefined) throw new Error('BOOTSTRAP=host:port,... says where the original is');
const answers = await tellStory(bootstrap, run);
const provenance = {
  printedBy: 'the tools of Apache Kafka 3.9.1, against three of its brokers in ZooKeeper mode',
  recordedBy: 'npm run record:moves',
};
await writeFile(FIXTURE, `${JSON.stringify({ provenance, answers }, null, 1)}\n`);
console.log(`${Object.keys(answers).length} commands recorded`);
process.exit(0);
