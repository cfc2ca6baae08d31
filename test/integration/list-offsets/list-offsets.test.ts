/** ListOffsets in every version and OffsetForLeaderEpoch, held against what Kafka 3.9.1 answered over the same logs. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';
import { tell } from './story.ts';

jest.setTimeout(120_000);

const original = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../golden/list-offsets/kafka-3.9.1.json'), 'utf8'),
) as Readonly<Record<string, unknown>>;

let dir: string;
let cluster: Cluster | undefined;
let answers: Readonly<Record<string, unknown>>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-list-offsets-'));
  const started = await startCluster({ dir, brokers: 1, port: 0, zookeeperPort: 0, host: '127.0.0.1' });
  cluster = started;
  answers = await tell({
    bootstrap: started.bootstrap,
    dataDir: started.dataDirs[0]!,
    stop: () => started.stopBroker(0),
    start: () => started.startBroker(0),
  });
});
afterAll(async () => {
  await cluster?.stop();
  await rm(dir, { recursive: true, force: true });
});

test('the original was asked the same', () => {
  expect(Object.keys(answers)).toEqual(Object.keys(original));
});

const topics = new Set(Object.keys(original).map((says) => says.slice(0, says.indexOf(':'))));

describe.each([...topics])('a log: %s', (topic) => {
  test.each(['ListOffsets', 'OffsetForLeaderEpoch'])('%s answers as the original did', (api) => {
    const about = (all: Readonly<Record<string, unknown>>): Record<string, unknown> =>
      Object.fromEntries(Object.entries(all).filter(([says]) => says.startsWith(`${topic}: ${api}`)));
    expect(about(answers)).toEqual(about(original));
  });
});
