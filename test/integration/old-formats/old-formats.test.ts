/**
 * Old producers and consumers, question by question: what Klassik answers, and what its log holds, is what Kafka 3.9.1
 * answered and held (test/golden/old-formats, recorded by record.ts). Where something is compressed the records are
 * compared, not the bytes, which are the codec library's.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';
import { answersOf, QUESTIONS } from './questions.ts';
import { World } from './world.ts';

jest.setTimeout(240_000);

const FIXTURE = new URL('../../golden/old-formats/kafka-3.9.1.json', import.meta.url);
const original = JSON.parse(readFileSync(FIXTURE, 'utf8')) as {
  readonly answers: Readonly<Record<string, unknown>>;
};

/** A batch that does not fit is left out of the answer, where the original sends as much of it as does fit. */
const DIFFERENT: ReadonlySet<string> = new Set(['Fetch with room for one batch and a half']);

let dir: string;
let cluster: Cluster | undefined;
let answers: Record<string, unknown>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-old-formats-'));
  cluster = await startCluster({
    dir,
    brokers: 1,
    port: 0,
    zookeeperPort: 0,
    host: '127.0.0.1',
    startTimeoutMs: 120_000,
  });
  const world = await World.create(cluster.bootstrap);
  answers = await answersOf(world);
  world.close();
});
afterAll(async () => {
  await cluster?.stop();
  await rm(dir, { recursive: true, force: true });
});

test('the original was asked the same questions', () => {
  expect(Object.keys(original.answers)).toEqual(Object.keys(QUESTIONS));
});

test.each(Object.keys(QUESTIONS).filter((says) => !DIFFERENT.has(says)))('%s', (says) => {
  expect(answers[says]).toEqual(original.answers[says]);
});
