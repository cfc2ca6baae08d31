/**
 * What a leader remembers of one follower. There is no acknowledgement in Kafka's replication: a follower that asks
 * for offset 100 thereby says that it has everything below. Only fetches change this state, and a new leader epoch.
 *
 * Invariant: `lastCaughtUpTimeMs` is the latest moment at which the follower provably had all the leader had then.
 */
const UNKNOWN_OFFSET = -1;

/** When a fetch session was used last. A follower's fetch is one of all partitions of its session, read or not. */
export interface SessionActivity {
  readonly lastFetchMs: number;
}

export interface FollowerFetch {
  readonly fetchOffset: number;
  readonly logStartOffset: number;
  readonly leaderLogEndOffset: number;
  readonly brokerEpoch: number;
  /** From now on only fetches with news are told one by one; the others are seen from here. */
  readonly session?: SessionActivity | undefined;
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
  #session: SessionActivity | undefined;
  #leaderHasMoved = false;

  constructor(brokerId: number) {
    this.brokerId = brokerId;
  }

  /** Takes in a fetch that was read without an error. */
  onFetch(fetch: FollowerFetch, nowMs: number): void {
    if (fetch.fetchOffset >= fetch.leaderLogEndOffset) {
      this.lastCaughtUpTimeMs = Math.max(this.lastCaughtUpTimeMs, nowMs);
    } else if (fetch.fetchOffset >= this.#lastFetchLeaderLogEndOffset) {
      this.lastCaughtUpTimeMs = Math.max(this.lastCaughtUpTimeMs, this.#lastFetchTimeMs);
    }
    this.logEndOffset = fetch.fetchOffset;
    this.logStartOffset = fetch.logStartOffset;
    this.brokerEpoch = fetch.brokerEpoch;
    this.#lastFetchTimeMs = nowMs;
    this.#lastFetchLeaderLogEndOffset = fetch.leaderLogEndOffset;
    this.#session = fetch.session;
    this.#leaderHasMoved = false;
  }

  /** The leader's log was at the same end until now: what the session fetched meanwhile counts as fetches of it. */
  onLeaderLogEndMoved(): void {
    if (this.#leaderHasMoved) return;
    this.#leaderHasMoved = true;
    const fetchedAtMs = this.#session?.lastFetchMs ?? Number.NEGATIVE_INFINITY;
    if (fetchedAtMs <= this.#lastFetchTimeMs || this.logEndOffset < this.#lastFetchLeaderLogEndOffset) return;
    this.#lastFetchTimeMs = fetchedAtMs;
    this.lastCaughtUpTimeMs = Math.max(this.lastCaughtUpTimeMs, fetchedAtMs);
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
    this.#session = undefined;
    this.#leaderHasMoved = false;
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
