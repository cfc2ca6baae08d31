/**
 * Incremental fetch sessions (KIP-227): a fetcher names its partitions once, then only what changed, and is told
 * only of partitions that have news. A follower of a thousand partitions would otherwise send and receive all of
 * them twice a second.
 *
 * Invariants: a session's epoch names the one request that may come next; any other is refused and the fetcher
 * starts anew. A partition that just returned records moves to the back of its session, so that a small `maxBytes`
 * cannot starve the others. The cache is bounded (`max.incremental.fetch.session.cache.slots`); when it is full a
 * fetcher simply gets no session.
 */
import { ZERO_UUID } from '../common/index.ts';
import type { ErrorName } from '../protocol/index.ts';
import type { FetchRequest } from '../protocol/messages/01-fetch.ts';
import type { FetchPartitionResult } from '../replication/index.ts';
import type { Clock, Random } from '../runtime/index.ts';
import { FollowerReads, type PartitionNews } from './follower-reads.ts';
import type { SessionPartition } from './session-partition.ts';

const INITIAL_EPOCH = 0;
const FINAL_EPOCH = -1;
const MAX_EPOCH = 0x7fffffff;
/** A session used within this span is not thrown out for a newcomer. */
const MIN_EVICTION_MS = 120_000;
export const NO_SESSION = 0;

type RequestPartition = FetchRequest['topics'][number]['partitions'][number];

/** The session id to answer, and which of the results (in `partitions` order) are news. */
interface FetchConclusion {
  readonly error: ErrorName;
  readonly sessionId: number;
  readonly include: (index: number) => boolean;
}

/** What a request turned into: the partitions to read and how to answer. */
export interface FetchContext {
  readonly error: ErrorName;
  /** With `reads`, what was read last: to be looked at when it was. */
  readonly partitions: readonly SessionPartition[];
  /** Of a follower's session: what of it is to be read. */
  readonly reads?: FollowerReads | undefined;
  conclude(results: readonly FetchPartitionResult[]): FetchConclusion;
}

class FetchSession {
  readonly id: number;
  /** Followers are privileged: they push out consumers' sessions, not the other way round. */
  readonly privileged: boolean;
  readonly usesTopicIds: boolean;
  readonly createdMs: number;
  readonly partitions = new Map<string, SessionPartition>();
  /** Followers' sessions are read where they have news. */
  readonly reads: FollowerReads | undefined;
  lastUsedMs: number;
  epoch = INITIAL_EPOCH + 1;

  constructor(options: {
    readonly id: number;
    readonly privileged: boolean;
    readonly usesTopicIds: boolean;
    readonly nowMs: number;
    readonly news: PartitionNews;
  }) {
    this.id = options.id;
    this.privileged = options.privileged;
    this.usesTopicIds = options.usesTopicIds;
    this.createdMs = options.nowMs;
    this.lastUsedMs = options.nowMs;
    if (options.privileged) this.reads = new FollowerReads(options.id, options.news, this.partitions);
  }

  put(partition: SessionPartition): void {
    this.partitions.set(keyOf(partition, this.usesTopicIds), partition);
    this.reads?.ask(partition);
  }
}

export class FetchSessionCache {
  readonly #sessions = new Map<number, FetchSession>();
  readonly #maxSessions: number;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #news: PartitionNews;

