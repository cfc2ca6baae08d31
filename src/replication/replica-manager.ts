/**
 * The replicas of one broker (Kafka's ReplicaManager): the table of its partitions, and the room's front door. Each
 * partition owns its own state; what a role change involves is in role-changes.ts, requests about records are in
 * replica-requests.ts, copying from leaders is in fetcher/.
 *
 * Invariant: the highest controller epoch any request told is never forgotten, so no older controller is obeyed.
 */
import { PartitionMap, type TopicPartition } from '../common/index.ts';
import type { BrokerConfig } from '../config/index.ts';
import type { MetadataCache } from '../metadata/index.ts';
import type { Metrics } from '../metrics/index.ts';
import type { FactStream } from '../observe/index.ts';
import { ErrorCode, type ErrorName } from '../protocol/index.ts';
import type { LeaderAndIsrRequest, LeaderAndIsrResponse } from '../protocol/messages/04-leader-and-isr.ts';
import type { StopReplicaRequest, StopReplicaResponse } from '../protocol/messages/05-stop-replica.ts';
import type { UpdateMetadataRequest } from '../protocol/messages/06-update-metadata.ts';
import type { Runtime } from '../runtime/index.ts';
import type { CheckpointedHighWatermark, VerifiedProducer } from '../storage/index.ts';
import type { ReplicaLog } from './replica-log.ts';
import type { LogDirChange } from './alter-log-dirs.ts';
import type { IsrProposer } from './alter-partition-types.ts';
import type { AppendRequest, PartitionAppendResult } from './append-types.ts';
import type { ConnectToBroker } from './broker-client.ts';
import { BrokerTopicMetrics } from './broker-topic-metrics.ts';
import type { DeleteRecordsResult } from './delayed-delete-records.ts';
import { describeLogDirs, type DescribedLogDir } from './describe-log-dirs.ts';
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
import { createFetchers } from './fetcher/create-fetchers.ts';
import type { ReplicaFetcherManager } from './fetcher/replica-fetcher-manager.ts';
import { LogDirMoves } from './moves/log-dir-moves.ts';
import { Partition, type PartitionContext } from './partition.ts';
import { PeriodicTask } from './periodic-task.ts';
import { ReplicaMetrics } from './replica-metrics.ts';
import { ReplicaRequests, type DeletionRequest, type StartedVerification } from './replica-requests.ts';
import { ReplicationThrottle, type ThrottledSide } from './throttle/replication-throttle.ts';
import { RoleChanges, type LeadershipHooks, type ReplicaLogManager } from './role-changes.ts';

export interface ReplicaManagerOptions {
  readonly runtime: Pick<Runtime, 'clock' | 'timers' | 'logger' | 'workers'>;
  readonly facts: FactStream;
  readonly metrics: Metrics;
  readonly config: BrokerConfig;
  readonly brokerId: number;
  readonly brokerEpoch: () => number;
  readonly logManager: ReplicaLogManager;
  readonly metadataCache: MetadataCache;
  readonly zk: { topicConfig(topic: string): Promise<Record<string, string>> };
  /** How fetchers reach leaders. */
  readonly connect: ConnectToBroker;
  /** Where ISR changes are proposed: the AlterPartitionManager. */
  readonly isrProposer: IsrProposer;
}

export class ReplicaManager {
  readonly topicMetrics: BrokerTopicMetrics;
  readonly #options: ReplicaManagerOptions;
  readonly #partitions = new PartitionMap<Partition>();
  readonly #metrics: ReplicaMetrics;
  readonly #requests: ReplicaRequests;
  readonly #fetchers: ReplicaFetcherManager;
  readonly #moves: LogDirMoves;
  readonly #roleChanges: RoleChanges;
  readonly #throttles: Readonly<Record<ThrottledSide, ReplicationThrottle>>;
  readonly #partitionContext: PartitionContext;
  readonly #checkpointTask: PeriodicTask;
  readonly #isrTask: PeriodicTask;
  #config: BrokerConfig;
  #controllerEpoch = -1;

