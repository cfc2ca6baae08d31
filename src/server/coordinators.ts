/** Which coordinator lives on the partitions of a topic: each internal topic has one. */
import { GROUP_METADATA_TOPIC, TRANSACTION_STATE_TOPIC } from '../common/index.ts';
import type { Services } from './services.ts';

interface Coordinator {
  onElection(partition: number, coordinatorEpoch: number): void;
  onResignation(partition: number, coordinatorEpoch: number | undefined): void;
}

export function coordinatorOn(
  topic: string,
  { groupCoordinator, transactionCoordinator }: Services,
): Coordinator | undefined {
  if (topic === GROUP_METADATA_TOPIC) return groupCoordinator;
  return topic === TRANSACTION_STATE_TOPIC ? transactionCoordinator : undefined;
}
