/** Elections that nobody asked for by ElectLeaders: by the znode of old tools, the balance check, and a changed setting. */
import { describe, expect, test } from '@jest/globals';
import { onControllerFailover } from '../../../../src/controller/events/controller-failover.ts';
import {
  processAutoPreferredReplicaLeaderElection,
  processPreferredReplicaLeaderElection,
  processUncleanLeaderElectionEnable,
} from '../../../../src/controller/events/leader-election.ts';
import type { LeaderAndIsr } from '../../../../src/zookeeper/index.ts';
import { seed, stateOf, testController, type TestController } from '../fixtures.ts';

const PREFERRED_ELECTION = { kind: 'PreferredReplicaLeaderElection' };

interface Partition {
  readonly replicas: readonly number[];
  readonly state: LeaderAndIsr;
}

/** Brokers 1, 2 and 3, and topics by name, in the hands of a controller that has just come into office. */
async function cluster(
  topics: Readonly<Record<string, readonly Partition[]>>,
  properties: Readonly<Record<string, string>> = {},
): Promise<TestController> {
  const controller = testController(properties);
  for (const [name, partitions] of Object.entries(topics)) seed(controller, [1, 2, 3], name, partitions);
  await onControllerFailover(controller.parts, controller.turn);
  controller.sent.length = 0;
  controller.store.writes.length = 0;
  controller.events.length = 0;
  return controller;
}

const ledBy = (leader: number, isr: readonly number[] = [1, 2, 3]): Partition => ({
  replicas: [1, 2, 3],
  state: stateOf(leader, isr, 4),
});

function leadersOf({ store }: TestController, name: string): number[] {
  return [...store.states.partitionsOf(name)].sort(([a], [b]) => a - b).map(([, { leader }]) => leader);
}

describe('/admin/preferred_replica_election', () => {
  const named = (topic: string, ...partitions: number[]) =>
    partitions.map((partition) => ({ topic, partition }));

  test('elects what it names, and only that; the znode goes, and is looked for again', async () => {
    const controller = await cluster({ orders: [ledBy(2), ledBy(2), ledBy(1)] });
    const { parts, turn, store, events } = controller;
    store.preferredElections = named('orders', 0, 2);
    await processPreferredReplicaLeaderElection(parts, turn);
    expect(leadersOf(controller, 'orders')).toEqual([1, 2, 1]);
    // The third has its preferred leader already.
    expect(store.writes).toEqual(['set orders-0']);
    expect(store.preferredElections).toEqual([]);
    expect(events).toEqual([PREFERRED_ELECTION]);
  });

  test('goes also when nothing of it can be: not in sync, not there, being deleted', async () => {
    const controller = await cluster({ orders: [ledBy(2, [2, 3])], going: [ledBy(2)] });
    const { parts, turn, store, context, events } = controller;
    context.queueForDeletion(turn, ['going']);
    store.preferredElections = [...named('orders', 0, 7), ...named('nowhere', 0), ...named('going', 0)];
    await processPreferredReplicaLeaderElection(parts, turn);
    expect(store.writes).toEqual([]);
    expect(store.preferredElections).toEqual([]);
    expect(events).toEqual([PREFERRED_ELECTION]);
  });

  test('that is not there costs nothing', async () => {
    const { parts, turn, events } = await cluster({ orders: [ledBy(2)] });
    await processPreferredReplicaLeaderElection(parts, turn);
    expect(events).toEqual([]);
  });

  test('left by a controller that died is worked off by the next', async () => {
    const controller = testController();
    seed(controller, [1, 2, 3], 'orders', [ledBy(2)]);
    controller.store.preferredElections = named('orders', 0);
    await onControllerFailover(controller.parts, controller.turn);
    expect(leadersOf(controller, 'orders')).toEqual([1]);
    expect(controller.store.preferredElections).toEqual([]);
    expect(controller.events).toContainEqual(PREFERRED_ELECTION);
  });
});

