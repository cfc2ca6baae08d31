/**
 * Which partitions of a follower's fetch session are to be read: those the follower asked for anew, those of which the
 * leader has news, and those that were not settled by the answer before. All others are as the follower was told last,
 * so that a fetch costs what happens in the session, not how many partitions it has.
 *
 * Invariant: a partition that leaves the list has been read since its last news, and the answer says what there was to
 * say. What nobody tells of, such as a log start that retention moved, is found in turn: each fetch looks at a few more.
 */
import type {
  FetchPartitionRequest,
  FetchPartitionResult,
  PartitionWatcher,
  SessionReads,
} from '../replication/index.ts';
import type { SessionPartition } from './session-partition.ts';

/** Where followers' sessions hear of partitions: the ReplicaManager is one. */
export interface PartitionNews {
  watchPartition(
    partition: { readonly topic: string; readonly partition: number },
    watcher: PartitionWatcher,
  ): () => void;
  onSessionNews(name: string): void;
}

type Resolve = (topicId: string) => string | undefined;

/** How many partitions without news a fetch looks at. */
const IN_TURN = 8;

export class FollowerReads implements SessionReads {
  readonly name: string;
  lastFetchMs = Number.NEGATIVE_INFINITY;
  readonly #news: PartitionNews;
  readonly #all: ReadonlyMap<string, SessionPartition>;
  readonly #due = new Set<SessionPartition>();
  readonly #taken = new Set<SessionPartition>();
  readonly #watches = new Map<SessionPartition, { readonly topic: string; readonly stop: () => void }>();
  #resolve: Resolve | undefined;
  #turn: Iterator<SessionPartition>;
  #order: readonly SessionPartition[] = [];

  /** `all` is the session's own table. `resolve` is given where topics are known by their ids. */
  constructor(sessionId: number, news: PartitionNews, all: ReadonlyMap<string, SessionPartition>) {
    this.name = `fetch-session-${sessionId}`;
    this.#news = news;
    this.#all = all;
    this.#turn = all.values();
  }

  /** Those taken last, in the order of `take`; behind them those of topics that this broker does not know. */
  get order(): readonly SessionPartition[] {
    return this.#order;
  }

  useNames(resolve: Resolve | undefined): void {
    this.#resolve = resolve;
  }

  /** The follower asks for it, at the end of the line. */
  ask(partition: SessionPartition): void {
    this.#due.delete(partition);
    this.#due.add(partition);
  }

  forget(partition: SessionPartition): void {
    this.#due.delete(partition);
    this.#taken.delete(partition);
    this.#watches.get(partition)?.stop();
    this.#watches.delete(partition);
  }

  close(): void {
    for (const { stop } of this.#watches.values()) stop();
    this.#watches.clear();
  }

  take(): readonly FetchPartitionRequest[] {
    const isAgain = this.#taken.size > 0;
    for (const partition of this.#due) this.#taken.add(partition);
    this.#due.clear();
    if (!isAgain) this.#takeInTurn();
    const known: SessionPartition[] = [];
    const unknown: SessionPartition[] = [];
    const requests: FetchPartitionRequest[] = [];
    for (const partition of this.#taken) {
      if (this.#resolve !== undefined) partition.topic = this.#resolve(partition.topicId);
      this.#watch(partition);
      if (partition.topic === undefined) unknown.push(partition);
      else {
        known.push(partition);
        requests.push(toRead(partition, partition.topic));
      }
    }
    this.#order = [...known, ...unknown];
    return requests;
  }

  *pending(): Iterable<FetchPartitionRequest> {
    for (const partition of this.#taken)
      if (partition.topic !== undefined) yield toRead(partition, partition.topic);
    for (const partition of this.#due)
      if (partition.topic !== undefined && !this.#taken.has(partition))
        yield toRead(partition, partition.topic);
  }

  /** The answer was made of these results, in the order of `order`. Who was served goes behind who was not. */
  settle(results: readonly FetchPartitionResult[]): void {
    const served: SessionPartition[] = [];
    for (const [index, partition] of this.#order.entries()) {
      const result = results[index];
      if (!this.#taken.delete(partition) || result === undefined || isSettled(result)) continue;
      if (result.sizeInBytes > 0) served.push(partition);
      else this.#due.add(partition);
    }
    for (const partition of served) this.#due.add(partition);
  }

  #takeInTurn(): void {
    for (let count = 0; count < Math.min(IN_TURN, this.#all.size); count++) {
      let next = this.#turn.next();
      if (next.done === true) {
        this.#turn = this.#all.values();
        next = this.#turn.next();
      }
      if (next.done !== true) this.#taken.add(next.value);
    }
  }

  #watch(partition: SessionPartition): void {
    const watch = this.#watches.get(partition);
    if (watch?.topic === partition.topic) return;
    watch?.stop();
    this.#watches.delete(partition);
    const { topic, partition: number } = partition;
    if (topic === undefined) return;
    const onNews = (isUrgent: boolean): void => {
      this.#due.add(partition);
      if (isUrgent) this.#news.onSessionNews(this.name);
    };
    const stop = this.#news.watchPartition({ topic, partition: number }, { onNews });
    this.#watches.set(partition, { topic, stop });
  }
}

/** Nothing of it needs to be said again unless something happens. */
function isSettled({ error, sizeInBytes, divergingEpoch, isUnsettled }: FetchPartitionResult): boolean {
  return error === 'NONE' && sizeInBytes === 0 && divergingEpoch === undefined && isUnsettled !== true;
}

/** Of its own, since the session's changes with the next request. */
function toRead(partition: SessionPartition, topic: string): FetchPartitionRequest {
  return {
    topic,
    partition: partition.partition,
    topicId: partition.topicId,
    fetchOffset: partition.fetchOffset,
    logStartOffset: partition.logStartOffset,
    partitionMaxBytes: partition.partitionMaxBytes,
    currentLeaderEpoch: partition.currentLeaderEpoch,
    lastFetchedEpoch: partition.lastFetchedEpoch,
  };
}
