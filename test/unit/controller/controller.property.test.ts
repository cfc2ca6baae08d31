/**
 * Brokers die, come back, bounce, stop in order; leaders change their ISRs; partitions move and moves are called off: in
 * whatever order, what the controller writes keeps Kafka's promises.
 */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { alteredPartitions, processAlterPartition } from '../../../src/controller/events/alter-partition.ts';
import { processBrokerChange } from '../../../src/controller/events/broker-change.ts';
import { processControlledShutdown } from '../../../src/controller/events/controlled-shutdown.ts';
import { onControllerFailover } from '../../../src/controller/events/controller-failover.ts';
import { processAutoPreferredReplicaLeaderElection } from '../../../src/controller/events/leader-election.ts';
import { processApiPartitionReassignment } from '../../../src/controller/events/partition-reassignment.ts';
import { completeReassignments } from '../../../src/controller/events/reassignment-steps.ts';
import { Deferred, PartitionMap, topicPartitionName } from '../../../src/common/index.ts';
import { broker, seed, stateOf, testController, type TestController } from './fixtures.ts';

const BROKERS = [1, 2, 3, 4];
const PARTITIONS = [[1, 2, 3], [2, 3, 4], [3, 4], [4]];

type Step =
  | { readonly kind: 'dies' | 'comes' | 'bounces' | 'stops'; readonly id: number }
  | { readonly kind: 'isr'; readonly partition: number; readonly keep: number }
  | { readonly kind: 'move'; readonly partition: number; readonly target: readonly number[] | null }
  | { readonly kind: 'rebalance' | 'failover' };

const brokerStep = fc.record({
  kind: fc.constantFrom('dies' as const, 'comes' as const, 'bounces' as const, 'stops' as const),
  id: fc.constantFrom(...BROKERS),
});
const isrStep = fc.record({ kind: fc.constant('isr' as const), partition: fc.nat(3), keep: fc.nat(15) });
const moveStep = fc.record({
  kind: fc.constant('move' as const),
  partition: fc.nat(3),
  target: fc.option(fc.shuffledSubarray(BROKERS, { minLength: 1 })),
});
const otherStep = fc.record({ kind: fc.constantFrom('rebalance' as const, 'failover' as const) });
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: brokerStep },
    { weight: 4, arbitrary: isrStep },
    { weight: 2, arbitrary: moveStep },
    otherStep,
  ),
  {
    maxLength: 25,
  },
);

/** Does one step, or nothing where it makes no sense now. */
async function take(step: Step, controller: TestController, nextEpoch: () => number): Promise<void> {
  const { parts, turn, store, context } = controller;
  switch (step.kind) {
    case 'dies':
      store.brokersById.delete(step.id);
      return processBrokerChange(parts, turn);
    case 'comes':
      if (!store.brokersById.has(step.id)) store.brokersById.set(step.id, broker(step.id, nextEpoch()));
      return processBrokerChange(parts, turn);
    case 'bounces':
      if (store.brokersById.has(step.id)) store.brokersById.set(step.id, broker(step.id, nextEpoch()));
      return processBrokerChange(parts, turn);
    case 'stops':
      if (!store.brokersById.has(step.id)) return;
      await processControlledShutdown(parts, turn, {
        kind: 'ControlledShutdown',
        brokerId: step.id,
        brokerEpoch: -1,
        answer: new Deferred(),
      });
      return;
    case 'rebalance':
      return processAutoPreferredReplicaLeaderElection(parts, turn);
    case 'failover':
      context.reset(turn);
      parts.channels.removeAll();
      store.epoch += 1;
      context.setEpoch(turn, store.epoch, store.epoch);
      return onControllerFailover(parts, turn);
    case 'isr':
      return alterIsr(step, controller);
    case 'move':
      await processApiPartitionReassignment(
        parts,
        turn,
        new PartitionMap<readonly number[] | null>().set('orders', step.partition, step.target),
      );
      return;
  }
}

/** The leader proposes itself and some of the live replicas, as its followers lag and catch up. */
async function alterIsr(
  { partition, keep }: Extract<Step, { kind: 'isr' }>,
  { parts, turn, context, store }: TestController,
): Promise<void> {
  const state = store.states.get('orders', partition)!;
  const leader = store.brokersById.get(state.leader);
  if (leader === undefined || !context.isLiveBroker(state.leader)) return;
  const { replicas } = context.assignment({ topic: 'orders', partition });
  const newIsr = replicas.filter((id, index) => id === state.leader || (keep & (1 << index)) !== 0);
  const response = await processAlterPartition(
    parts,
    turn,
    {
      brokerId: leader.id,
      brokerEpoch: leader.epoch,
      topics: [
        {
          topicName: '',
          topicId: 'id-of-orders',
          partitions: [
            {
              partitionIndex: partition,
              leaderEpoch: state.leaderEpoch,
              newIsr: [],
              newIsrWithEpochs: newIsr.map((brokerId) => ({ brokerId, brokerEpoch: -1 })),
              leaderRecoveryState: 0,
              partitionEpoch: state.partitionEpoch,
            },
          ],
        },
      ],
    },
    3,
  );
  await completeReassignments(parts, turn, alteredPartitions(context, response));
}

test('a leader is alive and in the ISR, the ISR is never empty, and no epoch ever goes back', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (story) => {
      const controller = testController();
      const partitions = PARTITIONS.map((replicas) => ({ replicas, state: stateOf(replicas[0]!, replicas) }));
      seed(controller, BROKERS, 'orders', partitions);
      await onControllerFailover(controller.parts, controller.turn);
      const { store, context } = controller;
      let epoch = 1000;
      for (const step of story) {
        const before = new Map([...store.states].map(([of, state]) => [topicPartitionName(of), state]));
        await take(step, controller, () => (epoch += 1));
        for (const [of, state] of store.states) {
          const previous = before.get(topicPartitionName(of))!;
          expect(state.isr.length).toBeGreaterThan(0);
          expect(state.leaderEpoch).toBeGreaterThanOrEqual(previous.leaderEpoch);
          expect(state.controllerEpoch).toBeGreaterThanOrEqual(previous.controllerEpoch);
          if (state.leader !== previous.leader)
            expect(state.leaderEpoch).toBeGreaterThan(previous.leaderEpoch);
          // Without unclean elections nobody enters the ISR but by the leader's word.
          if (step.kind !== 'isr') expect(previous.isr).toEqual(expect.arrayContaining([...state.isr]));
          if (state.leader === -1) continue;
          expect(state.isr).toContain(state.leader);
          expect(store.brokersById.has(state.leader)).toBe(true);
          // A replica that was not in the ISR is told under the new controller epoch though nothing was written.
          expect(context.leadership(of)).toEqual({ ...state, controllerEpoch: expect.any(Number) });
          // Whatever fails half-way, the next controller finds what this one knows.
          expect(store.topicsByName.get('orders')?.partitions.get(of.partition)).toEqual(
            context.assignment(of),
          );
        }
      }
      // Everybody back: everything has a leader again.
      for (const id of BROKERS) store.brokersById.set(id, broker(id, (epoch += 1)));
      await processBrokerChange(controller.parts, controller.turn);
      for (const [, state] of store.states) expect(store.brokersById.has(state.leader)).toBe(true);
    }),
    { numRuns: 200 },
  );
});
