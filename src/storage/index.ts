export { type CleanupPolicy, DEFAULT_LOG_CONFIG, type LogConfig } from './log-config.ts';
export type {
  GetOrCreateLogOptions,
  LogManager,
  LogManagerOptions,
  LogManagerSettings,
} from './log-manager.ts';
export * from './log-types.ts';
export {
  checkMetaProperties,
  InconsistentMetaPropertiesError,
  type MetaProperties,
  readMetaProperties,
  writeMetaProperties,
} from './meta-properties.ts';
export type { UnifiedLog } from './unified-log.ts';
