/**
 * What those who wait for an event hear when it did not run, or did not run to its end (contract 3.8, 3.9). Each of
 * the three requests says it in its own way, as Kafka's do; all of them are asked again, of whoever is controller then.
 */
import { KafkaError } from '../protocol/index.ts';
import { ControllerMovedError } from '../zookeeper/index.ts';
import type { ControllerEvent } from './controller-event.ts';
import { producerIdsRefused } from './events/allocate-producer-ids.ts';
import { alterPartitionRefused } from './events/alter-partition.ts';

/** This broker is not the controller, or is just ceasing to be it: whoever waits is sent elsewhere. */
export function answerNotController(event: ControllerEvent): void {
  if (event.kind === 'ControlledShutdown') event.answer.reject(new KafkaError('STALE_CONTROLLER_EPOCH'));
  if (event.kind === 'AlterPartitionReceived') event.answer.resolve(alterPartitionRefused('NOT_CONTROLLER'));
  if (event.kind === 'AllocateProducerIds') event.answer.resolve(producerIdsRefused('NOT_CONTROLLER'));
}

/** The event failed on the way, for instance because ZooKeeper refused a write of a controller that was replaced. */
export function answerFailed(event: ControllerEvent, error: unknown): void {
  if (!('answer' in event)) return;
  if (!(error instanceof ControllerMovedError)) event.answer.reject(error);
  // Not NOT_CONTROLLER: Kafka does not look into what keeps an ISR from being written.
  else if (event.kind === 'AlterPartitionReceived')
    event.answer.resolve(alterPartitionRefused('UNKNOWN_SERVER_ERROR'));
  else event.answer.reject(new KafkaError('STALE_CONTROLLER_EPOCH'));
}
