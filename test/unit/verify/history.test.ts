/** Histories as files and as operations, and the verdict on one in words. */
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { ANALYSES } from '../../../src/verify/all-analyses.ts';
import { eventLine, HistoryError, parseHistory, reportOf, settingsLine } from '../../../src/verify/index.ts';
import { pairOperations } from '../../../src/verify/pair-operations.ts';
import { assigned, committed, joined, polled, sent, SETTINGS, ToldHistory } from './told-history.ts';

function storyOfAllKinds(): ToldHistory {
  return new ToldHistory()
    .did('producer', 'ok', sent(1, 't-0', 0))
    .did('producer', 'ok', sent(2, 't-0', 1))
    .fault('kill broker 1')
    .transacted('copier', 'ok', polled('t-0', [1, 2]), sent(3, 't-1', 0), committed('g', { 't-0': 2 }))
    .did('consumer', 'ok', assigned({ 't-0': 0 }), joined('g', 1, { 't-1': 0 }))
    .drained({ 't-0': 2, 't-1': 2 });
}

function linesOf({ settings, events }: ToldHistory): string {
  return settingsLine(settings) + events.map(eventLine).join('');
}

describe('a history in a file', () => {
  test('is read as it was written', () => {
    const story = storyOfAllKinds();
    expect(parseHistory(linesOf(story))).toEqual({ settings: SETTINGS, events: story.events });
  });

  test('may end in the middle of a line, which is left out', () => {
    const story = storyOfAllKinds();
    const cut = linesOf(story).slice(0, -10);
    expect(parseHistory(cut).events).toEqual(story.events.slice(0, -1));
  });

  test.each([
    ['nothing', '', 'line 1 is not an object in JSON'],
    ['another file', '{"name":"klassik"}\n', 'line 1 does not begin a history of klassik verify'],
    [
      'one of a later version',
      settingsLine(SETTINGS).replace('"version":1', '"version":2'),
      'the history is of version 2, this program reads 1',
    ],
    [
      'settings that lack one',
      settingsLine(SETTINGS).replace('"acks":"all",', ''),
      'line 1 lacks some of the settings of the run',
    ],
    ['a line that is damaged', `${settingsLine(SETTINGS)}{"type":\n`, 'line 2 is not an object in JSON'],
    [
      'an event of no known kind',
      `${settingsLine(SETTINGS)}{"type":"moved","atMs":1}\n`,
      'line 2 is no event of a history',
    ],
    [
      'an action without an offset',
      `${settingsLine(SETTINGS)}{"type":"ok","atMs":1,"process":"p","actions":[{"kind":"send","partition":"t-0","value":1}]}\n`,
      'line 2 is no event of a history',
    ],
  ])('%s is refused with the line', (_name, text, message) => {
    expect(() => parseHistory(text)).toThrow(new HistoryError(message));
  });
});

describe('operations', () => {
  test('what was never heard of again has an unknown outcome', () => {
    const [operation] = pairOperations(new ToldHistory().begin('p', false, [sent(1, 't-0', null)]).events);
    expect(operation).toMatchObject({ id: 2, outcome: 'info', completedAt: Infinity });
  });

  test('a transaction that was never asked to commit cannot have happened', () => {
    const story = new ToldHistory().begin('p', true).begin('q', true).asksToCommit('q');
    expect(pairOperations(story.events).map(({ outcome }) => outcome)).toEqual(['fail', 'info']);
  });

  test('a process does one thing at a time', () => {
    expect(() => pairOperations(new ToldHistory().begin('p').begin('p').events)).toThrow(
      'line 3: p has not done its last',
    );
    expect(() => pairOperations(new ToldHistory().end('p', 'ok').events)).toThrow(
      'line 2: p has begun nothing',
    );
  });
});

test('docs/verify.md tells of every kind', () => {
  const page = readFileSync(new URL('../../../docs/verify.md', import.meta.url), 'utf8');
  const kinds = ANALYSES.map(({ name }) => name);
  expect(kinds.length).toBeGreaterThan(15);
  expect(kinds.filter((name) => !new RegExp(`^\\|.*\\b${name}\\b.*\\|`, 'm').test(page))).toEqual([]);
});

describe('the report', () => {
  test('says what was tried, what was found with its proof, and what was looked for in vain', () => {
    const report = reportOf(storyOfAllKinds().verdict);
    expect(report.split('\n').slice(0, 14)).toEqual([
      'Tried on localhost:9092 for 0.0 s (acks=all, idempotent, read_committed):',
      '  operations    4 ok, 0 failed, 0 of unknown outcome',
      '  transactions  1 ok, 0 failed, 0 of unknown outcome',
      '  records       3 acknowledged, 1 read',
      '  assignments   2',
      '  faults        1',
      '        0.0 s  kill broker 1',
      '',
      'Found:',
      '  lost-write (2): an acknowledged record is gone',
      '    1 was acknowledged at offset 0 of t-0; readers went past it without seeing it',
      '      #2 producer at 0.000 s, 1 ms, ok: sent 1 to t-0 at 0',
      '    3 was acknowledged at offset 0 of t-1; readers went past it without seeing it',
      '      #7 copier at 0.005 s, 2 ms, transaction, ok: read 1 of t-0, sent 3 to t-1 at 0, committed t-0 at 2 for g',
    ]);
    expect(report).toMatch(
      /\nNot found: unseen, inconsistent-offsets, .*\.\n\n1 kind of violation: lost-write\.\n$/s,
    );
  });

  test('of a history without a last reading says what it cannot know', () => {
    const report = reportOf(new ToldHistory().did('p', 'ok', sent(1, 't-0', 0)).verdict);
    expect(report).toContain(
      'The partitions were not read to their ends: what was lost at an end is not known.\n',
    );
    expect(report).toMatch(/\nNo violation was found\.\n$/);
  });

  test('tells of many findings the first few and counts the others', () => {
    const story = new ToldHistory();
    for (let value = 0; value < 9; value++) story.did('p', 'ok', sent(value, 't-0', value));
    const report = reportOf(story.drained({ 't-0': 9 }).verdict);
    expect(report).toContain('  lost-write (9): ');
    expect(report).toContain('    and 4 more\n');
  });
});
