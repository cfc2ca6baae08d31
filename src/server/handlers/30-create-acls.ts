/** CreateAcls v0-3: new ACLs, each with its own result. Without an authorizer none can be kept. */
import { ErrorCode, KafkaError } from '../../protocol/index.ts';
import { CreateAclsRequest, CreateAclsResponse } from '../../protocol/messages/30-create-acls.ts';
import { CLUSTER } from '../../security/index.ts';
import { defineHandler } from '../handler.ts';
import { refuseUnknown } from './acl-elements.ts';

export const createAcls = defineHandler({
  request: CreateAclsRequest,
  response: CreateAclsResponse,

  access: () => [{ operation: 'ALTER', resource: CLUSTER, ifDenied: 'CLUSTER_AUTHORIZATION_FAILED' }],

  handle({ creations }) {
    refuseUnknown(creations.map((acl) => ({ ...acl, patternType: acl.resourcePatternType })));
    throw new KafkaError('SECURITY_DISABLED', 'No Authorizer is configured.');
  },

  failed: ({ creations }, error, errorMessage) => ({
    throttleTimeMs: 0,
    results: creations.map(() => ({ errorCode: ErrorCode[error], errorMessage })),
  }),
});
