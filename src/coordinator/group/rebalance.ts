/**
 * Carries out what the request files decide: members come and go, and the group finds its next generation.
 *
 *   join phase   PreparingRebalance: JoinGroup requests wait until every known member has sent one, or until the most
 *                patient member's rebalance timeout. Who has not come by then is out, unless it is static: its place is
 *                kept until its session ends (KIP-345).
 *   sync phase   CompletingRebalance: SyncGroup requests wait for the leader's, which carries the assignment. It is
 *                stored first and told to the members after. Who does not sync within the rebalance timeout is out.
 *
 * Membership changes in memory at once and is stored only together with an assignment (or when the group is empty):
 * a coordinator that takes over finds the last complete generation, whose members rejoin when they learn of it.
 *
 * Invariant: everything here is synchronous; timers and the log call back later, and whoever is called back looks at
 * the group again before touching it.
 */
import type { Clock, Logger, Timers } from '../../runtime/index.ts';
import type { ErrorName } from '../../protocol/index.ts';
import { Session } from './group-timers.ts';
import type { Group } from './group.ts';
import type { JoinGroup } from './join.ts';
import {
  joinError,
  Member,
  syncError,
  type JoinGroupResult,
  type MemberSettings,
  type SyncGroupResult,
} from './member.ts';
import { completeAssignments } from './sync.ts';

/** How long the JoinGroup of a new member may wait: its client has no id yet and cannot show that it is alive. */
const NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60 * 1000;

/** A client may ask for a rebalance timeout of 0: a join phase that starts over must not spin. */
const RETRY_MIN_MS = 1000;

export interface RebalanceOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** `group.initial.rebalance.delay.ms` */
  readonly initialRebalanceDelayMs: number;
  /** Appends the group as it is now with these assignments; `done` is called when the log has answered. */
  store(group: Group, assignments: ReadonlyMap<string, Buffer>, done: (error: ErrorName) => void): void;
  /** A sync phase ended with an assignment. */
  completedRebalance(): void;
}

type AnswerJoin = (result: JoinGroupResult) => void;

export class Rebalance {
  readonly #options: RebalanceOptions;

  constructor(options: RebalanceOptions) {
    this.#options = options;
  }

  // --- members come ----------------------------------------------------------------------------------------------

  addPendingMember(group: Group, memberId: string, sessionTimeoutMs: number): void {
    group.addPendingMember(memberId);
    this.#session(group, memberId).extend(sessionTimeoutMs);
  }

  addMember(group: Group, memberId: string, join: JoinGroup, answer: AnswerJoin): void {
    const member = new Member({ ...join, memberId }, join.protocolType, settingsOf(join));
    member.isNew = true;
    if (group.state === 'PreparingRebalance' && group.generationId === 0) group.newMemberAdded = true;
    group.add(member, answer);
    this.#session(group, memberId).extend(NEW_MEMBER_JOIN_TIMEOUT_MS);
    this.maybePrepareRebalance(group, `Adding new member ${memberId}${because(join)}`);
  }

  updateMember(group: Group, memberId: string, join: JoinGroup, reason: string, answer: AnswerJoin): void {
    const member = group.get(memberId);
    if (member === undefined) {
      answer(joinError(memberId, 'UNKNOWN_MEMBER_ID'));
      return;
    }
    group.updateMember(member, settingsOf(join), answer);
    this.maybePrepareRebalance(group, `${reason}${because(join)}`);
  }

