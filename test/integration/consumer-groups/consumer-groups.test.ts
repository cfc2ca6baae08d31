/**
 * kafka-consumer-groups is told its story on a broker of ours: what it prints, and how it ends, is what the original's
 * tool came to on a broker of the original (test/golden/consumer-groups).
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';
import { consumerGroupsTool } from '../../../src/tools/consumer-groups.ts';
import type { Printed } from '../../support/original-tool.ts';
import { run } from '../../unit/tools/support.ts';
import { tellStory } from './story.ts';

jest.setTimeout(180_000);

const FIXTURE = new URL('../../golden/consumer-groups/kafka-3.9.1.json', import.meta.url);
const original = JSON.parse(readFileSync(FIXTURE, 'utf8')) as {
  readonly answers: Readonly<Record<string, Printed>>;
};

let dir: string;
let cluster: Cluster | undefined;
let answers: Readonly<Record<string, Printed>>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-consumer-groups-'));
  cluster = await startCluster({
    dir,
    brokers: 1,
    port: 0,
    zookeeperPort: 0,
    host: '127.0.0.1',
    startTimeoutMs: 120_000,
    overrides: { 'group.initial.rebalance.delay.ms': '0' },
  });
  answers = await tellStory(cluster.bootstrap, (argv) => run(consumerGroupsTool, argv));
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