  constructor(options: ReplicaManagerOptions) {
    const { runtime, metrics } = options;
    this.#options = options;
    this.#config = options.config;
    this.topicMetrics = new BrokerTopicMetrics(metrics);
    this.#metrics = new ReplicaMetrics(metrics, () => this.#partitions.values());
    const config = (): BrokerConfig => this.#config;
    const throttle = (side: ThrottledSide): ReplicationThrottle =>
      new ReplicationThrottle({ ...options, side, clock: runtime.clock, config });
    this.#throttles = { leader: throttle('leader'), follower: throttle('follower') };
    this.#requests = new ReplicaRequests({
      ...options,
      config,
      throttle: this.#throttles.leader,
      topicMetrics: this.topicMetrics,
      partitions: this.#partitions,
    });
    this.#fetchers = createFetchers({
      ...options,
      throttle: this.#throttles.follower,
      onReplicated: ({ isAddingLocalReplica }, bytes) =>
        this.topicMetrics.markReplicated(bytes, isAddingLocalReplica),
      onTruncated: (partition, offset) => this.#moves.onTruncated(partition, offset),
    });
    this.#moves = new LogDirMoves({
      ...options,
      config,
      onLowWatermarkMoved: (partition) => this.#requests.onLowWatermarkMoved(partition),
    });
    this.#partitionContext = this.#createPartitionContext();
    this.#roleChanges = this.#createRoleChanges();
    this.#checkpointTask = new PeriodicTask(
      runtime.timers,
      () => config().get('replica.high.watermark.checkpoint.interval.ms'),
      () => this.checkpointHighWatermarks(),
    );
    this.#isrTask = new PeriodicTask(
      runtime.timers,
      () => config().get('replica.lag.time.max.ms') / 2,
      () => this.#shrinkIsrs(),
    );
  }

  // ---- life

  startup(): void {
    this.#isrTask.start();
  }

  /** Takes over changed settings (dynamic configuration). */
  async reconfigure(config: BrokerConfig): Promise<void> {
    this.#config = config;
    await this.#roleChanges.resizeFetchers(config.get('num.replica.fetchers'));
  }

  /** Takes over which replicas of a topic are throttled. */
  updateTopicThrottles(topic: string, overrides: Readonly<Record<string, string>>): void {
    this.#throttles.leader.updateTopic(topic, overrides);
    this.#throttles.follower.updateTopic(topic, overrides);
  }

  /** Ends all fetching and answers everybody who waits. The logs stay open. */
  async shutdown({
    checkpointHighWatermarks,
  }: {
    readonly checkpointHighWatermarks: boolean;
  }): Promise<void> {
    this.#isrTask.stop();
    this.#checkpointTask.stop();
    await this.#roleChanges.drain();
    await this.#fetchers.close();
    await this.#moves.close();
    this.#requests.shutdown();
    if (checkpointHighWatermarks) await this.checkpointHighWatermarks();
  }

  checkpointHighWatermarks(): Promise<void> {
    const highWatermarks: CheckpointedHighWatermark[] = [];
    for (const { topic, partition, log, futureLog } of this.#partitions.values()) {
      for (const each of [log, futureLog]) {
        if (each === undefined) continue;
        const { parentDir, highWatermark } = each;
        highWatermarks.push({ topic, partition, parentDir, highWatermark });
      }
    }
    return this.#options.logManager.checkpointHighWatermarks(highWatermarks);
  }

  // ---- the controller's word

  async becomeLeaderOrFollower(
    request: LeaderAndIsrRequest,
    version: number,
    hooks: LeadershipHooks,
  ): Promise<LeaderAndIsrResponse> {
    const response = await this.#roleChanges.becomeLeaderOrFollower(request, version, hooks);
    // Before the first LeaderAndIsr the checkpoint of the last run is all that is known: it must not be overwritten.
    if (response.errorCode === ErrorCode.NONE) this.#checkpointTask.start();
    return response;
  }

  stopReplicas(request: StopReplicaRequest, version: number): Promise<StopReplicaResponse> {
    return this.#roleChanges.stopReplicas(request, version);
  }

  maybeUpdateMetadataCache(request: UpdateMetadataRequest): {
    readonly error: ErrorName;
    readonly deletedPartitions: readonly TopicPartition[];
  } {
    if (!this.#acceptControllerEpoch(request.controllerEpoch)) {
      return { error: 'STALE_CONTROLLER_EPOCH', deletedPartitions: [] };
    }
    return { error: 'NONE', deletedPartitions: this.#options.metadataCache.updateMetadata(request) };
  }

  /** A log directory failed: what lies in it answers KAFKA_STORAGE_ERROR from now on. */
  async handleLogDirFailure(dir: string): Promise<readonly TopicPartition[]> {
    const failed: Partition[] = [];
    const staying: Partition[] = [];
    for (const partition of this.#partitions.values()) {
      if (partition.log?.parentDir === dir) failed.push(partition);
      else if (partition.futureLog?.parentDir === dir) staying.push(partition);
    }
    for (const partition of failed) partition.markOffline();
    for (const partition of staying) partition.setFutureLog(undefined);
    await this.#fetchers.remove(failed);
    await this.#moves.remove([...failed, ...staying]);
    for (const partition of failed) this.#requests.onRoleChanged(partition);
    return failed;
  }

  // ---- records

  /** One outcome per entry, in their order. */
  appendRecords(request: AppendRequest): Promise<readonly PartitionAppendResult[]> {
    return this.#requests.appendRecords(request);
  }

  startTransactionVerification(
    topicPartition: TopicPartition,
    producer: VerifiedProducer,
  ): StartedVerification {
    return this.#requests.startTransactionVerification(topicPartition, producer);
  }

  /** At once when there is something to tell, else a promise. */
  fetchRecords(
    params: FetchParams,
    requests: readonly FetchPartitionRequest[],
  ): readonly FetchPartitionResult[] | Promise<readonly FetchPartitionResult[]> {
    return this.#requests.fetchRecords(params, requests);
  }

  /** The same for a follower's session, which is read where it has news. */
  fetchInSession(
    params: FetchParams,
    session: SessionReads,
  ): readonly FetchPartitionResult[] | Promise<readonly FetchPartitionResult[]> {
    return this.#requests.fetchInSession(params, session);
  }

  /** Until the function returned is called, `watcher` hears of the partition. */
  watchPartition(partition: TopicPartition, watcher: PartitionWatcher): () => void {
    return this.#requests.watchPartition(partition, watcher);
  }

  onSessionNews(name: string): void {
    this.#requests.onSessionNews(name);
  }

  fetchOffsetForTimestamp(request: TimestampRequest): Promise<TimestampResult> {
    return this.#requests.fetchOffsetForTimestamp(request);
  }

  fetchSegmentStarts(request: SegmentStartsRequest): SegmentStartsResult {
    return this.#requests.fetchSegmentStarts(request);
  }

  lastOffsetForLeaderEpoch(request: EpochEndOffsetRequest): EpochEndOffsetResult {
    return this.#requests.lastOffsetForLeaderEpoch(request);
  }

  /** Raises the log start of each partition to an offset (-1: the high watermark) on every live replica. */
  deleteRecords(
    timeoutMs: number,
    entries: readonly DeletionRequest[],
  ): Promise<readonly DeleteRecordsResult[]> {
    return this.#requests.deleteRecords(timeoutMs, entries);
  }

  // ---- log dirs

  /** What lies in each log dir; `wanted` undefined: all partitions. */
  describeLogDirs(wanted: PartitionMap<true> | undefined): Promise<readonly DescribedLogDir[]> {
    const { logManager, runtime } = this.#options;
    return describeLogDirs(wanted, {
      logger: runtime.logger.child('kafka.server.ReplicaManager'),
      logManager,
      currentLog: ({ topic, partition }) => this.getPartition(topic, partition)?.log,
    });
  }

  /** Moves partitions to other log dirs of this broker; an outcome for each, in their order. */
  alterLogDirs(changes: readonly LogDirChange[]): Promise<readonly ErrorName[]> {
    const { runtime, metadataCache } = this.#options;
    return this.#roleChanges.alterLogDirs(changes, {
      logger: runtime.logger.child('kafka.server.ReplicaManager'),
      getPartition: (topic, partition) => this.getPartition(topic, partition),
      isInMetadata: ({ topic, partition }) => metadataCache.partition(topic, partition) !== undefined,
    });
  }

  // ---- who is here

  getPartition(topic: string, partition: number): Partition | undefined {
    return this.#partitions.get(topic, partition);
  }

  partitions(): IterableIterator<Partition> {
    return this.#partitions.values();
  }

  /** The log of a partition this broker leads: coordinators load from it. */
  logOf(topic: string, partition: number): ReplicaLog | undefined {
    const found = this.getPartition(topic, partition);
    return found?.isLeader === true ? found.log : undefined;
  }

  // ---- inside

  #createPartitionContext(): PartitionContext {
    const { brokerId, runtime, facts, metadataCache, isrProposer } = this.#options;
    const requests = this.#requests;
    const metrics = this.#metrics;
    return {
      brokerId,
      clock: runtime.clock,
      facts,
      logger: runtime.logger.child('kafka.cluster.Partition', { broker: brokerId }),
      replicaLagTimeMaxMs: () => this.#config.get('replica.lag.time.max.ms'),
      isBrokerAlive: (id) => metadataCache.isBrokerAlive(id),
      isrProposer,
      listener: {
        onLogEndMoved: (partition) => requests.onLogEndMoved(partition),
        onHighWatermarkMoved: (partition) => requests.onHighWatermarkMoved(partition),
        onLowWatermarkMoved: (partition) => requests.onLowWatermarkMoved(partition),
        onIsrChanged: (partition, change) => {
          (change === 'expanded' ? metrics.isrExpands : metrics.isrShrinks).mark();
          // Fewer replicas may be enough, or not enough any more, for who waits.
          requests.onHighWatermarkMoved(partition);
        },
        onIsrUpdateFailed: () => metrics.failedIsrUpdates.mark(),
      },
    };
  }

  #createRoleChanges(): RoleChanges {
    const { brokerId, runtime, logManager, zk } = this.#options;
    return new RoleChanges({
      brokerId,
      logger: runtime.logger.child('state.change.logger', { broker: brokerId }),
      timers: runtime.timers,
      logManager,
      fetchers: this.#fetchers,
      moves: this.#moves,
      partitions: this.#partitions,
      acceptControllerEpoch: (epoch) => this.#acceptControllerEpoch(epoch),
      config: () => this.#config,
      topicOverrides: (topic) => zk.topicConfig(topic),
      createPartition: (topicPartition) => this.#createPartition(topicPartition),
      onPartitionDeleted: (partition) => this.#onPartitionDeleted(partition),
      onRoleChanged: (partition) => this.#requests.onRoleChanged(partition),
    });
  }

  /** False for a controller that was replaced. */
  #acceptControllerEpoch(epoch: number): boolean {
    if (epoch < this.#controllerEpoch) return false;
    this.#controllerEpoch = epoch;
    return true;
  }

  #createPartition(topicPartition: TopicPartition): Partition {
    const partition = new Partition(topicPartition, this.#partitionContext);
    this.#partitions.set(topicPartition.topic, topicPartition.partition, partition);
    return partition;
  }

  #onPartitionDeleted(partition: Partition): void {
    partition.retire();
    this.#partitions.delete(partition.topic, partition.partition);
    if (this.#partitions.partitionsOf(partition.topic).size === 0) this.topicMetrics.forget(partition.topic);
  }

  #shrinkIsrs(): void {
    for (const partition of this.#partitions.values()) partition.maybeShrinkIsr();
  }
}