  constructor(options: {
    readonly maxSessions: number;
    readonly clock: Clock;
    readonly random: Random;
    readonly news: PartitionNews;
  }) {
    this.#maxSessions = options.maxSessions;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#news = options.news;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Interprets one Fetch request. `resolve` turns a topic id into a name this broker knows. */
  contextFor(
    request: FetchRequest,
    options: {
      readonly usesTopicIds: boolean;
      readonly isFollower: boolean;
      readonly resolve: (topicId: string) => string | undefined;
    },
  ): FetchContext {
    const { sessionId, sessionEpoch } = request;
    if (sessionEpoch === INITIAL_EPOCH || sessionEpoch === FINAL_EPOCH) {
      this.#remove(sessionId);
      const partitions = requestedPartitions(request, options);
      return sessionEpoch === FINAL_EPOCH ? sessionless(partitions) : this.#full(partitions, options);
    }
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return refused('FETCH_SESSION_ID_NOT_FOUND');
    if (session.epoch !== sessionEpoch) return refused('INVALID_FETCH_SESSION_EPOCH');
    if (session.usesTopicIds !== options.usesTopicIds) return refused('FETCH_SESSION_TOPIC_ID_ERROR');
    update(session, request, options);
    if (session.partitions.size === 0) {
      this.#remove(session.id);
      return sessionless([]);
    }
    session.reads?.useNames(options.usesTopicIds ? options.resolve : undefined);
    // Used just now: back to the end of the eviction order.
    this.#sessions.delete(session.id);
    this.#sessions.set(session.id, session);
    session.lastUsedMs = this.#clock.monotonicMs();
    session.epoch = nextEpoch(session.epoch);
    return new IncrementalFetch(session);
  }

  #full(
    partitions: readonly SessionPartition[],
    options: { readonly usesTopicIds: boolean; readonly isFollower: boolean },
  ): FetchContext {
    return {
      error: 'NONE',
      partitions,
      conclude: (results) => {
        const session = this.#create(partitions, options);
        for (const [index, partition] of partitions.entries()) isNews(partition, results[index]);
        return { error: 'NONE', sessionId: session?.id ?? NO_SESSION, include: () => true };
      },
    };
  }

  #create(
    partitions: readonly SessionPartition[],
    options: { readonly usesTopicIds: boolean; readonly isFollower: boolean },
  ): FetchSession | undefined {
    const nowMs = this.#clock.monotonicMs();
    if (partitions.length === 0) return undefined;
    if (
      this.#sessions.size >= this.#maxSessions &&
      !this.#evict(nowMs, partitions.length, options.isFollower)
    )
      return undefined;
    const session = new FetchSession({
      id: this.#newId(),
      privileged: options.isFollower,
      usesTopicIds: options.usesTopicIds,
      nowMs,
      news: this.#news,
    });
    for (const partition of partitions) session.put(partition);
    this.#sessions.set(session.id, session);
    return session;
  }

  #remove(id: number): boolean {
    this.#sessions.get(id)?.reads?.close();
    return this.#sessions.delete(id);
  }

  /** Makes room: first a session that lies idle, else an old one of lower standing or smaller than the newcomer. */
  #evict(nowMs: number, size: number, privileged: boolean): boolean {
    const [oldest] = this.#sessions.values();
    if (oldest === undefined) return false;
    if (nowMs - oldest.lastUsedMs > MIN_EVICTION_MS) return this.#remove(oldest.id);
    for (const session of this.#sessions.values()) {
      if (nowMs - session.createdMs <= MIN_EVICTION_MS) continue;
      const lower = privileged && !session.privileged;
      const smaller = session.privileged === privileged && session.partitions.size < size;
      if (lower || smaller) return this.#remove(session.id);
    }
    return false;
  }

  #newId(): number {
    for (;;) {
      const id = 1 + this.#random.below(MAX_EPOCH - 1);
      if (!this.#sessions.has(id)) return id;
    }
  }
}

function nextEpoch(epoch: number): number {
  return epoch === MAX_EPOCH ? 1 : epoch + 1;
}

function keyOf(
  partition: { topic: string | undefined; topicId: string; partition: number },
  byId: boolean,
): string {
  return `${byId ? partition.topicId : (partition.topic ?? '')}:${partition.partition}`;
}

function refused(error: ErrorName): FetchContext {
  return { error, partitions: [], conclude: () => ({ error, sessionId: NO_SESSION, include: () => false }) };
}

function sessionless(partitions: readonly SessionPartition[]): FetchContext {
  return {
    error: 'NONE',
    partitions,
    conclude: () => ({ error: 'NONE', sessionId: NO_SESSION, include: () => true }),
  };
}

class IncrementalFetch implements FetchContext {
  readonly error = 'NONE';
  readonly reads: FollowerReads | undefined;
  readonly #session: FetchSession;
  readonly #expectedEpoch: number;
  readonly #all: readonly SessionPartition[];

  constructor(session: FetchSession) {
    this.reads = session.reads;
    this.#session = session;
    this.#expectedEpoch = session.epoch;
    this.#all = session.reads === undefined ? [...session.partitions.values()] : [];
  }

  get partitions(): readonly SessionPartition[] {
    return this.reads?.order ?? this.#all;
  }

