/** What brokers answered to LeaderAndIsr and UpdateMetadata: the former may tell of replicas on failed disks. */
import { PartitionMap, type TopicPartition } from '../../common/index.ts';
import { errorNameOf } from '../../protocol/index.ts';
import type { LeaderAndIsrResponse } from '../../protocol/messages/04-leader-and-isr.ts';
import type { EventOf } from '../controller-event.ts';
import type { ControllerParts } from '../controller-parts.ts';
import type { Turn } from '../turn.ts';
import { onReplicasBecomeOffline } from './replicas-offline.ts';

export async function processLeaderAndIsrResponse(
  parts: ControllerParts,
  turn: Turn,
  { brokerId, response }: EventOf<'LeaderAndIsrResponseReceived'>,
): Promise<void> {
  const { context, stateChangeLogger } = parts;
  if (response.errorCode !== 0) {
    const error = errorNameOf(response.errorCode);
    stateChangeLogger.error(`Received error ${error} in LeaderAndIsr response from broker ${brokerId}`);
    return;
  }
  const before = new PartitionMap<true>();
  for (const { topic, partition } of context.replicasOnOfflineDirs(brokerId))
    before.set(topic, partition, true);
  const now = new PartitionMap<true>();
  for (const [{ topic, partition }] of before) now.set(topic, partition, true);
  for (const { of, error } of partitionErrors(response, (topicId) => context.topicName(topicId))) {
    if (error === 'NONE') now.delete(of.topic, of.partition);
    if (error === 'KAFKA_STORAGE_ERROR') now.set(of.topic, of.partition, true);
  }
  context.setReplicasOnOfflineDirs(
    turn,
    brokerId,
    [...now].map(([of]) => of),
  );
  const newlyOffline = [...now]
    .filter(([{ topic, partition }]) => !before.has(topic, partition))
    .map(([of]) => ({ ...of, replica: brokerId }));
  if (newlyOffline.length === 0) return;
  stateChangeLogger.info(`Mark ${newlyOffline.length} replicas on broker ${brokerId} as offline`);
  await onReplicasBecomeOffline(parts, turn, newlyOffline);
}

/** The answer names topics by id (v5 and later); topics that are gone meanwhile are left out. */
function partitionErrors(
  { topics }: LeaderAndIsrResponse,
  topicName: (topicId: string) => string | undefined,
): { of: TopicPartition; error: string }[] {
  return topics.flatMap(({ topicId, partitionErrors: errors }) => {
    const topic = topicName(topicId);
    if (topic === undefined) return [];
    return errors.map(({ partitionIndex, errorCode }) => ({
      of: { topic, partition: partitionIndex },
      error: errorNameOf(errorCode),
    }));
  });
}

export function processUpdateMetadataResponse(
  { stateChangeLogger }: ControllerParts,
  { brokerId, response }: EventOf<'UpdateMetadataResponseReceived'>,
): void {
  if (response.errorCode === 0) return;
  const error = errorNameOf(response.errorCode);
  stateChangeLogger.error(`Received error ${error} in UpdateMetadata response from broker ${brokerId}`);
}
