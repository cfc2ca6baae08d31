/**
 * The levels of this broker's loggers (KIP-412), told by DescribeConfigs and changed by IncrementalAlterConfigs. They
 * are in no znode: after a restart the broker says again what it said at first.
 */
import { LOG_LEVELS, loggerLevelOf, ROOT_LOGGER, type LoggerLevels } from '../../logging/index.ts';
import { KafkaError } from '../../protocol/index.ts';
import { OPERATION, type ConfigChange } from './config-changes.ts';

export interface LoggerLevelEntry {
  readonly name: string;
  readonly level: string;
}

/** All loggers there are, or those of `names`, each with the level that holds for it. */
export function describeLoggers(levels: LoggerLevels, names: readonly string[] | null): LoggerLevelEntry[] {
  return [...levels.list()]
    .filter(([name]) => names?.includes(name) ?? true)
    .map(([name, level]) => ({ name, level: level.toUpperCase() }));
}

/** Throws before anything is changed when one of the changes cannot be made. */
export function validateLoggerChanges(levels: LoggerLevels, changes: readonly ConfigChange[]): void {
  for (const change of changes) validateLoggerChange(levels, change);
}

function validateLoggerChange(levels: LoggerLevels, { name, value, configOperation }: ConfigChange): void {
  switch (configOperation) {
    case OPERATION.SET:
      requireLogger(levels, name);
      if (!VALID_LEVELS.includes(value ?? ''))
        throw new KafkaError(
          'INVALID_CONFIG',
          `Cannot set the log level of ${name} to ${value ?? ''} as it is not a supported log level. ` +
            `Valid log levels are ${VALID_LEVELS.join(', ')}`,
        );
      return;
    case OPERATION.DELETE:
      requireLogger(levels, name);
      if (name === ROOT_LOGGER)
        throw new KafkaError('INVALID_REQUEST', 'Removing the log level of the root logger is not allowed');
      return;
    case OPERATION.APPEND:
    case OPERATION.SUBTRACT: {
      const operation = configOperation === OPERATION.APPEND ? 'APPEND' : 'SUBTRACT';
      throw new KafkaError(
        'INVALID_REQUEST',
        `${operation} operation is not allowed for the BROKER_LOGGER resource`,
      );
    }
    default:
      throw new KafkaError('UNKNOWN_SERVER_ERROR');
  }
}

const VALID_LEVELS: readonly string[] = LOG_LEVELS.map((level) => level.toUpperCase()).sort();

function requireLogger(levels: LoggerLevels, name: string): void {
  if (!levels.isKnown(name)) throw new KafkaError('INVALID_CONFIG', `Logger ${name} does not exist!`);
}

/** Of changes that are valid. */
export function changeLoggers(levels: LoggerLevels, changes: readonly ConfigChange[]): void {
  for (const { name, value, configOperation } of changes) {
    const level = configOperation === OPERATION.SET ? loggerLevelOf(value ?? '') : undefined;
    if (level === undefined) levels.unset(name);
    else levels.set(name, level);
  }
}
