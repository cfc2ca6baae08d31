/**
 * What a follower does about the error of one partition in a fetch response (contract 3.11). Pure; the ReplicaFetcher
 * carries it out.
 */
import type { ErrorName } from '../protocol/index.ts';

export type FetchErrorVerdict =
  /** The offset does not exist at the leader: find out where to go on. */
  | 'find-offset'
  /** This leadership is over for us and a newer LeaderAndIsr must be on its way: stop asking until it comes. */
  | 'stop'
  /** The leader, or its knowledge, is not there yet: ask again after the backoff. */
  | 'retry-later';

export interface FetchErrorInput {
  readonly error: ErrorName;
  /** The epoch the request carried, and the one the partition has now. */
  readonly requestedLeaderEpoch: number;
  readonly currentLeaderEpoch: number;
}

export function decideOnFetchError({
  error,
  requestedLeaderEpoch,
  currentLeaderEpoch,
}: FetchErrorInput): FetchErrorVerdict {
  if (error === 'OFFSET_OUT_OF_RANGE') return 'find-offset';
  // With a newer epoch by now, the answer was meant for the old one.
  const isFenced = error === 'FENCED_LEADER_EPOCH' && requestedLeaderEpoch === currentLeaderEpoch;
  return isFenced ? 'stop' : 'retry-later';
}
