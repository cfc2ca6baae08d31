/**
 * Every request about records (Produce, Fetch, ListOffsets, OffsetForLeaderEpoch, DeleteRecords) over the broker's
 * partitions, and the purgatories in which those wait that cannot be answered yet.
 *
 * Invariant: whoever waits is looked at again whenever something moved that it waits for, and is answered at the
 * latest when its time is up or the broker stops.
 */
import { isInternalTopic, PartitionMap, type TopicPartition } from '../common/index.ts';
import type { BrokerConfig } from '../config/index.ts';
import type { MetadataCache } from '../metadata/index.ts';
import type { Meter, Metrics } from '../metrics/index.ts';
import { Purgatory, TimingWheel } from '../purgatory/index.ts';
import type { ErrorName } from '../protocol/index.ts';
import { nextTurn, type Runtime } from '../runtime/index.ts';
import type { FetchIsolation, VerificationGuard, VerifiedProducer } from '../storage/index.ts';
import { appendFailure, appendToLeaders, isValidRequiredAcks, type AppendHost } from './append-to-leaders.ts';
import type { AppendEntry, AppendRequest, CurrentLeader, PartitionAppendResult } from './append-types.ts';
import type { BrokerTopicMetrics } from './broker-topic-metrics.ts';
import { decidePreferredReadReplica, RACK_AWARE_SELECTOR } from './decide-preferred-read-replica.ts';
import {
  DelayedDeleteRecords,
  type DelayedDeleteRecordsHost,
  type DeleteRecordsResult,
  type LocalDeletion,
} from './delayed-delete-records.ts';
import { DelayedFetch, type DelayedFetchHost } from './delayed-fetch.ts';
import { DelayedProduce, type DelayedProduceHost } from './delayed-produce.ts';
import { errorNameOfThrown } from './error-name.ts';
import { isWorthSending, readAll } from './fetch-from-replicas.ts';
import type {
  EpochEndOffsetRequest,
  EpochEndOffsetResult,
  FetchParams,
  FetchPartitionRequest,
  FetchPartitionResult,
  PartitionWatcher,
  SegmentStartsRequest,
  SegmentStartsResult,
  SessionReads,
  TimestampRequest,
  TimestampResult,
} from './fetch-types.ts';
import { judgeAhead, type JudgingHost } from './judge-ahead.ts';
import type { Partition } from './partition.ts';
import { failedTimestamp, queryEpochEnd, querySegmentStarts, queryTimestamp } from './query-offsets.ts';
import {
  failedRead,
  isFollowerFetch,
  NO_BUDGET,
  readPartition,
  redirectedRead,
  type ReadBudget,
} from './read-partition.ts';
import type { Throttle } from './throttle/replication-throttle.ts';

export interface ReplicaRequestsOptions {
  readonly runtime: Pick<Runtime, 'clock' | 'timers' | 'logger' | 'workers'>;
  readonly metrics: Metrics;
  readonly topicMetrics: BrokerTopicMetrics;
  readonly config: () => BrokerConfig;
  readonly brokerId: number;
  readonly partitions: PartitionMap<Partition>;
  /** Of what is sent to followers. */
  readonly throttle: Throttle;
  readonly metadataCache: Pick<MetadataCache, 'partition' | 'brokerEndpoint'>;
}

type FetchResults = readonly FetchPartitionResult[];

/** Everything below `offset` is to go; -1: everything that is committed. */
export interface DeletionRequest extends TopicPartition {
  readonly offset: number;
}

/** Why a verification cannot begin, or the guard; undefined where none is needed. */
export interface StartedVerification {
  readonly error: ErrorName;
  readonly guard: VerificationGuard | undefined;
}

