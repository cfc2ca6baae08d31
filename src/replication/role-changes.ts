/**
 * Carries out LeaderAndIsr and StopReplica (contract 3.10): creates and deletes logs, moves partitions between
 * leading and following, starts and stops their fetchers. The decisions are in decide-leader-and-isr.ts.
 *
 * Invariant: requests are carried out one after another, whole. Before a partition changes its role nothing is
 * fetched into its log any more, and what a leader's log holds when its epoch starts is final.
 */
import {
  SerialQueue,
  severalAtATime,
  topicPartitionName,
  ZERO_UUID,
  type PartitionMap,
  type TopicPartition,
} from '../common/index.ts';
import { TopicConfig, type BrokerConfig } from '../config/index.ts';
import { ErrorCode, type ErrorName } from '../protocol/index.ts';
import type { LeaderAndIsrRequest, LeaderAndIsrResponse } from '../protocol/messages/04-leader-and-isr.ts';
import type { StopReplicaRequest, StopReplicaResponse } from '../protocol/messages/05-stop-replica.ts';
import { inTurns, turnBetween, type Logger, type Timers } from '../runtime/index.ts';
import { logConfigFrom, type GetOrCreateLogOptions, type LogManager } from '../storage/index.ts';
import type { ReplicaLog } from './replica-log.ts';
import {
  alterLogDirs,
  resumeMoves,
  type AlterLogDirsHost,
  type LogDirChange,
  type MovableLogs,
} from './alter-log-dirs.ts';
import type { DescribedLog } from './describe-log-dirs.ts';
import { decideLeaderAndIsr, decideStopReplica, type LeaderAndIsrDecision } from './decide-leader-and-isr.ts';
import { errorNameOfThrown } from './error-name.ts';
import type { ReplicaFetcherManager } from './fetcher/replica-fetcher-manager.ts';
import type { LogDirMoves } from './moves/log-dir-moves.ts';
import type { LeaderAndIsrState, Partition } from './partition.ts';

export interface LeadershipHooks {
  /** The two lists are of one request, after all of it was carried out. */
  onLeadershipChange(becameLeader: readonly Partition[], becameFollower: readonly Partition[]): void;
}

/** The logs of this broker, as far as replication needs them. LogManager is one. */
export interface ReplicaLogManager
  extends
    Pick<
      LogManager,
      | 'asyncDelete'
      | 'updateTopicConfig'
      | 'isOffline'
      | 'checkpointHighWatermarks'
      | 'checkpointedHighWatermark'
      | 'logDirs'
      | 'isLogDirOnline'
      | 'spaceOf'
    >,
    MovableLogs {
  allLogs(): Iterable<DescribedLog>;
  getLog(topic: string, partition: number): ReplicaLog | undefined;
  getOrCreateLog(topicPartition: TopicPartition, options: GetOrCreateLogOptions): Promise<ReplicaLog>;
}

/** What role changes need of the ReplicaManager. */
export interface RoleChangesHost {
  readonly brokerId: number;
  readonly logger: Logger;
  readonly timers: Pick<Timers, 'endOfTurn'>;
  readonly logManager: ReplicaLogManager;
  readonly fetchers: Pick<ReplicaFetcherManager, 'add' | 'remove' | 'closeIdle' | 'resize'>;
  readonly moves: Pick<LogDirMoves, 'add' | 'remove'>;
  readonly partitions: PartitionMap<Partition>;
  /** False for a controller that was replaced. */
  acceptControllerEpoch(epoch: number): boolean;
  config(): BrokerConfig;
  topicOverrides(topic: string): Promise<Record<string, string>>;
  /** Adds it to the table. */
  createPartition(topicPartition: TopicPartition): Partition;
  /** Takes it out of the table. */
  onPartitionDeleted(partition: Partition): void;
  /** Requests that wait for something of the partition look again. */
  onRoleChanged(partition: TopicPartition): void;
}

