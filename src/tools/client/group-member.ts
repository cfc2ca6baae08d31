/**
 * One member of a consumer group in the classic protocol: join, get or make the assignment, keep alive by heartbeats,
 * commit, leave. The member whom the coordinator makes leader assigns the partitions for all, by ranges, as Java
 * consumers do by default; so members of both kinds share a group.
 */
import { decodeVersioned, encodeVersioned, errorNameOf, KafkaError } from '../../protocol/index.ts';
import { ConsumerProtocolAssignment, ConsumerProtocolSubscription } from '../../protocol/index.ts';
import { HeartbeatRequest, HeartbeatResponse } from '../../protocol/messages/12-heartbeat.ts';
import { JoinGroupRequest, JoinGroupResponse } from '../../protocol/messages/11-join-group.ts';
import { LeaveGroupRequest, LeaveGroupResponse } from '../../protocol/messages/13-leave-group.ts';
import { OffsetCommitRequest, OffsetCommitResponse } from '../../protocol/messages/08-offset-commit.ts';
import { OffsetFetchRequest, OffsetFetchResponse } from '../../protocol/messages/09-offset-fetch.ts';
import { SyncGroupRequest, SyncGroupResponse } from '../../protocol/messages/14-sync-group.ts';
import type { Fields, StructInput, StructOf } from '../../protocol/index.ts';
import type { Api } from './broker-connection.ts';
import type { ClusterClient } from './cluster-client.ts';
import { throwIf } from './cluster-client.ts';

export interface AssignedPartition {
  readonly topic: string;
  readonly partition: number;
  /** Null when the group has committed none. */
  readonly offset: number | null;
}

export interface GroupMemberOptions {
  readonly groupId: string;
  readonly groupInstanceId: string | null;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** The topics to read, asked again at each rebalance. */
  readonly topics: () => Promise<readonly string[]>;
}

const PROTOCOL_TYPE = 'consumer';
const RANGE = 'range';

export class GroupMember {
  readonly #client: ClusterClient;
  readonly #options: GroupMemberOptions;
  #memberId = '';
  #generationId = -1;

  constructor(client: ClusterClient, options: GroupMemberOptions) {
    this.#client = client;
    this.#options = options;
  }

  get memberId(): string {
    return this.#memberId;
  }

  get generationId(): number {
    return this.#generationId;
  }

