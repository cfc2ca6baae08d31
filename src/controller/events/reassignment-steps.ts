/**
 * Moving a partition to other replicas, step by step (contract 3.7; the letters are Kafka's). First the union of old
 * and new replicas is written down and told (U, A); when all target replicas are in the ISR the others are taken out,
 * stopped and deleted, and the target alone is written down (B). A move that is replaced by another loses the replicas
 * that the new one does not name at once.
 *
 * Invariants: the topic's znode says at every moment which replicas come and which go, so that a controller that
 * fails half-way leaves a move the next one takes up; no replica goes before all that replace it are in sync; a topic
 * is not deleted meanwhile.
 */
import { topicPartitionName, type TopicPartition } from '../../common/index.ts';
import type { LeaderIsrAndControllerEpoch, ReplicaAssignment } from '../../zookeeper/index.ts';
import { StateChangeFailedError } from '../controller-errors.ts';
import type { ControllerParts } from '../controller-parts.ts';
import { sendBatch, sendUpdateMetadata } from '../controller-services.ts';
import { isReassignmentComplete } from '../decide/reassignment.ts';
import { newLeaderAndIsr } from '../leader-and-isr.ts';
import {
  originReplicas,
  sameAssignment,
  sameReplicas,
  settledOn,
  targetReplicas,
} from '../replica-assignment.ts';
import type { Turn } from '../turn.ts';

/** Begins the move, replaces a running one by it, or takes it further: as far as the ISR allows. */
export async function onPartitionReassignment(
  parts: ControllerParts,
  turn: Turn,
  of: TopicPartition,
  assignment: ReplicaAssignment,
): Promise<void> {
  parts.topicDeletionManager.halt(turn, [of.topic], 'a partition of it is being reassigned');
  await updateCurrentReassignment(parts, turn, of, assignment);
  if (await isComplete(parts, of, assignment)) await complete(parts, turn, of, assignment);
  else await start(parts, turn, of, assignment);
}

/** Moves whose target replicas have all joined the ISR by now are brought to their end. */
export async function completeReassignments(
  parts: ControllerParts,
  turn: Turn,
  altered: readonly TopicPartition[],
): Promise<void> {
  const { context, logger } = parts;
  for (const of of altered) {
    if (!context.isBeingReassigned(of)) continue;
    const assignment = context.assignment(of);
    if (!(await isComplete(parts, of, assignment))) continue;
    logger.info(
      `Target replicas ${targetReplicas(assignment).join(',')} have all caught up with the leader for ` +
        `reassigning partition ${topicPartitionName(of)}`,
    );
    await onPartitionReassignment(parts, turn, of, assignment);
  }
}

/**
 * A new controller, or a broker that came back: what was going on goes on. Not in a topic that is already being deleted:
 * a LeaderAndIsr would make those of its replicas anew that are gone.
 */
export async function resumeReassignments(
  parts: ControllerParts,
  turn: Turn,
  shouldResume: (of: TopicPartition, assignment: ReplicaAssignment) => boolean,
): Promise<void> {
  const { context } = parts;
  for (const of of context.partitionsBeingReassigned()) {
    const assignment = context.assignment(of);
    if (context.isDeletionStarted(of.topic)) continue;
    if (shouldResume(of, assignment)) await onPartitionReassignment(parts, turn, of, assignment);
  }
}

/** Takes from /admin/reassign_partitions what is done, replaced or refused; without a rest the znode goes. */
export async function removeFromZkReassignment(
  { store, context, put }: ControllerParts,
  isToBeRemoved: (of: TopicPartition, replicas: readonly number[]) => boolean,
): Promise<void> {
  const wished = await store.partitionReassignment();
  if (wished === null) return;
  const left = wished.filter((move) => !isToBeRemoved(move, move.replicas));
  await store.writePartitionReassignment(left, context.epochZkVersion);
  // The watch ended with the znode: whatever is wished next must be seen.
  if (left.length === 0) put({ kind: 'ZkPartitionReassignment' });
}

/** U: the new assignment in ZooKeeper, then here; replicas that only the replaced move wanted are stopped. */
async function updateCurrentReassignment(
  parts: ControllerParts,
  turn: Turn,
  of: TopicPartition,
  assignment: ReplicaAssignment,
): Promise<void> {
  const { context } = parts;
  const current = context.assignment(of);
  if (!sameAssignment(current, assignment)) {
    await writeAssignment(parts, of, assignment);
    context.setAssignment(turn, of, assignment);
    const unneeded = current.replicas.filter((replica) => !assignment.replicas.includes(replica));
    await stopReplicas(parts, turn, of, unneeded);
  }
  context.markBeingReassigned(turn, of);
}

/** A: everybody hears of the larger set of replicas, in a new leader epoch; the new ones begin to fetch. */
async function start(
  parts: ControllerParts,
  turn: Turn,
  of: TopicPartition,
  assignment: ReplicaAssignment,
): Promise<void> {
  await bumpLeaderEpoch(parts, turn, of, assignment);
  for (const replica of assignment.addingReplicas)
    await parts.replicaStateMachine.handleStateChanges(turn, [{ ...of, replica }], 'NewReplica');
}

