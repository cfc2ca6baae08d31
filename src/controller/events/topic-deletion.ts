/**
 * TopicDeletion, and the answers of brokers that deleted replicas: /admin/delete_topics says what to delete, the topic
 * deletion manager does it step by step (contract 3.6).
 */
import type { ControllerParts } from '../controller-parts.ts';
import type { EventOf } from '../controller-event.ts';
import type { Turn } from '../turn.ts';

export async function processTopicDeletion(parts: ControllerParts, turn: Turn): Promise<void> {
  const { store, context, config, topicDeletionManager, logger } = parts;
  const marked = await store.topicDeletions();
  const unknown = marked.filter((topic) => !context.allTopics.has(topic));
  const known = marked.filter((topic) => context.allTopics.has(topic));
  if (unknown.length > 0) {
    logger.warn(`Ignoring request to delete non-existing topics ${unknown.join(',')}`);
    await store.deleteTopicDeletions(unknown, context.epochZkVersion);
  }
  if (known.length === 0) return;
  if (!config.get('delete.topic.enable')) {
    logger.info(`Removing ${known.join(',')} from the topics to delete, since delete.topic.enable is false`);
    await store.deleteTopicDeletions(known, context.epochZkVersion);
    return;
  }
  // Before they are queued, as in the original: a topic that is new among them does not wait for its own moves, which
  // end with it. One that waits already goes on waiting.
  const moving = known.filter((topic) => context.isTopicBeingReassigned(topic));
  topicDeletionManager.halt(turn, moving, 'a partition of it is being reassigned');
  await topicDeletionManager.enqueue(turn, known);
}

export async function processTopicDeletionStopReplicaResponse(
  { topicDeletionManager }: ControllerParts,
  turn: Turn,
  { brokerId, requestError, partitionErrors }: EventOf<'TopicDeletionStopReplicaResponseReceived'>,
): Promise<void> {
  const rows = partitionErrors.map(({ of, error }) => ({
    replica: { ...of, replica: brokerId },
    failed: requestError !== 'NONE' || error !== 'NONE',
  }));
  const failed = rows.filter((row) => row.failed).map(({ replica }) => replica);
  const deleted = rows.filter((row) => !row.failed).map(({ replica }) => replica);
  await topicDeletionManager.failReplicaDeletion(turn, failed);
  if (deleted.length > 0) await topicDeletionManager.completeReplicaDeletion(turn, deleted);
}
