/** Whole clusters under a seed. A failure names its seed; run that seed alone to see it again, fact for fact. */
import { describe, expect, test } from '@jest/globals';
import { hostOf, startCluster } from './cluster.ts';
import type { SimulatedCluster } from './cluster.ts';
import { SimulatedClient } from './simulated-client.ts';

const TOPIC = 'orders';
const SEEDS = Number(process.env['SEEDS'] ?? 2);

async function withTopic(seed: string): Promise<{ cluster: SimulatedCluster; client: SimulatedClient }> {
  const cluster = await startCluster(seed);
  const client = new SimulatedClient(cluster);
  await cluster.world.settle(client.createTopic(TOPIC, { 'min.insync.replicas': '2' }));
  return { cluster, client };
}

/** One record after the other, spread over the time in which the faults happen. */
async function produceAll(
  { world }: SimulatedCluster,
  client: SimulatedClient,
  count: number,
): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let index = 0; index < count; index++) {
    await client.produce(TOPIC, `record ${index}`);
    acknowledged.push(`record ${index}`);
    await world.runtimeFor('client').timers.sleep(world.random.below(1200));
  }
  return acknowledged;
}

test('the same seed gives the same cluster, fact for fact', async () => {
  const digests: string[] = [];
  for (let run = 0; run < 2; run++) {
    const { cluster, client } = await withTopic('1');
    await cluster.world.settle(produceAll(cluster, client, 20));
    digests.push(cluster.world.trace.digest());
  }
  expect(digests[1]).toBe(digests[0]);
}, 60_000);

describe.each(Array.from({ length: SEEDS }, (_, index) => `seed ${index + 1}`))('%s', (seed) => {
  test('no acknowledged record is lost when brokers are killed and machines crash, one at a time', async () => {
    const { cluster, client } = await withTopic(seed);
    const { world } = cluster;
    const faults = (async () => {
      const { timers } = world.runtimeFor('chaos');
      for (let round = 0; round < 3; round++) {
        await timers.sleep(world.random.below(4000));
        const victim = world.random.below(3);
        // Cut off first, a leader has records that nobody else has: acks=all must not have acknowledged them.
        const others = [0, 1, 2].filter((id) => id !== victim);
        for (const other of others) world.network.cut(hostOf(victim), hostOf(other));
        await timers.sleep(3000);
        if (world.random.chance(0.5)) world.kill(hostOf(victim));
        else world.crash(hostOf(victim));
        for (const other of others) world.network.mend(hostOf(victim), hostOf(other));
        await timers.sleep(5000 + world.random.below(20_000));
        await cluster.startBroker(victim);
        await timers.sleep(20_000);
      }
    })();
    const produced = await world.settle(produceAll(cluster, client, 100), 600_000);
    await world.settle(faults, 600_000);
    await world.run(30_000);
    const read = await world.settle(client.readAll(TOPIC));
    expect(produced.filter((value) => !read.includes(value))).toEqual([]);
    expect(cluster.leaders.violations).toEqual([]);
    expect(cluster.fatal).toEqual([]);
  }, 120_000);
});