type WireState = LeaderAndIsrRequest['ungroupedPartitionStates'][number];

interface Change {
  readonly partition: Partition;
  readonly state: WireState & LeaderAndIsrState;
  readonly topicId: string;
  readonly index: number;
}

interface StateOfTopic {
  readonly topic: string;
  readonly topicId: string;
  readonly state: WireState;
}

interface PartitionOutcome extends StateOfTopic {
  error: ErrorName;
}

/** From this version on topics are named by id in the response. */
const FIRST_VERSION_BY_TOPIC_ID = 5;
/**
 * To make a log is a few dozen calls to the disk, each of which waits for the one before it, and to delete one is some;
 * so many logs at a time keep the threads of a disk at work, and share what is synced or written for all of them.
 */
const LOGS_AT_ONCE = 16;
const NO_LEADER_EPOCH_IN_REQUEST = -1;
/** Of `leaderRecoveryState`: the leader was not in the ISR. */
const RECOVERING = 1;
/** StopReplica says per partition whether to delete it. */
const FIRST_VERSION_WITH_PARTITION_STATES = 3;

export class RoleChanges {
  readonly #host: RoleChangesHost;
  readonly #queue = new SerialQueue();
  /** Topics with new logs that do not know their configs yet. */
  readonly #unconfigured = new Set<string>();

  constructor(host: RoleChangesHost) {
    this.#host = host;
  }

