/** DescribeAcls v0-3: the ACLs that match a filter. Without an authorizer there are none, which is an error of its own. */
import { ErrorCode, KafkaError } from '../../protocol/index.ts';
import { DescribeAclsRequest, DescribeAclsResponse } from '../../protocol/messages/29-describe-acls.ts';
import { CLUSTER } from '../../security/index.ts';
import { defineHandler } from '../handler.ts';
import { refuseUnknown } from './acl-elements.ts';

export const describeAcls = defineHandler({
  request: DescribeAclsRequest,
  response: DescribeAclsResponse,

  access: () => [{ operation: 'DESCRIBE', resource: CLUSTER, ifDenied: 'CLUSTER_AUTHORIZATION_FAILED' }],

  handle({ resourceTypeFilter, patternTypeFilter, operation, permissionType }) {
    const patternType = patternTypeFilter;
    refuseUnknown([{ resourceType: resourceTypeFilter, patternType, operation, permissionType }]);
    throw new KafkaError('SECURITY_DISABLED', 'No Authorizer is configured on the broker');
  },

  failed: (_request, error, errorMessage) => ({
    throttleTimeMs: 0,
    errorCode: ErrorCode[error],
    errorMessage,
    resources: [],
  }),
});
