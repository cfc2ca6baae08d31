/**
 * One classic group: its state, its generation, its members, and the offsets committed under its name (Kafka's
 * GroupMetadata). Everything here is memory and synchronous; when to rebalance, what to store and which timers run is
 * the business of rebalance.ts and the request files.
 *
 * Invariants: the generation only grows; a protocol is chosen only if every member offers it; an instance id belongs
 * to at most one member; `awaitingJoinCount` is the number of members whose JoinGroup waits.
 *
 * Members come in the order of Kafka's own hash map wherever it can be seen: in records and answers, and where the first
 * of them takes over from a leader that went.
 */
import {
  assert,
  defined,
  inScalaImmutableOrder,
  inScalaMutableOrder,
  javaHashCode,
} from '../../common/index.ts';
import { GroupOffsets } from './group-offsets.ts';
import { canTransition, type GroupState } from './group-state.ts';
import { GroupTimers } from './group-timers.ts';
import {
  joinError,
  syncError,
  type JoinedMember,
  type JoinGroupResult,
  type Member,
  type MemberProtocol,
  type MemberSettings,
  type SyncGroupResult,
} from './member.ts';
import { CONSUMER_PROTOCOL_TYPE, subscribedTopicsOf } from './subscription.ts';

/** What a group needs of its surroundings: the wall clock, and somebody to tell of its transitions. */
export interface GroupContext {
  nowMs(): number;
  transitioned(group: Group, from: GroupState, reason: string): void;
}

/** What a group metadata record says of a group. */
export interface GroupSnapshot {
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leaderId: string | null;
  readonly stateTimestampMs: number | null;
  readonly members: readonly Member[];
}

export class Group {
  readonly groupId: string;
  readonly offsets: GroupOffsets;
  readonly timers = new GroupTimers();
  readonly #context: GroupContext;
  readonly #members = new Map<string, Member>();
  /** The most members there have been: Kafka's map keeps that size. */
  #mostMembers = 0;
  /** The members in the order they are shown in, until one comes or goes. */
  #inOrder: readonly Member[] | null = null;
  readonly #staticMembers = new Map<string, string>();
  readonly #pendingMembers = new Set<string>();
  readonly #pendingSyncMembers = new Set<string>();
  /** For each protocol the number of members that offer it. */
  readonly #supportedProtocols = new Map<string, number>();
  #state: GroupState = 'Empty';
  #awaitingJoinCount = 0;
  #subscribedTopics: ReadonlySet<string> | null = null;
  #generationId = 0;
  #protocolType: string | null = null;
  #protocolName: string | null = null;
  #leaderId: string | null = null;
  /** Since when the group is in its state; null for groups stored before Kafka wrote it down (record version < 2). */
  #stateTimestampMs: number | null;
  /** A member joined during the first join phase of a group: the phase may be made longer. */
  newMemberAdded = false;

  constructor(groupId: string, context: GroupContext, offsets: GroupOffsets = new GroupOffsets()) {
    this.groupId = groupId;
    this.offsets = offsets;
    this.#context = context;
    this.#stateTimestampMs = context.nowMs();
  }

  /** The group a record describes: Stable with members, Empty without. */
  static restore(
    groupId: string,
    context: GroupContext,
    snapshot: GroupSnapshot,
    offsets?: GroupOffsets,
  ): Group {
    const group = new Group(groupId, context, offsets);
    group.#state = snapshot.members.length === 0 ? 'Empty' : 'Stable';
    group.#generationId = snapshot.generationId;
    group.#protocolType = snapshot.protocolType;
    group.#protocolName = snapshot.protocolName;
    group.#leaderId = snapshot.leaderId;
    group.#stateTimestampMs = snapshot.stateTimestampMs;
    for (const member of snapshot.members) group.add(member);
    group.#subscribedTopics = group.#computeSubscribedTopics();
    return group;
  }

