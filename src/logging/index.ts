export { createLogger } from './create-logger.ts';
export type { CreatedLogger, LogFormat, LoggerOptions } from './create-logger.ts';
export { LoggerLevels, loggerLevelOf, LOG_LEVELS, ROOT_LOGGER } from './levels.ts';
export type { LoggerLevel } from './levels.ts';
export type { LogLine } from './leveled-logger.ts';
export { memoryLogger } from './memory-logger.ts';
export type { MemoryLogger } from './memory-logger.ts';
export { silentLogger } from '../runtime/index.ts';
