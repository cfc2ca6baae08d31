/**
 * Where a follower's log has to be cut so that it agrees with the leader's (KIP-101, KIP-279, KIP-595; contract 3.11).
 * Two replicas agree up to an offset if they agree on which leader epoch wrote there, so epochs and their end offsets
 * are all that has to be compared.
 *
 *    leader    epoch 1: 0..9   epoch 3: 10..20
 *    follower  epoch 1: 0..12  epoch 2: 13..15      ask (last epoch 2, offset 16)
 *              leader: "for epoch 2 and below mine ends at 10, in epoch 1"; cut at 10, go on from there
 *
 * Invariant: no record that both logs hold in the same epoch is cut, so no committed record is: those are on every
 * replica that may lead.
 */
export interface EpochEndOffset {
  readonly leaderEpoch: number;
  readonly endOffset: number;
}

export interface TruncationInput {
  /** The leader's answer: its largest epoch up to the one that was asked for, and where that epoch ends. */
  readonly leader: EpochEndOffset;
  /** The same question answered by the follower's own epochs; undefined when it has none that old. */
  readonly own: EpochEndOffset | undefined;
  readonly logEndOffset: number;
  readonly highWatermark: number;
}

/** An answer of -1 offsets or epochs means that the leader cannot tell. */
const UNDEFINED_EPOCH = -1;
const UNDEFINED_OFFSET = -1;

/** The offset the follower's log shall end at. */
export function truncationPoint({ leader, own, logEndOffset, highWatermark }: TruncationInput): number {
  // The high watermark is the old rule and may lose records (KIP-101): only for logs that predate leader epochs.
  if (leader.endOffset === UNDEFINED_OFFSET) return Math.min(highWatermark, logEndOffset);
  if (leader.leaderEpoch === UNDEFINED_EPOCH || own === undefined)
    return Math.min(leader.endOffset, logEndOffset);
  // A follower that never saw that epoch cuts to the end of the newest one below it and asks again from there.
  if (own.leaderEpoch !== leader.leaderEpoch) return Math.min(own.endOffset, logEndOffset);
  return Math.min(own.endOffset, leader.endOffset, logEndOffset);
}

export interface DivergenceInput {
  readonly fetchOffset: number;
  readonly lastFetchedEpoch: number;
  /** The leader's largest epoch up to `lastFetchedEpoch` with its end; undefined when it has none that old. */
  readonly end: EpochEndOffset | undefined;
}

/**
 * The leader's side: does the follower's log leave ours before `fetchOffset`? `unknown` means that our log no longer
 * reaches back to that epoch; the follower then has to look for a new place to start (OFFSET_OUT_OF_RANGE).
 */
export function findDivergence(
  input: DivergenceInput,
):
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'diverged'; readonly end: EpochEndOffset } {
  const { end, fetchOffset, lastFetchedEpoch } = input;
  if (end === undefined || end.endOffset === UNDEFINED_OFFSET || end.leaderEpoch === UNDEFINED_EPOCH) {
    return { kind: 'unknown' };
  }
  const diverged = end.leaderEpoch < lastFetchedEpoch || end.endOffset < fetchOffset;
  return diverged ? { kind: 'diverged', end } : { kind: 'none' };
}

/** What a follower that asked for an offset the leader does not have should do, once it knows the leader's ends. */
export type OutOfRangePlan =
  | { readonly kind: 'truncate'; readonly toOffset: number }
  | { readonly kind: 'start-anew'; readonly atOffset: number }
  | { readonly kind: 'continue'; readonly atOffset: number };

export interface OutOfRangeInput {
  readonly leaderLogEndOffset: number;
  readonly leaderLogStartOffset: number;
  readonly logEndOffset: number;
}

/**
 * A leader that ends before us was elected uncleanly: cut to its end. Otherwise our offset fell below its start:
 * only if that start is beyond our end is there a gap, and everything we have is older than what may be read.
 */
export function planOutOfRange(input: OutOfRangeInput): OutOfRangePlan {
  const { leaderLogEndOffset, leaderLogStartOffset, logEndOffset } = input;
  if (leaderLogEndOffset < logEndOffset) return { kind: 'truncate', toOffset: leaderLogEndOffset };
  if (leaderLogStartOffset > logEndOffset) return { kind: 'start-anew', atOffset: leaderLogStartOffset };
  return { kind: 'continue', atOffset: logEndOffset };
}
