/**
 * ControlledShutdown: a broker wants to stop. Its leaderships move to others in the ISR while it still serves, its
 * followers are stopped and taken out of the ISRs; what it still leads is the answer (contract 3.8). It asks again
 * until that is empty.
 */
import type { TopicPartition } from '../../common/index.ts';
import { KafkaError } from '../../protocol/index.ts';
import { inTurns, turnBetween } from '../../runtime/index.ts';
import type { EventOf } from '../controller-event.ts';
import type { ControllerParts } from '../controller-parts.ts';
import { newBatch, sendRequests } from '../controller-services.ts';
import { decideControlledShutdown } from '../decide/controlled-shutdown.ts';
import type { Turn } from '../turn.ts';

export async function processControlledShutdown(
  parts: ControllerParts,
  turn: Turn,
  { brokerId, brokerEpoch }: EventOf<'ControlledShutdown'>,
): Promise<readonly TopicPartition[]> {
  const { context, partitionStateMachine, replicaStateMachine, logger } = parts;
  const error = decideControlledShutdown(true, brokerEpoch, context.brokerEpochs().get(brokerId));
  if (error !== null) throw new KafkaError(error);
  logger.info(`Shutting down broker ${brokerId}`);
  context.markShuttingDown(turn, brokerId);

  const movable = context.replicasOnBrokers([brokerId]).filter((row) => {
    const hasOthers = context.assignment(row).replicas.length > 1;
    return hasOthers && context.leadership(row) !== undefined && !context.isQueuedForDeletion(row.topic);
  });
  await turnBetween(parts.timers, movable.length);
  const led = movable.filter((row) => context.leadership(row)?.leader === brokerId);
  const followed = movable.filter((row) => context.leadership(row)?.leader !== brokerId);
  await partitionStateMachine.handleStateChanges(turn, led, 'OnlinePartition', {
    kind: 'ControlledShutdown',
  });
  const batch = newBatch(parts);
  await inTurns(parts.timers, followed, (row) => batch.addStopReplica(brokerId, row, false));
  sendRequests(parts, batch);
  await turnBetween(parts.timers, followed.length);
  await replicaStateMachine.handleStateChanges(turn, followed, 'OfflineReplica');
  await turnBetween(parts.timers, movable.length);
  return context.movablePartitionsLedBy(brokerId);
}
