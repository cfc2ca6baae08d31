export type { TopicMetadataSource } from './topic-metadata-source.ts';
