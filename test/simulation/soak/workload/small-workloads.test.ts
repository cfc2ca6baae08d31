/**
 * The small workloads of the soak under kills: nothing is wrong in what they saw, and a seed gives the same run twice.
 * That their ledgers find what is wrong is shown in ledgers.test.ts.
 */
import { expect, test } from '@jest/globals';
import { hostOf, startCluster, type SimulatedCluster } from '../../cluster.ts';
import type { SmallFindings, SmallWorkload } from './client-lives.ts';
import { startCompactedTopic } from './compacted-topic.ts';
import { startRetainedTopic } from './retained-topic.ts';
import { startStaticPlace } from './static-place.ts';
import { startTopicsComeAndGo } from './topics-come-and-go.ts';

const OVERRIDES = {
  'zookeeper.session.timeout.ms': '6000',
  'auto.create.topics.enable': 'false',
  'log.retention.check.interval.ms': '5000',
  'log.cleaner.backoff.ms': '5000',
  'log.segment.delete.delay.ms': '1000',
};
const STOP_WITHIN_MS = 300_000;

async function withKills(
  seed: string,
  start: (cluster: SimulatedCluster) => Promise<SmallWorkload>,
): Promise<{ findings: SmallFindings; digest: string }> {
  const cluster = await startCluster(seed, { overrides: OVERRIDES });
  const { world } = cluster;
  const workload = await world.settle(start(cluster));
  await world.run(10_000);
  for (const id of [1, 2]) {
    for (const host of workload.hosts) {
      if (world.random.chance(0.5)) world.kill(host);
      await world.run(world.random.below(2_000));
    }
    world.kill(hostOf(id));
    await world.run(world.random.below(15_000));
    await world.settle(cluster.startBroker(id));
    await world.run(10_000 + world.random.below(10_000));
  }
  const findings = await world.settle(workload.stop(), STOP_WITHIN_MS);
  expect(cluster.fatal).toEqual([]);
  return { findings, digest: world.trace.digest() };
}

test.each<[string, (cluster: SimulatedCluster) => Promise<SmallWorkload>, readonly string[]]>([
  [
    'a compacted topic',
    (cluster) => startCompactedTopic(cluster, { rate: 1, topicConfigs: { 'segment.ms': '5000' } }),
    ['acknowledged', 'tombstones', 'left after compaction'],
  ],
  [
    'a topic that keeps its latest records only',
    (cluster) => startRetainedTopic(cluster, { rate: 3, polls: 1, readers: 2 }),
    ['acknowledged', 'first offset'],
  ],
  [
    'topics that come and go',
    (cluster) => startTopicsComeAndGo(cluster, { rate: 1.5 }),
    ['made', 'deleted', 'expanded', 'moves', 'elections', 'written'],
  ],
  [
    'a place in a group',
    (cluster) => startStaticPlace(cluster, { rate: 1 }),
    ['taken', 'committed', 'refused'],
  ],
])('%s', async (_, start, counted) => {
  const first = await withKills('seed 1', start);
  expect(first.findings.violations).toEqual([]);
  expect(counted.filter((name) => (first.findings.counts[name] ?? 0) === 0)).toEqual([]);
  const again = await withKills('seed 1', start);
  expect(again).toEqual(first);
});
