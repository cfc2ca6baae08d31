/**
 * DescribeConfigs: every key of topics and brokers with its value, source, synonyms, type and marks, as Apache Kafka
 * 3.9.1 answered (test/golden/describe-configs, recorded by record.ts).
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';
import { QUESTIONS } from './questions.ts';
import { SETTINGS, World } from './world.ts';

jest.setTimeout(120_000);

const FIXTURE = new URL('../../golden/describe-configs/kafka-3.9.1.json', import.meta.url);
const original = (
  JSON.parse(readFileSync(FIXTURE, 'utf8')) as { readonly answers: Readonly<Record<string, unknown>> }
).answers;

let dir: string;
let cluster: Cluster;
const answers: Record<string, unknown> = {};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-describe-configs-'));
  cluster = await startCluster({
    dir,
    brokers: 1,
    port: 0,
    zookeeperPort: 0,
    host: '127.0.0.1',
    overrides: SETTINGS,
  });
  const world = await World.connect(cluster.bootstrap);
  for (const [says, ask] of Object.entries(QUESTIONS)) answers[says] = await ask(world);
  world.close();
});
afterAll(async () => {
  await cluster.stop();
  await rm(dir, { recursive: true, force: true });
});

test('the original was asked the same questions', () => {
  expect(Object.keys(original)).toEqual(Object.keys(QUESTIONS));
});

test.each(Object.keys(QUESTIONS))('%s', (says) => {
  expect(answers[says]).toEqual(original[says]);
});
