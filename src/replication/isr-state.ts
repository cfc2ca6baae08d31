/**
 * What a leader knows about the in-sync replicas (ISR) of one partition, and the one subtlety of it: a leader decides
 * who is in sync, but only the controller can make it so (AlterPartition, KIP-497). Between asking and hearing back
 * the leader must act as if either answer could be true.
 *
 *    committed {1,2,3} --ask to drop 3--> pending-shrink: still counts {1,2,3}
 *    committed {1,2}   --ask to add 3---> pending-expand: already counts {1,2,3}
 *
 * Invariant: `maximalIsr` contains every replica that could be elected leader as far as anybody in the cluster may
 * believe, so a record counted as committed is on all of them. At most one change is in flight.
 */
import { assert } from '../common/index.ts';

export interface CommittedIsr {
  readonly kind: 'committed';
  readonly isr: readonly number[];
}

export interface PendingExpand {
  readonly kind: 'pending-expand';
  readonly committed: CommittedIsr;
  /** The ISR that was asked for. */
  readonly isr: readonly number[];
  readonly newInSyncReplica: number;
}

export interface PendingShrink {
  readonly kind: 'pending-shrink';
  readonly committed: CommittedIsr;
  /** The ISR that was asked for. */
  readonly isr: readonly number[];
  readonly outOfSyncReplicas: readonly number[];
}

export type IsrState = CommittedIsr | PendingExpand | PendingShrink;
export type PendingIsr = PendingExpand | PendingShrink;

export function committedIsr(isr: readonly number[]): CommittedIsr {
  return { kind: 'committed', isr };
}

export function pendingExpand(committed: CommittedIsr, newInSyncReplica: number): PendingExpand {
  assert(!committed.isr.includes(newInSyncReplica), `replica ${newInSyncReplica} is in the ISR already`);
  const isr = [...committed.isr, newInSyncReplica];
  return { kind: 'pending-expand', committed, isr, newInSyncReplica };
}

export function pendingShrink(committed: CommittedIsr, outOfSyncReplicas: readonly number[]): PendingShrink {
  const isr = committed.isr.filter((replica) => !outOfSyncReplicas.includes(replica));
  assert(isr.length > 0, 'the leader itself is always in sync');
  return { kind: 'pending-shrink', committed, isr, outOfSyncReplicas };
}

/** The last ISR the controller is known to have written. */
export function lastCommitted(state: IsrState): CommittedIsr {
  return state.kind === 'committed' ? state : state.committed;
}

/** Everybody who may be in the ISR: the union of what is committed and what was asked for. */
export function maximalIsr(state: IsrState): readonly number[] {
  return state.kind === 'pending-expand' ? state.isr : lastCommitted(state).isr;
}
