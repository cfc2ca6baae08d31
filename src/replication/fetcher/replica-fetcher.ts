/**
 * Copies the logs of the partitions one other broker leads (Kafka's ReplicaFetcherThread): one loop of fetch, append,
 * fetch, over all of them in one request. The next fetch is at the same time the acknowledgement of what was appended.
 *
 * Invariants: a follower's log holds the leader's batches byte for byte, up to its end; it is cut only to where it
 * provably agrees with the leader's (decide-truncation.ts). After `remove` resolved, nothing of an answer that was on
 * its way reaches the removed partitions' logs.
 */
import { Deferred, PartitionMap, type TopicPartition } from '../../common/index.ts';
import { errorNameOf, KafkaError } from '../../protocol/index.ts';
import type { FetchResponse } from '../../protocol/messages/01-fetch.ts';
import { wholeBatchesSize } from '../../records/index.ts';
import { inTurns, turnBetween, type Runtime } from '../../runtime/index.ts';
import type { LogAppendInfo } from '../../storage/index.ts';
import { appendFetched } from '../append-fetched.ts';
import type { ReplicaLog } from '../replica-log.ts';
import { decideOnFetchError } from '../decide-fetch-outcome.ts';
import { planOutOfRange, truncationPoint, type OutOfRangePlan } from '../decide-truncation.ts';
import { errorNameOfThrown } from '../error-name.ts';
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from '../fetch-types.ts';
import type { Partition } from '../partition.ts';
import type { Throttle } from '../throttle/replication-throttle.ts';
import { FetchedPartition } from './fetched-partition.ts';
import { FetchSessionClient } from './fetch-session-client.ts';
import type { FetchLimits, LeaderConnection } from './leader-connection.ts';

export interface ReplicaFetcherOptions {
  readonly runtime: Pick<Runtime, 'clock' | 'timers' | 'logger'>;
  readonly leader: Pick<LeaderConnection, 'fetch' | 'listOffset' | 'close'>;
  readonly limits: FetchLimits & { readonly partitionMaxBytes: number; readonly backoffMs: number };
  readonly throttle: Throttle;
  /** Counts what was copied. */
  readonly onReplicated: (partition: Partition, bytes: number) => void;
  /** A log was cut back to this offset. */
  readonly onTruncated: (partition: Partition, offset: number) => void;
  /** The partition is left alone until the next LeaderAndIsr names its leader again. */
  readonly onFailed: (partition: Partition, reason: string) => void;
}

type PartitionData = FetchResponse['responses'][number]['partitions'][number];

interface Append {
  readonly fetched: FetchedPartition;
  readonly data: PartitionData;
}

/** Of the moment: the partition may have gone on to another log dir since it was last looked at. */
function logOf({ log }: FetchedPartition): ReplicaLog {
  if (log === undefined) throw new KafkaError('KAFKA_STORAGE_ERROR');
  return log;
}

/** How often a log that is still writing is looked at again. */
const STARTING_RECHECK_MS = 2;
/** How often all partitions are looked at for what nobody tells of: a log start that retention moved, a new topic id. */
const LOOK_AT_ALL_MS = 1000;

export class ReplicaFetcher {
  readonly #options: ReplicaFetcherOptions;
  readonly #partitions = new PartitionMap<FetchedPartition>();
  readonly #session = new FetchSessionClient();
  /** Those that are not being read: most of the time none. */
  readonly #waiting = new Set<FetchedPartition>();
  /** Of the fetch that is on its way, or was last. */
  #round = 0;
  #looksAtAllAtMs = 0;
  /** The leader was out of reach. */
  #notBeforeMs = 0;
  #work: Promise<void> = Promise.resolve();
  #wake = new Deferred<void>();
  /** Partitions came since this round began: no sleeping before they were looked at. */
  #hasNews = false;
  #isClosed = false;
  #loop: Promise<void> | undefined;

  constructor(options: ReplicaFetcherOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#partitions.size;
  }

