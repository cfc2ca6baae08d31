/**
 * A leader from outside the ISR is marked as recovering in the partition's state (KIP-704). There is nothing to bring
 * back, so the mark goes with the first change of the ISR. Brokers of a protocol below 3.2 know of no mark.
 */
import { expect, test } from '@jest/globals';
import { hostOf, startCluster } from './cluster.ts';
import { SimulatedClient } from './simulated-client.ts';

const TOPIC = 'orders';

test.each([
  ['3.9', 1],
  ['3.1', undefined],
])(
  'at %s',
  async (protocol, mark) => {
    const cluster = await startCluster(`unclean ${protocol}`, {
      overrides: { 'inter.broker.protocol.version': protocol, 'zookeeper.session.timeout.ms': '6000' },
    });
    const { world } = cluster;
    const client = new SimulatedClient(cluster);
    const state = (): { leader: number; isr: number[]; leader_recovery_state?: number } => {
      const data = cluster.zooKeeper.tree.find(`/brokers/topics/${TOPIC}/partitions/0/state`)?.data;
      return data == null
        ? { leader: -1, isr: [] }
        : (JSON.parse(data.toString()) as ReturnType<typeof state>);
    };
    await world.settle(client.createTopic(TOPIC, { 'unclean.leader.election.enable': 'true' }));
    await world.runUntil(() => state().isr.length === 3);
    await world.settle(client.produce(TOPIC, 'committed by all'));
    const { leader } = state();
    const followers = [0, 1, 2].filter((id) => id !== leader);
    for (const id of followers) world.kill(hostOf(id));
    await world.runUntil(() => state().isr.length === 1);
    await world.settle(client.produce(TOPIC, 'only on the leader'));
    world.kill(hostOf(leader));

    const [first = 0, second = 0] = followers;
    await world.settle(cluster.startBroker(first));
    await world.runUntil(() => state().leader === first);
    expect(state()).toMatchObject({ isr: [first] });
    expect(state().leader_recovery_state).toBe(mark);

    await world.settle(cluster.startBroker(second));
    await world.runUntil(() => state().isr.length === 2);
    expect(state()).not.toHaveProperty('leader_recovery_state');
    expect(await world.settle(client.readAll(TOPIC))).toEqual(['committed by all']);
  },
  60_000,
);
