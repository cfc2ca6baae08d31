/**
 * Who leads a partition, in which epoch, and who is in sync: the content of the partition's state znode, plus that
 * znode's version as `partitionEpoch`. The constructors below are the only places that move an epoch (contract 3.4,
 * 3.9): every election and every removal from the ISR by the controller is one leader epoch, a change of the ISR by
 * the leader is none.
 */

import { LeaderRecoveryState, NO_LEADER, type LeaderAndIsr } from '../zookeeper/index.ts';

/** In UpdateMetadata: the topic is being deleted, forget the partition. */
export const LEADER_DURING_DELETE = -2;
/** In StopReplica: no leader epoch is known, or the topic is being deleted and the epoch does not matter. */
export const NO_LEADER_EPOCH = -1;
export const LEADER_EPOCH_DURING_DELETE = -2;

/** The first state of a partition: the first live replica leads, all live replicas are in sync. */
export function firstLeaderAndIsr(liveReplicas: readonly number[]): LeaderAndIsr {
  return {
    leader: liveReplicas[0] ?? NO_LEADER,
    leaderEpoch: 0,
    isr: liveReplicas,
    leaderRecoveryState: LeaderRecoveryState.RECOVERED,
    partitionEpoch: 0,
  };
}

export function newLeaderAndIsr(state: LeaderAndIsr, leader: number, isr: readonly number[]): LeaderAndIsr {
  return { ...state, leader, isr, leaderEpoch: state.leaderEpoch + 1 };
}

/** KIP-704: a leader from outside the ISR starts RECOVERING, because acknowledged records may be missing. */
export function newRecoveringLeaderAndIsr(state: LeaderAndIsr, leader: number): LeaderAndIsr {
  return { ...newLeaderAndIsr(state, leader, [leader]), leaderRecoveryState: LeaderRecoveryState.RECOVERING };
}

export function sameIsr(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}
