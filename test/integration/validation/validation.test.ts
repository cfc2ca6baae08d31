/**
 * What producers send, whole and damaged, is judged and stored as Apache Kafka 3.9.1 did it (test/golden/validation,
 * recorded by record.ts).
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';
import { QUESTIONS } from './questions.ts';
import { World } from './world.ts';

jest.setTimeout(240_000);

const FIXTURE = new URL('../../golden/validation/kafka-3.9.1.json', import.meta.url);
const original = (
  JSON.parse(readFileSync(FIXTURE, 'utf8')) as { readonly answers: Readonly<Record<string, unknown>> }
).answers;

/** What lies behind the end of a gzip stream the original does not look at, where ours refuses it. */
const DIFFERENT: ReadonlySet<string> = new Set(
  ['gzip', 'gzip, made zstd'].map((codec) => `${codec}: a stream with bytes behind it`),
);

let dir: string;
let cluster: Cluster;
const answers: Record<string, unknown> = {};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-validation-'));
  cluster = await startCluster({
    dir,
    brokers: 1,
    port: 0,
    zookeeperPort: 0,
    host: '127.0.0.1',
    startTimeoutMs: 120_000,
  });
  const world = await World.create(cluster.bootstrap);
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

test.each(Object.keys(QUESTIONS).filter((says) => !DIFFERENT.has(says)))('%s', (says) => {
  expect(answers[says]).toEqual(original[says]);
});
