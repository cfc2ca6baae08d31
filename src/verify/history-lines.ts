/**
 * A history as a file: a line of settings, then one line of JSON per event, appended as it happens. So a run that was
 * ended in the middle can be checked as far as it came, and any operation a report names is found by its line.
 */
import type { Action, HistoryEvent, RunSettings } from './history.ts';

const FORMAT = 'klassik-history';
const VERSION = 1;

/** A file that is no history, or one that was damaged: says in which line. */
export class HistoryError extends Error {
  override readonly name = 'HistoryError';
}

export interface RecordedHistory {
  readonly settings: RunSettings;
  /** The event at index i stands in line i + FIRST_EVENT_LINE. */
  readonly events: readonly HistoryEvent[];
}

/** After the line with the settings. */
export const FIRST_EVENT_LINE = 2;

export function settingsLine(settings: RunSettings): string {
  return `${JSON.stringify({ format: FORMAT, version: VERSION, ...settings })}\n`;
}

export function eventLine(event: HistoryEvent): string {
  return `${JSON.stringify(event)}\n`;
}

/** A last line without its end was being written when the run was ended, and is left out. */
export function parseHistory(text: string): RecordedHistory {
  const [first = '', ...lines] = text.split('\n').slice(0, -1);
  const settings = settingsIn(first);
  return { settings, events: lines.map((line, index) => eventIn(line, index + FIRST_EVENT_LINE)) };
}

function settingsIn(line: string): RunSettings {
  const value = objectIn(line, 1);
  if (value['format'] !== FORMAT) throw new HistoryError('line 1 does not begin a history of klassik verify');
  if (value['version'] !== VERSION)
    throw new HistoryError(
      `the history is of version ${String(value['version'])}, this program reads ${VERSION}`,
    );
  const { bootstrap, startedAt, acks, idempotent, isolation } = value;
  const isWhole =
    typeof bootstrap === 'string' &&
    typeof startedAt === 'string' &&
    (acks === 'all' || acks === '1' || acks === '0') &&
    typeof idempotent === 'boolean' &&
    (isolation === 'read_committed' || isolation === 'read_uncommitted');
  if (!isWhole) throw new HistoryError('line 1 lacks some of the settings of the run');
  return { bootstrap, startedAt, acks, idempotent, isolation };
}

const EVENT_TYPES: ReadonlySet<unknown> = new Set([
  'invoke',
  'ending',
  'ok',
  'fail',
  'info',
  'fault',
  'drained',
]);

function eventIn(line: string, number: number): HistoryEvent {
  const value = objectIn(line, number);
  if (!isEvent(value)) throw new HistoryError(`line ${number} is no event of a history`);
  return value;
}

/** Looks at what the analyses rely on. */
function isEvent(
  value: Readonly<Record<string, unknown>>,
): value is Readonly<Record<string, unknown>> & HistoryEvent {
  const { type, atMs } = value;
  if (!EVENT_TYPES.has(type) || typeof atMs !== 'number') return false;
  if (type === 'fault') return typeof value['text'] === 'string';
  if (type === 'drained') return isNumbers(value['ends']);
  if (typeof value['process'] !== 'string') return false;
  if (type === 'ending') return typeof value['commit'] === 'boolean';
  return Array.isArray(value['actions']) && value['actions'].every(isAction);
}

function isAction(value: unknown): value is Action {
  if (!isObject(value)) return false;
  switch (value['kind']) {
    case 'send':
      return (
        typeof value['partition'] === 'string' &&
        typeof value['value'] === 'number' &&
        (value['offset'] === null || typeof value['offset'] === 'number')
      );
    case 'poll':
      return isObject(value['records']) && Object.values(value['records']).every(isSeenRecords);
    case 'commit':
      return typeof value['group'] === 'string' && isNumbers(value['offsets']);
    case 'assign':
      return isNumbers(value['positions']);
    default:
      return false;
  }
}

function isSeenRecords(value: unknown): boolean {
  const isNumber = (each: unknown): boolean => typeof each === 'number';
  return (
    Array.isArray(value) &&
    value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isNumber))
  );
}

function isNumbers(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((each) => typeof each === 'number');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectIn(line: string, number: number): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (isObject(value)) return value;
  } catch {
    // Told below, with the line's number.
  }
  throw new HistoryError(`line ${number} is not an object in JSON`);
}
