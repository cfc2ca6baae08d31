/**
 * Replicas went offline, with their broker or with a disk. Kafka's order, which clients can see in the leader epochs
 * (contract 2.5): elect new leaders where the leader is gone, then take the replicas out of the ISRs. A partition
 * whose leader died thus moves by one epoch in the election; one that lost a follower by one in the removal.
 */
import type { Replica } from '../controller-context.ts';
import type { ControllerParts } from '../controller-parts.ts';
import { sendUpdateMetadata } from '../controller-services.ts';
import type { Turn } from '../turn.ts';

export async function onReplicasBecomeOffline(
  parts: ControllerParts,
  turn: Turn,
  replicas: readonly Replica[],
): Promise<void> {
  const { context, partitionStateMachine, replicaStateMachine, topicDeletionManager } = parts;
  const ofDeletedTopics = replicas.filter(({ topic }) => context.isQueuedForDeletion(topic));
  const others = replicas.filter(({ topic }) => !context.isQueuedForDeletion(topic));

  const leaderless = context.partitionsWithOfflineLeader();
  await partitionStateMachine.handleStateChanges(turn, leaderless, 'OfflinePartition');
  const elections = await partitionStateMachine.triggerOnlinePartitionStateChange(turn);
  await replicaStateMachine.handleStateChanges(turn, others, 'OfflineReplica');
  await topicDeletionManager.failReplicaDeletion(turn, ofDeletedTopics);

  // When nothing changed for any partition, nobody was told yet that the broker is gone.
  const elected = [...elections.values()].some(({ kind }) => kind === 'elected');
  if (others.length === 0 && !elected) sendUpdateMetadata(parts, context.liveOrShuttingDownBrokerIds(), []);
}
