/**
 * Each analysis of a history: what it finds, with the lines that prove it, and what looks alike and is right. Lines begin
 * at 2; an operation told by `did` takes two of them, one by `transacted` three (two when it fails).
 */
import { describe, expect, test } from '@jest/globals';
import { assigned, committed, joined, polled, sent, ToldHistory } from './told-history.ts';

const told = (settings = {}): ToldHistory => new ToldHistory(settings);

describe('lost-write', () => {
  test('a reader went past an acknowledged record', () => {
    const history = told()
      .did('p', 'ok', sent(1, 't-0', 0))
      .did('p', 'ok', sent(2, 't-0', 1))
      .did('c', 'ok', assigned({ 't-0': 0 }))
      .did('c', 'ok', polled('t-0', [1, 2]));
    expect(history.found('lost-write')).toEqual([
      ['1 was acknowledged at offset 0 of t-0; readers went past it without seeing it', 2],
    ]);
    expect(history.verdict.violations).toEqual(['lost-write']);
  });

  test('the last reading went past it, with nothing behind it', () => {
    expect(
      told()
        .did('p', 'ok', sent(1, 't-0', 0))
        .drained({ 't-0': 1 })
        .found('lost-write'),
    ).toHaveLength(1);
  });

  test('not: a reader who began behind it, a send that failed or of which nobody knows', () => {
    const history = told()
      .did('p', 'ok', sent(1, 't-0', 0))
      .did('p', 'fail', sent(2, 't-0', null))
      .did('p', 'info', sent(3, 't-0', 2))
      .did('p', 'ok', sent(4, 't-0', 3))
      .did('c', 'ok', assigned({ 't-0': 1 }))
      .did('c', 'ok', polled('t-0', [3, 4]));
    expect(history.found('lost-write')).toEqual([]);
  });
});

describe('unseen', () => {
  test('acknowledged behind the end of the partition', () => {
    const history = told()
      .did('p', 'ok', sent(1, 't-0', 0))
      .drained({ 't-0': 0 });
    expect(history.found('unseen')).toEqual([
      ['1 was acknowledged at offset 0 of t-0, which ended at 0 when all was quiet', 2],
    ]);
    expect(history.found('lost-write')).toEqual([]);
  });

  test('not: a partition that was not read to its end, or a record that somebody read', () => {
    const history = told()
      .did('p', 'ok', sent(1, 't-0', 0), sent(2, 't-1', 5))
      .did('c', 'ok', polled('t-0', [0, 1]))
      .drained({ 't-0': 0 });
    expect(history.found('unseen')).toEqual([]);
  });
});

describe('inconsistent-offsets', () => {
  test('two readers, or a reader and an acknowledgement, differ about an offset', () => {
    const history = told()
      .did('p', 'ok', sent(1, 't-0', 7))
      .did('c', 'ok', polled('t-0', [7, 2]))
      .did('d', 'ok', polled('t-0', [7, 1], [8, 3]));
    expect(history.found('inconsistent-offsets')).toEqual([
      ['offset 7 of t-0 holds 1 for one and 2 for another', 2, 4],
    ]);
  });

  test('not: the same offset of another partition, or the same record told twice', () => {
    const history = told()
      .did('p', 'ok', sent(1, 't-0', 7), sent(2, 't-1', 7))
      .did('c', 'ok', polled('t-0', [7, 1]));
    expect(history.found('inconsistent-offsets')).toEqual([]);
  });
});

describe('duplicate', () => {
  const twice = (settings = {}): ToldHistory =>
    told(settings)
      .did('p', 'ok', sent(1, 't-0', 0))
      .did('c', 'ok', polled('t-0', [0, 1], [1, 1]));

  test('a record that is read at two offsets', () => {
    expect(twice().found('duplicate')).toEqual([['1 is at offset 0 of t-0 and at offset 1 of t-0', 2, 4]]);
    expect(twice().verdict.violations).toEqual(['duplicate']);
  });

  test('is told, but is no violation, when producers are not idempotent', () => {
    expect(twice({ idempotent: false }).found('duplicate')).toHaveLength(1);
    expect(twice({ idempotent: false }).verdict.violations).toEqual([]);
  });

  test('not: one record that two consumers read at its offset', () => {
    const history = told()
      .did('c', 'ok', polled('t-0', [0, 1]))
      .did('d', 'ok', polled('t-0', [0, 1]));
    expect(history.found('duplicate')).toEqual([]);
  });
});

