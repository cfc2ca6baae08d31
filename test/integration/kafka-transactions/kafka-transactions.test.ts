/**
 * kafka-transactions is told its story on a broker of ours: what it prints, and how it ends, is what the original's tool
 * came to on a broker of the original (test/golden/kafka-transactions).
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';
import { consoleConsumerTool } from '../../../src/tools/console-consumer.ts';
import { transactionsTool } from '../../../src/tools/transactions.ts';
import type { Printed } from '../../support/original-tool.ts';
import { run } from '../../unit/tools/support.ts';
import { OVERRIDES, tellStory } from './story.ts';

jest.setTimeout(180_000);

const TOOLS = { transactions: transactionsTool, 'console-consumer': consoleConsumerTool };
const FIXTURE = new URL('../../golden/kafka-transactions/kafka-3.9.1.json', import.meta.url);
const original = JSON.parse(readFileSync(FIXTURE, 'utf8')) as {
  readonly answers: Readonly<Record<string, Printed>>;
};

let dir: string;
let cluster: Cluster | undefined;
let answers: Readonly<Record<string, Printed>>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-kafka-transactions-'));
  cluster = await startCluster({
    dir,
    brokers: 1,
    port: 0,
    zookeeperPort: 0,
    host: '127.0.0.1',
    startTimeoutMs: 120_000,
    overrides: OVERRIDES,
  });
  answers = await tellStory(cluster.bootstrap, (tool, argv) => run(TOOLS[tool], argv));
});
afterAll(async () => {
  await cluster?.stop();
  await rm(dir, { recursive: true, force: true });
});

test('the original was told the same story', () => {
  expect(Object.keys(answers)).toEqual(Object.keys(original.answers));
});

test.each(Object.entries(original.answers))('%s', (says, printed) => {
  expect(answers[says]).toEqual(printed);
});