export class ReplicaRequests
  implements AppendHost, DelayedProduceHost, DelayedFetchHost, DelayedDeleteRecordsHost
{
  readonly topicMetrics: BrokerTopicMetrics;
  readonly #options: ReplicaRequestsOptions;
  readonly #judging: JudgingHost;
  readonly #wheel: TimingWheel;
  readonly #produces: Purgatory<DelayedProduce>;
  readonly #fetches: Purgatory<DelayedFetch>;
  readonly #deletions: Purgatory<DelayedDeleteRecords>;
  readonly #watchers = new PartitionMap<Set<PartitionWatcher>>();
  readonly #expiredFollowerFetches: Meter;
  readonly #expiredConsumerFetches: Meter;
  readonly #expiredProduces: Meter;
  readonly #expiredDeletions: Meter;

  constructor(options: ReplicaRequestsOptions) {
    const { runtime, metrics, topicMetrics } = options;
    const { timers, clock } = runtime;
    this.#options = options;
    this.#judging = {
      workers: runtime.workers,
      wallMs: () => clock.wallMs(),
      getPartition: (topic, partition) => this.getPartition(topic, partition),
    };
    this.topicMetrics = topicMetrics;
    const wheel = new TimingWheel({ clock, timers });
    this.#wheel = wheel;
    this.#produces = new Purgatory({ name: 'Produce', timers, wheel, metrics });
    this.#fetches = new Purgatory({ name: 'Fetch', timers, wheel, metrics });
    this.#deletions = new Purgatory({ name: 'DeleteRecords', timers, wheel, metrics });
    const expiredFetches = 'kafka.server:type=DelayedFetchMetrics,name=ExpiresPerSec';
    this.#expiredFollowerFetches = metrics.meter(expiredFetches, { fetcherType: 'follower' });
    this.#expiredConsumerFetches = metrics.meter(expiredFetches, { fetcherType: 'consumer' });
    this.#expiredProduces = metrics.meter('kafka.server:type=DelayedProduceMetrics,name=ExpiresPerSec');
    this.#expiredDeletions = metrics.meter(
      'kafka.server:type=DelayedDeleteRecordsMetrics,name=ExpiresPerSec',
    );
  }

  /** Answers everybody who waits, as if their time were up. */
  shutdown(): void {
    this.#produces.shutdown();
    this.#fetches.shutdown();
    this.#deletions.shutdown();
    this.#wheel.close();
  }

  // ---- something moved

  #tellWatchers(topic: string, partition: number, isUrgent: boolean): void {
    const watchers = this.#watchers.get(topic, partition);
    if (watchers !== undefined) for (const watcher of watchers) watcher.onNews(isUrgent);
  }

  onLogEndMoved({ topic, partition }: TopicPartition): void {
    this.#tellWatchers(topic, partition, true);
    this.#fetches.checkAndCompletePartition(topic, partition);
  }

  onHighWatermarkMoved({ topic, partition }: TopicPartition): void {
    // Followers are told with their next answer: they have the records already.
    this.#tellWatchers(topic, partition, false);
    this.#produces.checkAndCompletePartition(topic, partition);
    this.#fetches.checkAndCompletePartition(topic, partition);
    // A replica that died meanwhile is not waited for any more, and nobody would tell.
    this.#deletions.checkAndCompletePartition(topic, partition);
  }

  onLowWatermarkMoved({ topic, partition }: TopicPartition): void {
    this.#deletions.checkAndCompletePartition(topic, partition);
  }

  onRoleChanged({ topic, partition }: TopicPartition): void {
    this.#tellWatchers(topic, partition, true);
    this.#produces.checkAndCompletePartition(topic, partition);
    this.#fetches.checkAndCompletePartition(topic, partition);
  }

  // ---- records

  /** One outcome per entry, in their order. */
  async appendRecords(request: AppendRequest): Promise<readonly PartitionAppendResult[]> {
    if (!isValidRequiredAcks(request.requiredAcks)) {
      return request.entries.map((entry) => appendFailure(entry, 'INVALID_REQUIRED_ACKS'));
    }
    const judged = judgeAhead(request, this.#judging);
    const { results, requiredOffsets } = await appendToLeaders(
      judged === undefined ? request : await judged,
      this,
    );
    if (request.requiredAcks !== -1 || results.every(({ error }) => error !== 'NONE')) return results;
    return new Promise((resolve) => {
      const produce = new DelayedProduce(request.timeoutMs, results, requiredOffsets, this, resolve);
      this.#produces.tryCompleteElseWatch(produce, results);
    });
  }

  /** Of a producer that may be about to begin a transaction in the partition (KIP-890). */
  startTransactionVerification(
    { topic, partition }: TopicPartition,
    producer: VerifiedProducer,
  ): StartedVerification {
    const found = this.getPartition(topic, partition);
    if (found === undefined) return { error: this.missingPartitionError(topic, partition), guard: undefined };
    try {
      return { error: 'NONE', guard: found.startTransactionVerification(producer) };
    } catch (thrown) {
      return { error: errorNameOfThrown(thrown), guard: undefined };
    }
  }

  /** At once when there is something to tell, else a promise. */
  fetchRecords(
    params: FetchParams,
    requests: readonly FetchPartitionRequest[],
  ): FetchResults | Promise<FetchResults> {
    this.#countFetch(requests);
    const decide = (read: FetchPartitionResult[]): FetchResults | Promise<FetchResults> => {
      if (isWorthSending(params, read)) return this.#count(params, read);
      for (const { release } of read) release?.();
      return this.#delayFetch(params, requests);
    };
    const results = this.#readAll(params, requests);
    return 'then' in results ? results.then(decide) : decide(results);
  }

  /** The same for a follower's session, which is that of `params`: of its partitions those that have news are read. */
  fetchInSession(params: FetchParams, session: SessionReads): FetchResults | Promise<FetchResults> {
    const decide = (read: FetchPartitionResult[]): FetchResults | Promise<FetchResults> => {
      // Nothing read is no answer here: everything is as it was.
      if (params.maxWaitMs <= 0 || (read.length > 0 && isWorthSending(params, read)))
        return this.#count(params, read);
      for (const { release } of read) release?.();
      return this.#delaySession(params, session);
    };
    const results = this.#readSession(params, session);
    return 'then' in results ? results.then(decide) : decide(results);
  }

  /** Until the function returned is called, `watcher` hears of the partition, whether it is here or not. */
  watchPartition({ topic, partition }: TopicPartition, watcher: PartitionWatcher): () => void {
    let watchers = this.#watchers.get(topic, partition);
    if (watchers === undefined)
      this.#watchers.set(topic, partition, (watchers = new Set<PartitionWatcher>()));
    const all = watchers.add(watcher);
    return () => {
      all.delete(watcher);
      if (all.size === 0 && this.#watchers.get(topic, partition) === all)
        this.#watchers.delete(topic, partition);
    };
  }

  /** A session has urgent news: whoever waits in it is looked at. */
  onSessionNews(name: string): void {
    this.#fetches.checkAndComplete(name);
  }

  async fetchOffsetForTimestamp(request: TimestampRequest): Promise<TimestampResult> {
    const partition = this.getPartition(request.topic, request.partition);
    if (partition !== undefined) return queryTimestamp(partition, request);
    return failedTimestamp(this.missingPartitionError(request.topic, request.partition));
  }

  fetchSegmentStarts(request: SegmentStartsRequest): SegmentStartsResult {
    const partition = this.getPartition(request.topic, request.partition);
    if (partition !== undefined) return querySegmentStarts(partition, request);
    return { error: this.missingPartitionError(request.topic, request.partition), offsets: [] };
  }

  lastOffsetForLeaderEpoch(request: EpochEndOffsetRequest): EpochEndOffsetResult {
    const partition = this.getPartition(request.topic, request.partition);
    if (partition !== undefined) return queryEpochEnd(partition, request);
    const error = this.missingPartitionError(request.topic, request.partition);
    return { error, leaderEpoch: -1, endOffset: -1 };
  }

  /** Raises the log start of each partition to an offset (-1: the high watermark) on every live replica. */
  deleteRecords(
    timeoutMs: number,
    entries: readonly DeletionRequest[],
  ): Promise<readonly DeleteRecordsResult[]> {
    const deletions = entries.map((entry) => this.#deleteOnLeader(entry));
    return new Promise((resolve) => {
      const operation = new DelayedDeleteRecords(timeoutMs, deletions, this, resolve);
      this.#deletions.tryCompleteElseWatch(operation, deletions);
    });
  }

  #deleteOnLeader({ topic, partition, offset }: DeletionRequest): LocalDeletion {
    const failure = (error: ErrorName): LocalDeletion => ({
      topic,
      partition,
      error,
      lowWatermark: -1,
      requiredOffset: -1,
    });
    if (isInternalTopic(topic)) return failure('INVALID_TOPIC_EXCEPTION');
    const found = this.getPartition(topic, partition);
    if (found === undefined) return failure(this.missingPartitionError(topic, partition));
    try {
      const requiredOffset = found.deleteRecordsOnLeader(offset);
      this.#tellWatchers(topic, partition, false);
      return { topic, partition, error: 'NONE', lowWatermark: found.lowWatermark, requiredOffset };
    } catch (thrown) {
      return failure(errorNameOfThrown(thrown));
    }
  }

  // ---- for those who wait

  getPartition(topic: string, partition: number): Partition | undefined {
    return this.#options.partitions.get(topic, partition);
  }

  missingPartitionError(topic: string, partition: number): ErrorName {
    const isKnown = this.#options.metadataCache.partition(topic, partition) !== undefined;
    return isKnown ? 'NOT_LEADER_OR_FOLLOWER' : 'UNKNOWN_TOPIC_OR_PARTITION';
  }

  currentLeader(topic: string, partition: number): CurrentLeader | undefined {
    const local = this.getPartition(topic, partition);
    if (local !== undefined) return local.currentLeader;
    const known = this.#options.metadataCache.partition(topic, partition);
    return known === undefined ? undefined : { leaderId: known.leader, leaderEpoch: known.leaderEpoch };
  }

  onAppendFailed({ topic, partition }: AppendEntry, thrown: unknown): void {
    const fields = { partition: `${topic}-${partition}`, error: thrown };
    this.#options.runtime.logger.error('Could not append to a partition', fields);
  }

  readableBytes(request: FetchPartitionRequest, isolation: FetchIsolation): number | undefined {
    const log = this.getPartition(request.topic, request.partition)?.log;
    if (log === undefined) return undefined;
    try {
      const { fetchOffset: startOffset, partitionMaxBytes: maxBytes } = request;
      const data = log.read({ startOffset, maxBytes, isolation, minOneMessage: true });
      if (!('then' in data)) {
        data.release?.();
        return data.sizeInBytes;
      }
      // Only the disk could tell; the real read will.
      data.then(
        ({ release }) => release?.(),
        () => undefined,
      );
      return undefined;
    } catch {
      return undefined;
    }
  }

  onFetchExpired(fromFollower: boolean): void {
    (fromFollower ? this.#expiredFollowerFetches : this.#expiredConsumerFetches).mark();
  }

  onProduceExpired(): void {
    this.#expiredProduces.mark();
  }

  onDeleteRecordsExpired(): void {
    this.#expiredDeletions.mark();
  }

  // ---- reading

  async #delayFetch(params: FetchParams, requests: readonly FetchPartitionRequest[]): Promise<FetchResults> {
    const read = await new Promise<FetchResults>((resolve) => {
      const answer = (): void => resolve(this.#readAll(params, requests));
      const fetch = new DelayedFetch(params, () => requests, this, answer);
      this.#fetches.tryCompleteElseWatch(fetch, requests);
    });
    return this.#count(params, read);
  }

  async #delaySession(params: FetchParams, session: SessionReads): Promise<FetchResults> {
    const read = await new Promise<FetchResults>((resolve) => {
      const answer = (): void => resolve(this.#readSession(params, session));
      const fetch = new DelayedFetch(params, () => session.pending(), this, answer);
      this.#fetches.tryCompleteElseWatch(fetch, [session.name]);
    });
    return this.#count(params, read);
  }

  /** What goes to a follower now counts for its throttled replicas, in sync or not. */
  #count(params: FetchParams, results: FetchResults): FetchResults {
    if (isFollowerFetch(params)) this.#options.throttle.recordAnswer(results);
    return results;
  }

  isHeldBack(partition: Partition, { replicaId }: FetchParams): boolean {
    if (replicaId < 0 || partition.isr.includes(replicaId)) return false;
    const { throttle } = this.#options;
    return throttle.isThrottled(partition) && throttle.isExceeded;
  }

  #readSession(
    params: FetchParams,
    session: SessionReads,
  ): FetchPartitionResult[] | Promise<FetchPartitionResult[]> {
    session.lastFetchMs = this.#options.runtime.clock.monotonicMs();
    const requests = session.take();
    this.#countFetch(requests);
    return this.#readAll(params, requests);
  }

  #readAll(
    params: FetchParams,
    requests: readonly FetchPartitionRequest[],
  ): FetchPartitionResult[] | Promise<FetchPartitionResult[]> {
    const { timers } = this.#options.runtime;
    return readAll(
      requests,
      params,
      (request, budget) => this.#readOne(request, params, budget),
      () => nextTurn(timers),
    );
  }

  #readOne(
    request: FetchPartitionRequest,
    params: FetchParams,
    budget: ReadBudget,
  ): FetchPartitionResult | Promise<FetchPartitionResult> {
    const { topic, partition: number } = request;
    const partition = this.getPartition(topic, number);
    if (partition === undefined) {
      const failed = failedRead(request, this.missingPartitionError(topic, number));
      const currentLeader =
        failed.error === 'NOT_LEADER_OR_FOLLOWER' ? this.currentLeader(topic, number) : undefined;
      return currentLeader === undefined ? failed : { ...failed, currentLeader };
    }
    const preferred = this.#preferredReadReplica(partition, request, params);
    if (preferred !== undefined) return redirectedRead(partition, request, params, preferred);
    const isHeldBack = this.isHeldBack(partition, params);
    return readPartition(partition, request, params, isHeldBack ? NO_BUDGET : budget);
  }

  /** Only a leader sends consumers elsewhere, and only where a selector is configured (KIP-392). */
  #preferredReadReplica(
    partition: Partition,
    { fetchOffset }: FetchPartitionRequest,
    params: FetchParams,
  ): number | undefined {
    const { clientMetadata } = params;
    if (clientMetadata === undefined || isFollowerFetch(params) || !partition.isLeader) return undefined;
    const { config, metadataCache, brokerId } = this.#options;
    if (config().get('replica.selector.class') !== RACK_AWARE_SELECTOR) return undefined;
    const { listenerName, rackId } = clientMetadata;
    const leader = { brokerId, rack: metadataCache.brokerEndpoint(brokerId, listenerName)?.rack ?? null };
    const candidates = [...partition.followers.values()].flatMap((follower) => {
      const endpoint = metadataCache.brokerEndpoint(follower.brokerId, listenerName);
      const hasOffset = follower.logEndOffset >= fetchOffset && follower.logStartOffset <= fetchOffset;
      if (endpoint === undefined || !hasOffset || !partition.isr.includes(follower.brokerId)) return [];
      const { logEndOffset, lastCaughtUpTimeMs } = follower;
      return [{ brokerId: follower.brokerId, rack: endpoint.rack, logEndOffset, lastCaughtUpTimeMs }];
    });
    return decidePreferredReadReplica(rackId, leader, candidates);
  }

  /** Once per topic and request: the partitions of a topic stand together. */
  #countFetch(requests: readonly FetchPartitionRequest[]): void {
    let topic: string | undefined;
    let count = 0;
    for (const request of requests) {
      if (request.topic !== topic) {
        if (topic !== undefined) this.topicMetrics.mark('totalFetchRequests', topic, count);
        topic = request.topic;
        count = 0;
      }
      count += 1;
    }
    if (topic !== undefined) this.topicMetrics.mark('totalFetchRequests', topic, count);
  }
}
