/**
 * Questions about the replicas of one partition. During a reassignment `replicas` is the union of the old and the new ones, target
 * first (contract 2.6); `addingReplicas` and `removingReplicas` say which of them come and which go. The first
 * replica is the preferred leader.
 */
import type { ReplicaAssignment } from '../zookeeper/index.ts';

export const NO_REPLICAS: ReplicaAssignment = { replicas: [], addingReplicas: [], removingReplicas: [] };

export function isBeingReassigned(assignment: ReplicaAssignment): boolean {
  return assignment.addingReplicas.length > 0 || assignment.removingReplicas.length > 0;
}

/** The replicas that will be left when the reassignment is through; all of them when there is none. */
export function targetReplicas(assignment: ReplicaAssignment): number[] {
  return without(assignment.replicas, assignment.removingReplicas);
}

/** The replicas from before the reassignment. Where it only changed their order, the old order is forgotten. */
export function originReplicas(assignment: ReplicaAssignment): number[] {
  return without(assignment.replicas, assignment.addingReplicas);
}

/** The assignment while the partition moves to `target`: whatever it was moving to before is given up. */
export function reassignTo(assignment: ReplicaAssignment, target: readonly number[]): ReplicaAssignment {
  const origin = originReplicas(assignment);
  const replicas = [...new Set([...target, ...origin])];
  return {
    replicas,
    addingReplicas: without(replicas, origin),
    removingReplicas: without(replicas, target),
  };
}

/** The assignment when the move is through. */
export function settledOn(replicas: readonly number[]): ReplicaAssignment {
  return { replicas, addingReplicas: [], removingReplicas: [] };
}

export function sameAssignment(one: ReplicaAssignment, other: ReplicaAssignment): boolean {
  return (
    sameReplicas(one.replicas, other.replicas) &&
    sameReplicas(one.addingReplicas, other.addingReplicas) &&
    sameReplicas(one.removingReplicas, other.removingReplicas)
  );
}

export function sameReplicas(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((id, index) => id === other[index]);
}

export function withoutReplica(assignment: ReplicaAssignment, replica: number): ReplicaAssignment {
  return {
    replicas: without(assignment.replicas, [replica]),
    addingReplicas: without(assignment.addingReplicas, [replica]),
    removingReplicas: without(assignment.removingReplicas, [replica]),
  };
}

function without(replicas: readonly number[], others: readonly number[]): number[] {
  return replicas.filter((replica) => !others.includes(replica));
}
