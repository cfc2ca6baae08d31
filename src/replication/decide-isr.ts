/**
 * Who belongs into the ISR (contract 3.11), as the leader sees it, and what the controller's answer to an
 * AlterPartition means (contract 3.9). Pure rules; the Partition carries them out.
 *
 * Invariant: a follower is proposed only once it has everything that is committed and everything this leader epoch
 * began with; nothing is proposed while another proposal is in flight.
 */
import type { ErrorName } from '../protocol/index.ts';
import { isCaughtUp, type FollowerProgress } from './decide-high-watermark.ts';
import {
  pendingExpand,
  pendingShrink,
  type IsrState,
  type PendingExpand,
  type PendingShrink,
} from './isr-state.ts';

export interface ExpandInput {
  readonly state: IsrState;
  readonly follower: FollowerProgress;
  readonly highWatermark: number;
  /** The leader's log end when its epoch began. A follower short of it may yet have to truncate. */
  readonly leaderEpochStartOffset: number;
  readonly isEligible: (brokerId: number) => boolean;
}

/** The proposal to make after `follower` fetched, or undefined. */
export function maybeExpandIsr(input: ExpandInput): PendingExpand | undefined {
  const { state, follower } = input;
  if (state.kind !== 'committed' || state.isr.includes(follower.brokerId)) return undefined;
  const inSync =
    follower.logEndOffset >= input.highWatermark && follower.logEndOffset >= input.leaderEpochStartOffset;
  return inSync && input.isEligible(follower.brokerId) ? pendingExpand(state, follower.brokerId) : undefined;
}

export interface ShrinkInput {
  readonly state: IsrState;
  readonly leaderId: number;
  readonly leaderLogEndOffset: number;
  readonly follower: (brokerId: number) => FollowerProgress | undefined;
  readonly nowMs: number;
  readonly replicaLagTimeMaxMs: number;
}

/** The proposal to drop every member that lagged too long, or undefined when there is none. */
export function maybeShrinkIsr(input: ShrinkInput): PendingShrink | undefined {
  const { state } = input;
  if (state.kind !== 'committed') return undefined;
  const outOfSync = state.isr.filter(
    (brokerId) => brokerId !== input.leaderId && isOutOfSync(brokerId, input),
  );
  return outOfSync.length > 0 ? pendingShrink(state, outOfSync) : undefined;
}

function isOutOfSync(brokerId: number, input: ShrinkInput): boolean {
  const follower = input.follower(brokerId);
  if (follower === undefined) return true;
  return !isCaughtUp(follower, input.leaderLogEndOffset, input.nowMs, input.replicaLagTimeMaxMs);
}

/**
 * What to do when the controller refused a proposal.
 * `roll-back`: the proposal certainly did not happen, act on the committed ISR again.
 * `wait`: this leader's view is behind; keep counting both until the next LeaderAndIsr tells.
 * `retry`: ask again.
 */
export type AlterPartitionErrorVerdict = 'roll-back' | 'wait' | 'retry';

/** Every other error, known or new, is worth another try. */
const VERDICTS: Readonly<Partial<Record<ErrorName, AlterPartitionErrorVerdict>>> = {
  OPERATION_NOT_ATTEMPTED: 'roll-back',
  INELIGIBLE_REPLICA: 'roll-back',
  UNKNOWN_TOPIC_OR_PARTITION: 'wait',
  UNKNOWN_TOPIC_ID: 'wait',
  FENCED_LEADER_EPOCH: 'wait',
  INVALID_UPDATE_VERSION: 'wait',
  INVALID_REQUEST: 'wait',
  NEW_LEADER_ELECTED: 'wait',
};

export function decideOnAlterPartitionError(error: ErrorName): AlterPartitionErrorVerdict {
  return VERDICTS[error] ?? 'retry';
}

/** The controller's word on a partition after a proposal. */
export interface AlterPartitionOutcome {
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly isr: readonly number[];
  readonly partitionEpoch: number;
}

/** Whether an answer still speaks of this leadership. An older one lost a race against a LeaderAndIsr. */
export function isOutcomeCurrent(
  outcome: AlterPartitionOutcome,
  own: { readonly leaderEpoch: number; readonly partitionEpoch: number },
): boolean {
  return outcome.leaderEpoch === own.leaderEpoch && outcome.partitionEpoch >= own.partitionEpoch;
}
