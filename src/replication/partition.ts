/**
 * One partition as this broker has it: its role, leader epoch, replicas, ISR and high watermark. The single owner of
 * all of these; every change happens in one synchronous step, so nobody sees a role without its epoch.
 *
 * Invariants: leader and partition epoch never go back; on one leader the high watermark never goes back; at most one
 * ISR change is in flight. The rules are the pure functions of decide-*.ts and isr-state.ts; bytes are the log's
 * business, fetching from a leader the ReplicaFetcher's.
 */
import { assert, ZERO_UUID, type TopicPartition } from '../common/index.ts';
import type { FactStream } from '../observe/index.ts';
import { KafkaError, type ErrorName } from '../protocol/index.ts';
import type { Clock, Logger } from '../runtime/index.ts';
import type { LogAppendInfo, VerificationGuard, VerifiedProducer } from '../storage/index.ts';
import type { ReplicaLog } from './replica-log.ts';
import type { AlterPartitionAnswer, IsrProposer } from './alter-partition-types.ts';
import type { AppendEntry, AppendOrigin, CurrentLeader } from './append-types.ts';
import { advanceHighWatermark, effectiveMinIsr, followerHighWatermark } from './decide-high-watermark.ts';
import {
  decideOnAlterPartitionError,
  isOutcomeCurrent,
  maybeExpandIsr,
  maybeShrinkIsr,
} from './decide-isr.ts';
import type { AlterPartitionOutcome } from './decide-isr.ts';
import { checkCurrentLeaderEpoch, NO_LEADER, NO_LEADER_EPOCH } from './decide-leader-and-isr.ts';
import { type FollowerFetch, FollowerState } from './follower-state.ts';
import { LogHandover } from './log-handover.ts';
import { committedIsr, lastCommitted, maximalIsr, type IsrState, type PendingIsr } from './isr-state.ts';

/** What all partitions of a broker share. */
export interface PartitionContext {
  readonly brokerId: number;
  readonly clock: Clock;
  readonly facts: FactStream;
  readonly logger: Logger;
  readonly replicaLagTimeMaxMs: () => number;
  readonly isBrokerAlive: (brokerId: number) => boolean;
  readonly isrProposer: IsrProposer;
  readonly listener: PartitionListener;
}

/** Told when something moved that a waiting request may be waiting for. Called often: it must be cheap. */
export interface PartitionListener {
  /** The leader's log end moved: followers may read on. */
  onLogEndMoved(partition: Partition): void;
  onHighWatermarkMoved(partition: Partition): void;
  /** The log start of the slowest live replica may have risen. */
  onLowWatermarkMoved(partition: Partition): void;
  onIsrChanged(partition: Partition, change: 'expanded' | 'shrunk'): void;
  onIsrUpdateFailed(partition: Partition): void;
}

/** As much of a LeaderAndIsr partition state as a Partition takes over. */
export interface LeaderAndIsrState {
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly isr: readonly number[];
  readonly partitionEpoch: number;
  readonly replicas: readonly number[];
  readonly addingReplicas: readonly number[];
  readonly removingReplicas: readonly number[];
}

