/**
 * What the three requests about ACLs have in common. A broker without an authorizer has no ACLs to tell of or to change, and
 * says so. Types that are UNKNOWN (0) make no request at all: Kafka finds that out while it reads the bytes, and closes the
 * connection.
 */
import { ConnectionMustClose } from '../connection-must-close.ts';

const UNKNOWN = 0;

/** All that Kafka has a type for in an ACL, or in a filter of ACLs. */
interface AclTypes {
  readonly resourceType: number;
  readonly patternType: number;
  readonly operation: number;
  readonly permissionType: number;
}

export function refuseUnknown(all: readonly AclTypes[]): void {
  for (const { resourceType, patternType, operation, permissionType } of all)
    if ([resourceType, patternType, operation, permissionType].includes(UNKNOWN))
      throw new ConnectionMustClose('an ACL, or a filter of ACLs, with an unknown element');
}
