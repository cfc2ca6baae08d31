/**
 * The whole cluster goes down at once and comes back: stopped in order, killed, or without power. Soon every ISR is
 * full again and then there is quiet: a follower that finds itself diverged again and again, or a fetcher that asks
 * without waiting, shows in the number of fetches and cuts of an idle cluster.
 */
import { describe, expect, test } from '@jest/globals';
import type { RecordedFact } from '../../src/observe/index.ts';
import { hostOf, startCluster } from './cluster.ts';
import type { SimulatedCluster } from './cluster.ts';
import { SimulatedClient } from './simulated-client.ts';

const TOPIC = 'orders';
const SEEDS = Number(process.env['SEEDS'] ?? 2);
const BROKERS = [0, 1, 2];
const PARTITIONS = 20;
const PRODUCERS = 4;
const ROUNDS = 3;
const FETCH_WAIT_MAX_MS = 500;
const IDLE_MS = 20_000;
const OVERRIDES = {
  'zookeeper.session.timeout.ms': '6000',
  'replica.fetch.wait.max.ms': String(FETCH_WAIT_MAX_MS),
  'controlled.shutdown.retry.backoff.ms': '500',
};

type Acknowledged = Map<number, string[]>;

interface Watched {
  readonly cluster: SimulatedCluster;
  readonly client: SimulatedClient;
  readonly counts: { fetches: number; truncations: number };
}

async function withTopic(seed: string): Promise<Watched> {
  const counts = { fetches: 0, truncations: 0 };
  const onFact = (fact: RecordedFact): void => {
    if (fact.kind === 'request-received' && fact.clientId?.includes('-fetcher-') === true)
      counts.fetches += 1;
    if (fact.kind === 'log-truncated') counts.truncations += 1;
  };
  const cluster = await startCluster(seed, { overrides: OVERRIDES, onFact });
  const client = new SimulatedClient(cluster);
  await cluster.world.settle(client.createTopic(TOPIC, { 'min.insync.replicas': '2' }, PARTITIONS));
  return { cluster, client, counts };
}

/** Writes to every partition until it is told to stop; what it gives was acknowledged by all in-sync replicas. */
function produceAll(cluster: SimulatedCluster): { stop: () => Promise<Acknowledged> } {
  const acknowledged: Acknowledged = new Map();
  const { timers } = cluster.world.runtimeFor('client');
  let stopped = false;
  const producing = Array.from({ length: PRODUCERS }, async (_, producer) => {
    const client = new SimulatedClient(cluster);
    for (let index = 0; !stopped; index++) {
      const partition = (index * PRODUCERS + producer) % PARTITIONS;
      const value = `record ${index} of ${producer}`;
      await client.produce(TOPIC, value, partition);
      acknowledged.set(partition, [...(acknowledged.get(partition) ?? []), value]);
      await timers.sleep(cluster.world.random.below(300));
    }
  });
  const stop = async (): Promise<Acknowledged> => {
    stopped = true;
    await Promise.all(producing);
    return acknowledged;
  };
  return { stop };
}

/** One broker after the other leads for a moment and is gone again: leader epochs in which nothing was written. */
async function bounceSome(cluster: SimulatedCluster): Promise<void> {
  const { world } = cluster;
  const { timers } = world.runtimeFor('chaos');
  for (let bounce = 0; bounce < 2; bounce++) {
    const victim = world.random.below(BROKERS.length);
    if (world.random.chance(0.5)) world.kill(hostOf(victim));
    else await cluster.stopBroker(victim);
    await timers.sleep(world.random.below(9000));
    await cluster.startBroker(victim);
    await timers.sleep(world.random.below(3000));
  }
}

type Ending = 'stopped' | 'killed' | 'without power';

async function endAll(cluster: SimulatedCluster, ending: Ending): Promise<void> {
  const { world } = cluster;
  if (ending === 'stopped') await Promise.all(BROKERS.map((id) => cluster.stopBroker(id)));
  else if (ending === 'killed') for (const id of BROKERS) world.kill(hostOf(id));
  else for (const id of BROKERS) world.crash(hostOf(id));
}

const isIsrFull = (cluster: SimulatedCluster): boolean => {
  const states = cluster.partitionStates(TOPIC);
  return states.length === PARTITIONS && states.every(({ isr }) => isr.length === BROKERS.length);
};

/** With every ISR full nothing is left to do: each fetcher asks, waits its time out and asks again. */
async function expectQuiet({ cluster, counts }: Watched): Promise<void> {
  // The controller looks for preferred leaders 5 s after its election.
  await cluster.world.run(8000);
  const before = { ...counts };
  await cluster.world.run(IDLE_MS);
  const fetchers = BROKERS.length * (BROKERS.length - 1);
  const atMost = fetchers * (IDLE_MS / FETCH_WAIT_MAX_MS + 1);
  expect(counts.truncations - before.truncations).toBe(0);
  expect(counts.fetches - before.fetches).toBeLessThanOrEqual(atMost);
  // They are there, though: a fetcher that died would be quiet as well.
  expect(counts.fetches - before.fetches).toBeGreaterThan(atMost / 2);
}

function expectEqualLogs({ world }: SimulatedCluster): void {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const path = `/data/${TOPIC}-${partition}/00000000000000000000.log`;
    const [first, ...others] = BROKERS.map((id) => world.disk(hostOf(id)).peek(path)?.toString('base64'));
    for (const other of others) expect({ partition, log: other }).toEqual({ partition, log: first });
  }
}

test('an idle cluster of 20 partitions fetches once per replica.fetch.wait.max.ms and fetcher', async () => {
  const watched = await withTopic('1');
  await watched.cluster.world.runUntil(() => isIsrFull(watched.cluster));
  await expectQuiet(watched);
}, 60_000);

describe.each(Array.from({ length: SEEDS }, (_, index) => `seed ${index + 1}`))('%s', (seed) => {
  test.each<Ending>(['stopped', 'killed', 'without power'])(
    'all brokers %s at once and started again: every ISR is full soon, then there is quiet, and nothing is lost',
    async (ending) => {
      const watched = await withTopic(seed);
      const { cluster, client } = watched;
      const { world } = cluster;
      for (let round = 0; round < ROUNDS; round++) {
        const producing = produceAll(cluster);
        await world.run(world.random.below(3000));
        await world.settle(bounceSome(cluster), 300_000);
        await world.settle(endAll(cluster, ending));
        await world.run(world.random.below(8000));
        await world.settle(Promise.all(BROKERS.map((id) => cluster.startBroker(id))));
        const acknowledged = await world.settle(producing.stop());
        await world.runUntil(() => isIsrFull(cluster), 30_000);
        await expectQuiet(watched);
        // Kafka leaves it to the system when bytes reach the disk. Without power everywhere at once some may be lost,
        // and a leader that comes back in the same leader epoch writes others in their place.
        if (ending === 'without power') continue;
        expectEqualLogs(cluster);
        for (const [partition, values] of acknowledged) {
          const read = await world.settle(client.readAll(TOPIC, partition));
          expect(values.filter((value) => !read.includes(value))).toEqual([]);
        }
      }
      expect(cluster.leaders.violations).toEqual([]);
      expect(cluster.fatal).toEqual([]);
    },
    120_000,
  );
});