describe('phantom-record', () => {
  test('a record that nobody sent, and one that was sent to another partition', () => {
    const history = told()
      .did('p', 'ok', sent(1, 't-0', 0))
      .did('c', 'ok', polled('t-1', [0, 1], [1, 9]));
    expect(history.found('phantom-record')).toEqual([
      ['1 was sent to t-0 and read at offset 0 of t-1', 2, 4],
      ['9 at offset 1 of t-1 was never sent', 4],
    ]);
  });

  test('not: a record whose send nobody knows the end of', () => {
    const history = told()
      .begin('p', false, [sent(1, 't-0', null)])
      .did('c', 'ok', polled('t-0', [0, 1]));
    expect(history.found('phantom-record')).toEqual([]);
  });
});

describe('aborted-read', () => {
  test('a record of an aborted transaction, of one never asked to commit, of a refused send', () => {
    const history = told()
      .transacted('p', 'fail', sent(1, 't-0', 0))
      .begin('q', true, [sent(2, 't-0', null)])
      .did('r', 'fail', sent(3, 't-0', null))
      .did('c', 'ok', polled('t-0', [0, 1], [2, 2], [3, 3]));
    expect(history.found('aborted-read')).toEqual([
      ['1 belongs to a transaction that was not committed and was read at offset 0 of t-0', 2, 7],
      ['2 belongs to a transaction that was not committed and was read at offset 2 of t-0', 4, 7],
      ['3 failed to be sent and was read at offset 3 of t-0', 5, 7],
    ]);
  });

  test('not: a commit without an answer, or an aborted record for a consumer of read_uncommitted', () => {
    const unknown = told()
      .transacted('p', 'info', sent(1, 't-0', 0))
      .did('c', 'ok', polled('t-0', [0, 1]));
    expect(unknown.found('aborted-read')).toEqual([]);
    const uncommitted = told({ isolation: 'read_uncommitted' })
      .transacted('p', 'fail', sent(1, 't-0', 0))
      .did('c', 'ok', polled('t-0', [0, 1]));
    expect(uncommitted.found('aborted-read')).toEqual([]);
  });
});

describe('torn-transaction', () => {
  test('of a transaction without an answer one record is read and another was passed', () => {
    const history = told()
      .transacted('p', 'info', sent(1, 't-0', 0), sent(2, 't-1', 0))
      .did('c', 'ok', polled('t-0', [0, 1]))
      .drained({ 't-0': 2, 't-1': 2 });
    expect(history.found('torn-transaction')).toEqual([
      ['1 was read from t-0, and 2 of the same transaction is not at its offset 0 of t-1', 2, 5],
    ]);
  });

  test('not: one that is there as a whole, or not at all, or not yet read to the end', () => {
    const whole = told()
      .transacted('p', 'info', sent(1, 't-0', 0), sent(2, 't-1', 0))
      .did('c', 'ok', polled('t-0', [0, 1]))
      .did('c', 'ok', polled('t-1', [0, 2]))
      .drained({ 't-0': 2, 't-1': 2 });
    expect(whole.found('torn-transaction')).toEqual([]);
    const none = told()
      .transacted('p', 'info', sent(1, 't-0', 0))
      .drained({ 't-0': 2 });
    expect(none.found('torn-transaction')).toEqual([]);
    const notYet = told()
      .transacted('p', 'info', sent(1, 't-0', 0), sent(2, 't-1', 0))
      .did('c', 'ok', polled('t-0', [0, 1]));
    expect(notYet.found('torn-transaction')).toEqual([]);
  });
});

