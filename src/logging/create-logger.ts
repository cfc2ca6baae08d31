/**
 * The broker's logger: names and levels as log4j's, written by pino. Lines go out as text in Kafka's pattern or as
 * JSON for log collectors. Levels are decided here, before a line is built, so pino itself lets everything pass.
 */
import { pino } from 'pino';
import type { DestinationStream } from 'pino';
import type { Clock, Logger } from '../runtime/index.ts';
import { LeveledLogger } from './leveled-logger.ts';
import type { LogLine, LogSink } from './leveled-logger.ts';
import { LoggerLevels } from './levels.ts';
import { patternLine } from './pattern.ts';

export type LogFormat = 'pattern' | 'json';

export interface LoggerOptions {
  readonly clock: Clock;
  /** Default: Kafka's pattern. */
  readonly format?: LogFormat;
  /** Default: everything from INFO up. */
  readonly levels?: LoggerLevels;
  /** Where lines go; default standard output. */
  readonly write?: (text: string) => void;
}

export interface CreatedLogger {
  readonly logger: Logger;
  readonly levels: LoggerLevels;
  /** Writes out what is still buffered; call before the process ends. */
  flush(): void;
}

/** Creates the logger a broker starts with; rooms take children of it by their Kafka names. */
export function createLogger(options: LoggerOptions): CreatedLogger {
  const { clock, format = 'pattern', levels = new LoggerLevels(), write } = options;
  const standardOutput = write === undefined ? pino.destination({ fd: 1, sync: true }) : undefined;
  const destination: DestinationStream = standardOutput ?? { write: write ?? (() => undefined) };
  const sink = format === 'json' ? jsonSink(destination, clock) : patternSink(destination, clock);
  return {
    logger: new LeveledLogger('', {}, levels, sink),
    levels,
    flush: () => standardOutput?.flushSync(),
  };
}

function patternSink(destination: DestinationStream, clock: Clock): LogSink {
  return (line) => destination.write(patternLine(line, clock.wallMs()));
}

function jsonSink(destination: DestinationStream, clock: Clock): LogSink {
  const json = pino(
    { level: 'trace', base: null, timestamp: () => `,"time":${clock.wallMs()}`, errorKey: 'error' },
    destination,
  );
  return ({ level, logger, message, context, fields }: LogLine) =>
    json[level]({ logger, ...context, ...fields }, message);
}
