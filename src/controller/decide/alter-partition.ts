/**
 * AlterPartition: a leader asks for another ISR (KIP-497). Whether it may have it is decided per partition, in the
 * order of contract 3.9, because leaders react differently to each answer.
 *
 * Invariant: the ISR that is written was proposed by the leader of the current leader epoch, against the current
 * partition epoch, and names only live brokers.
 */
import type { ErrorName } from '../../protocol/index.ts';
import { LeaderRecoveryState, type LeaderAndIsr } from '../../zookeeper/index.ts';
import { sameIsr } from '../leader-and-isr.ts';

/** The first version of the request that knows INELIGIBLE_REPLICA (KIP-841). */
const FIRST_VERSION_WITH_INELIGIBLE_REPLICA = 2;

export type AlterPartitionDecision =
  | { readonly kind: 'refuse'; readonly error: ErrorName }
  /** Already so: answered with what is, so that a leader that missed the first answer gets it now. */
  | { readonly kind: 'echo'; readonly state: LeaderAndIsr }
  | { readonly kind: 'write'; readonly state: LeaderAndIsr };

export function decideAlterPartition(
  current: LeaderAndIsr | undefined,
  proposed: LeaderAndIsr,
  version: number,
  isLiveBroker: (id: number) => boolean,
): AlterPartitionDecision {
  if (current === undefined) return refuse('UNKNOWN_TOPIC_OR_PARTITION');
  // A leader that knows more than we do has heard of a newer controller: it must look for that one.
  if (proposed.partitionEpoch > current.partitionEpoch || proposed.leaderEpoch > current.leaderEpoch)
    return refuse('NOT_CONTROLLER');
  if (proposed.leaderEpoch < current.leaderEpoch) return refuse('FENCED_LEADER_EPOCH');
  if (isSameState(current, proposed)) return { kind: 'echo', state: current };
  if (proposed.partitionEpoch < current.partitionEpoch) return refuse('INVALID_UPDATE_VERSION');
  if (proposed.leaderRecoveryState === LeaderRecoveryState.RECOVERING) {
    // Only an unclean election makes a leader recover, and only alone.
    if (proposed.isr.length > 1 || current.leaderRecoveryState === LeaderRecoveryState.RECOVERED)
      return refuse('INVALID_REQUEST');
  }
  if (!proposed.isr.every((id) => isLiveBroker(id)))
    return refuse(
      version >= FIRST_VERSION_WITH_INELIGIBLE_REPLICA ? 'INELIGIBLE_REPLICA' : 'OPERATION_NOT_ATTEMPTED',
    );
  return { kind: 'write', state: proposed };
}

function isSameState(current: LeaderAndIsr, proposed: LeaderAndIsr): boolean {
  return (
    current.leader === proposed.leader &&
    sameIsr(current.isr, proposed.isr) &&
    current.leaderRecoveryState === proposed.leaderRecoveryState &&
    proposed.partitionEpoch <= current.partitionEpoch
  );
}

function refuse(error: ErrorName): AlterPartitionDecision {
  return { kind: 'refuse', error };
}
