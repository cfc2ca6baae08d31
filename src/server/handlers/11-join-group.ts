/**
 * JoinGroup v0-9: a member asks to be part of the group's next generation. The answer waits until the others have
 * asked, too.
 *
 * v0 has no rebalance timeout: the session timeout stands for it (KIP-62). v4+ asks a member without an id to come back
 * with one (KIP-394). v5 static members (KIP-345). v7 tells the protocol type, and a name that may be null. v8 reason
 * (KIP-800). v9 a returning static leader may skip the assignment (KIP-814).
 */
import { ErrorCode } from '../../protocol/index.ts';
import { JoinGroupRequest, JoinGroupResponse } from '../../protocol/messages/11-join-group.ts';
import type { JoinGroupResult } from '../../coordinator/index.ts';
import { defineHandler } from '../handler.ts';
import { groupMemberAccess, javaInetAddress } from './group-request.ts';

const MEMBER_ID_REQUIRED_SINCE_VERSION = 4;
const PROTOCOL_NAME_NULLABLE_SINCE_VERSION = 7;
const SKIP_ASSIGNMENT_SINCE_VERSION = 9;

export const joinGroup = defineHandler({
  request: JoinGroupRequest,
  response: JoinGroupResponse,

  access: groupMemberAccess,

  async handle(request, { apiVersion, clientId, clientHost }, { groupCoordinator }) {
    const { sessionTimeoutMs, groupInstanceId } = request;
    const result = await groupCoordinator.joinGroup({
      groupId: request.groupId,
      memberId: request.memberId,
      groupInstanceId,
      requireKnownMemberId: apiVersion >= MEMBER_ID_REQUIRED_SINCE_VERSION && groupInstanceId === null,
      supportSkippingAssignment: apiVersion >= SKIP_ASSIGNMENT_SINCE_VERSION,
      clientId: clientId ?? '',
      clientHost: javaInetAddress(clientHost),
      sessionTimeoutMs,
      rebalanceTimeoutMs: apiVersion === 0 ? sessionTimeoutMs : request.rebalanceTimeoutMs,
      protocolType: request.protocolType,
      protocols: request.protocols,
      reason: request.reason,
    });
    return joinGroupResponse(result, apiVersion);
  },

  failed: (_request, error, _message, { apiVersion }) => ({
    throttleTimeMs: 0,
    errorCode: ErrorCode[error],
    generationId: -1,
    protocolType: null,
    protocolName: apiVersion < PROTOCOL_NAME_NULLABLE_SINCE_VERSION ? '' : null,
    leader: '',
    skipAssignment: false,
    memberId: '',
    members: [],
  }),
});

function joinGroupResponse(result: JoinGroupResult, apiVersion: number): JoinGroupResponse {
  return {
    throttleTimeMs: 0,
    errorCode: ErrorCode[result.error],
    generationId: result.generationId,
    protocolType: result.protocolType,
    protocolName: result.protocolName ?? (apiVersion < PROTOCOL_NAME_NULLABLE_SINCE_VERSION ? '' : null),
    leader: result.leaderId,
    skipAssignment: result.skipAssignment,
    memberId: result.memberId,
    members: [...result.members],
  };
}
