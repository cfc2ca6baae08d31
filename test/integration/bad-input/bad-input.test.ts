/**
 * Bad input, row by row: what Klassik answers is what Kafka 3.9.1 answered (test/golden/bad-input, recorded by
 * record.ts), error codes and messages alike.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';
import { answersOf, ROWS, type Answers } from './table.ts';
import { PROPERTIES, World } from './world.ts';

jest.setTimeout(240_000);

const FIXTURE = new URL('../../golden/bad-input/kafka-3.9.1.json', import.meta.url);
const original = JSON.parse(readFileSync(FIXTURE, 'utf8')) as {
  readonly provenance: { readonly properties: Readonly<Record<string, string>> };
  readonly answers: Answers;
};

let dir: string;
let cluster: Cluster | undefined;
let answers: Answers;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-bad-input-'));
  cluster = await startCluster({
    dir,
    port: 0,
    zookeeperPort: 0,
    host: '127.0.0.1',
    overrides: PROPERTIES,
    startTimeoutMs: 120_000,
  });
  answers = await answersOf(await World.create(cluster.bootstrap));
});
afterAll(async () => {
  await cluster?.stop();
  await rm(dir, { recursive: true, force: true });
});

test('the original was asked the same rows with the same properties', () => {
  expect(Object.keys(original.answers)).toEqual(ROWS.map(({ says }) => says));
  expect(original.provenance.properties).toEqual(PROPERTIES);
});

test('no row stands twice in the table', () => {
  expect(new Set(ROWS.map(({ says }) => says)).size).toBe(ROWS.length);
});

describe.each([...new Set(ROWS.map(({ section }) => section))])('contract section %s', (section) => {
  test.each(ROWS.filter((row) => row.section === section))('$says', ({ says }) => {
    expect(answers[says]).toEqual(original.answers[says]);
  });
});

test('every broker is still alive', async () => {
  const status = await cluster?.status();
  expect(status?.filter(({ pid }) => pid === undefined)).toEqual([]);
});
