/** One operation in a line: which line of the history it begins at, who, when, how it ended, and what it did. */
import type { Action, Operation } from './history.ts';

/** More actions than this are counted. */
const ACTIONS_SHOWN = 6;
const OUTCOME = { ok: 'ok', fail: 'failed', info: 'outcome unknown' } as const;

export function describeOperation(operation: Operation): string {
  const { id, process, isTransaction, outcome, actions, atMs, tookMs, error } = operation;
  const shown = actions.slice(0, ACTIONS_SHOWN).map(describeAction);
  if (actions.length > ACTIONS_SHOWN) shown.push(`and ${actions.length - ACTIONS_SHOWN} more`);
  const took = tookMs === undefined ? '' : `, ${Math.round(tookMs)} ms`;
  const what = shown.length === 0 ? 'nothing' : shown.join(', ');
  return (
    `#${id} ${process} at ${(atMs / 1000).toFixed(3)} s${took}${isTransaction ? ', transaction' : ''}, ` +
    `${OUTCOME[outcome]}${error === undefined ? '' : ` (${error})`}: ${what}`
  );
}

function describeAction(action: Action): string {
  switch (action.kind) {
    case 'send':
      return `sent ${action.value} to ${action.partition}${action.offset === null ? '' : ` at ${action.offset}`}`;
    case 'poll':
      return describePoll(action.records);
    case 'commit':
      return `committed ${namedNumbers(action.offsets)} for ${action.group}`;
    case 'assign': {
      const of =
        action.group === undefined ? '' : ` by ${action.group}, generation ${action.generation ?? '?'}`;
      return `was assigned ${namedNumbers(action.positions)}${of}`;
    }
    default:
      return 'did something else';
  }
}

function describePoll(records: Readonly<Record<string, readonly (readonly [number, number])[]>>): string {
  const read = Object.entries(records).map(([partition, pairs]) => {
    const offsets = pairs.map(([offset]) => offset);
    const isOne = offsets.length === 1;
    return `${isOne ? '' : `${offsets.length} records `}${offsets[0] ?? ''}${isOne ? '' : `..${offsets.at(-1) ?? ''}`} of ${partition}`;
  });
  return read.length === 0 ? 'read nothing' : `read ${read.join(' and ')}`;
}

function namedNumbers(numbers: Readonly<Record<string, number>>): string {
  const named = Object.entries(numbers).map(([partition, offset]) => `${partition} at ${offset}`);
  return named.length === 0 ? 'nothing' : named.join(', ');
}
