/**
 * Histories of a Kafka that is right, of any interleaving: no analysis finds a violation. And of the same histories with
 * one thing put wrong, the analysis that is there for it finds it.
 */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkHistory } from '../../../src/verify/index.ts';
import type { HistoryEvent, PollAction } from '../../../src/verify/index.ts';
import { ModelKafka } from './model-kafka.ts';
import type { ToldHistory } from './told-history.ts';

const CHOICES = { minLength: 40, maxLength: 400 };
const RUNS = { numRuns: 200 };
const histories = fc.array(fc.nat({ max: 0xffff }), CHOICES).map((choices) => new ModelKafka(choices).run());

test('a right Kafka shows no violation, whatever the order of things', () => {
  let read = 0;
  fc.assert(
    fc.property(histories, (history) => {
      expect(history.verdict.violations).toEqual([]);
      read += history.verdict.tried.recordsRead;
    }),
    RUNS,
  );
  expect(read).toBeGreaterThan(RUNS.numRuns);
});

test.each(DAMAGES())('%s is found as %s', (_what, name, damage) => {
  let damaged = 0;
  fc.assert(
    fc.property(histories, fc.nat(), (history, choice) => {
      const events = damage(history, choice);
      fc.pre(events !== undefined);
      damaged += 1;
      expect(checkHistory({ settings: history.settings, events }).violations).toContain(name);
    }),
    RUNS,
  );
  expect(damaged).toBe(RUNS.numRuns);
});

type Damage = (history: ToldHistory, choice: number) => HistoryEvent[] | undefined;

function DAMAGES(): [what: string, name: string, damage: Damage][] {
  return [
    ['an acknowledged record that nobody reads', 'lost-write', loseRecord],
    ['an end of the log that is gone', 'unseen', loseEnd],
    ['a record that is read at a second offset', 'duplicate', readTwice],
    ['another value at an offset', 'inconsistent-offsets', changeValue],
    ['a record of an aborted transaction that is read', 'aborted-read', readAborted],
    ['a poll that comes again', 'nonmonotonic-poll', repeatPoll],
    ['a poll whose records are in reverse', 'internal-nonmonotonic-poll', reversePoll],
    ['a record that one reader is not given', 'internal-poll-skip', leaveOut],
  ];
}

/** The values that the last reading found, with their offsets. */
function drainedRecords(history: ToldHistory): { partition: string; offset: number; value: number }[] {
  const last = history.events.findLast((event) => event.type === 'ok' && event.process === 'drain');
  const poll = last?.type === 'ok' ? last.actions.find((action) => action.kind === 'poll') : undefined;
  return Object.entries(poll?.records ?? {}).flatMap(([partition, records]) =>
    records.map(([offset, value]) => ({ partition, offset, value })),
  );
}

function acknowledged(history: ToldHistory): ReadonlySet<number> {
  return new Set(
    history.events.flatMap((event) =>
      event.type === 'ok'
        ? event.actions.flatMap((action) => (action.kind === 'send' ? [action.value] : []))
        : [],
    ),
  );
}

function oneOf<T>(values: readonly T[], choice: number): T | undefined {
  return values[choice % Math.max(1, values.length)];
}

/** The same events with every poll changed. */
function withPolls(
  events: readonly HistoryEvent[],
  change: (poll: PollAction, event: HistoryEvent) => PollAction,
): HistoryEvent[] {
  return events.map((event) =>
    'actions' in event
      ? {
          ...event,
          actions: event.actions.map((each) => (each.kind === 'poll' ? change(each, event) : each)),
        }
      : event,
  );
}

function withoutValues(poll: PollAction, values: ReadonlySet<number>): PollAction {
  const records = Object.entries(poll.records).map(
    ([partition, pairs]) => [partition, pairs.filter(([, value]) => !values.has(value))] as const,
  );
  return { kind: 'poll', records: Object.fromEntries(records.filter(([, pairs]) => pairs.length > 0)) };
}

function loseRecord(history: ToldHistory, choice: number): HistoryEvent[] | undefined {
  const lost = oneOf([...acknowledged(history)], choice);
  if (lost === undefined) return undefined;
  return withPolls(history.events, (poll) => withoutValues(poll, new Set([lost])));
}