  conclude(results: readonly FetchPartitionResult[]): FetchConclusion {
    const session = this.#session;
    // Another request of the same session may have overtaken this one while it waited for data.
    if (session.epoch !== this.#expectedEpoch)
      return { error: 'INVALID_FETCH_SESSION_EPOCH', sessionId: NO_SESSION, include: () => false };
    const news = this.partitions.map((partition, index) => isNews(partition, results[index]));
    this.reads?.settle(results);
    for (const [index, partition] of this.#all.entries()) {
      if ((results[index]?.sizeInBytes ?? 0) > 0) moveToBack(session, partition);
    }
    return { error: 'NONE', sessionId: session.id, include: (index) => news[index] ?? false };
  }
}

function moveToBack(session: FetchSession, partition: SessionPartition): void {
  const key = keyOf(partition, session.usesTopicIds);
  if (session.partitions.delete(key)) session.partitions.set(key, partition);
}

/** Whether a result must be told, remembering what is told. An error is told again and again until it is gone. */
function isNews(partition: SessionPartition, result: FetchPartitionResult | undefined): boolean {
  if (result === undefined) return false;
  const news =
    result.sizeInBytes > 0 ||
    result.highWatermark !== partition.answeredHighWatermark ||
    result.logStartOffset !== partition.answeredLogStartOffset ||
    result.error !== 'NONE' ||
    result.divergingEpoch !== undefined ||
    result.preferredReadReplica !== -1;
  const failed = result.error !== 'NONE';
  partition.answeredHighWatermark = failed ? -1 : result.highWatermark;
  partition.answeredLogStartOffset = result.logStartOffset;
  return news;
}

function requestedPartitions(
  request: FetchRequest,
  options: { readonly usesTopicIds: boolean; readonly resolve: (topicId: string) => string | undefined },
): SessionPartition[] {
  return request.topics.flatMap(({ topic, topicId, partitions }) => {
    const name = options.usesTopicIds ? options.resolve(topicId) : topic;
    return partitions.map((asked) =>
      sessionPartition(name, options.usesTopicIds ? topicId : ZERO_UUID, asked),
    );
  });
}

function sessionPartition(
  topic: string | undefined,
  topicId: string,
  asked: RequestPartition,
): SessionPartition {
  return {
    topic,
    topicId,
    partition: asked.partition,
    fetchOffset: asked.fetchOffset,
    logStartOffset: asked.logStartOffset,
    partitionMaxBytes: asked.partitionMaxBytes,
    currentLeaderEpoch: asked.currentLeaderEpoch,
    lastFetchedEpoch: asked.lastFetchedEpoch,
    answeredHighWatermark: -1,
    answeredLogStartOffset: -1,
  };
}

function readOn(known: SessionPartition, topic: string | undefined, asked: RequestPartition): void {
  known.topic = topic;
  known.fetchOffset = asked.fetchOffset;
  known.logStartOffset = asked.logStartOffset;
  known.partitionMaxBytes = asked.partitionMaxBytes;
  known.currentLeaderEpoch = asked.currentLeaderEpoch;
  known.lastFetchedEpoch = asked.lastFetchedEpoch;
}

/** Applies what an incremental request adds, changes and forgets. */
function update(
  session: FetchSession,
  request: FetchRequest,
  options: { readonly usesTopicIds: boolean; readonly resolve: (topicId: string) => string | undefined },
): void {
  const { usesTopicIds } = options;
  for (const { topic, topicId, partitions } of request.topics) {
    const name = usesTopicIds ? options.resolve(topicId) : topic;
    for (const asked of partitions) {
      const key = keyOf({ topic, topicId, partition: asked.partition }, usesTopicIds);
      const known = session.partitions.get(key);
      if (known === undefined) session.put(sessionPartition(name, usesTopicIds ? topicId : ZERO_UUID, asked));
      else {
        readOn(known, name, asked);
        session.reads?.ask(known);
      }
    }
  }
  for (const { topic, topicId, partitions } of request.forgottenTopicsData)
    for (const partition of partitions) {
      const key = keyOf({ topic, topicId, partition }, usesTopicIds);
      const forgotten = session.partitions.get(key);
      if (forgotten !== undefined) session.reads?.forget(forgotten);
      session.partitions.delete(key);
    }
  // A topic id that was unknown when the session began may be known by now, and the other way round.
  if (usesTopicIds && session.reads === undefined)
    for (const partition of session.partitions.values()) partition.topic = options.resolve(partition.topicId);
}