describe('the balance check', () => {
  test('gives the preferred replica its leadership back', async () => {
    const { parts, turn, store } = await cluster({ orders: [ledBy(2, [2, 1])] });
    await processAutoPreferredReplicaLeaderElection(parts, turn);
    expect(store.states.get('orders', 0)).toMatchObject({ leader: 1, isr: [2, 1], leaderEpoch: 5 });
  });

  test('leaves alone what is not out of balance by more than is allowed', async () => {
    const partitions = [ledBy(2), ledBy(1), ledBy(1), ledBy(1)];
    const limited = await cluster({ orders: partitions }, { 'leader.imbalance.per.broker.percentage': '25' });
    await processAutoPreferredReplicaLeaderElection(limited.parts, limited.turn);
    expect(leadersOf(limited, 'orders')).toEqual([2, 1, 1, 1]);
    const strict = await cluster({ orders: partitions }, { 'leader.imbalance.per.broker.percentage': '24' });
    await processAutoPreferredReplicaLeaderElection(strict.parts, strict.turn);
    expect(leadersOf(strict, 'orders')).toEqual([1, 1, 1, 1]);
  });

  test('neither elects in topics that are being deleted nor counts them', async () => {
    const controller = await cluster(
      { orders: [ledBy(2), ledBy(1), ledBy(1)], going: [ledBy(2), ledBy(2), ledBy(2)] },
      { 'leader.imbalance.per.broker.percentage': '40' },
    );
    controller.context.queueForDeletion(controller.turn, ['going']);
    await processAutoPreferredReplicaLeaderElection(controller.parts, controller.turn);
    expect(controller.store.writes).toEqual([]);
  });

  test('does not try what cannot be: the preferred replica is not in sync, or dead', async () => {
    const controller = await cluster({ orders: [ledBy(2, [2, 3]), ledBy(2)] });
    controller.context.markShuttingDown(controller.turn, 1);
    await processAutoPreferredReplicaLeaderElection(controller.parts, controller.turn);
    expect(controller.store.writes).toEqual([]);
    expect(controller.errors).toEqual([]);
  });

  test('leaves an old wish of an administrator where it is', async () => {
    const controller = await cluster({ orders: [ledBy(2)] });
    controller.store.preferredElections = [{ topic: 'orders', partition: 0 }];
    await processAutoPreferredReplicaLeaderElection(controller.parts, controller.turn);
    expect(controller.store.preferredElections).toHaveLength(1);
    expect(controller.events).toEqual([]);
  });
});

describe('unclean.leader.election.enable is switched on', () => {
  const lost: Partition = { replicas: [1, 2, 9], state: stateOf(9, [9], 4) };

  test('for a topic: a replica outside the ISR leads there, and nowhere else', async () => {
    const controller = await cluster({ orders: [lost], bills: [lost] });
    expect(leadersOf(controller, 'orders')).toEqual([-1]);
    for (const name of ['orders', 'bills']) controller.store.uncleanTopics.add(name);
    await processUncleanLeaderElectionEnable(controller.parts, controller.turn, 'orders');
    expect(controller.store.states.get('orders', 0)).toMatchObject({
      leader: 1,
      isr: [1],
      leaderRecoveryState: 1,
    });
    expect(leadersOf(controller, 'bills')).toEqual([-1]);
  });

  test('for all: where the topic agrees', async () => {
    const controller = await cluster({ orders: [lost], bills: [lost] });
    controller.store.uncleanTopics.add('bills');
    await processUncleanLeaderElectionEnable(controller.parts, controller.turn);
    expect([leadersOf(controller, 'orders'), leadersOf(controller, 'bills')]).toEqual([[-1], [1]]);
  });

  test('not in a topic that is being deleted', async () => {
    const controller = await cluster({ orders: [lost] });
    controller.store.uncleanTopics.add('orders');
    controller.context.queueForDeletion(controller.turn, ['orders']);
    await processUncleanLeaderElectionEnable(controller.parts, controller.turn, 'orders');
    expect(leadersOf(controller, 'orders')).toEqual([-1]);
  });
});
