/** A broker whose log dir fails answers what Kafka 3.9.1 answered, and goes on with the other dir. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';
import { answersOfFailedLogDir } from './failed-log-dir.ts';

jest.setTimeout(180_000);

const FIXTURE = new URL('../../golden/bad-input/kafka-3.9.1-failed-log-dir.json', import.meta.url);
const original = JSON.parse(readFileSync(FIXTURE, 'utf8')) as {
  readonly answers: Readonly<Record<string, unknown>>;
};

let dir: string;
let cluster: Cluster | undefined;
let answers: Readonly<Record<string, unknown>>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-failed-log-dir-'));
  const logDirs = [join(dir, 'one'), join(dir, 'two')];
  cluster = await startCluster({
    dir: join(dir, 'cluster'),
    brokers: 1,
    port: 0,
    zookeeperPort: 0,
    host: '127.0.0.1',
    overrides: { 'log.dirs': logDirs.join(',') },
    startTimeoutMs: 120_000,
  });
  answers = await answersOfFailedLogDir(cluster.bootstrap, logDirs);
});
afterAll(async () => {
  await cluster?.stop();
  await rm(dir, { recursive: true, force: true });
});

test.each(Object.keys(original.answers))('%s', (says) => {
  expect(answers[says]).toEqual(original.answers[says]);
});

test('nothing else was asked, and the broker is still alive', async () => {
  expect(Object.keys(answers)).toEqual(Object.keys(original.answers));
  const status = await cluster?.status();
  expect(status?.filter(({ pid }) => pid === undefined)).toEqual([]);
});