  /** Joins (again) and gives what this member is to read, with the offsets the group has committed. */
  async join(): Promise<readonly AssignedPartition[]> {
    return this.#client.retry(async () => {
      try {
        return await this.#joinOnce();
      } catch (thrown) {
        if (!(thrown instanceof KafkaError)) throw thrown;
        if (thrown.error === 'UNKNOWN_MEMBER_ID' || thrown.error === 'ILLEGAL_GENERATION')
          this.#memberId = '';
        else if (thrown.error !== 'REBALANCE_IN_PROGRESS' && thrown.error !== 'MEMBER_ID_REQUIRED')
          throw thrown;
        throw new KafkaError('COORDINATOR_NOT_AVAILABLE', thrown.message); // Retriable: the group moves on without us.
      }
    });
  }

  /** True while the assignment holds; false when the group wants everybody to join again. */
  async heartbeat(): Promise<boolean> {
    const answer = await this.#call(
      { request: HeartbeatRequest, response: HeartbeatResponse },
      {
        groupId: this.#options.groupId,
        generationId: this.#generationId,
        memberId: this.#memberId,
        groupInstanceId: this.#options.groupInstanceId,
      },
    );
    const error = errorNameOf(answer.errorCode);
    if (error === 'NONE') return true;
    if (error === 'UNKNOWN_MEMBER_ID') this.#memberId = '';
    if (LOST_MEMBERSHIP.has(error)) return false;
    throw new KafkaError(error);
  }

  /**
   * Stores positions; false when that is not known to have happened because this member, or its coordinator, is no
   * longer what it was. A group that is rebalancing has others read on from the last commit: that is no failure.
   */
  async commit(
    positions: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[],
  ): Promise<boolean> {
    if (positions.length === 0) return true;
    const topics = [...new Set(positions.map((position) => position.topic))];
    const answer = await this.#call(
      { request: OffsetCommitRequest, response: OffsetCommitResponse },
      {
        groupId: this.#options.groupId,
        generationIdOrMemberEpoch: this.#generationId,
        memberId: this.#memberId,
        groupInstanceId: this.#options.groupInstanceId,
        topics: topics.map((name) => ({
          name,
          partitions: positions
            .filter((position) => position.topic === name)
            .map(({ partition, offset }) => ({
              partitionIndex: partition,
              committedOffset: offset,
              committedMetadata: '',
            })),
        })),
      },
    );
    let isStored = true;
    for (const { errorCode } of answer.topics.flatMap((topic) => topic.partitions)) {
      if (LOST_MEMBERSHIP.has(errorNameOf(errorCode))) isStored = false;
      else throwIf(errorCode);
    }
    return isStored;
  }

  async leave(): Promise<void> {
    if (this.#memberId === '' || this.#options.groupInstanceId !== null) return;
    await this.#call(
      { request: LeaveGroupRequest, response: LeaveGroupResponse },
      {
        groupId: this.#options.groupId,
        members: [
          { memberId: this.#memberId, groupInstanceId: null, reason: 'the consumer is being closed' },
        ],
      },
    );
  }

  async #joinOnce(): Promise<readonly AssignedPartition[]> {
    const topics = await this.#options.topics();
    const joined = await this.#call(
      { request: JoinGroupRequest, response: JoinGroupResponse },
      {
        groupId: this.#options.groupId,
        sessionTimeoutMs: this.#options.sessionTimeoutMs,
        rebalanceTimeoutMs: this.#options.rebalanceTimeoutMs,
        memberId: this.#memberId,
        groupInstanceId: this.#options.groupInstanceId,
        protocolType: PROTOCOL_TYPE,
        protocols: [{ name: RANGE, metadata: subscriptionOf(topics) }],
      },
    );
    this.#memberId = joined.memberId; // KIP-394: the first answer is MEMBER_ID_REQUIRED and gives the id.
    throwIf(joined.errorCode);
    this.#generationId = joined.generationId;
    const assignments =
      joined.leader === joined.memberId && !joined.skipAssignment
        ? await this.#assignAll(joined.members)
        : [];
    const synced = await this.#call(
      { request: SyncGroupRequest, response: SyncGroupResponse },
      {
        groupId: this.#options.groupId,
        generationId: this.#generationId,
        memberId: this.#memberId,
        groupInstanceId: this.#options.groupInstanceId,
        protocolType: PROTOCOL_TYPE,
        protocolName: RANGE,
        assignments,
      },
    );
    throwIf(synced.errorCode);
    if (synced.assignment.length === 0) return [];
    const { value } = decodeVersioned(ConsumerProtocolAssignment, synced.assignment, 'readAsNewest');
    return this.#committed(value.assignedPartitions);
  }

  async #assignAll(
    members: JoinGroupResponse['members'],
  ): Promise<{ memberId: string; assignment: Buffer }[]> {
    const subscriptions = members.map(({ memberId, metadata }) => ({
      memberId,
      topics: decodeVersioned(ConsumerProtocolSubscription, metadata, 'readAsNewest').value.topics,
    }));
    const names = [...new Set(subscriptions.flatMap((each) => each.topics))].sort();
    const metadata = await this.#client.metadata(names, true);
    const counts = new Map(metadata.topics.map(({ name, partitions }) => [name ?? '', partitions.length]));
    return [...assignRanges(subscriptions, counts)].map(([memberId, assignedPartitions]) => ({
      memberId,
      assignment: encodeVersioned(ConsumerProtocolAssignment, 1, { assignedPartitions }),
    }));
  }

  async #committed(assigned: readonly TopicPartitions[]): Promise<readonly AssignedPartition[]> {
    if (assigned.length === 0) return [];
    const answer = await this.#call(
      { request: OffsetFetchRequest, response: OffsetFetchResponse },
      {
        groups: [
          {
            groupId: this.#options.groupId,
            memberId: null,
            memberEpoch: -1,
            topics: assigned.map(({ topic, partitions }) => ({ name: topic, partitionIndexes: partitions })),
          },
        ],
        requireStable: true,
      },
    );
    const [group] = answer.groups;
    throwIf(group?.errorCode ?? 0);
    return (group?.topics ?? []).flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, committedOffset, errorCode }) => {
        throwIf(errorCode);
        return {
          topic: name,
          partition: partitionIndex,
          offset: committedOffset < 0 ? null : committedOffset,
        };
      }),
    );
  }

  async #call<Req extends Fields, Res extends Fields>(
    api: Api<Req, Res>,
    value: StructInput<Req>,
  ): Promise<StructOf<Res>> {
    const { id } = await this.#client.coordinator(this.#options.groupId);
    return this.#client.toBroker(id, api, value);
  }
}

/** Errors after which a member joins again, none of which is a failure. */
const LOST_MEMBERSHIP: ReadonlySet<string> = new Set([
  'REBALANCE_IN_PROGRESS',
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'NOT_COORDINATOR',
  'COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
]);

interface TopicPartitions {
  readonly topic: string;
  readonly partitions: number[];
}

function subscriptionOf(topics: readonly string[]): Buffer {
  return encodeVersioned(ConsumerProtocolSubscription, 1, { topics: [...topics], ownedPartitions: [] });
}

/** Each topic's partitions in order, in equal runs over the members that read it; the first members get the rest. */
export function assignRanges(
  members: readonly { readonly memberId: string; readonly topics: readonly string[] }[],
  partitionCounts: ReadonlyMap<string, number>,
): ReadonlyMap<string, TopicPartitions[]> {
  const assignment = new Map<string, TopicPartitions[]>(members.map(({ memberId }) => [memberId, []]));
  for (const [topic, count] of partitionCounts) {
    const readers = members
      .filter(({ topics }) => topics.includes(topic))
      .map(({ memberId }) => memberId)
      .sort();
    const share = Math.floor(count / Math.max(1, readers.length));
    const extra = count % Math.max(1, readers.length);
    let next = 0;
    for (const [index, memberId] of readers.entries()) {
      const size = share + (index < extra ? 1 : 0);
      const partitions = Array.from({ length: size }, (_, at) => next + at);
      next += size;
      if (size > 0) assignment.get(memberId)?.push({ topic, partitions });
    }
  }
  return assignment;
}
