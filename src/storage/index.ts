export { UnexpectedAppendOffsetError } from './analyze-append.ts';
export { DEFAULT_LOG_CLEANER_SETTINGS, LogCleaner, type LogCleanerSettings } from './cleaner/log-cleaner.ts';
export { CheckpointValueError } from './checkpoint-files.ts';
export { ForeignFolderError } from './load-log-dir.ts';
export type { CheckpointedHighWatermark } from './log-checkpoints.ts';
export { type CleanupPolicy, DEFAULT_LOG_CONFIG, type LogConfig } from './log-config.ts';
export { logConfigFrom } from './log-config-from.ts';
export { DuplicateLogError } from './duplicate-log.ts';
export { isFutureNameTooLong } from './file-names.ts';
export type { JudgedRecords } from './judge-records.ts';
export { judgeOnWorker } from './judge-tasks.ts';
export { LogDirLockedError } from './log-dir.ts';
export {
  type ChangeableLogSettings,
  DEFAULT_LOG_MANAGER_SETTINGS,
  type GetOrCreateLogOptions,
  LogManager,
  type LogManagerOptions,
  type LogManagerSettings,
} from './log-manager.ts';
export * from './log-types.ts';
export {
  checkMetaProperties,
  InconsistentMetaPropertiesError,
  type MetaProperties,
  readMetaProperties,
  writeMetaProperties,
} from './meta-properties.ts';
export type { VerificationGuard, VerifiedProducer } from './transaction-verification.ts';
export type { UnifiedLog } from './unified-log.ts';
