/**
 * DescribeGroups v0-5: state, protocol and members of groups. A group nobody knows is Dead, not an error.
 * v3 authorized operations (KIP-430). v4 instance ids (KIP-345).
 */
import { ErrorCode } from '../../protocol/index.ts';
import { DescribeGroupsRequest, DescribeGroupsResponse } from '../../protocol/messages/15-describe-groups.ts';
import type { DescribedGroup } from '../../coordinator/index.ts';
import type { Resource } from '../../security/index.ts';
import { authorizedOperations, OPERATIONS_NOT_ASKED } from '../authorized-operations.ts';
import { defineHandler } from '../handler.ts';

type Group = DescribeGroupsResponse['groups'][number];

const group = (name: string): Resource => ({ type: 'GROUP', name });

export const describeGroups = defineHandler({
  request: DescribeGroupsRequest,
  response: DescribeGroupsResponse,

  handle(request, context, { groupCoordinator }) {
    const isAllowed = (groupId: string): boolean => context.authorize('DESCRIBE', group(groupId));
    const describe = (groupId: string): Group => {
      const described = groupCoordinator.describeGroup(groupId);
      const isAsked = request.includeAuthorizedOperations && described.error === 'NONE';
      return toWire(
        described,
        isAsked ? authorizedOperations(context, group(groupId)) : OPERATIONS_NOT_ASKED,
      );
    };
    const [allowed, denied] = [
      request.groups.filter(isAllowed),
      request.groups.filter((id) => !isAllowed(id)),
    ];
    return {
      throttleTimeMs: 0,
      groups: [
        ...denied.map((groupId) => failedGroup(groupId, ErrorCode.GROUP_AUTHORIZATION_FAILED)),
        ...allowed.map(describe),
      ],
    };
  },

  failed: (request, error) => ({
    throttleTimeMs: 0,
    groups: request.groups.map((groupId) => failedGroup(groupId, ErrorCode[error])),
  }),
});

function toWire(described: DescribedGroup, operations: number): Group {
  return {
    errorCode: ErrorCode[described.error],
    groupId: described.groupId,
    groupState: described.groupState,
    protocolType: described.protocolType,
    protocolData: described.protocolData,
    members: described.members.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: member.metadata,
      memberAssignment: member.assignment,
    })),
    authorizedOperations: operations,
  };
}

function failedGroup(groupId: string, errorCode: number): Group {
  return {
    errorCode,
    groupId,
    groupState: '',
    protocolType: '',
    protocolData: '',
    members: [],
    authorizedOperations: OPERATIONS_NOT_ASKED,
  };
}
