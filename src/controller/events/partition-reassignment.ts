/**
 * Who may ask for a move of partitions: clients with AlterPartitionReassignments (KIP-455), and tools of old with the
 * znode /admin/reassign_partitions. The newer wish wins, whichever way it came. ListPartitionReassignments tells
 * what is under way. The steps of a move are in reassignment-steps.ts.
 */
import { AssertionError, PartitionMap, topicPartitionName, type TopicPartition } from '../../common/index.ts';
import { ControllerMovedError, type ReplicaAssignment } from '../../zookeeper/index.ts';
import type { ControllerParts } from '../controller-parts.ts';
import { decideReassignment, planReassignment, type ReassignmentTarget } from '../decide/reassignment.ts';
import type { ReassignmentOutcome } from '../outcomes.ts';
import { isBeingReassigned } from '../replica-assignment.ts';
import type { Turn } from '../turn.ts';
import { onPartitionReassignment, removeFromZkReassignment } from './reassignment-steps.ts';

const UNKNOWN_PARTITION = {
  error: 'UNKNOWN_TOPIC_OR_PARTITION',
  message: 'The partition does not exist.',
} as const;

export async function processApiPartitionReassignment(
  parts: ControllerParts,
  turn: Turn,
  targets: PartitionMap<ReassignmentTarget>,
): Promise<PartitionMap<ReassignmentOutcome>> {
  const { context } = parts;
  const liveBrokers = context.liveOrShuttingDownBrokerIds().filter((id) => context.isLiveBroker(id));
  const outcomes = new PartitionMap<ReassignmentOutcome>();
  const moves = new PartitionMap<ReplicaAssignment>();
  for (const [of, target] of targets) {
    const decision = decideReassignment(context.assignment(of), target, liveBrokers);
    if (decision.kind === 'move') moves.set(of.topic, of.partition, decision.assignment);
    else
      outcomes.set(
        of.topic,
        of.partition,
        decision.kind === 'invalid'
          ? { error: 'INVALID_REPLICA_ASSIGNMENT', message: decision.message }
          : { error: 'NO_REASSIGNMENT_IN_PROGRESS' },
      );
  }
  await removeFromZkReassignment(parts, ({ topic, partition }) => moves.has(topic, partition));
  for (const [of, outcome] of await trigger(parts, turn, moves))
    outcomes.set(of.topic, of.partition, outcome);
  return outcomes;
}

/**
 * Also the way a new controller looks for wishes laid down meanwhile. Returns the partitions that are moving now;
 * what could not begin is taken out of the znode.
 */
export async function processZkPartitionReassignment(
  parts: ControllerParts,
  turn: Turn,
): Promise<PartitionMap<true>> {
  const { context, store, watches, logger } = parts;
  const moving = new PartitionMap<true>();
  if (!(await watches.watchPartitionReassignment())) return moving;
  const moves = new PartitionMap<ReplicaAssignment>();
  for (const { topic, partition, replicas } of (await store.partitionReassignment()) ?? []) {
    const assignment = planReassignment(context.assignment({ topic, partition }), replicas);
    if (assignment !== null) moves.set(topic, partition, assignment);
  }
  const failed = new PartitionMap<true>();
  for (const [of, outcome] of await trigger(parts, turn, moves)) {
    (outcome === null ? moving : failed).set(of.topic, of.partition, true);
    if (outcome !== null)
      logger.warn(`Failed reassignment of ${topicPartitionName(of)} through zk: ${outcome.error}`);
  }
  if (failed.size > 0)
    await removeFromZkReassignment(parts, ({ topic, partition }) => failed.has(topic, partition));
  return moving;
}

/** One partition's trouble is its own: the others move all the same. */
async function trigger(
  parts: ControllerParts,
  turn: Turn,
  moves: PartitionMap<ReplicaAssignment>,
): Promise<PartitionMap<ReassignmentOutcome>> {
  const outcomes = new PartitionMap<ReassignmentOutcome>();
  for (const [of, assignment] of moves)
    outcomes.set(of.topic, of.partition, await triggerOne(parts, turn, of, assignment));
  return outcomes;
}

async function triggerOne(
  parts: ControllerParts,
  turn: Turn,
  of: TopicPartition,
  assignment: ReplicaAssignment,
): Promise<ReassignmentOutcome> {
  const { context, logger } = parts;
  if (context.isQueuedForDeletion(of.topic)) return UNKNOWN_PARTITION;
  if (context.assignment(of).replicas.length === 0) return UNKNOWN_PARTITION;
  try {
    await onPartitionReassignment(parts, turn, of, assignment);
    return null;
  } catch (error) {
    if (error instanceof ControllerMovedError || error instanceof AssertionError) throw error;
    logger.error(`Error completing reassignment of partition ${topicPartitionName(of)}`, { error });
    return { error: 'UNKNOWN_SERVER_ERROR' };
  }
}

/** `asked` null: all moves. Partitions that do not move are left out. */
export function processListPartitionReassignments(
  { context }: ControllerParts,
  asked: readonly TopicPartition[] | null,
): PartitionMap<ReplicaAssignment> {
  const found = new PartitionMap<ReplicaAssignment>();
  for (const of of asked ?? context.partitionsBeingReassigned()) {
    const assignment = context.assignment(of);
    if (isBeingReassigned(assignment)) found.set(of.topic, of.partition, assignment);
  }
  return found;
}
