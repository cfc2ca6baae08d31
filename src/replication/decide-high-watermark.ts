/**
 * How far a partition's records are committed. The high watermark (HW) is the smallest log end offset among the
 * replicas that could become leader, so a record below it survives any clean election; consumers see nothing above.
 * Pure rules (contract 3.11); the Partition carries them out.
 *
 * Invariant: on one leader the HW never goes back. It does not advance either while the ISR is smaller than the
 * partition's durability asks for, because nothing may be called committed that fewer replicas hold.
 */

/** As much of a follower as the rules look at. */
export interface FollowerProgress {
  readonly brokerId: number;
  /** -1 while it has not fetched from this leader. */
  readonly logEndOffset: number;
  readonly lastCaughtUpTimeMs: number;
}

export interface HighWatermarkInput {
  readonly highWatermark: number;
  readonly leaderLogEndOffset: number;
  readonly committedIsrSize: number;
  readonly effectiveMinIsr: number;
  readonly maximalIsr: readonly number[];
  readonly followers: Iterable<FollowerProgress>;
  readonly nowMs: number;
  readonly replicaLagTimeMaxMs: number;
  /** Whether the controller would take this replica into the ISR: it is alive. */
  readonly isEligible: (brokerId: number) => boolean;
}

/** `min.insync.replicas` cannot ask for more replicas than there are: a single replica with a minimum of 2 works. */
export function effectiveMinIsr(minInsyncReplicas: number, replicaCount: number): number {
  return Math.min(minInsyncReplicas, replicaCount);
}

/** Caught up: at the leader's end, or there at some moment within the allowed lag. */
export function isCaughtUp(
  follower: FollowerProgress,
  leaderLogEndOffset: number,
  nowMs: number,
  replicaLagTimeMaxMs: number,
): boolean {
  return (
    follower.logEndOffset === leaderLogEndOffset || nowMs - follower.lastCaughtUpTimeMs <= replicaLagTimeMaxMs
  );
}

/** The new high watermark, or undefined when it stays where it is. */
export function advanceHighWatermark(input: HighWatermarkInput): number | undefined {
  if (input.committedIsrSize < input.effectiveMinIsr) return undefined;
  let candidate = input.leaderLogEndOffset;
  for (const follower of input.followers) {
    if (follower.logEndOffset < candidate && mustWaitFor(follower, input)) candidate = follower.logEndOffset;
  }
  return candidate > input.highWatermark ? candidate : undefined;
}

/**
 * Members of the maximal ISR hold the HW back, and so does a follower that is about to join: without the latter the
 * HW could run ahead of it for ever, and it must reach the HW before it may join.
 */
function mustWaitFor(follower: FollowerProgress, input: HighWatermarkInput): boolean {
  if (input.maximalIsr.includes(follower.brokerId)) return true;
  return (
    isCaughtUp(follower, input.leaderLogEndOffset, input.nowMs, input.replicaLagTimeMaxMs) &&
    input.isEligible(follower.brokerId)
  );
}

/** A follower's high watermark: what the leader says, as far as the follower has the records. */
export function followerHighWatermark(leaderHighWatermark: number, logEndOffset: number): number {
  return Math.max(0, Math.min(leaderHighWatermark, logEndOffset));
}
