/**
 * Partitions and leaders are moved with the tools, on a cluster of ours: what they print is what the original's tools
 * printed on a cluster of the original (test/golden/moves).
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';
import { clusterTool } from '../../../src/tools/cluster.ts';
import { featuresTool } from '../../../src/tools/features.ts';
import { leaderElectionTool } from '../../../src/tools/leader-election.ts';
import { reassignPartitionsTool } from '../../../src/tools/reassign-partitions/index.ts';
import { run } from '../../unit/tools/support.ts';
import { tellStory, type Printed } from './story.ts';

jest.setTimeout(180_000);

const FIXTURE = new URL('../../golden/moves/kafka-3.9.1.json', import.meta.url);
const original = JSON.parse(readFileSync(FIXTURE, 'utf8')) as {
  readonly answers: Readonly<Record<string, Printed>>;
};

const TOOLS = {
  'reassign-partitions': reassignPartitionsTool,
  'leader-election': leaderElectionTool,
  features: featuresTool,
  cluster: clusterTool,
};

let dir: string;
let cluster: Cluster | undefined;
let answers: Readonly<Record<string, Printed>>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klassik-moves-'));
  cluster = await startCluster({
    dir,
    port: 0,
    zookeeperPort: 0,
    host: '127.0.0.1',
    startTimeoutMs: 120_000,
  });
  answers = await tellStory(cluster.bootstrap, (tool, argv) => run(TOOLS[tool], argv));
});
afterAll(async () => {
  await cluster?.stop();
  await rm(dir, { recursive: true, force: true });
});

test('the original was told the same story', () => {
  expect(Object.keys(answers)).toEqual(Object.keys(original.answers));
});

test.each(Object.entries(original.answers))('%s', (says, printed) => {
  expect(answers[says]).toEqual(printed);
});
