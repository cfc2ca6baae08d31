/**
 * A Logger of one name. It asks the level table before anything is built, and hands what passes to a sink. The
 * fields it was born with are its context: Kafka's `[ReplicaManager broker=1] ` in front of every line.
 */
import type { LogFields, Logger, LogLevel } from '../runtime/index.ts';
import { passes } from './levels.ts';
import type { LoggerLevel, LoggerLevels } from './levels.ts';

/** A line that passed its logger's level. */
export interface LogLine {
  readonly level: LogLevel;
  readonly logger: string;
  readonly message: string;
  readonly context: LogFields;
  readonly fields: LogFields;
}

export type LogSink = (line: LogLine) => void;

const NO_FIELDS: LogFields = {};

export class LeveledLogger implements Logger {
  readonly #name: string;
  readonly #context: LogFields;
  readonly #levels: LoggerLevels;
  readonly #sink: LogSink;
  #threshold: LoggerLevel = 'info';
  #generation = -1;

  constructor(name: string, context: LogFields, levels: LoggerLevels, sink: LogSink) {
    this.#name = name;
    this.#context = context;
    this.#levels = levels;
    this.#sink = sink;
    levels.know(name);
  }

  isEnabled(level: LogLevel): boolean {
    if (this.#generation !== this.#levels.generation) {
      this.#generation = this.#levels.generation;
      this.#threshold = this.#levels.effective(this.#name);
    }
    return passes(level, this.#threshold);
  }

  trace(message: string, fields?: LogFields): void {
    this.#log('trace', message, fields);
  }

  debug(message: string, fields?: LogFields): void {
    this.#log('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#log('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#log('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#log('error', message, fields);
  }

  fatal(message: string, fields?: LogFields): void {
    this.#log('fatal', message, fields);
  }

  child(name: string, fields?: LogFields): Logger {
    const context = fields === undefined ? this.#context : { ...this.#context, ...fields };
    return new LeveledLogger(name, context, this.#levels, this.#sink);
  }

  #log(level: LogLevel, message: string, fields: LogFields = NO_FIELDS): void {
    if (!this.isEnabled(level)) return;
    this.#sink({ level, logger: this.#name, message, context: this.#context, fields });
  }
}
