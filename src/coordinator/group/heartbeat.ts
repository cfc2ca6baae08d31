/**
 * Heartbeat: "I am still here", and the answer tells the member what it has to do next. A decision only; whoever asks
 * extends the session of a member that was found.
 */
import { unreachable } from '../../common/index.ts';
import type { ErrorName } from '../../protocol/index.ts';
import type { Group } from './group.ts';
import type { Member } from './member.ts';
import { validateMember } from './validate-member.ts';

export interface Heartbeat {
  readonly groupId: string;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly generationId: number;
}

export interface HeartbeatDecision {
  readonly error: ErrorName;
  /** The member whose session goes on. */
  readonly alive: Member | null;
}

export function decideHeartbeat(group: Group, heartbeat: Heartbeat): HeartbeatDecision {
  if (group.state === 'Dead') return { error: 'COORDINATOR_NOT_AVAILABLE', alive: null };
  const { member, error } = validateMember(group, heartbeat.memberId, heartbeat.groupInstanceId);
  if (error !== null) return { error, alive: null };
  if (heartbeat.generationId !== group.generationId) return { error: 'ILLEGAL_GENERATION', alive: null };
  switch (group.state) {
    case 'Empty':
      return { error: 'UNKNOWN_MEMBER_ID', alive: null };
    case 'PreparingRebalance':
      return { error: 'REBALANCE_IN_PROGRESS', alive: member };
    // A consumer beats as soon as its JoinGroup is answered, before it has an assignment.
    case 'CompletingRebalance':
    case 'Stable':
      return { error: 'NONE', alive: member };
    default:
      return unreachable(group.state);
  }
}