  becomeLeaderOrFollower(
    request: LeaderAndIsrRequest,
    version: number,
    hooks: LeadershipHooks,
  ): Promise<LeaderAndIsrResponse> {
    return this.#queue.run(async () => {
      const outcomes = statesOf(request).map((state): PartitionOutcome => ({ ...state, error: 'NONE' }));
      if (!this.#host.acceptControllerEpoch(request.controllerEpoch)) {
        for (const outcome of outcomes) outcome.error = 'STALE_CONTROLLER_EPOCH';
        return leaderAndIsrResponse('STALE_CONTROLLER_EPOCH', outcomes, version);
      }
      const { leaders, followers } = await this.#decideAll(outcomes);
      await this.#host.fetchers.remove([...leaders, ...followers].map(({ partition }) => partition));
      await this.#openLogs([...leaders, ...followers], outcomes);
      const becameLeader = await this.#makeLeaders(leaders, outcomes);
      const becameFollower = await this.#makeFollowers(followers, outcomes);
      resumeMoves(
        [...leaders, ...followers].map(({ partition }) => partition),
        this.#host,
      );
      await this.#host.fetchers.closeIdle();
      await turnBetween(this.#host.timers, outcomes.length);
      hooks.onLeadershipChange(becameLeader, becameFollower);
      return leaderAndIsrResponse('NONE', outcomes, version);
    });
  }

  stopReplicas(request: StopReplicaRequest, version: number): Promise<StopReplicaResponse> {
    return this.#queue.run(async () => {
      const stops = stopsOf(request, version);
      if (!this.#host.acceptControllerEpoch(request.controllerEpoch)) {
        for (const stop of stops) stop.error = 'STALE_CONTROLLER_EPOCH';
        return stopReplicaResponse('STALE_CONTROLLER_EPOCH', stops);
      }
      for (const stop of stops) {
        const local = this.#host.partitions.get(stop.topic, stop.partition);
        stop.error = decideStopReplica({ local, requestLeaderEpoch: stop.leaderEpoch });
      }
      const accepted = stops.filter(({ error }) => error === 'NONE');
      await this.#host.fetchers.remove(accepted);
      await this.#host.moves.remove(accepted);
      const [deleted, kept] = [accepted.filter(isDeletion), accepted.filter((stop) => !isDeletion(stop))];
      await inTurns(this.#host.timers, kept, (stop) => this.#stop(stop));
      await severalAtATime(deleted, LOGS_AT_ONCE, (stop) => this.#stop(stop));
      await this.#host.fetchers.closeIdle();
      return stopReplicaResponse('NONE', stops);
    });
  }

  /** num.replica.fetchers has changed. */
  resizeFetchers(numFetchers: number): Promise<void> {
    const { fetchers, partitions } = this.#host;
    return this.#queue.run(() =>
      fetchers.resize(numFetchers, ({ topic, partition }) => partitions.get(topic, partition)),
    );
  }

  /** Moves between log dirs: while a role changes none begins or is called off. */
  alterLogDirs(
    changes: readonly LogDirChange[],
    host: Omit<AlterLogDirsHost, 'logManager' | 'moves'>,
  ): Promise<readonly ErrorName[]> {
    return this.#queue.run(() => alterLogDirs(changes, { ...this.#host, ...host }));
  }

  /** Resolves when the requests so far are carried out. */
  drain(): Promise<void> {
    return this.#queue.drain();
  }

  // ---- LeaderAndIsr

  async #decideAll(
    outcomes: readonly PartitionOutcome[],
  ): Promise<{ leaders: Change[]; followers: Change[] }> {
    const leaders: Change[] = [];
    const followers: Change[] = [];
    await inTurns(this.#host.timers, outcomes, async (outcome, index) => {
      const { topic, topicId, state } = outcome;
      const partition = this.#partition({ topic, partition: state.partitionIndex });
      const decision = decideLeaderAndIsr({
        localBrokerId: this.#host.brokerId,
        requestTopicId: topicId,
        request: state,
        local: partition,
      });
      const change: Change = { partition, state, topicId, index };
      if (decision.kind === 'become-leader') leaders.push(change);
      else if (decision.kind === 'become-follower') followers.push(change);
      else if (decision.kind === 'attach-topic-id') await partition.log?.assignTopicId(topicId);
      else this.#refuse(outcome, decision);
    });
    return { leaders, followers };
  }

  #refuse(
    outcome: PartitionOutcome,
    { error, severity }: Extract<LeaderAndIsrDecision, { kind: 'refuse' }>,
  ): void {
    outcome.error = error;
    this.#host.logger[severity]('Ignoring a LeaderAndIsr', {
      partition: `${outcome.topic}-${outcome.state.partitionIndex}`,
      leaderEpoch: outcome.state.leaderEpoch,
      reason: error,
    });
  }

  #partition(topicPartition: TopicPartition): Partition {
    const { partitions, logManager } = this.#host;
    const { topic, partition: number } = topicPartition;
    let partition = partitions.get(topic, number);
    if (partition === undefined) {
      partition = this.#host.createPartition(topicPartition);
      if (logManager.isOffline(topic, number)) partition.markOffline();
    }
    return partition;
  }

  async #openLogs(changes: readonly Change[], outcomes: readonly PartitionOutcome[]): Promise<void> {
    const open = async (change: Change): Promise<void> => {
      try {
        await this.#openLog(change);
      } catch (thrown) {
        this.#fail(change, outcomes, thrown);
      }
    };
    const [opened, closed] = [changes.filter(hasLog), changes.filter((change) => !hasLog(change))];
    await inTurns(this.#host.timers, opened, open);
    await severalAtATime(closed, LOGS_AT_ONCE, open);
    // When all are there: each gets what is set for its topic now, and by a change what is set from then on.
    for (const topic of new Set(changes.map(({ partition }) => partition.topic))) {
      if (!this.#unconfigured.has(topic)) continue;
      const overrides = await this.#topicOverrides(topic);
      if (overrides !== undefined) {
        const config = logConfigFrom(TopicConfig.of(this.#host.config(), overrides));
        this.#host.logManager.updateTopicConfig(topic, config);
        this.#unconfigured.delete(topic);
        continue;
      }
      for (const { partition, index } of changes) {
        const outcome = outcomes[index];
        if (partition.topic === topic && outcome !== undefined) outcome.error = 'UNKNOWN_SERVER_ERROR';
      }
    }
  }

  /** Undefined when the session ends meanwhile: the controller tells whoever registers anew of its partitions again. */
  async #topicOverrides(topic: string): Promise<Record<string, string> | undefined> {
    try {
      return await this.#host.topicOverrides(topic);
    } catch (error) {
      this.#host.logger.error('Could not read the config of a topic', { topic, error });
      return undefined;
    }
  }

  #fail({ partition, index }: Change, outcomes: readonly PartitionOutcome[], thrown: unknown): void {
    const error = errorNameOfThrown(thrown);
    this.#host.logger.error('Could not open the log of a partition', {
      partition: `${partition.topic}-${partition.partition}`,
      error: thrown,
    });
    const outcome = outcomes[index];
    if (outcome !== undefined) outcome.error = error;
    if (error === 'KAFKA_STORAGE_ERROR') partition.markOffline();
  }

  async #openLog({ partition, state, topicId }: Change): Promise<void> {
    const { logManager } = this.#host;
    const { topic, partition: number } = partition;
    if (partition.log === undefined) {
      if (logManager.getLog(topic, number) === undefined) this.#unconfigured.add(topic);
      const log = await logManager.getOrCreateLog(
        { topic, partition: number },
        { isNew: state.isNew, topicId: topicId === ZERO_UUID ? null : topicId },
      );
      log.updateHighWatermark(logManager.checkpointedHighWatermark(log.parentDir, partition));
      partition.attachLog(log);
    }
    await attachTopicId(partition.log, topicId);
  }

  async #makeLeaders(
    changes: readonly Change[],
    outcomes: readonly PartitionOutcome[],
  ): Promise<Partition[]> {
    const becameLeader: Partition[] = [];
    await inTurns(this.#host.timers, changes, ({ partition, state, index }) => {
      if (!canChange(partition, outcomes[index])) return;
      if (state.leaderRecoveryState === RECOVERING) this.#logRecovery(partition);
      if (partition.makeLeader(state)) becameLeader.push(partition);
      this.#host.onRoleChanged(partition);
    });
    return becameLeader;
  }

  /** Nobody can bring back what an unclean election lost: the leader says so and is done (KIP-704). */
  #logRecovery({ topic, partition }: TopicPartition): void {
    this.#host.logger.info(
      `The topic partition ${topicPartitionName({ topic, partition })} was marked as RECOVERING. ` +
        'Marking the topic partition as RECOVERED.',
    );
  }

  async #makeFollowers(
    changes: readonly Change[],
    outcomes: readonly PartitionOutcome[],
  ): Promise<Partition[]> {
    const becameFollower: Partition[] = [];
    const toFollow: Partition[] = [];
    await inTurns(this.#host.timers, changes, ({ partition, state, index }) => {
      if (!canChange(partition, outcomes[index])) return;
      if (partition.makeFollower(state)) becameFollower.push(partition);
      this.#host.onRoleChanged(partition);
      // A partition without a leader has nobody to follow until the next LeaderAndIsr.
      if (!partition.isLeader && partition.leaderId >= 0) toFollow.push(partition);
    });
    await turnBetween(this.#host.timers, toFollow.length);
    // Not those whose dir has failed meanwhile: nothing is fetched into a log that is gone.
    this.#host.fetchers.add(toFollow.filter(({ log }) => log !== undefined));
    return becameFollower;
  }

  // ---- StopReplica

  async #stop(stop: Stop): Promise<void> {
    const { partitions, logManager } = this.#host;
    const { topic, partition: number } = stop;
    if (stop.deletePartition) {
      const partition = partitions.get(topic, number);
      if (partition !== undefined) this.#host.onPartitionDeleted(partition);
      try {
        const logs = [logManager.getLog(topic, number), logManager.getFutureLog(topic, number)];
        if (logs.some((log) => log !== undefined)) await logManager.asyncDelete(stop);
      } catch (thrown) {
        stop.error = errorNameOfThrown(thrown);
        this.#host.logger.error('Could not delete the log of a partition', {
          topic,
          partition: number,
          error: thrown,
        });
      }
    }
    this.#host.onRoleChanged(stop);
  }
}

