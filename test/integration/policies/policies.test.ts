/**
 * Policies on new topics and on configs: asked at the same places, with the same, and answered alike as in Apache Kafka
 * 3.9.1 (test/golden/policies, recorded by record.ts with the Java twins of the policies here).
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { freePort, startCluster, type Cluster } from '../../../src/kit/index.ts';
import { QUESTIONS } from './questions.ts';
import { SETTINGS, World } from './world.ts';

jest.setTimeout(60_000);

const FIXTURE = new URL('../../golden/policies/kafka-3.9.1.json', import.meta.url);
const original = (
  JSON.parse(readFileSync(FIXTURE, 'utf8')) as { readonly answers: Readonly<Record<string, unknown>> }
).answers;

let dir: string;
let cluster: Cluster;
let world: World;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-policies-'));
  const port = await freePort('127.0.0.1');
  cluster = await startCluster({
    dir,
    brokers: 1,
    port,
    zookeeperPort: 0,
    host: '127.0.0.1',
    overrides: {
      ...SETTINGS,
      'create.topic.policy.class.name': fileURLToPath(new URL('telling-create-policy.mjs', import.meta.url)),
      'alter.config.policy.class.name': new URL('telling-alter-policy.mjs', import.meta.url).href,
    },
  });
  world = await World.connect(port);
});
afterAll(async () => {
  world.close();
  await cluster.stop();
  await rm(dir, { recursive: true, force: true });
});

test('the original was asked the same questions', () => {
  expect(Object.keys(original)).toEqual(Object.keys(QUESTIONS));
});

test.each(Object.entries(QUESTIONS))('%s', async (says, ask) => {
  expect(await ask(world)).toEqual(original[says]);
});
