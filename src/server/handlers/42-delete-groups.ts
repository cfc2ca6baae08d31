/** DeleteGroups v0-2: removes groups without members, with their offsets. One error per group. */
import { ErrorCode } from '../../protocol/index.ts';
import { DeleteGroupsRequest, DeleteGroupsResponse } from '../../protocol/messages/42-delete-groups.ts';
import { defineHandler } from '../handler.ts';

export const deleteGroups = defineHandler({
  request: DeleteGroupsRequest,
  response: DeleteGroupsResponse,

  handle(request, context, { groupCoordinator }) {
    const isAllowed = (name: string): boolean => context.authorize('DELETE', { type: 'GROUP', name });
    const groupIds = [...new Set(request.groupsNames)];
    const denied = groupIds.filter((groupId) => !isAllowed(groupId));
    return {
      throttleTimeMs: 0,
      results: [
        ...groupIds
          .filter((groupId) => !denied.includes(groupId))
          .map((groupId) => ({ groupId, errorCode: ErrorCode[groupCoordinator.deleteGroup(groupId)] })),
        ...denied.map((groupId) => ({ groupId, errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED })),
      ],
    };
  },

  failed: (request, error) => ({
    throttleTimeMs: 0,
    results: request.groupsNames.map((groupId) => ({ groupId, errorCode: ErrorCode[error] })),
  }),
});
