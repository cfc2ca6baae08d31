/**
 * A broker that takes over logs of brokers before 3.0 answers from them what Apache Kafka 3.9.1 answered, and leaves of
 * the compacted ones what it left (test/golden/old-logs, recorded by record.ts).
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';
import { QUESTIONS } from './questions.ts';
import { BROKER_CONFIGS, CLEANED, takeOver, type TakenOver } from './takeover.ts';

jest.setTimeout(240_000);

const FIXTURE = new URL('../../golden/old-logs/kafka-3.9.1.json', import.meta.url);
const original = JSON.parse(readFileSync(FIXTURE, 'utf8')) as TakenOver;

let dir: string;
let cluster: Cluster;
let taken: TakenOver;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-old-logs-'));
  cluster = await startCluster({
    dir,
    brokers: 1,
    port: 0,
    zookeeperPort: 0,
    host: '127.0.0.1',
    startTimeoutMs: 120_000,
    overrides: BROKER_CONFIGS,
  });
  taken = await takeOver({
    address: cluster.bootstrap,
    dataDir: cluster.dataDirs[0]!,
    start: () => cluster.startBroker(0),
    stop: () => cluster.stopBroker(0),
  });
});
afterAll(async () => {
  await cluster.stop();
  await rm(dir, { recursive: true, force: true });
});

test('the original was asked the same questions', () => {
  expect(Object.keys(original.answers)).toEqual(Object.keys(QUESTIONS));
  expect(Object.keys(original.cleaned)).toEqual(Object.keys(CLEANED));
});

test.each(Object.keys(QUESTIONS))('%s', (says) => {
  expect(taken.answers[says]).toEqual(original.answers[says]);
});

test.each(Object.keys(CLEANED))('of %s the same is left', (topic) => {
  expect(taken.cleaned[topic]).toEqual(original.cleaned[topic]);
});
