/**
 * Tells the story of transactions to the original's tools and keeps what they print (`npm run record:kafka-transactions`,
 * by hand): BOOTSTRAP names a fresh broker 0 of Kafka 3.9.1 in ZooKeeper mode, configured with the story's OVERRIDES.
 */
import { writeFile } from 'node:fs/promises';
import { runOriginal } from '../../support/original-tool.ts';
import { tellStory, type StoryTool } from './story.ts';

const FIXTURE = new URL('../../golden/kafka-transactions/kafka-3.9.1.json', import.meta.url);
const CLASSES: Readonly<Record<StoryTool, string>> = {
  transactions: 'org.apache.kafka.tools.TransactionsCommand',
  'console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
};

const bootstrap = process.env['BOOTSTRAP'];
if (bootstrap === undefined) throw new Error('BOOTSTRAP=host:port says where the original is');
const answers = await tellStory(bootstrap, (tool, argv) => runOriginal(CLASSES[tool], argv));
const provenance = {
  printedBy: 'kafka-transactions of Apache Kafka 3.9.1, against one of its brokers in ZooKeeper mode',
  recordedBy: 'npm run record:kafka-transactions',
};
await writeFile(FIXTURE, `${JSON.stringify({ provenance, answers }, null, 1)}\n`);
console.log(`${Object.keys(answers).length} commands recorded`);
process.exit(0);