function hasLog({ partition }: Change): boolean {
  return partition.log !== undefined;
}

/** Its log was opened, and its dir has not failed since. */
function canChange({ log }: Partition, outcome: PartitionOutcome | undefined): boolean {
  if (outcome?.error !== 'NONE') return false;
  if (log === undefined) outcome.error = 'KAFKA_STORAGE_ERROR';
  return log !== undefined;
}

async function attachTopicId(log: ReplicaLog | undefined, topicId: string): Promise<void> {
  if (log?.topicId === null && topicId !== ZERO_UUID) await log.assignTopicId(topicId);
}

function statesOf(request: LeaderAndIsrRequest): StateOfTopic[] {
  const ungrouped = request.ungroupedPartitionStates.map((state) => ({
    topic: state.topicName,
    topicId: ZERO_UUID,
    state,
  }));
  const grouped = request.topicStates.flatMap(({ topicName: topic, topicId, partitionStates }) =>
    partitionStates.map((state) => ({ topic, topicId, state })),
  );
  return [...ungrouped, ...grouped];
}

function leaderAndIsrResponse(
  error: ErrorName,
  outcomes: readonly PartitionOutcome[],
  version: number,
): LeaderAndIsrResponse {
  const partitionError = (outcome: PartitionOutcome): LeaderAndIsrResponse['partitionErrors'][number] => ({
    topicName: version < FIRST_VERSION_BY_TOPIC_ID ? outcome.topic : '',
    partitionIndex: outcome.state.partitionIndex,
    errorCode: ErrorCode[outcome.error],
  });
  const errorCode = ErrorCode[error];
  if (version < FIRST_VERSION_BY_TOPIC_ID) {
    return { errorCode, partitionErrors: outcomes.map(partitionError), topics: [] };
  }
  const topics = new Map<string, LeaderAndIsrResponse['topics'][number]>();
  for (const outcome of outcomes) {
    let topic = topics.get(outcome.topicId);
    if (topic === undefined)
      topics.set(outcome.topicId, (topic = { topicId: outcome.topicId, partitionErrors: [] }));
    topic.partitionErrors.push(partitionError(outcome));
  }
  return { errorCode, partitionErrors: [], topics: [...topics.values()] };
}

