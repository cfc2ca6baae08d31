/** ACLs where no authorizer is configured (contract section 8.6). */
import { CREATE_ACLS, DELETE_ACLS, DESCRIBE_ACLS } from '../apis.ts';
import { rowsOf } from '../row.ts';

const TOPIC = 2;
const ANY = 1;
const UNKNOWN = 0;
const LITERAL = 3;
const READ = 3;
const ALLOW = 3;

const FILTER = {
  resourceTypeFilter: ANY,
  resourceNameFilter: null,
  patternTypeFilter: ANY,
  principalFilter: null,
  hostFilter: null,
  operation: ANY,
  permissionType: ANY,
};
const ACL = {
  resourceType: TOPIC,
  resourceName: 'plain',
  resourcePatternType: LITERAL,
  principal: 'User:alice',
  host: '*',
  operation: READ,
  permissionType: ALLOW,
};

export const ACL_ROWS = rowsOf('8.6', {
  'DescribeAcls without an authorizer': (world) => world.ask(0, DESCRIBE_ACLS, 3, FILTER),
  'DescribeAcls without an authorizer, version 0': (world) =>
    world.ask(0, DESCRIBE_ACLS, 0, { ...FILTER, patternTypeFilter: LITERAL }),
  'DescribeAcls of an unknown operation': (world) =>
    world.ask(0, DESCRIBE_ACLS, 3, { ...FILTER, operation: UNKNOWN }),
  'CreateAcls without an authorizer': (world) =>
    world.ask(0, CREATE_ACLS, 3, { creations: [ACL, { ...ACL, resourceName: '' }] }),
  'CreateAcls of nothing without an authorizer': (world) => world.ask(0, CREATE_ACLS, 3, { creations: [] }),
  'CreateAcls for an unknown type of resource': (world) =>
    world.ask(0, CREATE_ACLS, 3, { creations: [{ ...ACL, resourceType: UNKNOWN }] }),
  'CreateAcls that any operation matches': (world) =>
    world.ask(0, CREATE_ACLS, 3, { creations: [{ ...ACL, operation: ANY }] }),
  'CreateAcls of an operation that does not exist': (world) =>
    world.ask(0, CREATE_ACLS, 3, { creations: [{ ...ACL, operation: 99 }] }),
  'DeleteAcls without an authorizer': (world) =>
    world.ask(0, DELETE_ACLS, 3, { filters: [FILTER, { ...FILTER, resourceNameFilter: 'plain' }] }),
  'DeleteAcls of an unknown permission': (world) =>
    world.ask(0, DELETE_ACLS, 3, { filters: [{ ...FILTER, permissionType: UNKNOWN }] }),
});
