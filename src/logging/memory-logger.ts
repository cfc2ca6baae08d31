/** A logger that keeps its latest lines, for tests and for showing what a broker said last. */
import type { Logger } from '../runtime/index.ts';
import { LeveledLogger } from './leveled-logger.ts';
import type { LogLine } from './leveled-logger.ts';
import { LoggerLevels } from './levels.ts';

export interface MemoryLogger {
  readonly logger: Logger;
  readonly levels: LoggerLevels;
  /** The lines kept, oldest first. */
  readonly lines: readonly LogLine[];
}

export function memoryLogger({ name = '', maxLines = 10_000 } = {}): MemoryLogger {
  const lines: LogLine[] = [];
  const levels = new LoggerLevels('trace');
  const logger = new LeveledLogger(name, {}, levels, (line) => {
    lines.push(line);
    if (lines.length > maxLines) lines.shift();
  });
  return { logger, levels, lines };
}
