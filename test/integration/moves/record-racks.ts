/**
 * Keeps what the original proposes for brokers in racks (`npm run record:racks`, by hand): BOOTSTRAP names a fresh cluster of
 * six brokers 0 to 5 of Kafka 3.9.1 in ZooKeeper mode, with the racks of racks.ts.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ClusterClient, createTopic } from '../../../src/tools/client/index.ts';
import { kafkaLibraries } from '../../support/kafka-jars.ts';
import { jvmArguments } from '../../support/jvm-program.ts';
import { until } from '../../support/until.ts';
import { CASES, LAYOUTS, RACKS, takenApart, topicsToMove, type Case, type RecordedCase } from './racks.ts';

const FIXTURE = new URL('../../golden/moves/racks-3.9.1.json', import.meta.url);
/** At most 25 starts and distances: with so many throws of the dice the odds of missing one are below 1 in 10,000,000. */
const TIMES = 500;

const libraries = kafkaLibraries();
const bootstrap = process.env['BOOTSTRAP'];
if (libraries === null) throw new Error("the original's jars are needed");
if (bootstrap === undefined) throw new Error('BOOTSTRAP=host:port,... says where the original is');

async function java(program: string, args: readonly string[]): Promise<{ out: string; exitCode: number }> {
  const child = spawn('java', [...jvmArguments(libraries!, program), ...args]);
  const exited = new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? -1)));
  const [out, exitCode] = await Promise.all([text(child.stdout), exited]);
  return { out, exitCode };
}

async function recorded({ topic, brokers, rackAware }: Case): Promise<RecordedCase> {
  const dir = await mkdtemp(join(tmpdir(), 'klassik-racks-'));
  const file = join(dir, 'topics.json');
  await writeFile(file, topicsToMove(topic));
  // Once as it is called, for the exit code and for what fails.
  const once = await java('org.apache.kafka.tools.reassign.ReassignPartitionsCommand', [
    ...['--bootstrap-server', bootstrap!, '--generate', '--topics-to-move-json-file', file],
    ...['--broker-list', brokers, ...(rackAware ? [] : ['--disable-rack-aware'])],
  ]);
  await rm(dir, { recursive: true, force: true });
  const first = takenApart(once.out);
  if (once.exitCode !== 0) return { printed: first.printed, exitCode: once.exitCode, proposals: [] };
  const args = [bootstrap!, topicsToMove(topic), brokers, String(rackAware), String(TIMES)];
  const { out } = await java('Proposals.java', args);
  const all = out
    .trim()
    .split('\n')
    .map((line) => takenApart(Buffer.from(line, 'base64').toString()));
  if (all.some(({ printed }) => printed !== first.printed)) throw new Error('it prints more than one thing');
  const proposals = [...new Set(all.map(({ proposal }) => proposal!))].sort();
  return { printed: first.printed, exitCode: 0, proposals };
}

const client = new ClusterClient({ bootstrapServers: bootstrap.split(',') });
const brokers = (await client.nodes()).map(({ rack }) => rack);
if (brokers.join() !== RACKS.join())
  throw new Error(`racks are to be ${RACKS.join()}, not ${brokers.join()}`);
for (const [name, layout] of Object.entries(LAYOUTS)) {
  const assignments = new Map(layout.entries());
  await createTopic(client, { name, numPartitions: -1, replicationFactor: -1, assignments, configs: {} });
  await until(`everybody knows of ${name}`, async () => {
    const { topics } = await client.metadata([name]);
    return topics[0]?.partitions.every(({ leaderId }) => leaderId >= 0) === true;
  });
}
const cases: Record<string, RecordedCase> = {};
for (const [says, one] of Object.entries(CASES)) cases[says] = await recorded(one);
const provenance = {
  printedBy:
    'kafka-reassign-partitions --generate of Apache Kafka 3.9.1, against six of its brokers in ZooKeeper mode',
  recordedBy: 'npm run record:racks',
};
await writeFile(FIXTURE, `${JSON.stringify({ provenance, cases }, null, 1)}\n`);
console.log(
  Object.entries(cases)
    .map(([says, { proposals }]) => `${says}: ${proposals.length}`)
    .join('\n'),
);
await client.close();
process.exit(0);
