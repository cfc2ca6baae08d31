/** What a line of the broker's log says. The levels and channel names are log4j's, so Kafka's own settings apply. */
export interface Logger {
  isEnabled(level: LogLevel): boolean;
  trace(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  fatal(message: string, fields?: LogFields): void;
  /** A logger of another name (`state.change.logger`, `kafka.controller.KafkaController`, ...) that adds `fields` to each line. */
  child(name: string, fields?: LogFields): Logger;
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

export interface LogFields {
  /** The error behind the line, printed with its stack. */
  readonly error?: unknown;
  readonly [name: string]: unknown;
}
