/**
 * Which replica a consumer should read from (KIP-392), as Kafka's RackAwareReplicaSelector decides: one in the
 * consumer's rack, the leader if it is there, else the one that is furthest ahead, then the one that caught up last,
 * then the one with the highest id. Pure.
 *
 * Only in-sync replicas count: a consumer sent to one that lags would fall behind with it.
 */
export interface ReadReplicaCandidate {
  readonly brokerId: number;
  readonly rack: string | null;
  readonly logEndOffset: number;
  readonly lastCaughtUpTimeMs: number;
}

/** The broker to read from; undefined when the leader serves the consumer itself. */
export function decidePreferredReadReplica(
  clientRack: string,
  leader: { readonly brokerId: number; readonly rack: string | null },
  followers: readonly ReadReplicaCandidate[],
): number | undefined {
  if (clientRack === '' || leader.rack === clientRack) return undefined;
  let best: ReadReplicaCandidate | undefined;
  for (const follower of followers) {
    if (follower.rack === clientRack && (best === undefined || isAhead(follower, best))) best = follower;
  }
  return best?.brokerId;
}

function isAhead(a: ReadReplicaCandidate, b: ReadReplicaCandidate): boolean {
  if (a.logEndOffset !== b.logEndOffset) return a.logEndOffset > b.logEndOffset;
  if (a.lastCaughtUpTimeMs !== b.lastCaughtUpTimeMs) return a.lastCaughtUpTimeMs > b.lastCaughtUpTimeMs;
  return a.brokerId > b.brokerId;
}

/** The class Kafka ships; any other name is somebody's plugin, which only a JVM could load. */
export const RACK_AWARE_SELECTOR = 'org.apache.kafka.common.replica.RackAwareReplicaSelector';
