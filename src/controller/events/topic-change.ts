/**
 * TopicChange and PartitionModifications: topics appeared below /brokers/topics, or a topic got more partitions. The
 * broker that was asked wrote the assignment; giving the partitions their first leaders is the controller's part
 * (contract 2.6).
 */
import { type TopicPartition } from '../../common/index.ts';
import type { ReplicaAssignment, TopicAssignment } from '../../zookeeper/index.ts';
import type { ControllerParts } from '../controller-parts.ts';
import { isBeingReassigned } from '../replica-assignment.ts';
import type { Turn } from '../turn.ts';

export async function processTopicChange(parts: ControllerParts, turn: Turn): Promise<void> {
  const { store, context, watches, logger } = parts;
  const topics = await store.topics();
  const added = topics.filter((topic) => !context.allTopics.has(topic));
  const gone = [...context.allTopics].filter((topic) => !topics.includes(topic));
  context.setAllTopics(turn, topics);
  watches.watchTopics(added);
  const assignments = await store.topicAssignments(added);
  for (const topic of gone) context.removeTopic(turn, topic);
  await learnTopics(parts, turn, assignments);
  logger.info(`New topics: ${added.join(',')}, deleted topics: ${gone.join(',')}`);
  const partitions = added.flatMap((topic) => context.partitionsOfTopic(topic));
  if (partitions.length > 0) await onNewPartitionCreation(parts, turn, partitions);
}

/** Puts topics into the context; one without an id (made before KIP-516) is given one, in ZooKeeper first. */
export async function learnTopics(
  { context, store, newTopicId }: ControllerParts,
  turn: Turn,
  assignments: readonly TopicAssignment[],
): Promise<void> {
  for (const assignment of assignments) {
    const topicId = assignment.topicId ?? newTopicId();
    if (assignment.topicId === null)
      await store.setTopicAssignment({ ...assignment, topicId }, context.epochZkVersion);
    context.addTopicId(turn, assignment.topic, topicId);
    for (const [partition, replicas] of assignment.partitions) {
      const of = { topic: assignment.topic, partition };
      context.setAssignment(turn, of, replicas);
      if (isBeingReassigned(replicas)) context.markBeingReassigned(turn, of);
    }
  }
}

async function onNewPartitionCreation(
  { context, partitionStateMachine, replicaStateMachine }: ControllerParts,
  turn: Turn,
  partitions: readonly TopicPartition[],
): Promise<void> {
  const replicas = partitions.flatMap((of) => context.replicasOfPartition(of));
  await partitionStateMachine.handleStateChanges(turn, partitions, 'NewPartition');
  await replicaStateMachine.handleStateChanges(turn, replicas, 'NewReplica');
  await partitionStateMachine.handleStateChanges(turn, partitions, 'OnlinePartition');
  await replicaStateMachine.handleStateChanges(turn, replicas, 'OnlineReplica');
}

export async function processPartitionModifications(
  parts: ControllerParts,
  turn: Turn,
  topic: string,
): Promise<void> {
  const { store, context, logger } = parts;
  const [assignment] = await store.topicAssignments([topic]);
  if (assignment === undefined) return;
  const added = [...assignment.partitions].filter(
    ([partition]) => context.assignment({ topic, partition }).replicas.length === 0,
  );
  if (added.length === 0) return;
  if (context.isQueuedForDeletion(topic)) {
    logger.warn(`Skipping new partitions of topic ${topic}, since it is being deleted`);
    await restoreAssignment(parts, assignment);
    return;
  }
  for (const [partition, replicas] of added) context.setAssignment(turn, { topic, partition }, replicas);
  const partitions = added.map(([partition]) => ({ topic, partition }));
  await onNewPartitionCreation(parts, turn, partitions);
}

/** Takes partitions that were added to a dying topic out of its znode again: only those it really has stay. */
async function restoreAssignment(parts: ControllerParts, written: TopicAssignment): Promise<void> {
  const { store, context } = parts;
  const { topic } = written;
  const existing = await store.partitionsWithZnode(topic);
  const partitions = [...written.partitions.keys()]
    .filter((partition) => existing.includes(partition))
    .map((partition): [number, ReplicaAssignment] => [partition, context.assignment({ topic, partition })]);
  await store.setTopicAssignment(
    { topic, topicId: context.topicId(topic) ?? null, partitions: new Map(partitions) },
    context.epochZkVersion,
  );
}