  get state(): GroupState {
    return this.#state;
  }
  get generationId(): number {
    return this.#generationId;
  }
  get protocolType(): string | null {
    return this.#protocolType;
  }
  get protocolName(): string | null {
    return this.#protocolName;
  }
  get leaderId(): string | null {
    return this.#leaderId;
  }
  get stateTimestampMs(): number | null {
    return this.#stateTimestampMs;
  }
  /** The topics a consumer group reads; null when that cannot be known. */
  get subscribedTopics(): ReadonlySet<string> | null {
    return this.#subscribedTopics;
  }
  get size(): number {
    return this.#members.size;
  }
  get awaitingJoinCount(): number {
    return this.#awaitingJoinCount;
  }
  get pendingMemberCount(): number {
    return this.#pendingMembers.size;
  }
  get hasAllMembersJoined(): boolean {
    return this.#members.size === this.#awaitingJoinCount && this.#pendingMembers.size === 0;
  }
  get hasPendingSyncMembers(): boolean {
    return this.#pendingSyncMembers.size > 0;
  }
  get pendingSyncMembers(): readonly string[] {
    return [...this.#pendingSyncMembers];
  }
  get canRebalance(): boolean {
    return canTransition(this.#state, 'PreparingRebalance');
  }
  /** How long a join phase may last: as long as the most patient member allows. */
  get rebalanceTimeoutMs(): number {
    let longest = 0;
    for (const { settings } of this.#members.values())
      longest = Math.max(longest, settings.rebalanceTimeoutMs);
    return longest;
  }

  members(): readonly Member[] {
    this.#inOrder ??= inScalaMutableOrder(
      [...this.#members.values()],
      ({ memberId }) => javaHashCode(memberId),
      this.#mostMembers,
    );
    return this.#inOrder;
  }
  has(memberId: string): boolean {
    return this.#members.has(memberId);
  }
  get(memberId: string): Member | undefined {
    return this.#members.get(memberId);
  }
  isLeader(memberId: string): boolean {
    return this.#leaderId === memberId;
  }
  isPendingMember(memberId: string): boolean {
    return this.#pendingMembers.has(memberId);
  }
  staticMemberId(groupInstanceId: string): string | undefined {
    return this.#staticMembers.get(groupInstanceId);
  }

  transitionTo(state: GroupState, reason: string): void {
    const from = this.#state;
    assert(canTransition(from, state), `group ${this.groupId} cannot go from ${from} to ${state}`);
    this.#state = state;
    this.#stateTimestampMs = this.#context.nowMs();
    this.#context.transitioned(this, from, reason);
  }

  add(member: Member, answerJoin: ((result: JoinGroupResult) => void) | null = null): void {
    const { memberId, groupInstanceId } = member;
    if (groupInstanceId !== null) {
      assert(!this.#staticMembers.has(groupInstanceId), `instance id ${groupInstanceId} is taken`);
      this.#staticMembers.set(groupInstanceId, memberId);
    }
    if (this.#members.size === 0) this.#protocolType = member.protocolType;
    assert(this.#protocolType === member.protocolType, `member ${memberId} speaks another protocol type`);
    this.#leaderId ??= memberId;
    this.#put(member);
    this.#countProtocols(member, 1);
    this.awaitJoin(member, answerJoin);
    this.#pendingMembers.delete(memberId);
  }

  remove(memberId: string): void {
    const member = this.#members.get(memberId);
    if (member !== undefined) {
      this.#take(memberId);
      this.#countProtocols(member, -1);
      this.answerJoin(member, joinError('', 'UNKNOWN_MEMBER_ID'));
      this.answerSync(member, syncError('UNKNOWN_MEMBER_ID'));
      if (member.groupInstanceId !== null) this.#staticMembers.delete(member.groupInstanceId);
    }
    if (this.#leaderId === memberId) this.#leaderId = this.members()[0]?.memberId ?? null;
    this.#pendingMembers.delete(memberId);
    this.#pendingSyncMembers.delete(memberId);
    this.timers.cancelSession(memberId);
  }

  /** A restarted static member takes over its place under a new member id; whoever still uses the old one is fenced. */
  replaceStaticMember(groupInstanceId: string, oldMemberId: string, newMemberId: string): Member {
    const member = defined(this.#members.get(oldMemberId), `member ${oldMemberId}`);
    this.#take(oldMemberId);
    this.answerJoin(member, joinError(oldMemberId, 'FENCED_INSTANCE_ID'));
    this.answerSync(member, syncError('FENCED_INSTANCE_ID'));
    this.timers.cancelSession(oldMemberId);
    member.memberId = newMemberId;
    this.#put(member);
    if (this.#leaderId === oldMemberId) this.#leaderId = newMemberId;
    if (this.#pendingSyncMembers.delete(oldMemberId)) this.#pendingSyncMembers.add(newMemberId);
    this.#staticMembers.set(groupInstanceId, newMemberId);
    return member;
  }

  updateMember(
    member: Member,
    settings: MemberSettings,
    answerJoin: ((result: JoinGroupResult) => void) | null,
  ): void {
    this.#countProtocols(member, -1);
    member.settings = settings;
    this.#countProtocols(member, 1);
    this.awaitJoin(member, answerJoin);
  }

  addPendingMember(memberId: string): void {
    assert(!this.#members.has(memberId), `member ${memberId} has joined already`);
    this.#pendingMembers.add(memberId);
  }
  addPendingSyncMember(memberId: string): void {
    this.#pendingSyncMembers.add(memberId);
  }
  removePendingSyncMember(memberId: string): void {
    this.#pendingSyncMembers.delete(memberId);
  }
  clearPendingSyncMembers(): void {
    this.#pendingSyncMembers.clear();
  }

  awaitJoin(member: Member, answer: ((result: JoinGroupResult) => void) | null): void {
    if (answer !== null) this.answerJoin(member, joinError(member.memberId, 'REBALANCE_IN_PROGRESS'));
    else if (member.isAwaitingJoin) this.#awaitingJoinCount -= 1;
    if (answer !== null) this.#awaitingJoinCount += 1;
    member.answerJoin = answer;
  }

  answerJoin(member: Member, result: JoinGroupResult): void {
    const answer = member.answerJoin;
    if (answer === null) return;
    member.answerJoin = null;
    this.#awaitingJoinCount -= 1;
    answer(result);
  }

  /** True when a SyncGroup was waiting. */
  answerSync(member: Member, result: SyncGroupResult): boolean {
    const answer = member.answerSync;
    if (answer === null) return false;
    member.answerSync = null;
    answer(result);
    return true;
  }

  supportsProtocols(protocolType: string, protocols: readonly MemberProtocol[]): boolean {
    if (this.#state === 'Empty') return protocolType !== '' && protocols.length > 0;
    return (
      this.#protocolType === protocolType &&
      protocols.some(({ name }) => (this.#supportedProtocols.get(name) ?? 0) === this.#members.size)
    );
  }

  /** The protocol with the most votes among those every member offers; on a tie, the first in Kafka's map of votes. */
  selectProtocol(): string {
    const candidates = new Set<string>();
    for (const [name, count] of this.#supportedProtocols)
      if (count === this.#members.size) candidates.add(name);
    const votes = new Map<string, number>();
    for (const member of this.members()) {
      const choice = member.vote(candidates);
      votes.set(choice, (votes.get(choice) ?? 0) + 1);
    }
    let winner: string | null = null;
    for (const name of inScalaImmutableOrder([...votes.keys()], javaHashCode))
      if (winner === null || votes.get(name)! > votes.get(winner)!) winner = name;
    return defined(winner, `a vote in group ${this.groupId}`);
  }

  /**
   * Whether the join phase can end with a leader: the present one if it rejoined, else any member that did, who then
   * leads. False when there is none.
   */
  maybeElectNewJoinedLeader(): boolean {
    if (this.#leaderId === null) return false;
    if (this.#members.get(this.#leaderId)?.isAwaitingJoin === true) return true;
    const joined = this.members().find((member) => member.isAwaitingJoin);
    if (joined === undefined) return false;
    this.#leaderId = joined.memberId;
    return true;
  }

  /** Ends the join phase: the next generation, with a protocol if there are members, Empty otherwise. */
  initNextGeneration(): void {
    this.#generationId += 1;
    this.#pendingSyncMembers.clear();
    this.#protocolName = this.#members.size > 0 ? this.selectProtocol() : null;
    this.#subscribedTopics = this.#computeSubscribedTopics();
    if (this.#members.size > 0) this.transitionTo('CompletingRebalance', 'every member joined');
    else this.transitionTo('Empty', 'no member is left');
  }

  /** Everybody's metadata for the chosen protocol: what the leader assigns from. */
  joinedMembers(): JoinedMember[] {
    const protocolName = defined(this.#protocolName, `the protocol of group ${this.groupId}`);
    return this.members().map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      metadata: member.metadataFor(protocolName),
    }));
  }

  #computeSubscribedTopics(): ReadonlySet<string> | null {
    if (this.#protocolType !== CONSUMER_PROTOCOL_TYPE) return null;
    if (this.#members.size === 0) return new Set();
    const protocolName = this.#protocolName;
    if (protocolName === null) return null;
    return subscribedTopicsOf([...this.#members.values()].map((member) => member.metadataFor(protocolName)));
  }

  #countProtocols(member: Member, by: 1 | -1): void {
    // A name offered twice counts once: else no protocol would ever be everybody's.
    for (const name of new Set(member.settings.protocols.map((protocol) => protocol.name))) {
      const count = (this.#supportedProtocols.get(name) ?? 0) + by;
      if (count === 0) this.#supportedProtocols.delete(name);
      else this.#supportedProtocols.set(name, count);
    }
  }

  #put(member: Member): void {
    this.#members.set(member.memberId, member);
    this.#mostMembers = Math.max(this.#mostMembers, this.#members.size);
    this.#inOrder = null;
  }

  #take(memberId: string): void {
    this.#members.delete(memberId);
    this.#inOrder = null;
  }
}
