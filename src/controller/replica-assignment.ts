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
  return assignment.replicas.filter((replica) => !assignment.removingReplicas.includes(replica));
}

export function withoutReplica(assignment: ReplicaAssignment, replica: number): ReplicaAssignment {
  const others = (ids: readonly number[]): number[] => ids.filter((id) => id !== replica);
  return {
    replicas: others(assignment.replicas),
    addingReplicas: others(assignment.addingReplicas),
    removingReplicas: others(assignment.removingReplicas),
  };
}