function loseEnd(history: ToldHistory, choice: number): HistoryEvent[] | undefined {
  const known = acknowledged(history);
  const record = oneOf(
    drainedRecords(history).filter(({ value }) => known.has(value)),
    choice,
  );
  if (record === undefined) return undefined;
  const gone = drainedRecords(history).filter(
    ({ partition, offset }) => partition === record.partition && offset >= record.offset,
  );
  const values = new Set(gone.map(({ value }) => value));
  return withPolls(history.events, (poll) => withoutValues(poll, values)).map((event) =>
    event.type === 'drained'
      ? { ...event, ends: { ...event.ends, [record.partition]: record.offset } }
      : event,
  );
}

/** Behind the end of what was there, so that nothing else is touched. */
function readTwice(history: ToldHistory, choice: number): HistoryEvent[] | undefined {
  const record = oneOf(drainedRecords(history), choice);
  if (record === undefined) return undefined;
  const { partition, value } = record;
  return [
    ...history.events,
    { type: 'invoke', process: 'late', transaction: false, actions: [], atMs: 0 },
    {
      type: 'ok',
      process: 'late',
      actions: [{ kind: 'poll', records: { [partition]: [[1_000_000, value]] } }],
      atMs: 0,
    },
  ];
}

function changeValue(history: ToldHistory, choice: number): HistoryEvent[] | undefined {
  const record = oneOf(drainedRecords(history), choice);
  if (record === undefined) return undefined;
  const { partition, offset, value } = record;
  return [
    ...history.events,
    { type: 'invoke', process: 'late', transaction: false, actions: [], atMs: 0 },
    {
      type: 'ok',
      process: 'late',
      actions: [{ kind: 'poll', records: { [partition]: [[offset, value + 1_000_000]] } }],
      atMs: 0,
    },
  ];
}

function readAborted(history: ToldHistory, choice: number): HistoryEvent[] | undefined {
  const aborted = history.events.flatMap((event) =>
    event.type === 'fail' ? event.actions.filter((action) => action.kind === 'send') : [],
  );
  const send = oneOf(aborted, choice);
  if (send?.offset == null) return undefined;
  const { partition, offset, value } = send;
  return withPolls(history.events, (poll, event) =>
    'process' in event && event.process === 'drain'
      ? { kind: 'poll', records: { ...poll.records, [partition]: [[offset, value]] } }
      : poll,
  );
}

/** Polls of consumers that gave something, by where they stand. */
function pollsAt(history: ToldHistory, least: number): number[] {
  return history.events.flatMap((event, index) => {
    if (event.type !== 'ok' || !event.process.startsWith('consumer')) return [];
    const [action] = event.actions;
    const lengths = action?.kind === 'poll' ? Object.values(action.records).map(({ length }) => length) : [];
    return lengths.some((length) => length >= least) ? [index] : [];
  });
}

function repeatPoll(history: ToldHistory, choice: number): HistoryEvent[] | undefined {
  const at = oneOf(pollsAt(history, 1), choice);
  const event = at === undefined ? undefined : history.events[at];
  if (at === undefined || event?.type !== 'ok') return undefined;
  const again: HistoryEvent = {
    type: 'invoke',
    process: event.process,
    transaction: false,
    actions: [],
    atMs: 0,
  };
  return history.events.toSpliced(at + 1, 0, again, event);
}

function reversePoll(history: ToldHistory, choice: number): HistoryEvent[] | undefined {
  return changedPoll(history, oneOf(pollsAt(history, 2), choice), (pairs) => pairs.toReversed());
}

function leaveOut(history: ToldHistory, choice: number): HistoryEvent[] | undefined {
  return changedPoll(history, oneOf(pollsAt(history, 3), choice), (pairs) =>
    pairs.length < 3 ? pairs : pairs.toSpliced(1, 1),
  );
}

type Pairs = PollAction['records'][string];

function changedPoll(
  history: ToldHistory,
  at: number | undefined,
  change: (pairs: Pairs) => Pairs,
): HistoryEvent[] | undefined {
  const event = at === undefined ? undefined : history.events[at];
  const action = event?.type === 'ok' ? event.actions[0] : undefined;
  if (at === undefined || event?.type !== 'ok' || action?.kind !== 'poll') return undefined;
  const records = Object.fromEntries(
    Object.entries(action.records).map(([partition, pairs]) => [partition, change(pairs)]),
  );
  return history.events.with(at, { ...event, actions: [{ kind: 'poll', records }] });
}
