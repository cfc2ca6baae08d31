/**
 * ListGroups v0-5: the groups this broker coordinates. Whoever may describe the cluster sees them all, others those
 * they may describe. v4 filter by state (KIP-518). v5 filter by type (KIP-848): here every group is "classic".
 */
import { ErrorCode } from '../../protocol/index.ts';
import { ListGroupsRequest, ListGroupsResponse } from '../../protocol/messages/16-list-groups.ts';
import { CLUSTER } from '../../security/index.ts';
import { defineHandler } from '../handler.ts';

export const listGroups = defineHandler({
  request: ListGroupsRequest,
  response: ListGroupsResponse,

  handle(request, context, { groupCoordinator }) {
    const { error, groups } = groupCoordinator.listGroups(request.statesFilter, request.typesFilter);
    const seesAll = context.authorize('DESCRIBE', CLUSTER);
    return {
      throttleTimeMs: 0,
      errorCode: ErrorCode[error],
      groups: groups.filter(
        ({ groupId }) => seesAll || context.authorize('DESCRIBE', { type: 'GROUP', name: groupId }),
      ),
    };
  },

  failed: (_request, error) => ({ throttleTimeMs: 0, errorCode: ErrorCode[error], groups: [] }),
});
