/**
 * Members of groups as a load: raw requests over a connection for each member, as consumers have it. The Java consumer
 * would be what takes the time; these cost little, and the same on both sides.
 */
import {
  ConsumerProtocolSubscription,
  encodeVersioned,
  errorNameOf,
  type MessageInput,
} from '../../src/protocol/index.ts';
import { OffsetCommitRequest, OffsetCommitResponse } from '../../src/protocol/messages/08-offset-commit.ts';
import { JoinGroupRequest, JoinGroupResponse } from '../../src/protocol/messages/11-join-group.ts';
import { HeartbeatRequest, HeartbeatResponse } from '../../src/protocol/messages/12-heartbeat.ts';
import { SyncGroupRequest, SyncGroupResponse } from '../../src/protocol/messages/14-sync-group.ts';
import { createNodeRuntime } from '../../src/runtime/node/index.ts';
import { BrokerConnection, type Node } from '../../src/tools/client/index.ts';

const JOIN = { request: JoinGroupRequest, response: JoinGroupResponse };
const SYNC = { request: SyncGroupRequest, response: SyncGroupResponse };
const HEARTBEAT = { request: HeartbeatRequest, response: HeartbeatResponse };
export const COMMIT = { request: OffsetCommitRequest, response: OffsetCommitResponse };

/** The most that brokers allow by default: members only speak while they are measured. */
const SESSION_MS = 1_800_000;
const REBALANCE_MS = 300_000;
const CONNECT_TIMEOUT_MS = 60_000;
/** Of a few partitions in a few topics. */
const ASSIGNMENT_BYTES = 100;
const WORD_BYTES = 4;

const runtime = createNodeRuntime();

export class BenchMember {
  readonly #connection: BrokerConnection;
  readonly #groupId: string;
  readonly #topic: string;
  #memberId = '';
  #generationId = -1;
  #joins = 0;

  private constructor(connection: BrokerConnection, groupId: string, topic: string) {
    this.#connection = connection;
    this.#groupId = groupId;
    this.#topic = topic;
  }

  static async connect(coordinator: Node, groupId: string, topic: string): Promise<BenchMember> {
    const connection = await BrokerConnection.open(runtime, coordinator, 'bench', CONNECT_TIMEOUT_MS);
    return new BenchMember(connection, groupId, topic);
  }

  close(): void {
    this.#connection.close();
  }

  /**
   * Joins with another subscription than before, as members with sticky or cooperative assignors do: in a stable group
   * that begins a rebalance, in one that rebalances it takes part. Resolves when the member has its assignment.
   */
  async rejoin(): Promise<void> {
    for (;;) {
      const joined = await this.#connection.call(JOIN, {
        groupId: this.#groupId,
        sessionTimeoutMs: SESSION_MS,
        rebalanceTimeoutMs: REBALANCE_MS,
        memberId: this.#memberId,
        protocolType: 'consumer',
        protocols: [{ name: 'cooperative-sticky', metadata: this.#subscription() }],
      });
      const error = errorNameOf(joined.errorCode);
      if (error === 'MEMBER_ID_REQUIRED') this.#memberId = joined.memberId;
      else expectOneOf(error, ['NONE', 'REBALANCE_IN_PROGRESS']);
      if (error !== 'NONE') continue;
      this.#memberId = joined.memberId;
      this.#generationId = joined.generationId;
      if (await this.#sync(joined)) return;
    }
  }

  /** What a consumer sends every three seconds. */
  async heartbeat(): Promise<void> {
    const { errorCode } = await this.#connection.call(HEARTBEAT, this.#self());
    expectOneOf(errorNameOf(errorCode), ['NONE', 'REBALANCE_IN_PROGRESS']);
  }

  /** One request with an offset for each of the partitions. */
  async commit(partitions: readonly number[], offset: number): Promise<void> {
    const { generationId: generationIdOrMemberEpoch, ...self } = this.#self();
    const { topics } = await this.#connection.call(COMMIT, {
      ...self,
      generationIdOrMemberEpoch,
      topics: [offsetsOf(this.#topic, partitions, offset)],
    });
    expectCommitted(topics);
  }

  /** False when another rebalance has begun. */
  async #sync({ leader, members }: JoinGroupResponse): Promise<boolean> {
    const isLeader = leader === this.#memberId;
    const { errorCode } = await this.#connection.call(SYNC, {
      ...this.#self(),
      protocolType: 'consumer',
      protocolName: 'cooperative-sticky',
      assignments: isLeader
        ? members.map(({ memberId }) => ({ memberId, assignment: Buffer.alloc(ASSIGNMENT_BYTES) }))
        : [],
    });
    const error = errorNameOf(errorCode);
    expectOneOf(error, ['NONE', 'REBALANCE_IN_PROGRESS']);
    return error === 'NONE';
  }

  #self(): { readonly groupId: string; readonly memberId: string; readonly generationId: number } {
    return { groupId: this.#groupId, memberId: this.#memberId, generationId: this.#generationId };
  }

  /** No two of a member are the same. */
  #subscription(): Buffer {
    const userData = Buffer.alloc(WORD_BYTES);
    userData.writeInt32BE(this.#joins++);
    return encodeVersioned(ConsumerProtocolSubscription, 1, { topics: [this.#topic], userData });
  }
}

/** What OffsetCommit says of one topic: the same offset for each of the partitions. */
export function offsetsOf(
  topic: string,
  partitions: readonly number[],
  offset: number,
): MessageInput<typeof OffsetCommitRequest>['topics'][number] {
  return {
    name: topic,
    partitions: partitions.map((partitionIndex) => ({
      partitionIndex,
      committedOffset: offset,
      committedMetadata: '',
    })),
  };
}

export function expectCommitted(topics: OffsetCommitResponse['topics']): void {
  for (const { partitions } of topics)
    for (const { errorCode } of partitions) expectOneOf(errorNameOf(errorCode), ['NONE']);
}

function expectOneOf(error: string, expected: readonly string[]): void {
  if (!expected.includes(error)) throw new Error(`a member of a group was answered ${error}`);
}
