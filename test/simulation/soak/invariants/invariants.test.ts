/**
 * Clusters whose brokers are killed, cut off and lose their power under load, with all that must hold looked at after
 * every step. `SEEDS=100 npm run jest -- soak/invariants/invariants --selectProjects simulation` looks at more.
 */
import { describe, expect, test } from '@jest/globals';
import { hostOf, startCluster, type SimulatedCluster } from '../../cluster.ts';
import { SimulatedClient } from '../../simulated-client.ts';
import { Invariants } from './invariants.ts';

const SEEDS = Number(process.env['SEEDS'] ?? 1);
const TOPIC = 'orders';
const PARTITIONS = 6;
const PRODUCERS = 3;
const BROKERS = [0, 1, 2];
const ROUNDS = 4;

interface Watched {
  readonly cluster: SimulatedCluster;
  readonly invariants: Invariants;
}

async function watchedCluster(seed: string): Promise<Watched> {
  const invariants = new Invariants();
  const cluster = await startCluster(seed, {
    overrides: { 'zookeeper.session.timeout.ms': '6000', 'log.segment.bytes': '16384' },
    onFact: (fact) => invariants.see(fact),
  });
  invariants.attach(cluster);
  const client = new SimulatedClient(cluster);
  await cluster.world.settle(client.createTopic(TOPIC, { 'min.insync.replicas': '2' }, PARTITIONS));
  return { cluster, invariants };
}

/** Writes to every partition until it is told to stop. */
function produceAll({ cluster, invariants }: Watched): { readonly stop: () => Promise<number> } {
  const { timers } = cluster.world.runtimeFor('client');
  let stopped = false;
  let acknowledged = 0;
  const producing = Array.from({ length: PRODUCERS }, async (_, producer) => {
    const client = new SimulatedClient(cluster);
    for (let index = 0; !stopped; index++) {
      const partition = (index * PRODUCERS + producer) % PARTITIONS;
      const offset = await client.produce(TOPIC, `record ${index} of ${producer}`, partition);
      invariants.acknowledged(TOPIC, partition, offset);
      acknowledged += 1;
      await timers.sleep(cluster.world.random.below(300));
    }
  });
  const stop = async (): Promise<number> => {
    stopped = true;
    await Promise.all(producing);
    return acknowledged;
  };
  return { stop };
}

/** One broker at a time is cut off, then killed, without power or stopped, and started again. */
async function disturb(cluster: SimulatedCluster): Promise<void> {
  const { world } = cluster;
  const { timers } = world.runtimeFor('chaos');
  for (let round = 0; round < ROUNDS; round++) {
    await timers.sleep(world.random.below(4000));
    const victim = world.random.below(BROKERS.length);
    const others = BROKERS.filter((id) => id !== victim);
    for (const other of others) world.network.cut(hostOf(victim), hostOf(other));
    await timers.sleep(world.random.below(8000));
    for (const other of others) world.network.mend(hostOf(victim), hostOf(other));
    const way = world.random.below(3);
    if (way === 0) world.kill(hostOf(victim));
    else if (way === 1) world.crash(hostOf(victim));
    else await cluster.stopBroker(victim);
    await timers.sleep(world.random.below(20_000));
    await cluster.startBroker(victim);
    await timers.sleep(20_000);
  }
}

describe.each(Array.from({ length: SEEDS }, (_, index) => `seed ${index + 1}`))('%s', (seed) => {
  test('brokers are cut off, killed, stopped and without power, one at a time: everything holds at every step', async () => {
    const watched = await watchedCluster(seed);
    const { cluster, invariants } = watched;
    const producing = produceAll(watched);
    await cluster.world.settle(disturb(cluster), 600_000);
    const acknowledged = await cluster.world.settle(producing.stop(), 600_000);
    expect(invariants.violations).toEqual([]);
    expect(invariants.excused).toEqual([]);
    expect(cluster.fatal).toEqual([]);
    expect(acknowledged).toBeGreaterThan(100);
    // They have been looked at: what a rule cannot see it cannot accuse.
    for (let partition = 0; partition < PARTITIONS; partition++)
      expect(invariants.observed.find(TOPIC, partition)!.ledger.batches.length).toBeGreaterThan(10);
  }, 120_000);
});
