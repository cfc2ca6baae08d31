/**
 * What Klassik leaves in ZooKeeper, and how it got there, beside what Kafka 3.9.1 did in the same story
 * (test/golden/znodes, recorded by record.ts): the whole tree with data and versions, and the writes of every session
 * from ZooKeeper's own transaction log.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { klassikCluster } from './cluster.ts';
import { tellStory, type Story } from './story.ts';
import { regardlessOfPipelining } from './told.ts';

jest.setTimeout(240_000);

const FIXTURE = new URL('../../golden/znodes/kafka-3.9.1.json', import.meta.url);
const original = JSON.parse(readFileSync(FIXTURE, 'utf8')) as Story;

let dir: string;
let story: Story;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-znodes-'));
  const cluster = await klassikCluster(dir);
  try {
    story = await tellStory(cluster);
  } finally {
    await cluster.close();
  }
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test('the tree is the same: paths, data and versions', () => {
  expect(story.tree).toEqual(original.tree);
});

test('the same sessions write', () => {
  expect(Object.keys(story.sessions)).toEqual(Object.keys(original.sessions));
});

test.each(Object.keys(original.sessions))('%s writes the same in the same order', (name) => {
  expect(regardlessOfPipelining(story.sessions[name] ?? [])).toEqual(
    regardlessOfPipelining(original.sessions[name] ?? []),
  );
});
