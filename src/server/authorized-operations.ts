/**
 * The bit field of "authorized operations" (KIP-430): which operations the caller may do on a resource, one bit per
 * operation number. Metadata, DescribeCluster and DescribeGroups send it when asked; Integer.MIN_VALUE means
 * "not asked".
 */
import type { Operation, Resource, ResourceType } from '../security/index.ts';
import type { RequestContext } from './handler.ts';

/** Not asked for, so not said. */
export const OPERATIONS_NOT_ASKED = -0x80000000;

/** The numbers of AclOperation. */
const OPERATION_CODE: Record<Operation, number> = {
  READ: 3,
  WRITE: 4,
  CREATE: 5,
  DELETE: 6,
  ALTER: 7,
  DESCRIBE: 8,
  CLUSTER_ACTION: 9,
  DESCRIBE_CONFIGS: 10,
  ALTER_CONFIGS: 11,
  IDEMPOTENT_WRITE: 12,
};

/** The operations that make sense on each type of resource (contract 6.3). */
const SUPPORTED: Record<ResourceType, readonly Operation[]> = {
  TOPIC: ['READ', 'WRITE', 'CREATE', 'DESCRIBE', 'DELETE', 'ALTER', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS'],
  GROUP: ['READ', 'DESCRIBE', 'DELETE'],
  CLUSTER: [
    'CREATE',
    'CLUSTER_ACTION',
    'DESCRIBE_CONFIGS',
    'ALTER_CONFIGS',
    'IDEMPOTENT_WRITE',
    'ALTER',
    'DESCRIBE',
  ],
  TRANSACTIONAL_ID: ['DESCRIBE', 'WRITE'],
};

export function authorizedOperations(context: RequestContext, resource: Resource): number {
  return SUPPORTED[resource.type]
    .filter((operation) => context.authorize(operation, resource))
    .reduce((bits, operation) => bits | (1 << OPERATION_CODE[operation]), 0);
}
