/**
 * What a leader remembers of one follower. There is no acknowledgement in Kafka's replication: a follower that asks
 * for offset 100 thereby says that it has everything below. Only fetches change this state, and a new leader epoch.
 *
 * Invariant: `lastCaughtUpTimeMs` is the latest moment at which the follower provably had all the leader had then.
 */
const UNKNOWN_OFFSET = -1;

export interface FollowerFetch {
  readonly fetchOffset: number;
  readonly logStartOffset: number;
  readonly nowMs: number;
  readonly leaderLogEndOffset: number;
  readonly brokerEpoch: number;
}

export class FollowerState {
  readonly brokerId: number;
  logEndOffset = UNKNOWN_OFFSET;
  logStartOffset = UNKNOWN_OFFSET;
  lastCaughtUpTimeMs = Number.NEGATIVE_INFINITY;
  brokerEpoch = -1;
  /** Both of the fetch before the latest: the follower was caught up then if it has now what the leader had then. */
  #lastFetchTimeMs = Number.NEGATIVE_INFINITY;
  #lastFetchLeaderLogEndOffset = UNKNOWN_OFFSET;

  constructor(brokerId: number) {
    this.brokerId = brokerId;
  }

  /** Takes in a fetch that was read without an error. */
  onFetch(fetch: FollowerFetch): void {
    if (fetch.fetchOffset >= fetch.leaderLogEndOffset) {
      this.lastCaughtUpTimeMs = Math.max(this.lastCaughtUpTimeMs, fetch.nowMs);
    } else if (fetch.fetchOffset >= this.#lastFetchLeaderLogEndOffset) {
      this.lastCaughtUpTimeMs = Math.max(this.lastCaughtUpTimeMs, this.#lastFetchTimeMs);
    }
    this.logEndOffset = fetch.fetchOffset;
    this.logStartOffset = fetch.logStartOffset;
    this.brokerEpoch = fetch.brokerEpoch;
    this.#lastFetchTimeMs = fetch.nowMs;
    this.#lastFetchLeaderLogEndOffset = fetch.leaderLogEndOffset;
  }

  /**
   * A leader epoch begins. Members of the ISR start with a full lag allowance, others with none. A new leader knows
   * nothing of their logs; one that stays leader keeps what it knew.
   */
  onLeaderEpoch(start: {
    readonly nowMs: number;
    readonly leaderLogEndOffset: number;
    readonly isNewLeader: boolean;
    readonly inIsr: boolean;
  }): void {
    this.lastCaughtUpTimeMs = start.inIsr ? start.nowMs : Number.NEGATIVE_INFINITY;
    if (start.isNewLeader) {
      this.logEndOffset = UNKNOWN_OFFSET;
      this.logStartOffset = UNKNOWN_OFFSET;
      this.brokerEpoch = -1;
      this.#lastFetchTimeMs = Number.NEGATIVE_INFINITY;
      this.#lastFetchLeaderLogEndOffset = UNKNOWN_OFFSET;
    } else {
      this.#lastFetchTimeMs = start.inIsr ? start.nowMs : Number.NEGATIVE_INFINITY;
      this.#lastFetchLeaderLogEndOffset = start.leaderLogEndOffset;
    }
  }
}
