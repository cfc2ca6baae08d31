/**
 * A broker becomes controller: the steps of onControllerFailover, in Kafka's order (contract 2.5). Watches are set
 * before anything is read, so nothing is missed; brokers hear who is alive before they hear who leads.
 */
import { inTurns, turnBetween } from '../../runtime/index.ts';
import type { FinalizedFeatures } from '../../zookeeper/index.ts';
import type { ControllerParts } from '../controller-parts.ts';
import { sendUpdateMetadata } from '../controller-services.ts';
import type { Turn } from '../turn.ts';
import { electPendingPreferred } from './leader-election.ts';
import { processZkPartitionReassignment } from './partition-reassignment.ts';
import { resumeReassignments } from './reassignment-steps.ts';
import { learnTopics } from './topic-change.ts';

export async function onControllerFailover(parts: ControllerParts, turn: Turn): Promise<void> {
  const { store, context, watches, topicDeletionManager, logger } = parts;
  await enableFeatureVersioning(parts);
  await watches.watchCluster();
  await store.deleteLogDirEventNotifications(await store.logDirEventNotifications(), context.epochZkVersion);
  await store.deleteIsrChangeNotifications(await store.isrChangeNotifications(), context.epochZkVersion);
  await initializeContext(parts, turn);

  const toBeDeleted = await store.topicDeletions();
  await topicDeletionManager.init(turn, toBeDeleted, ineligibleForDeletion(parts));
  await turnBetween(parts.timers, context.partitionsWithLeadershipCount);
  sendUpdateMetadata(parts, context.liveOrShuttingDownBrokerIds(), []);
  await parts.replicaStateMachine.startup(turn);
  await parts.partitionStateMachine.startup(turn);
  logger.info(`Ready to serve as the new controller with epoch ${context.epoch}`);

  // Wishes laid down in ZooKeeper meanwhile replace what the last controller had begun.
  const moving = await processZkPartitionReassignment(parts, turn);
  await resumeReassignments(parts, turn, ({ topic, partition }) => !moving.has(topic, partition));
  await topicDeletionManager.resumeDeletions(turn);
  await electPendingPreferred(parts, turn);
}

/**
 * /feature (KIP-584): created with nothing finalized, switched on when an older broker had it off, and written anew
 * when it is in another format than the protocol between brokers asks for.
 */
async function enableFeatureVersioning({ store, config }: ControllerParts): Promise<void> {
  const isOld = !config.interBrokerProtocol.supports('featuresWithoutMinimum');
  const none: FinalizedFeatures = {
    enabled: true,
    maxVersionLevels: new Map(),
    ...(isOld && { withMinimum: true }),
  };
  const found = await store.readFeatures();
  if (found === null) await store.createFeatures(none);
  else if (!found.enabled) await store.updateFeatures(none);
  else if ((found.withMinimum ?? false) !== isOld)
    await store.updateFeatures({ ...none, maxVersionLevels: found.maxVersionLevels });
}

async function initializeContext(parts: ControllerParts, turn: Turn): Promise<void> {
  const { store, context, watches, channels, logger } = parts;
  context.addLiveBrokers(turn, await store.brokers());
  const topics = await store.topics();
  context.setAllTopics(turn, topics);
  watches.watchTopics(topics);
  await learnTopics(parts, turn, await store.topicAssignments(topics));
  await watches.watchBrokers(context.liveOrShuttingDownBrokerIds());
  const states = await store.partitionStates(context.allPartitions());
  await inTurns(parts.timers, [...states], ([of, state]) => context.setLeadership(turn, of, state));
  for (const broker of context.liveOrShuttingDownBrokers()) channels.addBroker(broker);
  logger.info(
    `Currently active brokers in the cluster: ${context.liveOrShuttingDownBrokerIds().join(',')}; ` +
      `${context.allTopics.size} topics with ${context.partitionsWithLeadershipCount} partitions`,
  );
}

function ineligibleForDeletion({ context }: ControllerParts): string[] {
  return [...context.allTopics].filter(
    (topic) =>
      context.isTopicBeingReassigned(topic) ||
      context.replicasOfTopic(topic).some((row) => !context.isReplicaOnline(row)),
  );
}