describe('precommitted-read', () => {
  test('read by somebody before the commit was asked for, and by the transaction itself', () => {
    const history = told()
      .begin('p', true)
      .did('c', 'ok', polled('t-0', [0, 1]))
      .asksToCommit('p')
      .end('p', 'ok', sent(1, 't-0', 0), sent(2, 't-1', 0), polled('t-1', [0, 2]));
    expect(history.found('precommitted-read')).toEqual([
      ['a transaction read its own 2 at offset 0 of t-1 before it was committed', 2],
      ['1 was read at offset 0 of t-0 before its transaction was asked to commit', 2, 3],
    ]);
  });

  test('not: a poll that ended after the commit had been asked for', () => {
    const history = told()
      .begin('p', true)
      .begin('c')
      .asksToCommit('p')
      .end('c', 'ok', polled('t-0', [0, 1]))
      .end('p', 'ok', sent(1, 't-0', 0));
    expect(history.found('precommitted-read')).toEqual([]);
  });
});

describe('polls that skip', () => {
  test('from one poll to the next, and from the position that was given', () => {
    const history = told()
      .did('d', 'ok', polled('t-0', [0, 10], [1, 11], [2, 12], [3, 13]))
      .did('c', 'ok', assigned({ 't-0': 0 }))
      .did('c', 'ok', polled('t-0', [1, 11]))
      .did('c', 'ok', polled('t-0', [3, 13]));
    expect(history.found('poll-skip')).toEqual([
      ['c stood at 0 of t-0 and read on at 1; there is a record at 0', 4, 6],
      ['c stood at 2 of t-0 and read on at 3; there is a record at 2', 6, 8],
    ]);
    expect(history.found('internal-poll-skip')).toEqual([]);
  });

  test('within one poll', () => {
    const history = told()
      .did('d', 'ok', polled('t-0', [0, 10], [1, 11], [2, 12]))
      .did('c', 'ok', polled('t-0', [0, 10], [2, 12]));
    expect(history.found('internal-poll-skip')).toEqual([
      ['c read 0 and then 2 of t-0; there is a record at 1', 4],
    ]);
    expect(history.found('poll-skip')).toEqual([]);
  });

  test('not: offsets at which nobody read a record, or a new assignment in between', () => {
    const history = told()
      .did('d', 'ok', polled('t-0', [0, 10], [2, 12], [4, 14]))
      .did('c', 'ok', polled('t-0', [0, 10]))
      .did('c', 'ok', assigned({ 't-0': 4 }))
      .did('c', 'ok', polled('t-0', [4, 14]));
    expect(history.found('poll-skip')).toEqual([]);
    expect(history.found('internal-poll-skip')).toEqual([]);
  });
});

describe('polls that go back', () => {
  test('from one poll to the next, and before the position that was given', () => {
    const history = told()
      .did('c', 'ok', assigned({ 't-0': 3 }))
      .did('c', 'ok', polled('t-0', [2, 12], [3, 13]))
      .did('c', 'ok', polled('t-0', [3, 13]));
    expect(history.found('nonmonotonic-poll')).toEqual([
      ['c stood at 3 of t-0 and read 2', 2, 4],
      ['c stood at 4 of t-0 and read 3', 4, 6],
    ]);
  });

  test('within one poll', () => {
    const history = told().did('c', 'ok', polled('t-0', [3, 13], [2, 12]));
    expect(history.found('internal-nonmonotonic-poll')).toEqual([['c read 3 and then 2 of t-0', 2]]);
    expect(history.found('nonmonotonic-poll')).toEqual([]);
  });

  test('not: after a new assignment, or for another process', () => {
    const history = told()
      .did('c', 'ok', polled('t-0', [3, 13]))
      .did('c', 'ok', assigned({ 't-0': 3 }))
      .did('c', 'ok', polled('t-0', [3, 13]))
      .did('d', 'ok', polled('t-0', [2, 12]));
    expect(history.found('nonmonotonic-poll')).toEqual([]);
  });
});

