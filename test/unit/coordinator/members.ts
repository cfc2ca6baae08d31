/** Group members as tests play them: they join, sync, beat and leave like a Java client would. */
import type {
  GroupCoordinator,
  JoinGroup,
  JoinGroupResult,
  SyncGroupResult,
} from '../../../src/coordinator/index.ts';
import { ConsumerProtocolSubscription, encodeVersioned } from '../../../src/protocol/index.ts';
import { settle } from './coordinator-world.ts';

export function subscription(...topics: string[]): Buffer {
  return encodeVersioned(ConsumerProtocolSubscription, 0, { topics, userData: null });
}

export const RANGE = { name: 'range', metadata: subscription('orders') };
export const ROUND_ROBIN = { name: 'roundrobin', metadata: subscription('orders') };

export function joinOf(overrides: Partial<JoinGroup> = {}): JoinGroup {
  return {
    groupId: 'group',
    memberId: '',
    groupInstanceId: null,
    requireKnownMemberId: false,
    supportSkippingAssignment: true,
    clientId: 'client',
    clientHost: '/127.0.0.1',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    protocolType: 'consumer',
    protocols: [RANGE],
    reason: null,
    ...overrides,
  };
}

/** A request whose answer can be looked at without waiting for it. */
export interface Waiting<T> {
  readonly promise: Promise<T>;
  readonly answer: T | undefined;
}

export function waiting<T>(promise: Promise<T>): Waiting<T> {
  const result: { promise: Promise<T>; answer: T | undefined } = { promise, answer: undefined };
  void promise.then((answer) => (result.answer = answer));
  return result;
}

export class TestMember {
  readonly #coordinator: GroupCoordinator;
  readonly #join: JoinGroup;
  memberId = '';
  generationId = -1;
  isLeader = false;
  members: JoinGroupResult['members'] = [];

  constructor(coordinator: GroupCoordinator, overrides: Partial<JoinGroup> = {}) {
    this.#coordinator = coordinator;
    this.#join = joinOf(overrides);
  }

  join(overrides: Partial<JoinGroup> = {}): Waiting<JoinGroupResult> {
    const joined = this.#coordinator.joinGroup({ ...this.#join, memberId: this.memberId, ...overrides });
    return waiting(joined.then((result) => this.#joined(result)));
  }

  sync(assignments: Readonly<Record<string, string>> = {}): Waiting<SyncGroupResult> {
    const entries = Object.entries(assignments).map(([id, text]) => [id, Buffer.from(text)] as const);
    return waiting(
      this.#coordinator.syncGroup({
        groupId: this.#join.groupId,
        generationId: this.generationId,
        memberId: this.memberId,
        groupInstanceId: this.#join.groupInstanceId,
        protocolType: null,
        protocolName: null,
        assignments: new Map(entries),
      }),
    );
  }

  beat(): string {
    return this.#coordinator.heartbeat({
      groupId: this.#join.groupId,
      memberId: this.memberId,
      groupInstanceId: this.#join.groupInstanceId,
      generationId: this.generationId,
    });
  }

  leave(): string {
    const { groupId, groupInstanceId } = this.#join;
    const left = this.#coordinator.leaveGroup(groupId, [
      { memberId: this.memberId, groupInstanceId, reason: null },
    ]);
    return left.members[0]?.error ?? left.error;
  }

  #joined(result: JoinGroupResult): JoinGroupResult {
    if (result.memberId !== '') this.memberId = result.memberId;
    if (result.error === 'NONE') {
      this.generationId = result.generationId;
      this.isLeader = result.leaderId === result.memberId;
      this.members = result.members;
    }
    return result;
  }
}

/** Joins and syncs all members, so that the group is Stable; the leader assigns each its own member id. */
export async function makeStable(
  members: readonly TestMember[],
  advance: (ms: number) => Promise<void>,
): Promise<void> {
  const joins = members.map((member) => member.join());
  await advance(1);
  for (const join of joins)
    if (join.answer?.error !== 'NONE') throw new Error(`not joined: ${join.answer?.error}`);
  const leader = members.find(({ isLeader }) => isLeader);
  const assignments = Object.fromEntries(members.map(({ memberId }) => [memberId, `to ${memberId}`]));
  const syncs = members.map((member) => member.sync(member === leader ? assignments : {}));
  await settle();
  for (const sync of syncs)
    if (sync.answer?.error !== 'NONE') throw new Error(`not synced: ${sync.answer?.error}`);
}
