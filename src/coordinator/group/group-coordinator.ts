/**
 * The classic group coordinator (contract 5.1): where every request about groups and committed offsets ends up. It
 * finds the shard the group lives in, asks the request's decision, and has it carried out.
 *
 * A broker coordinates the groups whose partition of `__consumer_offsets` it leads. For others it answers
 * NOT_COORDINATOR, and COORDINATOR_LOAD_IN_PROGRESS while it is still reading the partition. Errors come back as
 * values: they are answers, not failures of the broker.
 */
import {
  GROUP_METADATA_TOPIC,
  inScalaMapOrder,
  topicPartitionHashCode,
  type TopicPartition,
} from '../../common/index.ts';
import type { Metrics } from '../../metrics/index.ts';
import type { FactStream } from '../../observe/index.ts';
import type { ErrorName } from '../../protocol/index.ts';
import { NO_PRODUCER_ID } from '../../records/index.ts';
import { inTurns, type Logger, type Runtime, type Timer } from '../../runtime/index.ts';
import { CoordinatorRuntime, type CoordinatorRecord } from '../runtime/coordinator-runtime.ts';
import type { CoordinatorLog } from '../runtime/coordinator-log.ts';
import { partitionFor } from '../runtime/partition-for.ts';
import {
  commitErrorOf,
  decideCommit,
  decideTransactionalCommit,
  groupMetadataErrorOf,
  inCommitOrder,
  isMetadataTooLarge,
  type CommitOffsets,
  type CommitTransactionalOffsets,
} from './commit.ts';
import { decideDelete, decideDeleteOffsets } from './delete.ts';
import {
  describeError,
  describeGroup,
  isListed,
  listGroup,
  type DescribedGroup,
  type ListedGroup,
} from './describe.ts';
import { decideExpiredOffsets } from './expiry.ts';
import { fetchOffsets, type FetchedOffset } from './fetch.ts';
import type { GroupConfig } from './group-config.ts';
import { GroupMetrics } from './group-metrics.ts';
import { GroupShard } from './group-shard.ts';
import type { Group, GroupContext } from './group.ts';
import { decideHeartbeat, type Heartbeat } from './heartbeat.ts';
import { decideJoin, type JoinGroup } from './join.ts';
import { decideLeave, leaveResult, type LeaveResult, type LeavingMember } from './leave.ts';
import { joinError, syncError, UNKNOWN_MEMBER_ID } from './member.ts';
import type { JoinGroupResult, SyncGroupResult } from './member.ts';
import { joinResult, Rebalance, syncResult } from './rebalance.ts';
import { groupMetadataRecord, groupMetadataTombstone, offsetCommitRecord } from './records.ts';
import { decideSync, type SyncGroup } from './sync.ts';

export interface GroupCoordinatorOptions {
  readonly runtime: Runtime;
  readonly facts: FactStream;
  readonly metrics: Metrics;
  readonly config: GroupConfig;
  readonly log: CoordinatorLog;
}

export class GroupCoordinator {
  readonly #options: GroupCoordinatorOptions;
  readonly #logger: Logger;
  readonly #metrics: GroupMetrics;
  readonly #shards: CoordinatorRuntime<GroupShard>;
  readonly #rebalance: Rebalance;
  /** Fixed at start: a group must not change its coordinator because somebody added partitions. */
  #partitionCount = 1;
  #isActive = false;
  #expiry: Timer | null = null;

