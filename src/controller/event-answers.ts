/**
 * What those who wait for an event hear when it did not run, or did not run to its end (contract 3.8, 3.9). Each of
 * the requests says it in its own way, as Kafka's do; all of them are asked again, of whoever is controller then.
 */
import { PartitionMap, type TopicPartition } from '../common/index.ts';
import { KafkaError } from '../protocol/index.ts';
import { ControllerMovedError } from '../zookeeper/index.ts';
import type { ControllerEvent } from './controller-event.ts';
import { producerIdsRefused } from './events/allocate-producer-ids.ts';
import { alterPartitionRefused } from './events/alter-partition.ts';
import type { ElectionOutcome } from './outcomes.ts';

/** This broker is not the controller, or is just ceasing to be it: whoever waits is sent elsewhere. */
export function answerNotController(event: ControllerEvent): void {
  if (event.kind === 'ControlledShutdown') event.answer.reject(new KafkaError('STALE_CONTROLLER_EPOCH'));
  if (event.kind === 'AlterPartitionReceived') event.answer.resolve(alterPartitionRefused('NOT_CONTROLLER'));
  if (event.kind === 'AllocateProducerIds') event.answer.resolve(producerIdsRefused('NOT_CONTROLLER'));
  if (
    event.kind === 'ApiPartitionReassignment' ||
    event.kind === 'ListPartitionReassignments' ||
    event.kind === 'UpdateFeatures'
  )
    event.answer.reject(new KafkaError('NOT_CONTROLLER'));
  if (event.kind === 'ReplicaLeaderElection') event.answer.resolve(electionsNotHeld(event.partitions));
}

/** The event failed on the way, for instance because ZooKeeper refused a write of a controller that was replaced. */
export function answerFailed(event: ControllerEvent, error: unknown): void {
  if (!('answer' in event)) return;
  if (!(error instanceof ControllerMovedError)) event.answer.reject(error);
  // Not NOT_CONTROLLER: Kafka does not look into what keeps an ISR from being written.
  else if (event.kind === 'AlterPartitionReceived')
    event.answer.resolve(alterPartitionRefused('UNKNOWN_SERVER_ERROR'));
  else if (event.kind === 'ControlledShutdown' || event.kind === 'AllocateProducerIds')
    event.answer.reject(new KafkaError('STALE_CONTROLLER_EPOCH'));
  // Kafka never answers the others then; a client that hears it at once asks the next controller.
  else answerNotController(event);
}

function electionsNotHeld(partitions: readonly TopicPartition[]): PartitionMap<ElectionOutcome> {
  const outcomes = new PartitionMap<ElectionOutcome>();
  for (const { topic, partition } of partitions)
    outcomes.set(topic, partition, { kind: 'refused', error: 'NOT_CONTROLLER' });
  return outcomes;
}
