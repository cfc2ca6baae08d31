/** A broker with three log dirs answers, and leaves on disk, what Kafka 3.9.1 did when partitions were moved. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';
import { answersOfLogDirs } from './story.ts';

jest.setTimeout(180_000);

const FIXTURE = new URL('../../golden/log-dirs/kafka-3.9.1.json', import.meta.url);
const original = JSON.parse(readFileSync(FIXTURE, 'utf8')) as {
  readonly answers: Readonly<Record<string, unknown>>;
};

let dir: string;
let cluster: Cluster | undefined;
let answers: Readonly<Record<string, unknown>>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-log-dirs-'));
  cluster = await startCluster({
    dir,
    brokers: 1,
    logDirs: 3,
    port: 0,
    zookeeperPort: 0,
    host: '127.0.0.1',
    overrides: { 'log.initial.task.delay.ms': '100', 'log.retention.check.interval.ms': '200' },
  });
  answers = await answersOfLogDirs(cluster.bootstrap, cluster.logDirsOf(0));
});
afterAll(async () => {
  await cluster?.stop();
  await rm(dir, { recursive: true, force: true });
});

test.each(Object.keys(original.answers))('%s', (says) => {
  expect(answers[says]).toEqual(original.answers[says]);
});

test('nothing else was asked', () => {
  expect(Object.keys(answers)).toEqual(Object.keys(original.answers));
});