  /**
   * A static member is back after a restart. In a Stable group nobody else notices, as long as the members would agree
   * on the same protocol as before: only its new member id is stored.
   */
  replaceStaticMember(
    group: Group,
    place: { readonly groupInstanceId: string; readonly oldMemberId: string },
    newMemberId: string,
    join: JoinGroup,
    answer: AnswerJoin,
  ): void {
    const { groupInstanceId, oldMemberId } = place;
    const oldLeaderId = group.leaderId ?? '';
    const member = group.replaceStaticMember(groupInstanceId, oldMemberId, newMemberId);
    const oldSettings = member.settings;
    group.updateMember(member, settingsOf(join), answer);
    this.extendSession(group, member);
    if (group.state === 'CompletingRebalance') {
      // The leader may be assigning to the old member id at this moment.
      this.prepareRebalance(group, `Static member ${groupInstanceId} came back${because(join)}`);
    } else if (group.state === 'Stable' && group.selectProtocol() !== group.protocolName) {
      this.maybePrepareRebalance(
        group,
        `Static member ${groupInstanceId} came back with other protocols${because(join)}`,
      );
    } else if (group.state === 'Stable') {
      const { generationId } = group;
      this.#options.store(group, currentAssignments(group), (error) => {
        const isStillThere = group.get(newMemberId) === member && group.generationId === generationId;
        if (error !== 'NONE') {
          this.#options.logger.warn(`Storing group ${group.groupId} failed: ${error}`);
          if (isStillThere) {
            group.awaitJoin(member, null);
            group.updateMember(member, oldSettings, null);
            group.replaceStaticMember(groupInstanceId, newMemberId, oldMemberId);
            this.extendSession(group, member);
          }
          answer({ ...currentGeneration(group, '', oldLeaderId), error });
        } else if (isStillThere && group.state === 'Stable') {
          group.answerJoin(member, returnedStaticMember(group, member, join, oldLeaderId));
        }
        // Else a rebalance began meanwhile: the waiting JoinGroup is part of it and is answered at its end.
      });
    } else this.maybeCompleteJoin(group);
  }

  // --- members go ------------------------------------------------------------------------------------------------

  removeMember(group: Group, member: Member, reason: string): void {
    group.remove(member.memberId);
    if (group.state === 'Stable' || group.state === 'CompletingRebalance')
      this.maybePrepareRebalance(group, reason);
    else this.maybeCompleteJoin(group);
  }

  removePendingMember(group: Group, memberId: string): void {
    group.remove(memberId);
    this.maybeCompleteJoin(group);
  }

  /** Counts the member's session from now. */
  extendSession(group: Group, member: Member): void {
    this.#session(group, member.memberId).extend(member.settings.sessionTimeoutMs);
  }

  // --- the join phase --------------------------------------------------------------------------------------------

  maybePrepareRebalance(group: Group, reason: string): void {
    if (group.canRebalance) this.prepareRebalance(group, reason);
    else this.maybeCompleteJoin(group);
  }

  prepareRebalance(group: Group, reason: string): void {
    if (group.state === 'CompletingRebalance') this.#failAssignment(group, 'REBALANCE_IN_PROGRESS');
    group.clearPendingSyncMembers();
    group.timers.endSync();
    const wasEmpty = group.state === 'Empty';
    group.transitionTo('PreparingRebalance', reason);
    this.#options.logger.info(
      `Preparing to rebalance group ${group.groupId} with old generation ${group.generationId} (reason: ${reason})`,
    );
    if (wasEmpty) {
      const delayMs = this.#options.initialRebalanceDelayMs;
      this.#startInitialJoin(group, delayMs, Math.max(group.rebalanceTimeoutMs - delayMs, 0));
    } else {
      this.#startJoin(group);
      this.maybeCompleteJoin(group);
    }
  }

  /** Ends the join phase if nobody is missing. The first one of a group always lasts its time. */
  maybeCompleteJoin(group: Group): void {
    if (group.state !== 'PreparingRebalance' || group.timers.isInitialJoin) return;
    if (group.hasAllMembersJoined) this.#completeJoin(group);
  }

  #startJoin(group: Group, minMs = 0): void {
    const delayMs = Math.max(group.rebalanceTimeoutMs, minMs);
    const timer = this.#options.timers.after(delayMs, () => this.#completeJoin(group));
    group.timers.startJoin(timer, false);
  }

  /** Consumers of one application start within seconds of each other: waiting a little spares a rebalance for each. */
  #startInitialJoin(group: Group, delayMs: number, remainingMs: number): void {
    const timer = this.#options.timers.after(delayMs, () => {
      if (group.newMemberAdded && remainingMs !== 0) {
        group.newMemberAdded = false;
        const nextDelayMs = Math.min(this.#options.initialRebalanceDelayMs, remainingMs);
        this.#startInitialJoin(group, nextDelayMs, Math.max(remainingMs - delayMs, 0));
      } else this.#completeJoin(group);
    });
    group.timers.startJoin(timer, true);
  }

  #completeJoin(group: Group): void {
    group.timers.endJoin();
    if (group.state !== 'PreparingRebalance') return;
    for (const member of group.members())
      if (!member.isAwaitingJoin && !member.isStatic) group.remove(member.memberId);
    if (!group.maybeElectNewJoinedLeader() && group.size > 0) {
      // Only static members are left and none has come: wait on, until one does or their sessions end.
      this.#options.logger.error(`Group ${group.groupId} cannot complete its join phase: nobody rejoined`);
      this.#startJoin(group, RETRY_MIN_MS);
      return;
    }
    group.initNextGeneration();
    if (group.size === 0) this.#storeEmpty(group);
    else this.#startSyncPhase(group);
  }

  #storeEmpty(group: Group): void {
    this.#options.logger.info(`Group ${group.groupId} with generation ${group.generationId} is now empty`);
    this.#options.store(group, new Map(), (error) => {
      // The generation before may come back to life after a failover, without members to speak for it.
      if (error !== 'NONE')
        this.#options.logger.warn(`Storing that group ${group.groupId} is empty failed: ${error}`);
    });
  }

  #startSyncPhase(group: Group): void {
    const { generationId } = group;
    this.#options.logger.info(
      `Group ${group.groupId} has generation ${generationId} with ${group.size} members`,
    );
    for (const member of group.members()) {
      member.isNew = false;
      group.addPendingSyncMember(member.memberId);
      group.answerJoin(member, joinResult(group, member));
      this.extendSession(group, member);
    }
    const timer = this.#options.timers.after(group.rebalanceTimeoutMs, () =>
      this.#syncExpired(group, generationId),
    );
    group.timers.startSync(timer);
  }

  // --- the sync phase --------------------------------------------------------------------------------------------

  awaitAssignment(group: Group, member: Member, answer: (result: SyncGroupResult) => void): void {
    group.answerSync(member, syncError('REBALANCE_IN_PROGRESS'));
    member.answerSync = answer;
    this.receivedSync(group, member.memberId);
  }

  receivedSync(group: Group, memberId: string): void {
    group.removePendingSyncMember(memberId);
    if (!group.hasPendingSyncMembers) group.timers.endSync();
  }

  storeAssignment(group: Group, assignments: ReadonlyMap<string, Buffer>): void {
    const { generationId } = group;
    const complete = completeAssignments(group, assignments);
    this.#options.store(group, complete, (error) => {
      if (group.state !== 'CompletingRebalance' || group.generationId !== generationId) return;
      if (error === 'NONE') this.#propagateAssignment(group, complete);
      else {
        this.#failAssignment(group, error);
        this.maybePrepareRebalance(group, `Storing the assignment failed: ${error}`);
      }
    });
    this.#options.completedRebalance();
  }

  #propagateAssignment(group: Group, assignments: ReadonlyMap<string, Buffer>): void {
    for (const member of group.members())
      member.assignment = assignments.get(member.memberId) ?? member.assignment;
    group.transitionTo('Stable', 'the assignment is stored');
    for (const member of group.members()) {
      // A session that ended while its SyncGroup waited was let pass: count again from here.
      if (group.answerSync(member, syncResult(group, member))) this.extendSession(group, member);
    }
  }

  #failAssignment(group: Group, error: ErrorName): void {
    for (const member of group.members()) {
      member.assignment = Buffer.alloc(0);
      if (group.answerSync(member, syncError(error))) this.extendSession(group, member);
    }
  }

  #syncExpired(group: Group, generationId: number): void {
    group.timers.endSync();
    if (group.generationId !== generationId) return;
    if (group.state !== 'CompletingRebalance' && group.state !== 'Stable') return;
    const missing = group.pendingSyncMembers;
    if (missing.length === 0) return;
    for (const memberId of missing) group.remove(memberId);
    this.prepareRebalance(group, `${missing.length} members sent no SyncGroup`);
  }

  // --- sessions --------------------------------------------------------------------------------------------------

  #session(group: Group, memberId: string): Session {
    const { clock, timers } = this.#options;
    return group.timers.session(
      memberId,
      () => new Session(clock, timers, () => this.#sessionExpired(group, memberId)),
    );
  }

  #sessionExpired(group: Group, memberId: string): void {
    if (group.state === 'Dead') return;
    if (group.isPendingMember(memberId)) {
      this.removePendingMember(group, memberId);
      return;
    }
    const member = group.get(memberId);
    if (member === undefined || member.isKeptAliveByItsRequest) return;
    this.#options.logger.info(`Member ${memberId} of group ${group.groupId} has failed: its session is over`);
    this.removeMember(group, member, `Removing member ${memberId} whose session is over`);
  }
}

