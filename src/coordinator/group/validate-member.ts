/**
 * The check every request of a member passes: is it who it says it is (KIP-345)? An instance id names a place in the
 * group and a member id who sits on it: somebody with the right instance id but another member id has been replaced by
 * a newer process, and must give up rather than fight for the place.
 */
import type { ErrorName } from '../../protocol/index.ts';
import type { Group } from './group.ts';
import type { Member } from './member.ts';

export type ValidatedMember =
  { readonly member: Member; readonly error: null } | { readonly member: null; readonly error: ErrorName };

export function validateMember(
  group: Group,
  memberId: string,
  groupInstanceId: string | null,
): ValidatedMember {
  if (groupInstanceId !== null) {
    const current = group.staticMemberId(groupInstanceId);
    if (current === undefined) return { member: null, error: 'UNKNOWN_MEMBER_ID' };
    if (current !== memberId) return { member: null, error: 'FENCED_INSTANCE_ID' };
  }
  const member = group.get(memberId);
  return member === undefined ? { member: null, error: 'UNKNOWN_MEMBER_ID' } : { member, error: null };
}
