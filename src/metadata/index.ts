export { MetadataCache } from './metadata-cache.ts';
export type { BrokerEndpoint, PartitionMetadata } from './metadata-cache.ts';
