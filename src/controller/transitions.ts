/**
 * The two state machines of the controller as tables: which states there are, and from which states each may be
 * entered (contract 3.2, 3.3). The work done on entering is in partition-state-machine.ts and
 * replica-state-machine.ts.
 *
 * Invariant: nothing enters a state from a predecessor that is not in its row; such a request is logged to the
 * state-change log and refused.
 */

/**
 * NewPartition: assigned, nobody elected yet. OnlinePartition: has a leader. OfflinePartition: its leader died and no
 * other was found. NonExistentPartition: never created, or deleted.
 */
export type PartitionState = 'NewPartition' | 'OnlinePartition' | 'OfflinePartition' | 'NonExistentPartition';

export const PARTITION_STATE_PREDECESSORS: Readonly<Record<PartitionState, readonly PartitionState[]>> = {
  NewPartition: ['NonExistentPartition'],
  OnlinePartition: ['NewPartition', 'OnlinePartition', 'OfflinePartition'],
  OfflinePartition: ['NewPartition', 'OnlinePartition', 'OfflinePartition'],
  NonExistentPartition: ['OfflinePartition'],
};

/**
 * A replica is New until it was told about its partition, Online while it takes part, Offline when its broker or disk
 * died or it was told to stop; the Deletion states belong to topic deletion, and NonExistentReplica is the state
 * before the first and after the last.
 */
export type ReplicaState =
  | 'NewReplica'
  | 'OnlineReplica'
  | 'OfflineReplica'
  | 'ReplicaDeletionStarted'
  | 'ReplicaDeletionSuccessful'
  | 'ReplicaDeletionIneligible'
  | 'NonExistentReplica';

export const REPLICA_STATE_PREDECESSORS: Readonly<Record<ReplicaState, readonly ReplicaState[]>> = {
  NewReplica: ['NonExistentReplica'],
  OnlineReplica: ['NewReplica', 'OnlineReplica', 'OfflineReplica', 'ReplicaDeletionIneligible'],
  OfflineReplica: ['NewReplica', 'OnlineReplica', 'OfflineReplica', 'ReplicaDeletionIneligible'],
  ReplicaDeletionStarted: ['OfflineReplica'],
  ReplicaDeletionSuccessful: ['ReplicaDeletionStarted'],
  ReplicaDeletionIneligible: ['OfflineReplica', 'ReplicaDeletionStarted'],
  NonExistentReplica: ['ReplicaDeletionSuccessful'],
};

export function mayEnterPartitionState(from: PartitionState, to: PartitionState): boolean {
  return PARTITION_STATE_PREDECESSORS[to].includes(from);
}

export function mayEnterReplicaState(from: ReplicaState, to: ReplicaState): boolean {
  return REPLICA_STATE_PREDECESSORS[to].includes(from);
}
