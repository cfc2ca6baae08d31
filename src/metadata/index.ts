export { assignReplicas } from './assign-replicas.ts';
export type { AssignableBroker } from './assign-replicas.ts';
export { MetadataCache } from './metadata-cache.ts';
export type { BrokerEndpoint, PartitionMetadata } from './metadata-cache.ts';
