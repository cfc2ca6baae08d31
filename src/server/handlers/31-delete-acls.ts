/** DeleteAcls v0-3: deletes the ACLs that match filters. Without an authorizer there are none, and each filter hears that. */
import { ErrorCode, KafkaError } from '../../protocol/index.ts';
import { DeleteAclsRequest, DeleteAclsResponse } from '../../protocol/messages/31-delete-acls.ts';
import { CLUSTER } from '../../security/index.ts';
import { defineHandler } from '../handler.ts';
import { refuseUnknown } from './acl-elements.ts';

export const deleteAcls = defineHandler({
  request: DeleteAclsRequest,
  response: DeleteAclsResponse,

  access: () => [{ operation: 'ALTER', resource: CLUSTER, ifDenied: 'CLUSTER_AUTHORIZATION_FAILED' }],

  handle({ filters }) {
    refuseUnknown(
      filters.map(({ resourceTypeFilter, patternTypeFilter, operation, permissionType }) => ({
        resourceType: resourceTypeFilter,
        patternType: patternTypeFilter,
        operation,
        permissionType,
      })),
    );
    throw new KafkaError('SECURITY_DISABLED', 'No Authorizer is configured.');
  },

  failed: ({ filters }, error, errorMessage) => ({
    throttleTimeMs: 0,
    filterResults: filters.map(() => ({ errorCode: ErrorCode[error], errorMessage, matchingAcls: [] })),
  }),
});
