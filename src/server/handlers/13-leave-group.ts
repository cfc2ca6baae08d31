/**
 * LeaveGroup v0-5: members go at once instead of letting their sessions run out.
 *
 * v0-2 carry one member, whose error is the response's own. v3+ carry several, each with its own error, and may name a
 * static member by its instance id (KIP-345). v5 reason (KIP-800).
 */
import { ErrorCode } from '../../protocol/index.ts';
import { LeaveGroupRequest, LeaveGroupResponse } from '../../protocol/messages/13-leave-group.ts';
import type { LeaveResult, LeavingMember } from '../../coordinator/index.ts';
import { defineHandler } from '../handler.ts';
import { groupMemberAccess } from './group-request.ts';

const BATCHED_SINCE_VERSION = 3;

export const leaveGroup = defineHandler({
  request: LeaveGroupRequest,
  response: LeaveGroupResponse,

  access: groupMemberAccess,

  handle(request, { apiVersion }, { groupCoordinator }) {
    const result = groupCoordinator.leaveGroup(request.groupId, leavingMembers(request, apiVersion));
    return apiVersion < BATCHED_SINCE_VERSION ? singleResponse(result) : batchedResponse(result);
  },

  failed: (_request, error) => ({ throttleTimeMs: 0, errorCode: ErrorCode[error], members: [] }),
});

function leavingMembers(request: LeaveGroupRequest, apiVersion: number): readonly LeavingMember[] {
  if (apiVersion >= BATCHED_SINCE_VERSION) return request.members;
  return [{ memberId: request.memberId, groupInstanceId: null, reason: null }];
}

function singleResponse({ error, members }: LeaveResult): LeaveGroupResponse {
  const errorCode = ErrorCode[error === 'NONE' ? (members[0]?.error ?? 'NONE') : error];
  return { throttleTimeMs: 0, errorCode, members: [] };
}

function batchedResponse({ error, members }: LeaveResult): LeaveGroupResponse {
  return {
    throttleTimeMs: 0,
    errorCode: ErrorCode[error],
    members: members.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      errorCode: ErrorCode[member.error],
    })),
  };
}