  constructor(options: GroupCoordinatorOptions) {
    const { runtime, facts, config, log } = options;
    this.#options = options;
    this.#logger = runtime.logger.child('kafka.coordinator.group.GroupCoordinator');
    this.#metrics = new GroupMetrics(options.metrics, runtime.clock, () => this.#groups());
    this.#rebalance = new Rebalance({
      clock: runtime.clock,
      timers: runtime.timers,
      logger: this.#logger,
      initialRebalanceDelayMs: config.initialRebalanceDelayMs,
      store: (group, assignments, done) => void this.#store(group, assignments, done),
      completedRebalance: () => this.#metrics.completedRebalances.mark(),
    });
    const context: GroupContext = {
      nowMs: () => runtime.clock.wallMs(),
      transitioned: ({ groupId, state, generationId }, from, reason) => {
        if (facts.active)
          facts.emit({ kind: 'group-state', group: groupId, from, to: state, generationId, reason });
      },
    };
    this.#shards = new CoordinatorRuntime({
      topic: GROUP_METADATA_TOPIC,
      log,
      runtime,
      facts,
      loadBufferBytes: config.offsetsLoadBufferBytes,
      compression: config.offsetsCompression,
      createShard: (partition) =>
        new GroupShard({
          partition,
          context,
          logger: this.#logger,
          loaded: (group) => this.#groupLoaded(group),
        }),
      loadTook: (durationMs) => this.#metrics.loadTook(durationMs),
    });
  }

  /** `partitionCount`: of `__consumer_offsets` if it exists, else what it will be created with. */
  startup(partitionCount: number): void {
    this.#partitionCount = partitionCount;
    this.#isActive = true;
    void this.#expireOffsets();
  }

  async shutdown(): Promise<void> {
    this.#isActive = false;
    this.#expiry?.cancel();
    await this.#shards.stop();
  }

  partitionFor(groupId: string): number {
    return partitionFor(groupId, this.#partitionCount);
  }

  /** What is served at this moment, for who compares it with the log. */
  activeShards(): Iterable<GroupShard> {
    return this.#shards.activeShards();
  }

  /** This broker leads a partition of `__consumer_offsets` from this leader epoch on. */
  onElection(partition: number, coordinatorEpoch: number): void {
    this.#shards.load(partition, coordinatorEpoch);
  }

  onResignation(partition: number, coordinatorEpoch: number | undefined): void {
    this.#shards.unload(partition, coordinatorEpoch);
  }

  /** Topics were deleted: nobody will go on reading them. */
  onPartitionsDeleted(partitions: readonly TopicPartition[]): void {
    const topics = new Set(partitions.map(({ topic }) => topic));
    for (const shard of this.#shards.activeShards())
      for (const group of [...shard.groups()])
        this.#cleanUp(shard, group, group.offsets.hasAnyOf(topics) ? group.offsets.remove(partitions) : []);
  }

  /** The marker of a transaction was written to these partitions of `__consumer_offsets`. */
  onTransactionCompleted(producerId: number, partitions: ReadonlySet<number>, isCommit: boolean): void {
    for (const shard of this.#shards.activeShards())
      if (partitions.has(shard.partition)) shard.completeTransaction(producerId, isCommit);
  }

  joinGroup(join: JoinGroup): Promise<JoinGroupResult> {
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.#options.config;
    const shard = this.#locate(join.groupId);
    if (typeof shard === 'string') return Promise.resolve(joinError(join.memberId, shard));
    if (join.sessionTimeoutMs < minSessionTimeoutMs || join.sessionTimeoutMs > maxSessionTimeoutMs)
      return Promise.resolve(joinError(join.memberId, 'INVALID_SESSION_TIMEOUT'));
    // Only who has no id yet makes a group: an id nobody knows comes from a group that is gone.
    const isUnknown = join.memberId === UNKNOWN_MEMBER_ID;
    const group = isUnknown ? shard.getOrCreate(join.groupId) : shard.group(join.groupId);
    if (group === undefined) return Promise.resolve(joinError(join.memberId, 'UNKNOWN_MEMBER_ID'));
    return new Promise((resolve) => this.#join(group, join, resolve));
  }

  syncGroup(sync: SyncGroup): Promise<SyncGroupResult> {
    const shard = this.#locate(sync.groupId);
    // While loading, the rebalance the member is in is lost: it has to start over with JoinGroup, and need not look
    // for another coordinator. Clients do not expect COORDINATOR_LOAD_IN_PROGRESS here.
    if (shard === 'COORDINATOR_LOAD_IN_PROGRESS') return Promise.resolve(syncError('REBALANCE_IN_PROGRESS'));
    if (typeof shard === 'string') return Promise.resolve(syncError(shard));
    const group = shard.group(sync.groupId);
    if (group === undefined) return Promise.resolve(syncError('UNKNOWN_MEMBER_ID'));
    return new Promise((resolve) => this.#sync(group, sync, resolve));
  }

  heartbeat(heartbeat: Heartbeat): ErrorName {
    const shard = this.#locate(heartbeat.groupId);
    if (shard === 'COORDINATOR_LOAD_IN_PROGRESS') return 'NONE';
    if (typeof shard === 'string') return shard;
    const group = shard.group(heartbeat.groupId);
    if (group === undefined) return 'UNKNOWN_MEMBER_ID';
    const { error, alive } = decideHeartbeat(group, heartbeat);
    if (alive !== null) this.#rebalance.extendSession(group, alive);
    return error;
  }

  leaveGroup(groupId: string, leaving: readonly LeavingMember[]): LeaveResult {
    const shard = this.#locate(groupId);
    if (typeof shard === 'string') return { error: shard, members: [] };
    const group = shard.group(groupId);
    if (group === undefined) return leaveResult(leaving, () => 'UNKNOWN_MEMBER_ID');
    return leaveResult(leaving, (member) => this.#leave(group, member));
  }

  /** One error per offset, in their order. */
  async commitOffsets(commit: CommitOffsets): Promise<readonly ErrorName[]> {
    const { groupId, generationId, offsets } = commit;
    const all = (error: ErrorName): ErrorName[] => offsets.map(() => error);
    const shard = this.#locate(groupId, 'may be empty');
    if (typeof shard === 'string') return all(shard);
    // Without generation the client only keeps its offsets here; with one, its group is gone.
    const group = generationId < 0 ? shard.getOrCreate(groupId) : shard.group(groupId);
    if (group === undefined) return all('ILLEGAL_GENERATION');
    const decision = decideCommit(group, commit);
    if (decision.kind === 'refuse') return all(decision.error);
    if (decision.alive !== null) this.#rebalance.extendSession(group, decision.alive);

    return this.#storeOffsets(shard, group, offsets);
  }

  /** The same for offsets that count once a transaction is committed: until then they are pending. */
  async commitTransactionalOffsets(commit: CommitTransactionalOffsets): Promise<readonly ErrorName[]> {
    const { groupId, offsets, producerId, producerEpoch } = commit;
    const all = (error: ErrorName): ErrorName[] => offsets.map(() => error);
    const before = this.#locate(groupId, 'may be empty');
    if (typeof before === 'string') return all(before);
    before.getOrCreate(groupId);
    const { error: unverified, guard } = await commit.verify({
      topic: GROUP_METADATA_TOPIC,
      partition: before.partition,
    });
    if (unverified !== 'NONE') return all(commitErrorOf(unverified));
    // Meanwhile the group may have gone, and so may its partition.
    const shard = this.#locate(groupId, 'may be empty');
    if (typeof shard === 'string') return all(shard);
    const group = shard.getOrCreate(groupId);
    const error = decideTransactionalCommit(group, commit);
    if (error !== 'NONE') return all(error);

    // Without verification it comes so far, and is a commit like any other to the original.
    if (producerId === NO_PRODUCER_ID) return this.#storeOffsets(shard, group, offsets);
    const { stored, answer } = this.#withoutTooLarge(offsets);
    if (stored.length === 0) return answer('NONE');
    group.offsets.prepareTransactionalCommit(producerId, stored);
    shard.openTransaction(producerId, group);
    return this.#shards.write(shard.partition, {
      records: commitRecords(groupId, stored),
      baseSequence: 0,
      producer: { producerId, producerEpoch },
      verificationGuard: guard,
      committed: (baseOffset) => {
        group.offsets.completeTransactionalAppend(producerId, stored, baseOffset);
        this.#metrics.offsetCommits.mark();
        return answer('NONE');
      },
      refused: (refusal) => {
        const partitions = stored.map(([partition]) => partition);
        group.offsets.failTransactionalCommit(producerId, partitions);
        shard.abandonCommit(producerId, group);
        return answer(commitErrorOf(refusal));
      },
    });
  }

  /** `partitions` null: all that are committed. */
  fetchOffsets(
    groupId: string,
    partitions: readonly TopicPartition[] | null,
    requireStable: boolean,
  ): { readonly error: ErrorName; readonly offsets: readonly FetchedOffset[] } {
    const shard = this.#locate(groupId, 'may be empty');
    if (typeof shard === 'string') return { error: shard, offsets: [] };
    return { error: 'NONE', offsets: fetchOffsets(shard.group(groupId), partitions, requireStable) };
  }

  describeGroup(groupId: string): DescribedGroup {
    const shard = this.#locate(groupId, 'may be empty');
    return typeof shard === 'string'
      ? describeError(groupId, shard)
      : describeGroup(groupId, shard.group(groupId));
  }

  /** While a partition is loading its groups are missing, and the error says so. */
  listGroups(
    statesFilter: readonly string[],
    typesFilter: readonly string[],
  ): { readonly error: ErrorName; readonly groups: readonly ListedGroup[] } {
    if (!this.#isActive) return { error: 'COORDINATOR_NOT_AVAILABLE', groups: [] };
    const groups: ListedGroup[] = [];
    for (const group of this.#groups())
      if (isListed(group, statesFilter, typesFilter)) groups.push(listGroup(group));
    return { error: this.#shards.isLoading ? 'COORDINATOR_LOAD_IN_PROGRESS' : 'NONE', groups };
  }

  deleteGroup(groupId: string): ErrorName {
    const shard = this.#locate(groupId, 'may be empty');
    if (typeof shard === 'string') return shard;
    const group = shard.group(groupId);
    const error = decideDelete(group);
    if (error !== 'NONE' || group === undefined) return error;
    group.transitionTo('Dead', 'it was deleted');
    this.#cleanUp(shard, group, group.offsets.removeAll());
    return 'NONE';
  }

  /** Forgets offsets of single partitions (OffsetDelete); one error per partition, in their order. */
  deleteOffsets(
    groupId: string,
    partitions: readonly TopicPartition[],
  ): { readonly error: ErrorName; readonly errors: readonly ErrorName[] } {
    const shard = this.#locate(groupId);
    if (typeof shard === 'string') return { error: shard, errors: [] };
    const group = shard.group(groupId);
    const decision = decideDeleteOffsets(group);
    if (decision.kind === 'refuse' || group === undefined)
      return { error: decision.kind === 'refuse' ? decision.error : 'GROUP_ID_NOT_FOUND', errors: [] };
    const errors = partitions.map(decision.errorOf);
    const deletable = partitions.filter((_, index) => errors[index] === 'NONE');
    // A request that deletes nothing does not touch the group, not even one that has nothing left to keep it.
    if (deletable.length === 0) return { error: 'NONE', errors };
    const removed = group.offsets.remove(deletable);
    this.#metrics.offsetDeletions.mark(removed.length);
    this.#cleanUp(shard, group, removed);
    return { error: 'NONE', errors };
  }

  async #storeOffsets(
    shard: GroupShard,
    group: Group,
    offsets: CommitOffsets['offsets'],
  ): Promise<readonly ErrorName[]> {
    const { stored, answer } = this.#withoutTooLarge(offsets);
    if (stored.length === 0) return answer('NONE');
    group.offsets.prepareCommit(stored);
    return this.#shards.write(shard.partition, {
      records: commitRecords(group.groupId, stored),
      baseSequence: 0,
      committed: (baseOffset) => {
        group.offsets.completeCommit(stored, baseOffset);
        this.#metrics.offsetCommits.mark();
        return answer('NONE');
      },
      refused: (error) => {
        group.offsets.failCommit(stored);
        return answer(commitErrorOf(error));
      },
    });
  }

  /** What of a commit can be stored, in the order it is written in, and the answer to all of it. */
  #withoutTooLarge(offsets: CommitOffsets['offsets']): {
    readonly stored: CommitOffsets['offsets'];
    readonly answer: (errorOfStored: ErrorName) => ErrorName[];
  } {
    const isTooLarge = ([, value]: (typeof offsets)[number]): boolean =>
      isMetadataTooLarge(value, this.#options.config.offsetMetadataMaxBytes);
    return {
      stored: inCommitOrder(offsets).filter((entry) => !isTooLarge(entry)),
      answer: (errorOfStored) =>
        offsets.map((entry) => (isTooLarge(entry) ? 'OFFSET_METADATA_TOO_LARGE' : errorOfStored)),
    };
  }

  #join(group: Group, join: JoinGroup, answer: (result: JoinGroupResult) => void): void {
    const decision = decideJoin(group, join, { groupMaxSize: this.#options.config.maxSize });
    switch (decision.kind) {
      case 'refuse':
        answer(joinError(decision.memberId, decision.error));
        return;
      case 'turn-away':
        answer(joinError(UNKNOWN_MEMBER_ID, 'GROUP_MAX_SIZE_REACHED'));
        this.#rebalance.removePendingMember(group, join.memberId);
        return;
      case 'require-member-id': {
        const memberId = this.#newMemberId(join);
        this.#rebalance.addPendingMember(group, memberId, join.sessionTimeoutMs);
        answer(joinError(memberId, 'MEMBER_ID_REQUIRED'));
        return;
      }
      case 'add-member':
        this.#rebalance.addMember(group, decision.memberId ?? this.#newMemberId(join), join, answer);
        return;
      case 'replace-static-member':
        this.#rebalance.replaceStaticMember(group, decision, this.#newMemberId(join), join, answer);
        return;
      case 'update-member':
        this.#rebalance.updateMember(group, join.memberId, join, decision.reason, answer);
        return;
      case 'answer-current-generation': {
        const member = group.get(join.memberId);
        answer(
          member === undefined ? joinError(join.memberId, 'UNKNOWN_MEMBER_ID') : joinResult(group, member),
        );
        return;
      }
    }
  }

  #sync(group: Group, sync: SyncGroup, answer: (result: SyncGroupResult) => void): void {
    const decision = decideSync(group, sync);
    switch (decision.kind) {
      case 'refuse':
        answer(syncError(decision.error));
        return;
      case 'answer':
        this.#rebalance.receivedSync(group, sync.memberId);
        this.#rebalance.extendSession(group, decision.member);
        answer(syncResult(group, decision.member));
        return;
      case 'await-assignment':
        this.#rebalance.awaitAssignment(group, decision.member, answer);
        return;
      case 'store-assignment':
        this.#rebalance.awaitAssignment(group, decision.member, answer);
        this.#rebalance.storeAssignment(group, sync.assignments);
        return;
    }
  }

  #leave(group: Group, leaving: LeavingMember): ErrorName {
    const decision = decideLeave(group, leaving);
    switch (decision.kind) {
      case 'refuse':
        return decision.error;
      case 'remove-pending-member':
        this.#rebalance.removePendingMember(group, decision.memberId);
        return 'NONE';
      case 'remove-member': {
        const { memberId } = decision.member;
        const reason = `Member ${memberId} left; client reason: ${leaving.reason ?? 'not provided'}`;
        this.#rebalance.removeMember(group, decision.member, reason);
        return 'NONE';
      }
    }
  }

  #newMemberId({ groupInstanceId, clientId }: JoinGroup): string {
    return `${groupInstanceId ?? clientId}-${this.#options.runtime.random.uuid()}`;
  }

  /** The shard that holds the group, or why this broker cannot answer for it. */
  #locate(groupId: string, emptyId?: 'may be empty'): GroupShard | ErrorName {
    if (groupId === '' && emptyId === undefined) return 'INVALID_GROUP_ID';
    return this.#isActive ? this.#shards.find(this.partitionFor(groupId)) : 'COORDINATOR_NOT_AVAILABLE';
  }

  *#groups(): Generator<Group> {
    for (const shard of this.#shards.activeShards()) yield* shard.groups();
  }

  #groupLoaded(group: Group): void {
    if (group.size > this.#options.config.maxSize)
      this.#rebalance.prepareRebalance(group, 'The group has more members than group.max.size allows');
    for (const member of group.members()) this.#rebalance.extendSession(group, member);
  }

  #store(
    group: Group,
    assignments: ReadonlyMap<string, Buffer>,
    done: (error: ErrorName) => void,
  ): Promise<void> {
    return this.#shards.write(this.partitionFor(group.groupId), {
      records: [groupMetadataRecord(group, assignments)],
      committed: () => done('NONE'),
      refused: (error) => done(groupMetadataErrorOf(error)),
    });
  }

  /** All offsets are looked at, which may be millions. */
  async #expireOffsets(): Promise<void> {
    const { runtime, config } = this.#options;
    for (const shard of [...this.#shards.activeShards()])
      await inTurns(runtime.timers, [...shard.groups()], (group) => this.#expireOffsetsOf(shard, group));
    if (!this.#isActive) return;
    this.#expiry = runtime.timers.after(
      config.offsetsRetentionCheckIntervalMs,
      () => void this.#expireOffsets(),
    );
  }

  #expireOffsetsOf(shard: GroupShard, group: Group): void {
    // In a turn of its own: the partition or the group may be gone.
    const isCurrent = this.#shards.find(shard.partition) === shard && shard.group(group.groupId) === group;
    if (!isCurrent) return;
    const { runtime, config } = this.#options;
    const expired = decideExpiredOffsets(group, runtime.clock.wallMs(), config.offsetsRetentionMs);
    group.offsets.expire(expired);
    this.#metrics.offsetExpirations.mark(expired.length);
    this.#cleanUp(shard, group, expired);
  }

  /**
   * Writes tombstones for offsets that were removed, and lets go of a group that has neither members nor offsets.
   * Nobody waits for the log: a tombstone that gets lost is made again the next time. A group that never had a
   * generation was never written, so it needs none.
   */
  #cleanUp(shard: GroupShard, group: Group, removed: readonly TopicPartition[]): void {
    const { groupId } = group;
    if (group.state === 'Empty' && group.offsets.isEmpty)
      group.transitionTo('Dead', 'it has neither members nor offsets');
    const tombstones: CoordinatorRecord[] = inScalaMapOrder(removed, topicPartitionHashCode).map(
      ({ topic, partition }) => offsetCommitRecord(groupId, topic, partition, null),
    );
    if (group.state === 'Dead') {
      shard.remove(group);
      if (group.generationId > 0) tombstones.push(groupMetadataTombstone(groupId));
    }
    if (tombstones.length > 0) this.#shards.writeUnattended(shard.partition, tombstones);
  }
}

function commitRecords(groupId: string, offsets: CommitOffsets['offsets']): CoordinatorRecord[] {
  return offsets.map(([{ topic, partition }, value]) => offsetCommitRecord(groupId, topic, partition, value));
}