/** The present generation, as any of its members may be told of it. */
export function joinResult(group: Group, member: Member): JoinGroupResult {
  const isLeader = group.isLeader(member.memberId);
  return {
    ...currentGeneration(group, member.memberId, group.leaderId ?? ''),
    members: isLeader ? group.joinedMembers() : [],
  };
}

export function syncResult(group: Group, member: Member): SyncGroupResult {
  const { protocolType, protocolName } = group;
  return { error: 'NONE', protocolType, protocolName, assignment: member.assignment };
}

function currentGeneration(group: Group, memberId: string, leaderId: string): JoinGroupResult {
  const { generationId, protocolType, protocolName } = group;
  return {
    error: 'NONE',
    memberId,
    generationId,
    protocolType,
    protocolName,
    leaderId,
    skipAssignment: false,
    members: [],
  };
}

/**
 * Nobody must assign anew: the group is Stable and would not hear of it. From v9 on a leader is told so (KIP-814);
 * before, it is named a leader that no longer exists, and so does not take itself for one.
 */
function returnedStaticMember(
  group: Group,
  member: Member,
  { supportSkippingAssignment }: JoinGroup,
  oldLeaderId: string,
): JoinGroupResult {
  if (!supportSkippingAssignment) return currentGeneration(group, member.memberId, oldLeaderId);
  return { ...joinResult(group, member), skipAssignment: group.isLeader(member.memberId) };
}

function currentAssignments(group: Group): Map<string, Buffer> {
  return new Map(group.members().map((member) => [member.memberId, member.assignment]));
}

function settingsOf({ rebalanceTimeoutMs, sessionTimeoutMs, protocols }: JoinGroup): MemberSettings {
  return { rebalanceTimeoutMs, sessionTimeoutMs, protocols };
}

function because({ reason }: JoinGroup): string {
  return `; client reason: ${reason ?? 'not provided'}`;
}
