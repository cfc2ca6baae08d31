/**
 * LeaveGroup: members go without waiting for their sessions to end. Each leaves for itself, so one request may succeed
 * for some and fail for others (v3+). An administrator removes static members by instance id alone.
 */
import type { ErrorName } from '../../protocol/index.ts';
import type { Group } from './group.ts';
import { UNKNOWN_MEMBER_ID, type Member } from './member.ts';
import { validateMember } from './validate-member.ts';

export interface LeavingMember {
  /** "" to remove whoever holds the instance id. */
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly reason: string | null;
}

export interface LeaveResult {
  readonly error: ErrorName;
  readonly members: readonly {
    readonly memberId: string;
    readonly groupInstanceId: string | null;
    readonly error: ErrorName;
  }[];
}

export type LeaveDecision =
  | { readonly kind: 'refuse'; readonly error: ErrorName }
  | { readonly kind: 'remove-pending-member'; readonly memberId: string }
  | { readonly kind: 'remove-member'; readonly member: Member };

export function decideLeave(group: Group, leaving: LeavingMember): LeaveDecision {
  const { memberId, groupInstanceId } = leaving;
  if (memberId === UNKNOWN_MEMBER_ID) {
    const current = groupInstanceId === null ? undefined : group.staticMemberId(groupInstanceId);
    const member = current === undefined ? undefined : group.get(current);
    return member === undefined
      ? { kind: 'refuse', error: 'UNKNOWN_MEMBER_ID' }
      : { kind: 'remove-member', member };
  }
  if (group.isPendingMember(memberId)) return { kind: 'remove-pending-member', memberId };
  const { member, error } = validateMember(group, memberId, groupInstanceId);
  return error === null ? { kind: 'remove-member', member } : { kind: 'refuse', error };
}

export function leaveResult(
  leaving: readonly LeavingMember[],
  errorOf: (member: LeavingMember) => ErrorName,
): LeaveResult {
  return {
    error: 'NONE',
    members: leaving.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      error: errorOf(member),
    })),
  };
}
