/**
 * Text to value and back, as java.util and Kafka's ConfigDef do it: values are trimmed, numbers must fit their Java
 * type, a list is split at commas with any blanks around them, and an empty list is the empty text. The messages are
 * part of what operators and client tests match on.
 */
import { ConfigError } from './config-error.ts';
import { LONG_MAX, LONG_MIN } from './row.ts';
import type { ConfigRow, ConfigType, ConfigValue } from './row.ts';

const INTEGER_RANGE: Partial<Record<ConfigType, readonly [min: bigint, max: bigint]>> = {
  short: [-(2n ** 15n), 2n ** 15n - 1n],
  int: [-(2n ** 31n), 2n ** 31n - 1n],
  long: [-(2n ** 63n), 2n ** 63n - 1n],
};

/** The value of `text` for the key, or ConfigError when the type or the row's bounds refuse it. */
export function parseValue(key: string, row: ConfigRow, text: string): ConfigValue {
  const value = parseType(key, row, text.trim());
  const problem = problemWith(row, value);
  if (problem !== undefined)
    throw new ConfigError(key, unlistedItem(row, value) ?? formatValue(row.type, value), problem);
  return value;
}

function parseType(key: string, row: ConfigRow, text: string): ConfigValue {
  switch (row.type) {
    case 'boolean':
      return parseBoolean(key, text);
    case 'short':
    case 'int':
    case 'long':
      return parseInteger(key, row.type, text);
    case 'double':
      return parseDouble(key, text);
    case 'list':
      return parseList(text);
    case 'string':
    case 'class':
    case 'password':
      return text;
  }
}

function parseBoolean(key: string, text: string): boolean {
  const lower = text.toLowerCase();
  if (lower === 'true') return true;
  if (lower === 'false') return false;
  throw new ConfigError(key, text, 'Expected value to be either true or false');
}

function parseInteger(key: string, type: ConfigType, text: string): number {
  const range = INTEGER_RANGE[type];
  if (range !== undefined && /^[+-]?\d+$/.test(text)) {
    const value = BigInt(text.replace(/^\+/, ''));
    if (value >= range[0] && value <= range[1]) return Number(value);
  }
  throw new ConfigError(key, text, `Not a number of type ${type.toUpperCase()}`);
}

function parseDouble(key: string, text: string): number {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?[df]?$/i.test(text)) return Number(text.replace(/[df]$/i, ''));
  throw new ConfigError(key, text, 'Not a number of type DOUBLE');
}

/** Kafka's list: split at commas, blanks around each item dropped; the empty text is the empty list. */
export function parseList(text: string): readonly string[] {
  const trimmed = text.trim();
  return trimmed === '' ? [] : trimmed.split(/\s*,\s*/);
}

function problemWith(row: ConfigRow, value: ConfigValue): string | undefined {
  if (typeof value === 'number') {
    if (row.min !== undefined && value < row.min) {
      return `Value must be at least ${formatNumber(row.type, row.min)}`;
    }
    if (row.max !== undefined && value > row.max) {
      return `Value must be no more than ${formatNumber(row.type, row.max)}`;
    }
  }
  if (typeof value === 'string' && row.nonEmpty === true && value === '') return 'String must be non-empty';
  const { allowed, check } = row;
  if (allowed !== undefined && unlistedItem(row, value) !== undefined)
    return `String must be one of: ${allowed.join(', ')}`;
  return check === undefined
    ? undefined
    : itemsOf(value)
        .map(check)
        .find((problem) => problem !== undefined);
}

/** The value, or the first item of a list, that is none of the choices: the one that is told. */
function unlistedItem(row: ConfigRow, value: ConfigValue): string | undefined {
  const { allowed } = row;
  if (allowed === undefined) return undefined;
  return itemsOf(value).find((item) => !allowed.some((choice) => same(row, choice, item)));
}

function itemsOf(value: ConfigValue): readonly string[] {
  return typeof value === 'object' ? value : [String(value)];
}

function same(row: ConfigRow, left: string, right: string): boolean {
  return row.ignoreCase === true ? left.toLowerCase() === right.toLowerCase() : left === right;
}

/** The text Kafka shows for a value: of a long at the ends of its range with all 19 digits, of a list with commas. */
export function formatValue(type: ConfigType, value: ConfigValue): string {
  if (typeof value === 'number') return formatNumber(type, value);
  return typeof value === 'object' ? value.join(',') : String(value);
}

function formatNumber(type: ConfigType, value: number): string {
  if (type === 'double') return formatDouble(value);
  if (value >= LONG_MAX) return '9223372036854775807';
  if (value <= LONG_MIN) return '-9223372036854775808';
  return String(value);
}

/** Java writes 1.0 where JavaScript writes 1, and 1.0E10 where JavaScript writes 10000000000. */
function formatDouble(value: number): string {
  if (value === 0) return '0.0';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) return Number.isInteger(value) ? `${value}.0` : String(value);
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${String(Number(exponent))}`;
}