  get maxLag(): number {
    let lag = 0;
    for (const fetched of this.#partitions.values()) lag = Math.max(lag, fetched.lag);
    return lag;
  }

  lagOf(topic: string, partition: number): number | undefined {
    return this.#partitions.get(topic, partition)?.lag;
  }

  add(partitions: Iterable<Partition>): void {
    for (const partition of partitions) {
      this.#drop(partition);
      const fetched = new FetchedPartition(partition);
      this.#partitions.set(partition.topic, partition.partition, fetched);
      this.#waiting.add(fetched);
    }
    this.#hasNews = true;
    this.#wake.resolve();
    this.#loop ??= this.#run();
  }

  /** Resolves when their logs are not written to any more. */
  async remove(partitions: Iterable<TopicPartition>): Promise<void> {
    let removed = 0;
    for (const partition of partitions) if (this.#drop(partition)) removed += 1;
    if (removed > 0) await this.#work;
  }

  #drop({ topic, partition }: TopicPartition): boolean {
    const fetched = this.#partitions.get(topic, partition);
    if (fetched === undefined) return false;
    this.#partitions.delete(topic, partition);
    this.#waiting.delete(fetched);
    this.#session.unwant(topic, partition);
    fetched.request = undefined;
    return true;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#partitions.clear();
    this.#waiting.clear();
    this.#options.leader.close();
    this.#wake.resolve();
    await this.#work;
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      this.#hasNews = false;
      await this.#track(this.#start());
      await this.#findLostOffsets();
      this.#lookAtAll();
      const resumed = this.#resume();
      await turnBetween(this.#options.runtime.timers, resumed);
      this.#holdBack();
      const pauseMs = await this.#fetchOnce();
      if (pauseMs > 0) await this.#sleep(pauseMs);
    }
  }

  /** Work on logs that `remove` has to wait for. */
  #track(work: Promise<void>): Promise<void> {
    this.#work = work;
    return work;
  }

  async #sleep(delayMs: number): Promise<void> {
    if (this.#hasNews || this.#isClosed) return;
    const wake = new Deferred<void>();
    this.#wake = wake;
    const { timers } = this.#options.runtime;
    const timer = delayMs === Infinity ? undefined : timers.after(delayMs, () => wake.resolve());
    await wake.promise;
    timer?.cancel();
  }

