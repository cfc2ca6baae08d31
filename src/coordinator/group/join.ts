/**
 * JoinGroup: what a request to join means for a group. A decision only; rebalance.ts carries it out.
 *
 *   KIP-394   a dynamic member without an id gets one and must come back with it (v4+), so that clients which give up
 *             during a long rebalance leave no ghosts behind
 *   KIP-345   an instance id that is known already takes over the place of the process before
 *   KIP-389   `group.max.size`: who is one too many is sent away, and during a rebalance the last to rejoin is
 */
import type { ErrorName } from '../../protocol/index.ts';
import { unreachable } from '../../common/index.ts';
import type { Group } from './group.ts';
import { UNKNOWN_MEMBER_ID, type MemberSettings } from './member.ts';
import { validateMember } from './validate-member.ts';

export interface JoinGroup extends MemberSettings {
  readonly groupId: string;
  /** "" on the first join. */
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  /** v4+ without instance id. */
  readonly requireKnownMemberId: boolean;
  /** v9+: a returning static leader can be told not to assign anew (KIP-814). */
  readonly supportSkippingAssignment: boolean;
  readonly clientId: string;
  readonly clientHost: string;
  readonly protocolType: string;
  /** Why the client joins (KIP-800), for the log. */
  readonly reason: string | null;
}

export type JoinDecision =
  | { readonly kind: 'refuse'; readonly error: ErrorName; readonly memberId: string }
  /** Too many: also forget the id that was given to it, if any. */
  | { readonly kind: 'turn-away' }
  | { readonly kind: 'require-member-id' }
  /** `memberId` null: make one up. */
  | { readonly kind: 'add-member'; readonly memberId: string | null }
  | {
      readonly kind: 'replace-static-member';
      readonly groupInstanceId: string;
      readonly oldMemberId: string;
    }
  | { readonly kind: 'update-member'; readonly reason: string }
  | { readonly kind: 'answer-current-generation' };

export interface JoinLimits {
  readonly groupMaxSize: number;
}

export function decideJoin(group: Group, join: JoinGroup, limits: JoinLimits): JoinDecision {
  if (!acceptsJoiningMember(group, join.memberId, limits.groupMaxSize)) return { kind: 'turn-away' };
  if (group.state === 'Dead') return refuse(join, 'COORDINATOR_NOT_AVAILABLE');
  if (!group.supportsProtocols(join.protocolType, join.protocols))
    return refuse(join, 'INCONSISTENT_GROUP_PROTOCOL');
  return join.memberId === UNKNOWN_MEMBER_ID ? decideNewMember(group, join) : decideKnownMember(group, join);
}

/** During the join phase those that wait count, not those that are known: whoever rejoins last is one too many. */
function acceptsJoiningMember(group: Group, memberId: string, groupMaxSize: number): boolean {
  switch (group.state) {
    case 'Empty':
    case 'Dead':
      return true;
    case 'PreparingRebalance':
      return group.get(memberId)?.isAwaitingJoin === true || group.awaitingJoinCount < groupMaxSize;
    case 'CompletingRebalance':
    case 'Stable':
      return group.has(memberId) || group.size < groupMaxSize;
    default:
      return unreachable(group.state);
  }
}

function decideNewMember(group: Group, { groupInstanceId, requireKnownMemberId }: JoinGroup): JoinDecision {
  if (groupInstanceId !== null) {
    const oldMemberId = group.staticMemberId(groupInstanceId);
    return oldMemberId === undefined
      ? { kind: 'add-member', memberId: null }
      : { kind: 'replace-static-member', groupInstanceId, oldMemberId };
  }
  return requireKnownMemberId ? { kind: 'require-member-id' } : { kind: 'add-member', memberId: null };
}

function decideKnownMember(group: Group, join: JoinGroup): JoinDecision {
  const { memberId, groupInstanceId } = join;
  if (group.isPendingMember(memberId)) {
    // Only dynamic members are asked to come back; a static one was never given this id.
    return groupInstanceId === null
      ? { kind: 'add-member', memberId }
      : { kind: 'refuse', error: 'UNKNOWN_SERVER_ERROR', memberId: UNKNOWN_MEMBER_ID };
  }
  const { member, error } = validateMember(group, memberId, groupInstanceId);
  if (error !== null) return refuse(join, error);
  const hasSameProtocols = member.matches(join.protocols);
  switch (group.state) {
    case 'PreparingRebalance':
      return { kind: 'update-member', reason: `Member ${memberId} joins during the join phase` };
    case 'CompletingRebalance':
      // The answer to its JoinGroup got lost: the generation is the same as the first time.
      if (hasSameProtocols) return { kind: 'answer-current-generation' };
      return { kind: 'update-member', reason: `Member ${memberId} changed its metadata` };
    case 'Stable':
      // A leader rejoins to assign anew, for instance because a topic got more partitions.
      if (group.isLeader(memberId)) return { kind: 'update-member', reason: `Leader ${memberId} rejoins` };
      if (hasSameProtocols) return { kind: 'answer-current-generation' };
      return { kind: 'update-member', reason: `Member ${memberId} changed its metadata` };
    case 'Empty':
    case 'Dead':
      return refuse(join, 'UNKNOWN_MEMBER_ID');
    default:
      return unreachable(group.state);
  }
}

function refuse({ memberId }: JoinGroup, error: ErrorName): JoinDecision {
  return { kind: 'refuse', error, memberId };
}
