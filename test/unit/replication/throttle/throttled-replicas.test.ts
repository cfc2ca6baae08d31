/** A replica that is being filled takes no more than it may, on either side; one that is in sync takes what it needs. */
import { describe, expect, test } from '@jest/globals';
import { createWorld, type World } from '../../../simulation/world/index.ts';
import { ReplicaCluster, TOPIC, type ReplicaClusterOptions } from '../support/replica-cluster.ts';

const ALL = [1, 2];
const RATE = 1000;
const VALUE = 'x'.repeat(500);
const BATCHES = 40;
/** Samples are of a second, so this long a burst may be averaged over. */
const WINDOW_MS = 1000;
/** replication.quota.window.num */
const SAMPLES = 11;

type Side = 'leader' | 'follower';

/** Broker 2 was away, came back, and has everything to fetch. */
async function behind(
  options: ReplicaClusterOptions = {},
  replicas: readonly number[] = ALL,
): Promise<{ world: World; cluster: ReplicaCluster }> {
  const world = createWorld('throttled-replicas');
  const cluster = new ReplicaCluster(world, replicas, options);
  const others = replicas.filter((id) => id !== 2);
  await cluster.elect({ leader: 1, leaderEpoch: 0, isr: others }, others);
  for (let batch = 0; batch < BATCHES; batch++)
    await world.settle(cluster.broker(1).produce(VALUE, { acks: 1 }));
  return { world, cluster };
}

/** As `kafka-configs --alter` on one broker and one topic, told to one of the two. */
function throttle({
  cluster,
  side,
  replicas = '*',
  rate = RATE,
}: {
  cluster: ReplicaCluster;
  side: Side;
  replicas?: string;
  rate?: number;
}): void {
  const broker = cluster.broker(side === 'leader' ? 1 : 2);
  const perBroker = { [`${side}.replication.throttled.rate`]: String(rate) };
  void broker.replicaManager.reconfigure(broker.config.withDynamic({ perBroker, clusterWide: {} }));
  broker.replicaManager.updateTopicThrottles(TOPIC, { [`${side}.replication.throttled.replicas`]: replicas });
}

async function fillTime(world: World, cluster: ReplicaCluster): Promise<number> {
  const { clock } = cluster.broker(2).runtime;
  const startMs = clock.monotonicMs();
  await cluster.elect({ leader: 1, leaderEpoch: 1, isr: [1] });
  await world.runUntil(() => cluster.broker(2).log.logEndOffset === BATCHES);
  return clock.monotonicMs() - startMs;
}

const SMALL_FETCHES = { overrides: { 'replica.fetch.max.bytes': '1024' } };
const LEAST_MS = (BATCHES * VALUE.length * 1000) / RATE - WINDOW_MS;

test('a leader counts from when it began to serve followers: what they left of the last seconds goes at once', async () => {
  const { world, cluster } = await behind(SMALL_FETCHES, [1, 2, 3]);
  await world.run(SAMPLES * WINDOW_MS);
  throttle({ cluster, side: 'leader', rate: (2 * BATCHES * VALUE.length) / SAMPLES });
  expect(await fillTime(world, cluster)).toBeLessThan(WINDOW_MS);
});

describe.each<Side>(['leader', 'follower'])('On the side of the %s', (side) => {
  test('a throttled replica takes as long as the rate says, and catches up', async () => {
    const { world, cluster } = await behind(SMALL_FETCHES);
    throttle({ cluster, side });
    const ms = await fillTime(world, cluster);
    expect(ms).toBeGreaterThan(LEAST_MS);
    expect(ms).toBeLessThan(2 * LEAST_MS);
    expect(cluster.broker(2).log.story).toEqual(cluster.broker(1).log.story);
  });

  test('whoever else is named, it is not', async () => {
    const { world, cluster } = await behind(SMALL_FETCHES);
    throttle({ cluster, side, replicas: '0:7,1:1,1:2' });
    expect(await fillTime(world, cluster)).toBeLessThan(WINDOW_MS);
  });

  test('a bound that is lifted lets it run', async () => {
    const { world, cluster } = await behind(SMALL_FETCHES);
    throttle({ cluster, side, replicas: side === 'leader' ? '0:1' : '0:2', rate: 1 });
    const filled = fillTime(world, cluster);
    await world.run(20_000);
    expect(cluster.broker(2).log.logEndOffset).toBeLessThan(BATCHES);
    throttle({ cluster, side, replicas: '' });
    await filled;
  });

  test('in sync it is not held back, though what it takes counts', async () => {
    const { world, cluster } = await behind();
    await fillTime(world, cluster);
    await world.runUntil(() => cluster.broker(1).proposals.length > 0);
    cluster.accept(1);
    throttle({ cluster, side });
    for (let batch = 0; batch < BATCHES; batch++)
      expect(await world.settle(cluster.broker(1).produce(VALUE))).toMatchObject({ error: 'NONE' });
  });
});
