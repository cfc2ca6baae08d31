/**
 * The workload of `klassik verify` in a simulated cluster: under kills of brokers and clients it is found right, the same
 * way twice; and a cluster that may lose what it acknowledged is found out. The second is the proof that the first says
 * something.
 */
import { expect, test } from '@jest/globals';
import { hostOf, startCluster, type SimulatedCluster } from '../../cluster.ts';
import type { SoakFindings } from './soak-findings.ts';
import { startSoakWorkload, type SoakWorkload } from './soak-workload.ts';

const OVERRIDES = {
  'zookeeper.session.timeout.ms': '6000',
  'transaction.state.log.num.partitions': '3',
  'auto.create.topics.enable': 'false',
};
const STOP_WITHIN_MS = 300_000;

async function killBroker(cluster: SimulatedCluster, { tellFault }: SoakWorkload, id: number): Promise<void> {
  const { world } = cluster;
  tellFault(`broker ${id} is killed`);
  world.kill(hostOf(id));
  await world.run(world.random.below(10_000));
  await world.settle(cluster.startBroker(id));
  tellFault(`broker ${id} is back`);
  await world.run(world.random.below(5_000));
}

async function runWithKills(seed: string): Promise<{ findings: SoakFindings; digest: string }> {
  const cluster = await startCluster(seed, { overrides: OVERRIDES });
  const { world } = cluster;
  const workload = await world.settle(startSoakWorkload(cluster, { rate: 6 }));
  await world.run(5_000);
  for (const id of [0, 2]) {
    for (const host of workload.hosts) {
      if (world.random.chance(0.5)) continue;
      world.kill(host);
      await world.run(world.random.below(1_000));
    }
    await killBroker(cluster, workload, id);
  }
  const findings = await world.settle(workload.stop(), STOP_WITHIN_MS);
  expect(cluster.fatal).toEqual([]);
  return { findings, digest: world.trace.digest() };
}

test('brokers and clients are killed: nothing is wrong in what the clients saw, and a seed gives the same run twice', async () => {
  const first = await runWithKills('seed 1');
  expect(first.findings.violations).toEqual([]);
  const { acknowledged, read, committed, aborted } = first.findings.counts;
  expect(acknowledged).toBeGreaterThan(30);
  expect(read).toBeGreaterThanOrEqual(acknowledged);
  expect(committed).toBeGreaterThan(10);
  expect(aborted).toBeGreaterThan(0);

  const again = await runWithKills('seed 1');
  expect(again.findings).toEqual(first.findings);
  expect(again.digest).toBe(first.digest);
});

test('a leader that acknowledges alone, behind a cut, and is killed: the records that are lost are found', async () => {
  const cluster = await startCluster('seed 2', { overrides: OVERRIDES });
  const { world } = cluster;
  const workload = await world.settle(
    startSoakWorkload(cluster, {
      acks: 1,
      partitions: 1,
      producers: 2,
      members: 0,
      copiers: 0,
      rate: 20,
      topicConfigs: { 'unclean.leader.election.enable': 'true', 'min.insync.replicas': '1' },
    }),
  );
  const leaderOf = (topic: string): number => cluster.partitionStates(topic)[0]!.leader;
  const [topic] = workload.topics as [string];
  const leader = leaderOf(topic);
  const followers = [...cluster.brokers.keys()].filter((id) => id !== leader);
  for (const id of followers) world.network.cut(hostOf(leader), hostOf(id));
  const enough = workload.acknowledged() + 20;
  await world.runUntil(() => workload.acknowledged() >= enough);
  world.kill(hostOf(leader));
  await world.runUntil(() => followers.includes(leaderOf(topic)));
  for (const id of followers) world.network.mend(hostOf(leader), hostOf(id));
  await world.settle(cluster.startBroker(leader));
  await world.run(5_000);

  const { violations } = await world.settle(workload.stop(), STOP_WITHIN_MS);
  expect(violations).toContainEqual(expect.stringMatching(/^lost-write \(\d+\), such as: /));
});
