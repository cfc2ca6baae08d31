/**
 * SyncGroup: every member asks for its assignment, and the leader's request brings everybody's. A decision only;
 * rebalance.ts carries it out.
 */
import { unreachable } from '../../common/index.ts';
import type { ErrorName } from '../../protocol/index.ts';
import type { Group } from './group.ts';
import type { Member } from './member.ts';
import { validateMember } from './validate-member.ts';

export interface SyncGroup {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  /** v5+ (KIP-559): null in older versions, which are not checked. */
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  /** By member id; only the leader sends any. */
  readonly assignments: ReadonlyMap<string, Buffer>;
}

export type SyncDecision =
  | { readonly kind: 'refuse'; readonly error: ErrorName }
  | { readonly kind: 'await-assignment'; readonly member: Member }
  /** The leader's: await the assignment, too, and store it. */
  | { readonly kind: 'store-assignment'; readonly member: Member }
  | { readonly kind: 'answer'; readonly member: Member };

export function decideSync(group: Group, sync: SyncGroup): SyncDecision {
  if (group.state === 'Dead') return { kind: 'refuse', error: 'COORDINATOR_NOT_AVAILABLE' };
  const { member, error } = validateMember(group, sync.memberId, sync.groupInstanceId);
  if (error !== null) return { kind: 'refuse', error };
  if (sync.generationId !== group.generationId) return { kind: 'refuse', error: 'ILLEGAL_GENERATION' };
  const agrees =
    (sync.protocolType === null || sync.protocolType === group.protocolType) &&
    (sync.protocolName === null || sync.protocolName === group.protocolName);
  if (!agrees) return { kind: 'refuse', error: 'INCONSISTENT_GROUP_PROTOCOL' };
  switch (group.state) {
    case 'Empty':
      return { kind: 'refuse', error: 'UNKNOWN_MEMBER_ID' };
    case 'PreparingRebalance':
      return { kind: 'refuse', error: 'REBALANCE_IN_PROGRESS' };
    case 'CompletingRebalance':
      return { kind: group.isLeader(member.memberId) ? 'store-assignment' : 'await-assignment', member };
    case 'Stable':
      return { kind: 'answer', member };
    default:
      return unreachable(group.state);
  }
}

/** Everybody gets an assignment: who was left out by the leader gets an empty one. */
export function completeAssignments(
  group: Group,
  assignments: ReadonlyMap<string, Buffer>,
): Map<string, Buffer> {
  const complete = new Map(assignments);
  for (const { memberId } of group.members())
    if (!complete.has(memberId)) complete.set(memberId, Buffer.alloc(0));
  return complete;
}
