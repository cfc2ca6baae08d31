/**
 * The groups of one partition of `__consumer_offsets`, and how they are read back from it. While loading, offsets and
 * groups are collected apart, because their records come in any order; they meet when the end of the log is reached.
 *
 * Offsets committed in a transaction wait, in the log as in memory, for the marker that ends it; those whose marker has
 * not come yet stay pending after the load.
 */
import { decodeEndTransactionMarker, type KafkaRecord, type RecordBatch } from '../../records/index.ts';
import type { Logger } from '../../runtime/index.ts';
import type { CoordinatorShard } from '../runtime/coordinator-runtime.ts';
import { Group, type GroupContext, type GroupSnapshot } from './group.ts';
import { GroupOffsets } from './group-offsets.ts';
import { joinError, syncError } from './member.ts';
import { decodeGroupRecord } from './records.ts';

export interface GroupShardOptions {
  readonly partition: number;
  readonly context: GroupContext;
  readonly logger: Logger;
  /** A group was read: count its members' sessions from now. */
  loaded(group: Group): void;
}

/** A group while its partition is being read. */
interface Loading {
  snapshot: GroupSnapshot | null;
  readonly offsets: GroupOffsets;
}

export class GroupShard implements CoordinatorShard {
  readonly partition: number;
  readonly #options: GroupShardOptions;
  readonly #groups = new Map<string, Group>();
  readonly #loading = new Map<string, Loading>();
  /** Where a producer committed offsets in its open transaction: its marker need not look at every group. */
  readonly #groupsOfProducer = new Map<number, Set<Group>>();
  /** The same of what is being read. */
  readonly #loadingOfProducer = new Map<number, Set<Loading>>();

  constructor(options: GroupShardOptions) {
    this.#options = options;
    this.partition = options.partition;
  }

  groups(): IterableIterator<Group> {
    return this.#groups.values();
  }

  group(groupId: string): Group | undefined {
    return this.#groups.get(groupId);
  }

  getOrCreate(groupId: string): Group {
    let group = this.#groups.get(groupId);
    if (group === undefined) this.#groups.set(groupId, (group = new Group(groupId, this.#options.context)));
    return group;
  }

  /** The group is Dead and forgotten. */
  remove(group: Group): void {
    group.timers.cancelAll();
    if (this.#groups.get(group.groupId) === group) this.#groups.delete(group.groupId);
    for (const producerId of group.offsets.producersWithPendingOffsets()) this.#close(producerId, group);
  }

  /** From now on the group waits for a marker of the producer's. */
  openTransaction(producerId: number, group: Group): void {
    addTo(this.#groupsOfProducer, producerId, group);
  }

  /** The commit did not get into the log: unless another one did, there is no marker to wait for. */
  abandonCommit(producerId: number, group: Group): void {
    if (!group.offsets.hasPendingOfProducer(producerId)) this.#close(producerId, group);
  }

  replay(batch: RecordBatch, records: readonly KafkaRecord[]): void {
    if (batch.isControl) {
      this.#replayMarker(batch, records);
      return;
    }
    // The base offset of what is left of the batch: compaction takes records away from its start.
    const batchBaseOffset = records[0]?.offset ?? batch.baseOffset;
    for (const { key, value } of records) {
      if (key === null) continue;
      const record = decodeGroupRecord(key, value);
      if (record.kind === 'unknown') {
        this.#options.logger.warn(
          `A record with key version ${record.keyVersion} in partition ${this.partition} is ignored: ` +
            `it belongs to a newer group protocol`,
        );
        continue;
      }
      const loading = this.#loadingGroup(record.groupId);
      if (record.kind === 'group-metadata') {
        loading.snapshot = record.snapshot;
        continue;
      }
      const { topic, partition, value: offset } = record;
      const committed = offset && { value: offset, batchBaseOffset };
      if (batch.isTransactional) {
        loading.offsets.restoreTransactional(batch.producerId, topic, partition, committed);
        addTo(this.#loadingOfProducer, batch.producerId, loading);
      } else loading.offsets.restore(topic, partition, committed);
    }
  }

  onLoaded(): void {
    for (const [groupId, { snapshot, offsets }] of this.#loading) {
      if (snapshot === null && offsets.isEmpty) continue;
      const { context } = this.#options;
      const group =
        snapshot === null
          ? new Group(groupId, context, offsets)
          : Group.restore(groupId, context, snapshot, offsets);
      this.#groups.set(groupId, group);
      for (const producerId of offsets.producersWithPendingOffsets()) this.openTransaction(producerId, group);
      this.#options.loaded(group);
    }
    this.#loading.clear();
    this.#loadingOfProducer.clear();
  }

  onUnloaded(): void {
    for (const group of this.#groups.values()) {
      group.transitionTo('Dead', 'its partition moved to another coordinator');
      group.timers.cancelAll();
      for (const member of group.members()) {
        group.answerJoin(member, joinError(member.memberId, 'NOT_COORDINATOR'));
        group.answerSync(member, syncError('NOT_COORDINATOR'));
      }
    }
    this.#groups.clear();
    this.#groupsOfProducer.clear();
    this.#loading.clear();
    this.#loadingOfProducer.clear();
  }

  /** A transaction's marker reached this partition. */
  completeTransaction(producerId: number, isCommit: boolean): void {
    const groups = this.#groupsOfProducer.get(producerId) ?? [];
    this.#groupsOfProducer.delete(producerId);
    for (const group of groups) group.offsets.completeTransaction(producerId, isCommit);
  }

  #close(producerId: number, group: Group): void {
    const groups = this.#groupsOfProducer.get(producerId);
    groups?.delete(group);
    if (groups?.size === 0) this.#groupsOfProducer.delete(producerId);
  }

  #replayMarker(batch: RecordBatch, records: readonly KafkaRecord[]): void {
    // Compaction may have emptied it.
    if (records.length === 0) return;
    const marker = decodeEndTransactionMarker(batch);
    if (marker === undefined) return;
    const loading = this.#loadingOfProducer.get(batch.producerId) ?? [];
    this.#loadingOfProducer.delete(batch.producerId);
    for (const { offsets } of loading)
      offsets.completeTransaction(batch.producerId, marker.result === 'commit');
  }

  #loadingGroup(groupId: string): Loading {
    let loading = this.#loading.get(groupId);
    if (loading === undefined)
      this.#loading.set(groupId, (loading = { snapshot: null, offsets: new GroupOffsets() }));
    return loading;
  }
}

function addTo<T>(sets: Map<number, Set<T>>, producerId: number, one: T): void {
  const found = sets.get(producerId);
  if (found === undefined) sets.set(producerId, new Set([one]));
  else found.add(one);
}
