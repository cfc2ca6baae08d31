/**
 * From events to operations: each invocation with what came of it. A process does one thing at a time, so its next
 * completion belongs to its last invocation. An invocation that is not followed by one has an unknown outcome, unless it
 * is a transaction whose commit was never asked for: that one cannot have happened.
 */
import type { HistoryEvent, Operation } from './history.ts';
import { FIRST_EVENT_LINE, HistoryError } from './history-lines.ts';

type Invocation = Extract<HistoryEvent, { readonly type: 'invoke' }>;
type Completion = Extract<HistoryEvent, { readonly type: 'ok' | 'fail' | 'info' }>;

interface Open {
  readonly id: number;
  readonly invocation: Invocation;
  commitAt: number | undefined;
}

/** In the order of their invocations. */
export function pairOperations(events: readonly HistoryEvent[]): Operation[] {
  const operations: Operation[] = [];
  const open = new Map<string, Open>();
  for (const [index, event] of events.entries()) {
    const id = index + FIRST_EVENT_LINE;
    switch (event.type) {
      case 'invoke':
        if (open.has(event.process))
          throw new HistoryError(`line ${id}: ${event.process} has not done its last`);
        open.set(event.process, { id, invocation: event, commitAt: undefined });
        break;
      case 'ending':
        if (event.commit) openOf(open, event.process, id).commitAt = id;
        break;
      case 'ok':
      case 'fail':
      case 'info':
        operations.push(completed(openOf(open, event.process, id), id, event));
        open.delete(event.process);
        break;
      case 'fault':
      case 'drained':
        break;
      default:
        throw new HistoryError(`line ${id} is no event of a history`);
    }
  }
  for (const left of open.values()) operations.push(unfinished(left));
  return operations.sort((one, other) => one.id - other.id);
}

function openOf(open: ReadonlyMap<string, Open>, process: string, id: number): Open {
  const found = open.get(process);
  if (found === undefined) throw new HistoryError(`line ${id}: ${process} has begun nothing`);
  return found;
}

function completed({ id, invocation, commitAt }: Open, completedAt: number, event: Completion): Operation {
  return {
    id,
    process: invocation.process,
    isTransaction: invocation.transaction,
    outcome: event.type,
    actions: event.actions,
    atMs: invocation.atMs,
    completedAt,
    tookMs: event.atMs - invocation.atMs,
    commitAt,
    error: event.error,
  };
}

function unfinished({ id, invocation, commitAt }: Open): Operation {
  const { process, transaction: isTransaction, actions, atMs } = invocation;
  const outcome = isTransaction && commitAt === undefined ? 'fail' : 'info';
  const error = 'the history ends before it does';
  return {
    id,
    process,
    isTransaction,
    outcome,
    actions,
    atMs,
    completedAt: Infinity,
    tookMs: undefined,
    commitAt,
    error,
  };
}
