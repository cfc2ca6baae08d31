/**
 * Which answers to StopReplica matter: those for partitions it deleted, of topics whose deletion is under way. The
 * others need no reaction, so they put no event.
 */
import { PartitionMap } from '../common/index.ts';
import { errorNameOf } from '../protocol/index.ts';
import type { StopReplicaResponse } from '../protocol/messages/05-stop-replica.ts';
import type { EventOf } from './controller-event.ts';
import type { ControlRequest } from './controller-request-batch.ts';

export function stopReplicaEvent(
  { brokerId, request }: Extract<ControlRequest, { readonly kind: 'StopReplica' }>,
  response: StopReplicaResponse,
  isDeletionStarted: (topic: string) => boolean,
): EventOf<'TopicDeletionStopReplicaResponseReceived'> | null {
  const deleted = new PartitionMap<boolean>();
  for (const { topicName, partitionStates } of request.topicStates)
    for (const { partitionIndex, deletePartition } of partitionStates)
      deleted.set(topicName, partitionIndex, deletePartition);
  const partitionErrors = response.partitionErrors
    .filter(
      ({ topicName, partitionIndex }) =>
        isDeletionStarted(topicName) && deleted.get(topicName, partitionIndex),
    )
    .map(({ topicName, partitionIndex, errorCode }) => ({
      of: { topic: topicName, partition: partitionIndex },
      error: errorNameOf(errorCode),
    }));
  if (partitionErrors.length === 0) return null;
  const requestError = errorNameOf(response.errorCode);
  return { kind: 'TopicDeletionStopReplicaResponseReceived', brokerId, requestError, partitionErrors };
}