  #isCurrent(fetched: FetchedPartition): boolean {
    const { topic, partition } = fetched.partition;
    return this.#partitions.get(topic, partition) === fetched;
  }

  /** It is read, or read on, from where it stands now. */
  #read(fetched: FetchedPartition, log: ReplicaLog): void {
    if (fetched.request === undefined) fetched.firstRound = this.#round + 1;
    fetched.request = fetched.asRequest(log, this.#options.limits.partitionMaxBytes);
    this.#session.want(fetched.request);
    this.#waiting.delete(fetched);
  }

  /** It is not read until its time has come and its offset is known. */
  #pause(fetched: FetchedPartition): void {
    if (!this.#isCurrent(fetched)) return;
    fetched.request = undefined;
    this.#session.unwant(fetched.partition.topic, fetched.partition.partition);
    this.#waiting.add(fetched);
  }

  #delay(fetched: FetchedPartition, delayMs = this.#options.limits.backoffMs): void {
    fetched.notBeforeMs = this.#options.runtime.clock.monotonicMs() + delayMs;
    this.#pause(fetched);
  }

  /** Those whose time has come are read again; returns how many. */
  #resume(): number {
    const nowMs = this.#options.runtime.clock.monotonicMs();
    let count = 0;
    for (const fetched of this.#waiting) {
      const { log } = fetched;
      if (log === undefined || fetched.stage !== 'fetching' || fetched.notBeforeMs > nowMs) continue;
      this.#read(fetched, log);
      count += 1;
    }
    return count;
  }

  /** While throttled replicas took more than they may, those that are not in sync are not read. */
  #holdBack(): void {
    const { throttle } = this.#options;
    if (!throttle.isExceeded) return;
    for (const fetched of this.#partitions.values()) {
      if (fetched.request !== undefined && !fetched.isInSync && throttle.isThrottled(fetched.partition))
        this.#delay(fetched);
    }
  }

  #lookAtAll(): void {
    const nowMs = this.#options.runtime.clock.monotonicMs();
    if (nowMs < this.#looksAtAllAtMs) return;
    this.#looksAtAllAtMs = nowMs + LOOK_AT_ALL_MS;
    for (const fetched of this.#partitions.values()) {
      const { log, request } = fetched;
      if (request === undefined) continue;
      if (log === undefined) this.#pause(fetched);
      else if (fetched.hasMoved(log)) this.#read(fetched, log);
    }
  }

  // ---- where to start

  /** A partition starts at its log's end. A log without epochs cannot be compared, so it is cut to what is committed. */
  async #start(): Promise<void> {
    const { timers } = this.#options.runtime;
    await inTurns(timers, [...this.#waiting], (fetched) => {
      const { log } = fetched;
      if (fetched.stage !== 'starting' || log === undefined || !this.#isCurrent(fetched)) return undefined;
      if (log.nextOffset !== log.logEndOffset) {
        this.#delay(fetched, STARTING_RECHECK_MS);
        return undefined;
      }
      const { highWatermark } = log;
      const isComparable = log.latestEpoch !== -1 || log.logEndOffset <= highWatermark;
      if (!isComparable) return this.#moveTo(fetched, { kind: 'truncate', toOffset: highWatermark });
      fetched.moveToLogEnd(log);
      return undefined;
    });
  }

  /** Brings the log to where the plan says and goes on from there. A disk that fails ends it. */
  async #moveTo(fetched: FetchedPartition, plan: OutOfRangePlan): Promise<void> {
    try {
      await fetched.partition.handover.change(async () => {
        if (plan.kind === 'truncate') await this.#truncate(fetched, plan.toOffset);
        else if (plan.kind === 'start-anew') await logOf(fetched).truncateFullyAndStartAt(plan.atOffset);
      });
      const log = logOf(fetched);
      fetched.moveToLogEnd(log);
      if (fetched.request !== undefined) this.#read(fetched, log);
    } catch (thrown) {
      this.#giveUp(fetched, errorNameOfThrown(thrown));
    }
  }

  async #truncate(fetched: FetchedPartition, toOffset: number): Promise<void> {
    const log = logOf(fetched);
    const { topic, partition } = fetched.partition;
    const { logger } = this.#options.runtime;
    const fields = { partition: `${topic}-${partition}`, from: log.logEndOffset, to: toOffset };
    if (toOffset < log.highWatermark) logger.warn('Truncating below the high watermark', fields);
    else logger.info('Truncating to agree with the leader', fields);
    await log.truncateTo(toOffset);
    this.#options.onTruncated(fetched.partition, toOffset);
  }

  /** The leader has not got our offset: ask where its log begins and ends. */
  async #findLostOffsets(): Promise<void> {
    const nowMs = this.#options.runtime.clock.monotonicMs();
    for (const fetched of [...this.#waiting]) {
      if (fetched.stage !== 'looking' || fetched.notBeforeMs > nowMs) continue;
      try {
        await this.#findOffset(fetched);
      } catch (error) {
        this.#options.runtime.logger.warn('Could not ask the leader for its offsets', { error });
        this.#delay(fetched);
      }
    }
  }

  async #findOffset(fetched: FetchedPartition): Promise<void> {
    const { topic, partition } = fetched.partition;
    const asked = { topic, partition, currentLeaderEpoch: fetched.leaderEpoch };
    const end = await this.#options.leader.listOffset(asked, LATEST_TIMESTAMP);
    const start = await this.#options.leader.listOffset(asked, EARLIEST_TIMESTAMP);
    const { log } = fetched;
    if (!this.#isCurrent(fetched) || log === undefined) return;
    const error = end.error === 'NONE' ? start.error : end.error;
    if (error !== 'NONE') {
      this.#onError(fetched, error);
      return;
    }
    const { logEndOffset } = log;
    const plan = planOutOfRange({
      leaderLogEndOffset: end.offset,
      leaderLogStartOffset: start.offset,
      logEndOffset,
    });
    await this.#track(this.#moveTo(fetched, plan));
  }

  // ---- one fetch

  /** How long to wait before the next round: 0 after an answer, Infinity when there is nothing to fetch. */
  async #fetchOnce(): Promise<number> {
    const { clock, logger } = this.#options.runtime;
    const pauseMs = this.#pauseMs(clock.monotonicMs());
    if (pauseMs > 0) return pauseMs;
    let response: FetchResponse;
    this.#round += 1;
    try {
      response = await this.#options.leader.fetch(this.#session.build(), this.#options.limits);
    } catch (error) {
      if (this.#isClosed) return 0;
      logger.warn('Fetching from the leader failed', { error });
      this.#session.reset();
      this.#notBeforeMs = clock.monotonicMs() + this.#options.limits.backoffMs;
      return this.#options.limits.backoffMs;
    }
    if (this.#isClosed) return 0;
    const error = errorNameOf(response.errorCode);
    if (!this.#session.onResponse(error, response.sessionId)) {
      logger.info('The leader wants a new fetch session', { reason: error });
      return error === 'FETCH_SESSION_ID_NOT_FOUND' ? 0 : this.#options.limits.backoffMs;
    }
    await this.#track(this.#apply(response));
    return 0;
  }

  #pauseMs(nowMs: number): number {
    if (this.#isClosed) return Infinity;
    if (this.#notBeforeMs > nowMs) return this.#notBeforeMs - nowMs;
    if (this.#session.size > 0) return 0;
    let nextTurnMs = Infinity;
    for (const { log, notBeforeMs } of this.#waiting)
      if (log !== undefined) nextTurnMs = Math.min(nextTurnMs, notBeforeMs);
    return Math.max(1, nextTurnMs - nowMs);
  }

  /** All partitions' appends are started, then awaited together. */
  async #apply(response: FetchResponse): Promise<void> {
    const appends: Append[] = [];
    const writes: Promise<LogAppendInfo>[] = [];
    const diverged: Append[] = [];
    for (const { topic, topicId, partitions } of response.responses) {
      const name = topic === '' ? this.#session.topicName(topicId) : topic;
      for (const data of partitions) {
        const fetched = name === undefined ? undefined : this.#partitions.get(name, data.partitionIndex);
        if (fetched?.request === undefined || fetched.firstRound > this.#round) continue;
        const error = errorNameOf(data.errorCode);
        if (fetched.log === undefined) continue;
        if (error !== 'NONE') this.#onError(fetched, error);
        else if (data.divergingEpoch.epoch >= 0) diverged.push({ fetched, data });
        else this.#startAppend({ fetched, data }, appends, writes);
      }
    }
    for (const [index, settled] of (await Promise.allSettled(writes)).entries()) {
      const append = appends[index];
      if (append === undefined) continue;
      if (settled.status === 'fulfilled') this.#onAppended(append, settled.value.sizeInBytes);
      else this.#onAppendFailed(append.fetched, settled.reason);
    }
    for (const { fetched, data } of diverged) {
      const { log } = fetched;
      if (this.#isCurrent(fetched) && log !== undefined) await this.#onDiverged(fetched, data, log);
    }
  }

  #startAppend(append: Append, appends: Append[], writes: Promise<LogAppendInfo>[]): void {
    const { data, fetched } = append;
    const size = data.records === null ? 0 : wholeBatchesSize(data.records);
    if (data.records === null || size === 0) {
      this.#onAppended(append, 0);
      return;
    }
    const records = size === data.records.length ? data.records : data.records.subarray(0, size);
    writes.push(fetched.partition.handover.change(() => appendFetched(logOf(fetched), records)));
    appends.push(append);
  }

  #onAppended({ fetched, data }: Append, bytes: number): void {
    const { log } = fetched;
    if (!this.#isCurrent(fetched) || log === undefined) return;
    if (bytes > 0) {
      fetched.moveToLogEnd(log);
      this.#options.onReplicated(fetched.partition, bytes);
      this.#options.throttle.record(fetched.partition, bytes);
    }
    fetched.lag = Math.max(0, data.highWatermark - log.logEndOffset);
    fetched.isInSync = fetched.lag === 0;
    fetched.partition.onLeaderOffsets(data.highWatermark, data.logStartOffset);
    if (fetched.hasMoved(log)) this.#read(fetched, log);
  }

  #onAppendFailed(fetched: FetchedPartition, thrown: unknown): void {
    const { topic, partition } = fetched.partition;
    const { logger } = this.#options.runtime;
    if (thrown instanceof KafkaError && thrown.error === 'CORRUPT_MESSAGE') {
      logger.error('The leader sent a corrupt batch; it is fetched again', {
        partition: `${topic}-${partition}`,
      });
      this.#delay(fetched);
      return;
    }
    logger.error('A copied batch could not be appended', {
      partition: `${topic}-${partition}`,
      error: thrown,
    });
    this.#giveUp(fetched, 'the append failed');
  }

  async #onDiverged(fetched: FetchedPartition, data: PartitionData, log: ReplicaLog): Promise<void> {
    const { epoch: leaderEpoch, endOffset } = data.divergingEpoch;
    const own = log.endOffsetForEpoch(leaderEpoch);
    const { logEndOffset, highWatermark } = log;
    const toOffset = truncationPoint({
      leader: { leaderEpoch, endOffset },
      own: own.endOffset === -1 ? undefined : own,
      logEndOffset,
      highWatermark,
    });
    await this.#moveTo(fetched, { kind: 'truncate', toOffset });
  }

  #onError(fetched: FetchedPartition, error: ReturnType<typeof errorNameOf>): void {
    const requestedLeaderEpoch = fetched.leaderEpoch;
    const currentLeaderEpoch = fetched.partition.leaderEpoch;
    switch (decideOnFetchError({ error, requestedLeaderEpoch, currentLeaderEpoch })) {
      case 'find-offset':
        fetched.stage = 'looking';
        this.#pause(fetched);
        return;
      case 'stop':
        this.#giveUp(fetched, error);
        return;
      case 'retry-later':
        this.#delay(fetched);
    }
  }

  #giveUp(fetched: FetchedPartition, reason: string): void {
    if (!this.#isCurrent(fetched)) return;
    this.#drop(fetched.partition);
    this.#options.onFailed(fetched.partition, reason);
  }
}
