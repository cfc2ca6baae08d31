/**
 * Topics are deleted while brokers, the controller among them, are killed and come back, and while a partition moves.
 * Once all live again nothing is left of the topics, neither in ZooKeeper nor on any disk, and the same names can be
 * used anew: a replica that outlived its topic would show its old records.
 */
import { describe, expect, test } from '@jest/globals';
import { hostOf, startCluster, type SimulatedCluster } from './cluster.ts';
import { SimulatedClient } from './simulated-client.ts';

const SEEDS = Number(process.env['SEEDS'] ?? 2);
const BROKERS = [0, 1, 2, 3];
const TOPICS = ['orders', 'bills', 'letters'];
const PARTITIONS = 3;
const OVERRIDES = {
  'zookeeper.session.timeout.ms': '6000',
  'log.segment.delete.delay.ms': '1000',
  'auto.create.topics.enable': 'false',
};

const isPartOf = (name: string): boolean => TOPICS.some((topic) => name.startsWith(`${topic}-`));

/** What is left of the topics: znodes, and folders by broker. */
function remains({ zooKeeper, world }: SimulatedCluster): string[] {
  const parents = ['/brokers/topics', '/config/topics', '/admin/delete_topics'];
  const znodes = parents.flatMap((parent) =>
    [...(zooKeeper.tree.find(parent)?.children ?? [])].map((child) => `${parent}/${child}`),
  );
  const folders = BROKERS.flatMap((id) =>
    world
      .disk(hostOf(id))
      .names('/data')
      .filter(isPartOf)
      .map((name) => `${hostOf(id)} ${name}`),
  );
  return [...znodes, ...folders];
}

async function createAll(cluster: SimulatedCluster, client: SimulatedClient, mark: string): Promise<void> {
  const { world } = cluster;
  for (const topic of TOPICS) await world.settle(client.createTopic(topic, {}, PARTITIONS));
  for (const topic of TOPICS)
    for (let partition = 0; partition < PARTITIONS; partition++)
      await world.settle(client.produce(topic, `${mark} ${topic}-${partition}`, partition));
}

/** Some brokers are killed, half of the time the controller, and come back when their time has come. */
async function killSome(cluster: SimulatedCluster, rounds: number): Promise<void> {
  const { world, zooKeeper } = cluster;
  const { timers } = world.runtimeFor('chaos');
  for (let round = 0; round < rounds; round++) {
    const controller = zooKeeper.tree.find('/controller')?.data?.toString() ?? '{}';
    const { brokerid = 0 } = JSON.parse(controller) as { brokerid?: number };
    const victim = world.random.chance(0.5) ? brokerid : world.random.below(BROKERS.length);
    world.kill(hostOf(victim));
    await timers.sleep(world.random.below(10_000));
    await cluster.startBroker(victim);
    await timers.sleep(world.random.below(200));
  }
}

describe.each(Array.from({ length: SEEDS }, (_, index) => `seed ${index + 1}`))('%s', (seed) => {
  test('what is deleted under kills is gone in the end, and its name is free', async () => {
    const cluster = await startCluster(seed, { brokers: BROKERS.length, overrides: OVERRIDES });
    const { world } = cluster;
    const client = new SimulatedClient(cluster);
    await createAll(cluster, client, 'first');
    const { timers } = world.runtimeFor('client');
    const deleteAll = async (): Promise<void> => {
      await client.move('bills', 0, [3, 0, 1]);
      for (const topic of TOPICS) {
        await client.deleteTopic(topic);
        await timers.sleep(world.random.below(1000));
      }
    };
    const deleting = deleteAll();
    await world.run(world.random.below(300));
    await world.settle(killSome(cluster, 4), 300_000);
    await world.settle(deleting, 60_000);
    await world.runUntil(() => remains(cluster).length === 0, 60_000);

    expect(cluster.leaders.violations).toEqual([]);

    await createAll(cluster, client, 'second');
    for (const topic of TOPICS)
      for (let partition = 0; partition < PARTITIONS; partition++)
        expect(await world.settle(client.readAll(topic, partition))).toEqual([
          `second ${topic}-${partition}`,
        ]);
    expect(cluster.fatal).toEqual([]);
  }, 120_000);

  test('a topic with a replica on a dead broker waits for it, under one controller and the next', async () => {
    const cluster = await startCluster(seed, { overrides: OVERRIDES });
    const { world, zooKeeper } = cluster;
    const client = new SimulatedClient(cluster);
    await createAll(cluster, client, 'first');
    const controllerOf = (): number =>
      (JSON.parse(zooKeeper.tree.find('/controller')?.data?.toString() ?? '{}') as { brokerid?: number })
        .brokerid ?? -1;
    const first = controllerOf();
    const absent = (first + 1) % 3;
    world.kill(hostOf(absent));
    await world.runUntil(() => zooKeeper.tree.find(`/brokers/ids/${absent}`) === undefined);
    await world.settle(client.deleteTopic('orders'));
    await world.run(10_000);
    world.kill(hostOf(first));
    await world.runUntil(() => controllerOf() !== first && controllerOf() !== -1);
    await world.settle(cluster.startBroker(first));
    await world.run(10_000);
    expect(zooKeeper.tree.find('/brokers/topics/orders')).toBeDefined();
    expect(zooKeeper.tree.find('/admin/delete_topics/orders')).toBeDefined();

    await world.settle(cluster.startBroker(absent));
    await world.run(30_000);
    expect(remains(cluster).filter((left) => left.includes('orders'))).toEqual([]);
    expect(cluster.fatal).toEqual([]);
  }, 60_000);
});
