/**
 * Tells the story of consumer groups to the original's tool and keeps what it prints (`npm run record:consumer-groups`, by
 * hand): BOOTSTRAP names a fresh broker 0 of Kafka 3.9.1 in ZooKeeper mode, with group.initial.rebalance.delay.ms=0.
 */
import { writeFile } from 'node:fs/promises';
import { runOriginal } from '../../support/original-tool.ts';
import { tellStory } from './story.ts';

const FIXTURE = new URL('../../golden/consumer-groups/kafka-3.9.1.json', import.meta.url);
const TOOL = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand';

const bootstrap = process.env['BOOTSTRAP'];
if (bootstrap === undefined) throw new Error('BOOTSTRAP=host:port says where the original is');
const answers = await tellStory(bootstrap, (argv) => runOriginal(TOOL, argv));
const provenance = {
  printedBy: 'kafka-consumer-groups of Apache Kafka 3.9.1, against one of its brokers in ZooKeeper mode',
  recordedBy: 'npm run record:consumer-groups',
};
await writeFile(FIXTURE, `${JSON.stringify({ provenance, answers }, null, 1)}\n`);
console.log(`${Object.keys(answers).length} commands recorded`);
process.exit(0);
