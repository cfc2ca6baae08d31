/** ElectLeaders: what an administrator may ask for, and what an unclean leader has to make good afterwards. */
import { expect, test } from '@jest/globals';
import { processAlterPartition } from '../../../../src/controller/events/alter-partition.ts';
import { onControllerFailover } from '../../../../src/controller/events/controller-failover.ts';
import { processReplicaLeaderElection } from '../../../../src/controller/events/leader-election.ts';
import { seed, stateOf, testController, type TestController } from '../fixtures.ts';

const ORDERS_0 = { topic: 'orders', partition: 0 };
const RECOVERING = 1;
const RECOVERED = 0;

/** orders-0 on 1, 2 and 3, of which only 3 was in sync, and 3 is dead. */
async function leaderless(): Promise<TestController> {
  const controller = testController();
  seed(controller, [1, 2], 'orders', [{ replicas: [1, 2, 3], state: stateOf(3, [3], 4) }]);
  await onControllerFailover(controller.parts, controller.turn);
  return controller;
}

test('an unclean leader is elected against the topic’s setting, recovers, and says when it has', async () => {
  const { parts, turn, store } = await leaderless();
  const elected = await processReplicaLeaderElection(parts, turn, [ORDERS_0], 'UNCLEAN');
  expect([...elected]).toEqual([[ORDERS_0, { kind: 'elected', leader: 1 }]]);
  const state = store.states.get('orders', 0)!;
  expect(state).toMatchObject({ leader: 1, isr: [1], leaderRecoveryState: RECOVERING });

  const { leaderEpoch, partitionEpoch } = state;
  const isr = [1, 2].map((brokerId) => ({ brokerId, brokerEpoch: -1 }));
  const row = { partitionIndex: 0, leaderEpoch, newIsr: [], newIsrWithEpochs: isr, partitionEpoch };
  const partitions = [{ ...row, leaderRecoveryState: RECOVERED }];
  const topics = [{ topicName: '', topicId: 'id-of-orders', partitions }];
  await processAlterPartition(parts, turn, { brokerId: 1, brokerEpoch: 100, topics }, 3);
  expect(store.states.get('orders', 0)).toMatchObject({ isr: [1, 2], leaderRecoveryState: RECOVERED });
});

test('the preferred replica of a partition without leader must be in sync', async () => {
  const { parts, turn } = await leaderless();
  const refused = await processReplicaLeaderElection(parts, turn, [ORDERS_0], 'PREFERRED');
  expect(refused.get('orders', 0)).toMatchObject({ error: 'PREFERRED_LEADER_NOT_AVAILABLE' });
});

test('nothing is elected in a topic that is being deleted', async () => {
  const { parts, turn, context } = await leaderless();
  context.queueForDeletion(turn, ['orders']);
  const refused = await processReplicaLeaderElection(parts, turn, [ORDERS_0], 'UNCLEAN');
  expect(refused.get('orders', 0)).toMatchObject({ error: 'INVALID_TOPIC_EXCEPTION' });
});
