/**
 * A log line in the pattern of Kafka's own log4j settings, `[%d] %p %m (%c)%n`, so that people and tools that read
 * Kafka's logs read ours:
 *
 *     [2026-11-22 03:04:05,678] INFO [ReplicaManager broker=1] Stopped (kafka.server.ReplicaManager)
 *
 * The logger's context becomes the bracketed prefix, the line's own fields follow the message in braces, and an
 * error's stack stands below.
 */
import type { LogFields } from '../runtime/index.ts';
import type { LogLine } from './leveled-logger.ts';

export function patternLine(line: LogLine, wallMs: number): string {
  const { level, logger, message, context, fields } = line;
  const prefix = contextPrefix(logger, context);
  const ending = errorLines(fields.error ?? context.error);
  return `[${timestamp(wallMs)}] ${level.toUpperCase()} ${prefix}${message}${fieldsSuffix(fields)} (${logger})${ending}\n`;
}

/** log4j's ISO8601: local time with a comma before the milliseconds. */
function timestamp(wallMs: number): string {
  // eslint-disable-next-line no-restricted-globals -- converts a given moment to local time; reads no clock
  const time = new Date(wallMs);
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return `${day} ${clock},${String(time.getMilliseconds()).padStart(3, '0')}`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

function contextPrefix(logger: string, context: LogFields): string {
  const pairs = pairsOf(context);
  return pairs.length === 0 ? '' : `[${logger.slice(logger.lastIndexOf('.') + 1)} ${pairs.join(', ')}] `;
}

function fieldsSuffix(fields: LogFields): string {
  const pairs = pairsOf(fields);
  return pairs.length === 0 ? '' : ` {${pairs.join(', ')}}`;
}

function pairsOf(fields: LogFields): string[] {
  return Object.entries(fields)
    .filter(([name, value]) => name !== 'error' && value !== undefined)
    .map(([name, value]) => `${name}=${text(value)}`);
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return String(value);
  try {
    return JSON.stringify(value);
  } catch {
    return '<cannot be shown>';
  }
}

/** The stack of an error and of the errors that caused it. */
function errorLines(error: unknown): string {
  let lines = '';
  let cause = error;
  for (let depth = 0; cause !== undefined && cause !== null && depth < MAX_CAUSES; depth++) {
    lines += `\n${depth === 0 ? '' : 'Caused by: '}${stackOf(cause)}`;
    cause = typeof cause === 'object' && 'cause' in cause ? cause.cause : undefined;
  }
  return lines;
}

const MAX_CAUSES = 8;

function stackOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'stack' in error && typeof error.stack === 'string')
    return error.stack;
  return text(error);
}
