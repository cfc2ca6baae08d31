export { CLUSTER, allowEverything } from './authorizer.ts';
export type { Authorizer, Operation, Resource, ResourceType } from './authorizer.ts';
export { ANONYMOUS, principalName } from './principal.ts';
export type { Principal } from './principal.ts';