async function complete(
  parts: ControllerParts,
  turn: Turn,
  of: TopicPartition,
  { addingReplicas, removingReplicas, ...rest }: ReplicaAssignment,
): Promise<void> {
  const { context, replicaStateMachine, topicDeletionManager } = parts;
  const added = addingReplicas.map((replica) => ({ ...of, replica }));
  await replicaStateMachine.handleStateChanges(turn, added, 'OnlineReplica');
  const settled = settledOn(targetReplicas({ addingReplicas, removingReplicas, ...rest }));
  // Before the election, so that the leader takes no replica that is to go into the ISR again.
  context.setAssignment(turn, of, settled);
  await moveLeader(parts, turn, of, settled);
  await stopReplicas(parts, turn, of, removingReplicas);
  await writeAssignment(parts, of, settled);
  await removeFromZkReassignment(
    parts,
    (moved, replicas) =>
      moved.topic === of.topic &&
      moved.partition === of.partition &&
      sameReplicas(replicas, settled.replicas),
  );
  context.unmarkBeingReassigned(turn, of);
  sendUpdateMetadata(parts, context.liveOrShuttingDownBrokerIds(), [of]);
  await topicDeletionManager.resumeDeletionForTopics(turn, [of.topic]);
}

/** B3: a leader that goes, or is dead, gives way to one of the target; one that stays learns of the smaller set. */
async function moveLeader(
  parts: ControllerParts,
  turn: Turn,
  of: TopicPartition,
  settled: ReplicaAssignment,
): Promise<void> {
  const { context, partitionStateMachine, logger } = parts;
  const leader = context.leadership(of)?.leader;
  if (leader === undefined) throw new StateChangeFailedError('it has no leader and ISR');
  const stays = settled.replicas.includes(leader) && context.isReplicaOnline({ ...of, replica: leader });
  logger.info(
    `Leader ${leader} for partition ${topicPartitionName(of)} being reassigned to ${settled.replicas.join(',')} ` +
      (stays ? 'stays' : 'is replaced'),
  );
  if (stays) await bumpLeaderEpoch(parts, turn, of, settled);
  else
    await partitionStateMachine.handleStateChanges(turn, [of], 'OnlinePartition', {
      kind: 'ReassignPartition',
    });
}

/** B4, B5: out of the ISR, stopped, deleted, forgotten; nobody waits for the broker's word that it did. */
async function stopReplicas(
  { replicaStateMachine }: ControllerParts,
  turn: Turn,
  of: TopicPartition,
  replicas: readonly number[],
): Promise<void> {
  const rows = replicas.map((replica) => ({ ...of, replica }));
  for (const state of REMOVAL) await replicaStateMachine.handleStateChanges(turn, rows, state);
}

const REMOVAL = [
  'OfflineReplica',
  'ReplicaDeletionStarted',
  'ReplicaDeletionSuccessful',
  'NonExistentReplica',
] as const;

async function isComplete(
  { store }: ControllerParts,
  of: TopicPartition,
  assignment: ReplicaAssignment,
): Promise<boolean> {
  const states = await store.partitionStates([of]);
  return isReassignmentComplete(assignment, states.get(of.topic, of.partition));
}

/** The whole topic's znode, with this partition's new assignment. */
async function writeAssignment(
  { context, store }: ControllerParts,
  of: TopicPartition,
  assignment: ReplicaAssignment,
): Promise<void> {
  const partitions = new Map(
    context.partitionsOfTopic(of.topic).map((row) => [row.partition, context.assignment(row)]),
  );
  partitions.set(of.partition, assignment);
  const { topic } = of;
  await store.setTopicAssignment(
    { topic, topicId: context.topicId(topic) ?? null, partitions },
    context.epochZkVersion,
  );
}

/** Neither leader nor ISR change, only the epoch: the leader takes a new set of replicas in a new epoch only. */
async function bumpLeaderEpoch(
  parts: ControllerParts,
  turn: Turn,
  of: TopicPartition,
  assignment: ReplicaAssignment,
): Promise<void> {
  const state = await writeNextLeaderEpoch(parts, of);
  parts.context.setLeadership(turn, of, state);
  sendBatch(parts, (batch) => {
    batch.addLeaderAndIsr(originReplicas(assignment), of, state, false);
    // A new replica may go to any log dir of its broker; an old one may lie in a dir that is offline now.
    batch.addLeaderAndIsr(assignment.addingReplicas, of, state, true);
  });
}

async function writeNextLeaderEpoch(
  { context, store }: ControllerParts,
  of: TopicPartition,
): Promise<LeaderIsrAndControllerEpoch> {
  // Ends as elections do: only a leader's own write comes in between, and leaders write at ISR changes only.
  for (;;) {
    const states = await store.partitionStates([of]);
    const state = states.get(of.topic, of.partition);
    if (state === undefined) throw new StateChangeFailedError('it has no leader and ISR in ZooKeeper');
    if (state.controllerEpoch > context.epoch)
      throw new StateChangeFailedError(
        `its state was written by a newer controller of epoch ${state.controllerEpoch}`,
      );
    states.set(of.topic, of.partition, {
      ...newLeaderAndIsr(state, state.leader, state.isr),
      controllerEpoch: context.epoch,
    });
    const updates = await store.updatePartitionStates(states, context.epoch, context.epochZkVersion);
    const update = updates.get(of.topic, of.partition);
    if (update?.kind === 'updated') return update.state;
    if (update?.kind === 'failed') throw new StateChangeFailedError(`ZooKeeper answered ${update.error}`);
  }
}
