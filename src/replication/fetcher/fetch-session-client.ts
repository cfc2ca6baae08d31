/**
 * The follower's end of an incremental fetch session (KIP-227): after a first full fetch, only partitions whose
 * request changed are sent again, and the leader remembers the rest.
 *
 * Invariant: what `#sent` holds is what the leader holds, if the leader still has the session. As soon as that is in
 * doubt (an error, a lost connection) the next fetch is a full one.
 */
import { PartitionMap, type TopicPartition } from '../../common/index.ts';
import type { ErrorName } from '../../protocol/index.ts';

/** One partition as a fetch asks for it. */
export interface SessionPartition extends TopicPartition {
  readonly topicId: string;
  readonly fetchOffset: number;
  readonly logStartOffset: number;
  readonly currentLeaderEpoch: number;
  readonly lastFetchedEpoch: number;
  readonly maxBytes: number;
}

export interface SessionRequest {
  readonly sessionId: number;
  readonly sessionEpoch: number;
  /** Everything in a full fetch, else what is new or changed. */
  readonly toSend: readonly SessionPartition[];
  readonly toForget: readonly SessionPartition[];
}

const NO_SESSION = 0;
/** "A new session, please"; a session named beside it is closed. */
const INITIAL_EPOCH = 0;

export class FetchSessionClient {
  #sessionId = NO_SESSION;
  #nextEpoch = INITIAL_EPOCH;
  #sent = new PartitionMap<SessionPartition>();
  #usesTopicIds = true;

  /** What to send so that the leader reads exactly `wanted`. */
  build(wanted: readonly SessionPartition[], usesTopicIds: boolean): SessionRequest {
    // A session knows its topics either by name or by id.
    if (usesTopicIds !== this.#usesTopicIds) this.#nextEpoch = INITIAL_EPOCH;
    this.#usesTopicIds = usesTopicIds;
    const isFull = this.#nextEpoch === INITIAL_EPOCH;
    const before = isFull ? new PartitionMap<SessionPartition>() : this.#sent;
    const after = new PartitionMap<SessionPartition>();
    const toSend: SessionPartition[] = [];
    const toForget: SessionPartition[] = [];
    let kept = 0;
    for (const partition of wanted) {
      after.set(partition.topic, partition.partition, partition);
      const sent = before.get(partition.topic, partition.partition);
      if (sent !== undefined) kept += 1;
      if (sent === undefined || !isSame(sent, partition)) toSend.push(partition);
      // A topic that was made anew: the session must not go on under the old id.
      if (sent !== undefined && sent.topicId !== partition.topicId) toForget.push(sent);
    }
    if (kept < before.size) {
      for (const sent of before.values()) if (!after.has(sent.topic, sent.partition)) toForget.push(sent);
    }
    this.#sent = after;
    return { sessionId: this.#sessionId, sessionEpoch: this.#nextEpoch, toSend, toForget };
  }

  /** Takes in the leader's answer. False: it has no partitions to look at. */
  onResponse(error: ErrorName, sessionId: number): boolean {
    if (error !== 'NONE') {
      if (error === 'FETCH_SESSION_ID_NOT_FOUND') this.#sessionId = NO_SESSION;
      this.#nextEpoch = INITIAL_EPOCH;
      return false;
    }
    if (sessionId === NO_SESSION) {
      // The leader keeps no session for us: its cache is full.
      this.#sessionId = NO_SESSION;
      this.#nextEpoch = INITIAL_EPOCH;
      return true;
    }
    this.#nextEpoch =
      this.#sessionId === sessionId && this.#nextEpoch !== INITIAL_EPOCH ? next(this.#nextEpoch) : 1;
    this.#sessionId = sessionId;
    return true;
  }

  /** The connection was lost: whether the leader saw the last request, nobody knows. */
  reset(): void {
    this.#nextEpoch = INITIAL_EPOCH;
  }
}

/** Epochs wrap around to 1: 0 and -1 have meanings of their own. */
function next(epoch: number): number {
  return epoch === 0x7fffffff ? 1 : epoch + 1;
}

function isSame(a: SessionPartition, b: SessionPartition): boolean {
  return (
    a.fetchOffset === b.fetchOffset &&
    a.logStartOffset === b.logStartOffset &&
    a.currentLeaderEpoch === b.currentLeaderEpoch &&
    a.lastFetchedEpoch === b.lastFetchedEpoch &&
    a.maxBytes === b.maxBytes &&
    a.topicId === b.topicId
  );
}