const isDeletion = ({ deletePartition }: Stop): boolean => deletePartition;

interface Stop extends TopicPartition {
  readonly leaderEpoch: number;
  readonly deletePartition: boolean;
  error: ErrorName;
}

function stopsOf(request: StopReplicaRequest, version: number): Stop[] {
  if (version >= FIRST_VERSION_WITH_PARTITION_STATES) {
    return request.topicStates.flatMap(({ topicName: topic, partitionStates }) =>
      partitionStates.map(({ partitionIndex, leaderEpoch, deletePartition }) => ({
        topic,
        partition: partitionIndex,
        leaderEpoch,
        deletePartition,
        error: 'NONE' as const,
      })),
    );
  }
  const stop = (topic: string, partition: number): Stop => ({
    topic,
    partition,
    leaderEpoch: NO_LEADER_EPOCH_IN_REQUEST,
    deletePartition: request.deletePartitions,
    error: 'NONE',
  });
  return [
    ...request.ungroupedPartitions.map(({ topicName, partitionIndex }) => stop(topicName, partitionIndex)),
    ...request.topics.flatMap(({ name, partitionIndexes }) =>
      partitionIndexes.map((index) => stop(name, index)),
    ),
  ];
}

function stopReplicaResponse(error: ErrorName, stops: readonly Stop[]): StopReplicaResponse {
  return {
    errorCode: ErrorCode[error],
    partitionErrors: stops.map((stop) => ({
      topicName: stop.topic,
      partitionIndex: stop.partition,
      errorCode: ErrorCode[stop.error],
    })),
  };
}