describe('sends that go back', () => {
  test('from one operation to the next, also when one of them was of unknown outcome', () => {
    const history = told()
      .did('p', 'info', sent(1, 't-0', 5))
      .did('p', 'ok', sent(2, 't-0', 4));
    expect(history.found('nonmonotonic-send')).toEqual([
      ['p sent 1 and then 2 to t-0, which are at 5 and 4', 2, 4],
    ]);
  });

  test('within one operation', () => {
    const history = told().transacted('p', 'ok', sent(1, 't-0', 5), sent(2, 't-0', 4));
    expect(history.found('internal-nonmonotonic-send')).toEqual([
      ['p sent 1 and then 2 to t-0, which are at 5 and 4', 2],
    ]);
  });

  test('not: to another partition, or by another process', () => {
    const history = told()
      .did('p', 'ok', sent(1, 't-0', 5), sent(2, 't-1', 4))
      .did('q', 'ok', sent(3, 't-2', 9));
    expect(history.found('nonmonotonic-send')).toEqual([]);
    expect(history.found('internal-nonmonotonic-send')).toEqual([]);
  });
});

test('internal-send-skip: records of others in between are told and allowed', () => {
  const history = told()
    .begin('q')
    .transacted('p', 'ok', sent(1, 't-0', 0), sent(2, 't-0', 2))
    .end('q', 'ok', sent(3, 't-0', 1))
    .did('c', 'ok', polled('t-0', [0, 1], [1, 3], [2, 2]));
  expect(history.found('internal-send-skip')).toEqual([
    ['p sent 1 and then 2 to t-0, which are at 0 and 2; the record at 1 is not its own', 3],
  ]);
  expect(history.verdict.violations).toEqual([]);
  const marker = told().transacted('p', 'ok', sent(1, 't-0', 0), sent(2, 't-0', 2));
  expect(marker.found('internal-send-skip')).toEqual([]);
});

describe('realtime-send', () => {
  test('a lower offset than that of a record that was acknowledged before', () => {
    const history = told()
      .did('p', 'ok', sent(1, 't-0', 5))
      .did('q', 'ok', sent(2, 't-0', 3));
    expect(history.found('realtime-send')).toEqual([
      ['1 was acknowledged at 5 of t-0 before 2 was sent, which got 3', 2, 4],
    ]);
  });

  test('not: sends that overlap', () => {
    const history = told()
      .begin('q', false, [sent(2, 't-0', null)])
      .did('p', 'ok', sent(1, 't-0', 5))
      .end('q', 'ok', sent(2, 't-0', 3));
    expect(history.found('realtime-send')).toEqual([]);
  });
});

describe('cycles of transactions', () => {
  test('write-cycle: two that wrote before and after each other, which Kafka allows', () => {
    const history = told()
      .begin('p', true)
      .begin('q', true)
      .asksToCommit('p')
      .asksToCommit('q')
      .end('p', 'ok', sent(1, 't-0', 0), sent(2, 't-1', 1))
      .end('q', 'ok', sent(3, 't-0', 1), sent(4, 't-1', 0));
    expect(history.found('write-cycle')).toEqual([
      ['#2 wrote 0 of t-0 before 1 was written by #3; #3 wrote 0 of t-1 before 1 was written by #2', 2, 3],
    ]);
    expect(history.verdict.violations).toEqual([]);
  });

  test('read-cycle: two that read each other', () => {
    const history = told()
      .begin('p', true)
      .begin('q', true)
      .asksToCommit('p')
      .asksToCommit('q')
      .end('p', 'ok', sent(1, 't-0', 0), polled('t-1', [0, 2]))
      .end('q', 'ok', sent(2, 't-1', 0), polled('t-0', [0, 1]));
    expect(history.found('read-cycle')).toEqual([
      ['#2 wrote 1 at 0 of t-0, which was read by #3; #3 wrote 2 at 0 of t-1, which was read by #2', 2, 3],
    ]);
    expect(history.verdict.violations).toEqual(['read-cycle']);
  });

  test('of three that read each other in a ring, the ring is told once', () => {
    const history = told();
    for (const process of ['p', 'q', 'r']) history.begin(process, true);
    for (const process of ['p', 'q', 'r']) history.asksToCommit(process);
    history
      .end('p', 'ok', sent(1, 't-0', 0), polled('t-2', [0, 3]))
      .end('q', 'ok', sent(2, 't-1', 0), polled('t-0', [0, 1]))
      .end('r', 'ok', sent(3, 't-2', 0), polled('t-1', [0, 2]));
    expect(history.found('read-cycle').map(([, ...lines]) => lines)).toEqual([[2, 3, 4]]);
  });

  test('not: a chain, or a circle through an aborted transaction', () => {
    const chain = told()
      .transacted('p', 'ok', sent(1, 't-0', 0))
      .transacted('q', 'ok', polled('t-0', [0, 1]), sent(2, 't-1', 0))
      .transacted('r', 'ok', polled('t-1', [0, 2]));
    expect(chain.found('read-cycle')).toEqual([]);
    const aborted = told()
      .begin('p', true)
      .begin('q', true)
      .asksToCommit('q')
      .end('p', 'fail', sent(1, 't-0', 0), polled('t-1', [0, 2]))
      .end('q', 'ok', sent(2, 't-1', 0), polled('t-0', [0, 1]));
    expect(aborted.found('read-cycle')).toEqual([]);
  });
});