export class Partition implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly #context: PartitionContext;
  readonly #followers = new Map<number, FollowerState>();
  #log: ReplicaLog | undefined;
  #futureLog: ReplicaLog | undefined;
  /** What appends to the log or cuts it has to go through. */
  readonly handover = new LogHandover();
  #stopListening: () => void = () => undefined;
  #isOffline = false;
  #leaderId = NO_LEADER;
  #leaderEpoch = NO_LEADER_EPOCH;
  #leaderEpochStartOffset: number | undefined;
  #partitionEpoch = -1;
  #isr: IsrState = committedIsr([]);
  #replicas: readonly number[] = [];
  #addingReplicas: readonly number[] = [];
  #removingReplicas: readonly number[] = [];

  constructor({ topic, partition }: TopicPartition, context: PartitionContext) {
    this.topic = topic;
    this.partition = partition;
    this.#context = context;
  }

  // ---- what others may know

  /** Undefined until the first LeaderAndIsr created or found it, and after its directory failed. */
  get log(): ReplicaLog | undefined {
    return this.#log;
  }

  /** What shall replace the log, in another dir; it is being filled. */
  get futureLog(): ReplicaLog | undefined {
    return this.#futureLog;
  }

  /** ZERO_UUID for a topic of old that has none. */
  get topicId(): string {
    return this.#log?.topicId ?? ZERO_UUID;
  }

  /** The directory of its log failed: every request is answered KAFKA_STORAGE_ERROR. */
  get isOffline(): boolean {
    return this.#isOffline;
  }

  get isLeader(): boolean {
    return this.#leaderId === this.#context.brokerId && !this.#isOffline;
  }

  /** -1: nobody. */
  get leaderId(): number {
    return this.#leaderId;
  }

  get leaderEpoch(): number {
    return this.#leaderEpoch;
  }

  get currentLeader(): CurrentLeader {
    return { leaderId: this.#leaderId, leaderEpoch: this.#leaderEpoch };
  }

  /** The log end at which this leader's epoch began; undefined on a follower. */
  get leaderEpochStartOffset(): number | undefined {
    return this.#leaderEpochStartOffset;
  }

  /** The version of the partition's state in ZooKeeper. */
  get partitionEpoch(): number {
    return this.#partitionEpoch;
  }

  get replicas(): readonly number[] {
    return this.#replicas;
  }

  get isReassigning(): boolean {
    return this.#addingReplicas.length > 0 || this.#removingReplicas.length > 0;
  }

  /** This broker is being added as a replica. */
  get isAddingLocalReplica(): boolean {
    return this.#addingReplicas.includes(this.#context.brokerId);
  }

  /** The ISR as the controller last wrote it; known to the leader only. */
  get isr(): readonly number[] {
    return lastCommitted(this.#isr).isr;
  }

  get isrState(): IsrState {
    return this.#isr;
  }

  get highWatermark(): number {
    return this.#log?.highWatermark ?? 0;
  }

  get lastStableOffset(): number {
    return this.#log?.lastStableOffset ?? 0;
  }

  get followers(): ReadonlyMap<number, FollowerState> {
    return this.#followers;
  }

  get effectiveMinIsr(): number {
    return effectiveMinIsr(this.#log?.config.minInSyncReplicas ?? 1, this.#replicas.length);
  }

  get isUnderReplicated(): boolean {
    return this.isLeader && this.#replicas.length - this.isr.length > 0;
  }

  get isUnderMinIsr(): boolean {
    return this.isLeader && this.isr.length < this.effectiveMinIsr;
  }

  get isAtMinIsr(): boolean {
    return this.isLeader && this.isr.length === this.effectiveMinIsr;
  }

  /** The smallest log start among the live replicas and logs here: what DeleteRecords waits for. Leaders only. */
  get lowWatermark(): number {
    let lowest = this.#log?.logStartOffset ?? -1;
    if (this.#futureLog !== undefined) lowest = Math.min(lowest, this.#futureLog.logStartOffset);
    for (const follower of this.#followers.values()) {
      if (this.#context.isBrokerAlive(follower.brokerId)) lowest = Math.min(lowest, follower.logStartOffset);
    }
    return lowest;
  }

  /** NONE, or why a request that means `requestEpoch` cannot be answered here. */
  checkAccess(requestEpoch: number, leaderOnly: boolean): ErrorName {
    if (this.#isOffline) return 'KAFKA_STORAGE_ERROR';
    const error = checkCurrentLeaderEpoch(requestEpoch, this.#leaderEpoch);
    if (error !== 'NONE') return error;
    return (leaderOnly && !this.isLeader) || this.#log === undefined ? 'NOT_LEADER_OR_FOLLOWER' : 'NONE';
  }

  // ---- roles

  /** Gives the partition its log. A log that is there already stays. */
  attachLog(log: ReplicaLog): void {
    if (this.#log === log) return;
    this.#stopListening();
    this.#log = log;
    this.#isOffline = false;
    this.#stopListening = log.onLogEndMoved(() => this.#onLogEndMoved());
  }

  /** Undefined: the move was called off, or its dir failed. */
  setFutureLog(log: ReplicaLog | undefined): void {
    this.#futureLog = log;
  }

  /** The future log has taken over on disk. To be called within the handover. */
  replaceLogWithFuture(): void {
    const log = this.#futureLog;
    this.#futureLog = undefined;
    // The old one's dir may have failed meanwhile, and with it the partition.
    if (log === undefined || this.#log === undefined) return;
    log.updateHighWatermark(this.#log.highWatermark);
    const { logStartOffset } = this.#log;
    if (logStartOffset <= log.highWatermark) log.maybeIncrementLogStartOffset(logStartOffset);
    this.attachLog(log);
  }

  /** The log's directory failed. Leadership ends with it until the controller says otherwise. */
  markOffline(): void {
    this.#isOffline = true;
    this.#stopListening();
    this.#log = undefined;
    this.#futureLog = undefined;
  }

  /** The partition was stopped or deleted on this broker: it leads nothing any more. */
  retire(): void {
    this.#stopListening();
    this.#stopListening = () => undefined;
    this.#leaderId = NO_LEADER;
    this.#leaderEpochStartOffset = undefined;
    this.#emitRole('none');
  }

  /** True when this broker did not lead before. A state older than ours changes nothing. */
  makeLeader(state: LeaderAndIsrState): boolean {
    const log = this.#log;
    assert(log !== undefined, `${this.topic}-${this.partition} has no log to lead with`);
    if (state.partitionEpoch < this.#partitionEpoch) return false;
    const isNewLeader = !this.isLeader;
    const isNewLeaderEpoch = state.leaderEpoch > this.#leaderEpoch;
    this.#setAssignment(state.replicas, state.addingReplicas, state.removingReplicas);
    this.#isr = committedIsr([...state.isr]);
    this.#partitionEpoch = state.partitionEpoch;
    this.#leaderId = this.#context.brokerId;
    if (isNewLeaderEpoch) this.#startLeaderEpoch(state.leaderEpoch, log, isNewLeader);
    this.#emitRole('leader');
    this.#advanceHighWatermark();
    return isNewLeader;
  }

  /** True when the leader or its epoch is new to this replica. A state older than ours changes nothing. */
  makeFollower(state: LeaderAndIsrState): boolean {
    if (state.partitionEpoch < this.#partitionEpoch) return false;
    const changed = state.leader !== this.#leaderId || state.leaderEpoch > this.#leaderEpoch;
    this.#setAssignment(state.replicas, state.addingReplicas, state.removingReplicas);
    // Only a leader knows the ISR: what a follower heard last would soon be wrong.
    this.#isr = committedIsr([]);
    this.#leaderId = state.leader;
    this.#leaderEpoch = state.leaderEpoch;
    this.#partitionEpoch = state.partitionEpoch;
    this.#leaderEpochStartOffset = undefined;
    this.#emitRole('follower');
    return changed;
  }

  #startLeaderEpoch(leaderEpoch: number, log: ReplicaLog, isNewLeader: boolean): void {
    // Batches that are still being written belong to the epoch before.
    const leaderLogEndOffset = log.nextOffset;
    log.assignEpochStartOffset(leaderEpoch, leaderLogEndOffset);
    const nowMs = this.#context.clock.monotonicMs();
    for (const follower of this.#followers.values()) {
      const inIsr = this.#isr.isr.includes(follower.brokerId);
      follower.onLeaderEpoch({ nowMs, leaderLogEndOffset, isNewLeader, inIsr });
    }
    this.#leaderEpoch = leaderEpoch;
    this.#leaderEpochStartOffset = leaderLogEndOffset;
  }

  #setAssignment(replicas: readonly number[], adding: readonly number[], removing: readonly number[]): void {
    for (const brokerId of this.#followers.keys()) {
      if (!replicas.includes(brokerId)) this.#followers.delete(brokerId);
    }
    for (const brokerId of replicas) {
      if (brokerId !== this.#context.brokerId && !this.#followers.has(brokerId)) {
        this.#followers.set(brokerId, new FollowerState(brokerId));
      }
    }
    this.#replicas = [...replicas];
    this.#addingReplicas = [...adding];
    this.#removingReplicas = [...removing];
  }

  // ---- the leader's side of records

  /** Checks and assigns offsets at once; the log tells `done`. Throws KafkaError when it may not append. */
  startAppendAsLeader(
    { records, judged, verificationGuard }: Pick<AppendEntry, 'records' | 'judged' | 'verificationGuard'>,
    origin: AppendOrigin,
    requiredAcks: number,
    done: (failure: Error | undefined) => void,
  ): LogAppendInfo {
    assert(!this.handover.isUnderWay, 'nobody appends while one log takes the place of another');
    if (this.#isOffline) throw new KafkaError('KAFKA_STORAGE_ERROR');
    if (!this.isLeader || this.#log === undefined) throw new KafkaError('NOT_LEADER_OR_FOLLOWER');
    if (requiredAcks === -1 && this.isUnderMinIsr) throw new KafkaError('NOT_ENOUGH_REPLICAS');
    const options = { leaderEpoch: this.#leaderEpoch, origin, judged, verificationGuard };
    const info = this.#log.startAppendAsLeader(records, options, done);
    // The log end stays where it is, so nobody else looks whether those who held the HW up still do.
    if (info.duplicate) this.#advanceHighWatermark();
    return info;
  }

  /**
   * Before a transactional append: the guard it has to come with once the coordinator has answered for it, or undefined
   * where the producer's transaction is open here already. Throws KafkaError where this broker does not lead.
   */
  startTransactionVerification(producer: VerifiedProducer): VerificationGuard | undefined {
    if (this.#isOffline) throw new KafkaError('KAFKA_STORAGE_ERROR');
    if (!this.isLeader || this.#log === undefined) throw new KafkaError('NOT_LEADER_OR_FOLLOWER');
    return this.#log.startTransactionVerification(producer);
  }

  /** Whether everything below `requiredOffset` is committed, and if so whether on enough replicas. */
  checkCommitted(requiredOffset: number): ErrorName | 'WAITING' {
    if (this.#isOffline) return 'KAFKA_STORAGE_ERROR';
    if (!this.isLeader) return 'NOT_LEADER_OR_FOLLOWER';
    if (this.highWatermark < requiredOffset) return 'WAITING';
    return maximalIsr(this.#isr).length >= this.effectiveMinIsr ? 'NONE' : 'NOT_ENOUGH_REPLICAS_AFTER_APPEND';
  }

  /** A follower's fetch was read: it has everything below `fetchOffset`. */
  onFollowerFetch(follower: FollowerState, fetch: FollowerFetch): void {
    const { logEndOffset: endBefore, logStartOffset: startBefore } = follower;
    follower.onFetch(fetch, this.#context.clock.monotonicMs());
    this.#maybeExpandIsr(follower);
    if (follower.logEndOffset !== endBefore) this.#advanceHighWatermark();
    if (follower.logStartOffset !== startBefore) this.#context.listener.onLowWatermarkMoved(this);
  }

  /** Raises the log start (DeleteRecords). -1: to the high watermark. Throws OFFSET_OUT_OF_RANGE beyond it. */
  deleteRecordsOnLeader(offset: number): number {
    const log = this.#log;
    if (this.#isOffline) throw new KafkaError('KAFKA_STORAGE_ERROR');
    if (!this.isLeader || log === undefined) throw new KafkaError('NOT_LEADER_OR_FOLLOWER');
    if (!log.config.cleanupPolicy.includes('delete')) throw new KafkaError('POLICY_VIOLATION');
    const target = offset === -1 ? log.highWatermark : offset;
    if (target < 0) throw new KafkaError('OFFSET_OUT_OF_RANGE');
    log.maybeIncrementLogStartOffset(target);
    return target;
  }

  // ---- the follower's side of records

  /** After an append from the leader, or an answer without records: takes over what the leader says is committed. */
  onLeaderOffsets(leaderHighWatermark: number, leaderLogStartOffset: number): void {
    const log = this.#log;
    if (log === undefined || this.isLeader) return;
    const before = log.highWatermark;
    log.updateHighWatermark(followerHighWatermark(leaderHighWatermark, log.logEndOffset));
    // The leader may have deleted what is committed there but not known to be committed here.
    if (leaderLogStartOffset > log.logStartOffset && leaderLogStartOffset <= log.highWatermark) {
      log.maybeIncrementLogStartOffset(leaderLogStartOffset);
    }
    if (log.highWatermark !== before) this.#context.listener.onHighWatermarkMoved(this);
  }

  // ---- the ISR

  /**
   * Proposes to drop the members that lagged too long. Called every half `replica.lag.time.max.ms`. The HW may wait for
   * somebody who is no member: one that had caught up, and is gone.
   */
  maybeShrinkIsr(): void {
    const log = this.#log;
    if (!this.isLeader || log === undefined) return;
    const pending = maybeShrinkIsr({
      state: this.#isr,
      leaderId: this.#context.brokerId,
      leaderLogEndOffset: log.logEndOffset,
      follower: (brokerId) => this.#followers.get(brokerId),
      nowMs: this.#context.clock.monotonicMs(),
      replicaLagTimeMaxMs: this.#context.replicaLagTimeMaxMs(),
    });
    if (pending === undefined) {
      this.#advanceHighWatermark();
      return;
    }
    this.#context.logger.info('Shrinking ISR', {
      partition: `${this.topic}-${this.partition}`,
      from: this.isr.join(','),
      to: pending.isr.join(','),
      highWatermark: log.highWatermark,
      logEndOffset: log.logEndOffset,
    });
    this.#propose(pending);
  }

  #maybeExpandIsr(follower: FollowerState): void {
    if (this.#leaderEpochStartOffset === undefined) return;
    const pending = maybeExpandIsr({
      state: this.#isr,
      follower,
      highWatermark: this.highWatermark,
      leaderEpochStartOffset: this.#leaderEpochStartOffset,
      isEligible: this.#context.isBrokerAlive,
    });
    if (pending === undefined) return;
    this.#context.logger.info('Expanding ISR', {
      partition: `${this.topic}-${this.partition}`,
      from: this.isr.join(','),
      to: pending.isr.join(','),
    });
    this.#propose(pending);
  }

  #propose(pending: PendingIsr): void {
    this.#isr = pending;
    const { topic, partition } = this;
    this.#context.isrProposer.propose(
      {
        topic,
        partition,
        topicId: this.topicId,
        leaderEpoch: this.#leaderEpoch,
        isr: pending.isr,
        partitionEpoch: this.#partitionEpoch,
      },
      (answer) => this.#onAnswer(pending, answer),
    );
  }

  /** By now the partition may have another leader, or another epoch: then the answer is about the past. */
  #onAnswer(pending: PendingIsr, answer: AlterPartitionAnswer): void {
    if (this.#isr !== pending || !this.isLeader) return;
    if (answer.kind === 'accepted') this.#onAccepted(pending, answer.outcome);
    else this.#onRefused(pending, answer.error);
  }

  #onAccepted(pending: PendingIsr, outcome: AlterPartitionOutcome): void {
    const own = { leaderEpoch: this.#leaderEpoch, partitionEpoch: this.#partitionEpoch };
    if (!isOutcomeCurrent(outcome, own)) {
      this.#context.listener.onIsrUpdateFailed(this);
      return;
    }
    this.#isr = committedIsr([...outcome.isr]);
    this.#partitionEpoch = outcome.partitionEpoch;
    const { facts, listener } = this.#context;
    if (facts.active) {
      const { topic, partition } = this;
      facts.emit({
        kind: 'isr-change',
        topic,
        partition,
        isr: [...outcome.isr],
        partitionEpoch: outcome.partitionEpoch,
      });
    }
    listener.onIsrChanged(this, pending.kind === 'pending-expand' ? 'expanded' : 'shrunk');
    this.#advanceHighWatermark();
  }

  #onRefused(pending: PendingIsr, error: ErrorName): void {
    this.#context.listener.onIsrUpdateFailed(this);
    this.#context.logger.warn('The controller refused an ISR change', {
      partition: `${this.topic}-${this.partition}`,
      isr: pending.isr.join(','),
      reason: error,
    });
    const verdict = decideOnAlterPartitionError(error);
    if (verdict === 'roll-back') {
      this.#isr = pending.committed;
      this.#advanceHighWatermark();
    } else if (verdict === 'retry') this.#propose(pending);
  }

  // ---- the high watermark

  #onLogEndMoved(): void {
    if (!this.isLeader) return;
    for (const follower of this.#followers.values()) follower.onLeaderLogEndMoved();
    this.#advanceHighWatermark();
    this.#context.listener.onLogEndMoved(this);
  }

  #advanceHighWatermark(): void {
    const log = this.#log;
    if (log === undefined || !this.isLeader) return;
    const highWatermark = advanceHighWatermark({
      highWatermark: log.highWatermark,
      leaderLogEndOffset: log.logEndOffset,
      committedIsrSize: lastCommitted(this.#isr).isr.length,
      effectiveMinIsr: this.effectiveMinIsr,
      maximalIsr: maximalIsr(this.#isr),
      followers: this.#followers.values(),
      nowMs: this.#context.clock.monotonicMs(),
      replicaLagTimeMaxMs: this.#context.replicaLagTimeMaxMs(),
      isEligible: this.#context.isBrokerAlive,
    });
    if (highWatermark !== undefined && log.maybeIncrementHighWatermark(highWatermark))
      this.#context.listener.onHighWatermarkMoved(this);
  }

  #emitRole(role: 'leader' | 'follower' | 'none'): void {
    const { facts } = this.#context;
    if (!facts.active) return;
    const { topic, partition } = this;
    const { leaderId: leader, leaderEpoch } = this.currentLeader;
    facts.emit({ kind: 'partition-role', topic, partition, role, leader, leaderEpoch });
  }
}
