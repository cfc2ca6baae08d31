/**
 * The question every request puts before it is handled: may this principal do that to this resource? The answer
 * comes from an Authorizer; a broker without `authorizer.class.name` has the one that always says yes, as Kafka has.
 */
import type { Principal } from './principal.ts';

export type Operation =
  | 'READ'
  | 'WRITE'
  | 'CREATE'
  | 'DELETE'
  | 'ALTER'
  | 'DESCRIBE'
  | 'CLUSTER_ACTION'
  | 'DESCRIBE_CONFIGS'
  | 'ALTER_CONFIGS'
  | 'IDEMPOTENT_WRITE';

export type ResourceType = 'TOPIC' | 'GROUP' | 'CLUSTER' | 'TRANSACTIONAL_ID';

export interface Resource {
  readonly type: ResourceType;
  readonly name: string;
}

/** The one resource of type CLUSTER. */
export const CLUSTER: Resource = { type: 'CLUSTER', name: 'kafka-cluster' };

export interface Authorizer {
  /** False when nothing is ever denied: lets per-topic filters be skipped on hot paths. */
  readonly restricts: boolean;
  authorize(principal: Principal, host: string, operation: Operation, resource: Resource): boolean;
}

export const allowEverything: Authorizer = {
  restricts: false,
  authorize: () => true,
};