describe('committed-offsets', () => {
  test('a member is given less than was acknowledged, or what nobody committed', () => {
    const history = told()
      .did('c', 'ok', committed('g', { 't-0': 10 }))
      .did('d', 'ok', joined('g', 2, { 't-0': 7 }))
      .did('d', 'ok', joined('g', 3, { 't-0': 12 }));
    expect(history.found('committed-offsets')).toEqual([
      ['g had committed 10 of t-0, and d was given 7', 2, 4],
      ['d was given 12 of t-0, which nobody of g committed', 6],
    ]);
  });

  test('not: the latest commit, one without an answer, one of another group, or one that ended later', () => {
    const history = told()
      .did('c', 'ok', committed('g', { 't-0': 5 }))
      .did('c', 'info', committed('g', { 't-0': 9 }))
      .did('e', 'ok', committed('h', { 't-0': 50 }))
      .begin('d')
      .begin('c', false, [committed('g', { 't-0': 11 })])
      .end('c', 'ok', committed('g', { 't-0': 11 }))
      .end('d', 'ok', joined('g', 2, { 't-0': 9, 't-1': 0 }));
    expect(history.found('committed-offsets')).toEqual([]);
  });
});

test('double-assignment: a generation has one owner of a partition, the next may have another', () => {
  const history = told()
    .did('c', 'ok', joined('g', 1, { 't-0': 0 }))
    .did('d', 'ok', joined('g', 2, { 't-0': 0 }))
    .did('d', 'ok', joined('h', 1, { 't-0': 0 }));
  expect(history.found('double-assignment')).toEqual([]);
  history.did('c', 'ok', joined('g', 2, { 't-0': 0, 't-1': 0 }));
  expect(history.found('double-assignment')).toEqual([
    ['in generation 2 of g, t-0 was given to d and c', 4, 8],
  ]);
});

test('double-assignment: a group that was forgotten begins with its first generation again', () => {
  const history = told()
    .did('c', 'ok', joined('g', 1, { 't-0': 0 }))
    .did('c', 'ok', joined('g', 2, { 't-0': 0 }))
    .did('d', 'ok', joined('g', 1, { 't-0': 0 }))
    .did('d', 'ok', joined('g', 2, { 't-0': 0 }));
  expect(history.found('double-assignment')).toEqual([]);
  history.did('e', 'ok', joined('g', 2, { 't-0': 0 }));
  expect(history.found('double-assignment')).toEqual([
    ['in generation 2 of g, t-0 was given to d and e', 8, 10],
  ]);
});

test('consumed-twice: by two committed transactions of one group', () => {
  const copy = (
    value: number,
    outcome: 'ok' | 'fail',
    group = 'g',
  ): Parameters<ToldHistory['transacted']> => [
    'c',
    outcome,
    polled('t-0', [0, 1]),
    sent(value, 't-1', value),
    committed(group, { 't-0': 1 }),
  ];
  const history = told()
    .transacted(...copy(2, 'fail'))
    .transacted(...copy(3, 'ok'))
    .transacted(...copy(4, 'ok', 'h'));
  expect(history.found('consumed-twice')).toEqual([]);
  history.transacted(...copy(5, 'ok'));
  expect(history.found('consumed-twice')).toEqual([
    ['1 at offset 0 of t-0 was consumed by two transactions of g', 4, 10],
  ]);
});
