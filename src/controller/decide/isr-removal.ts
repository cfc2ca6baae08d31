/**
 * A replica went offline: what becomes of the partition's state (contract 3.3, OfflineReplica)?
 *
 * Invariant: the ISR is never emptied. With the last member gone the old ISR stays, because it says who has the data.
 */
import { NO_LEADER, type LeaderAndIsr } from '../../zookeeper/index.ts';
import { newLeaderAndIsr } from '../leader-and-isr.ts';

/** The state to write, or null when the replica is not in the ISR and nothing is written. */
export function decideIsrRemoval(state: LeaderAndIsr, replica: number): LeaderAndIsr | null {
  if (!state.isr.includes(replica)) return null;
  const leader = state.leader === replica ? NO_LEADER : state.leader;
  // The epoch moves even when leader and ISR stay as they were (a sole member that did not lead): clients see that.
  const isr = state.isr.length === 1 ? state.isr : state.isr.filter((id) => id !== replica);
  return newLeaderAndIsr(state, leader, isr);
}
