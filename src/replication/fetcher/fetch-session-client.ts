/**
 * The follower's end of an incremental fetch session (KIP-227): after a first full fetch, only partitions whose
 * request changed are sent again, and the leader remembers the rest. A follower may have thousands of partitions of one
 * leader and fetch a thousand times a second, so a fetch costs what changed since the one before, not what there is.
 *
 * Invariant: `held` is what the leader holds of a partition, if the leader still has the session. As soon as that is in
 * doubt (an error, a lost connection) the next fetch is a full one.
 */
import { PartitionMap, ZERO_UUID, type TopicPartition } from '../../common/index.ts';
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
  /** Topics go by their id; by name as long as one of them has none. */
  readonly usesTopicIds: boolean;
  /** Everything in a full fetch, else what is new or changed. */
  readonly toSend: readonly SessionPartition[];
  readonly toForget: readonly SessionPartition[];
}

interface Entry extends TopicPartition {
  /** Undefined: it is not to be read any more. */
  wanted: SessionPartition | undefined;
  held: SessionPartition | undefined;
}

const NO_SESSION = 0;
/** "A new session, please"; a session named beside it is closed. */
const INITIAL_EPOCH = 0;

export class FetchSessionClient {
  #sessionId = NO_SESSION;
  #nextEpoch = INITIAL_EPOCH;
  readonly #entries = new PartitionMap<Entry>();
  /** Of which the leader does not know, or not the latest. */
  readonly #changed = new Set<Entry>();
  /** What the leader calls topics, by their id. */
  readonly #topicNames = new Map<string, string>();
  #usesTopicIds = true;
  #wantedCount = 0;
  #wantedWithoutId = 0;

  /** How many partitions are read. */
  get size(): number {
    return this.#wantedCount;
  }

  topicName(topicId: string): string | undefined {
    return this.#topicNames.get(topicId);
  }

  /** From the next fetch on the partition is read like this. */
  want(partition: SessionPartition): void {
    let entry = this.#entries.get(partition.topic, partition.partition);
    if (entry === undefined) {
      const { topic, partition: number } = partition;
      entry = { topic, partition: number, wanted: undefined, held: undefined };
      this.#entries.set(topic, number, entry);
    }
    this.#setWanted(entry, partition);
    this.#topicNames.set(partition.topicId, partition.topic);
  }

  /** From the next fetch on the partition is not read. */
  unwant(topic: string, partition: number): void {
    const entry = this.#entries.get(topic, partition);
    if (entry !== undefined) this.#setWanted(entry, undefined);
  }

  #setWanted(entry: Entry, wanted: SessionPartition | undefined): void {
    this.#count(entry.wanted, -1);
    this.#count(wanted, 1);
    entry.wanted = wanted;
    this.#changed.add(entry);
  }

  #count(partition: SessionPartition | undefined, by: number): void {
    if (partition === undefined) return;
    this.#wantedCount += by;
    if (partition.topicId === ZERO_UUID) this.#wantedWithoutId += by;
  }

  /** What to send so that the leader reads exactly what is wanted. */
  build(): SessionRequest {
    const usesTopicIds = this.#wantedWithoutId === 0;
    // A session knows its topics either by name or by id.
    if (usesTopicIds !== this.#usesTopicIds) this.#nextEpoch = INITIAL_EPOCH;
    this.#usesTopicIds = usesTopicIds;
    const toSend: SessionPartition[] = [];
    const toForget: SessionPartition[] = [];
    if (this.#nextEpoch === INITIAL_EPOCH) this.#sendAll(toSend);
    else for (const entry of this.#changed) this.#sendChanges(entry, toSend, toForget);
    this.#changed.clear();
    return { sessionId: this.#sessionId, sessionEpoch: this.#nextEpoch, usesTopicIds, toSend, toForget };
  }

  #sendAll(toSend: SessionPartition[]): void {
    this.#topicNames.clear();
    for (const entry of [...this.#entries.values()]) {
      const { wanted } = entry;
      entry.held = wanted;
      if (wanted === undefined) {
        this.#entries.delete(entry.topic, entry.partition);
        continue;
      }
      toSend.push(wanted);
      this.#topicNames.set(wanted.topicId, wanted.topic);
    }
  }

  #sendChanges(entry: Entry, toSend: SessionPartition[], toForget: SessionPartition[]): void {
    const { wanted, held } = entry;
    // A topic that was made anew: the session must not go on under the old id.
    if (held !== undefined && held.topicId !== wanted?.topicId) toForget.push(held);
    if (wanted === undefined) this.#entries.delete(entry.topic, entry.partition);
    else if (held === undefined || !isSame(held, wanted)) toSend.push(wanted);
    entry.held = wanted;
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
