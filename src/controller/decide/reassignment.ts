/**
 * May a partition move to these replicas, and what is its assignment meanwhile (contract 3.7)? A wish without replicas
 * calls the running move off: back to the replicas from before it.
 *
 * Invariant: a broker that is not alive is never added. One that is dead may stay, or be where the partition came
 * from: a move away from a dead broker is what moves are for.
 */
import type { LeaderAndIsr, ReplicaAssignment } from '../../zookeeper/index.ts';
import { isBeingReassigned, originReplicas, reassignTo, targetReplicas } from '../replica-assignment.ts';

/** Null: call the move off. */
export type ReassignmentTarget = readonly number[] | null;

export type ReassignmentDecision =
  | { readonly kind: 'move'; readonly assignment: ReplicaAssignment }
  | { readonly kind: 'invalid'; readonly message: string }
  /** There is no move to call off. */
  | { readonly kind: 'none-in-progress' };

/** A wish from a client. What old tools wrote into ZooKeeper is not checked: see planReassignment. */
export function decideReassignment(
  current: ReplicaAssignment,
  target: ReassignmentTarget,
  liveBrokers: readonly number[],
): ReassignmentDecision {
  const message = target === null ? null : refusal(current, target, liveBrokers);
  if (message !== null) return { kind: 'invalid', message };
  const assignment = planReassignment(current, target);
  return assignment === null ? { kind: 'none-in-progress' } : { kind: 'move', assignment };
}

export function planReassignment(
  current: ReplicaAssignment,
  target: ReassignmentTarget,
): ReplicaAssignment | null {
  if (target === null)
    return isBeingReassigned(current) ? reassignTo(current, originReplicas(current)) : null;
  return reassignTo(current, target);
}

function refusal(
  current: ReplicaAssignment,
  target: readonly number[],
  liveBrokers: readonly number[],
): string | null {
  if (target.length === 0) return 'Empty replica list specified in partition reassignment.';
  const listed = `ArrayBuffer(${target.join(', ')})`;
  if (new Set(target).size !== target.length)
    return `Duplicate replica ids in partition reassignment replica list: ${listed}`;
  if (target.some((id) => id < 0)) return `Invalid broker id in replica list: ${listed}`;
  const { addingReplicas } = reassignTo(current, target);
  if (addingReplicas.every((id) => liveBrokers.includes(id))) return null;
  return (
    'Replica assignment has brokers that are not alive. Replica list: ' +
    `ArrayBuffer(${addingReplicas.join(', ')}), live broker list: Set(${liveBrokers.join(', ')})`
  );
}

/** All replicas that are to stay are in the ISR: nothing is lost when the others go. */
export function isReassignmentComplete(
  assignment: ReplicaAssignment,
  state: Pick<LeaderAndIsr, 'isr'> | undefined,
): boolean {
  if (!isBeingReassigned(assignment)) return true;
  return state !== undefined && targetReplicas(assignment).every((replica) => state.isr.includes(replica));
}
