/** What the ledgers of the small workloads take for wrong, and what for possible. */
import { describe, expect, test } from '@jest/globals';
import { SeededRandom } from '../../world/seeded-random.ts';
import { KeyLedger } from './key-ledger.ts';
import { Reading, RetainedLog } from './retained-ledger.ts';
import { TopicLedger } from './topic-ledger.ts';

describe('a compacted topic', () => {
  /** "a" was acknowledged at 4, then "b" at 7; nobody knows of "c". */
  function ledger(): KeyLedger {
    const keys = new KeyLedger();
    keys.stored(keys.begins('k', 'a'), 4);
    keys.stored(keys.begins('k', 'b'), 7);
    keys.begins('k', 'c');
    keys.refused(keys.begins('k', 'd'));
    return keys;
  }
  const found = (value: string | null, offset: number): ReturnType<KeyLedger['violations']> =>
    ledger().violations(new Map([['k', { value, offset }]]));

  test('ends with the latest that was acknowledged, or with what is in doubt behind it', () => {
    expect(found('b', 7)).toEqual([]);
    expect(found('c', 9)).toEqual([]);
  });

  test.each<[string, string | null, number]>([
    ['an older value', 'a', 4],
    ['another value in its place', 'c', 7],
    ['what was refused', 'd', 9],
    ['what is in doubt before it', 'c', 5],
    ['a deletion nobody asked for', null, 9],
  ])('%s is wrong', (_, value, offset) => {
    expect(found(value, offset)).toEqual([
      `compacted: k ends with ${String(value)} at ${offset}, b was acknowledged at 7`,
    ]);
  });

  test('a key that is gone is wrong unless it was, or may have been, deleted', () => {
    const keys = ledger();
    expect(keys.violations(new Map())).toEqual(['compacted: k is gone, b was acknowledged at 7']);
    const deletion = keys.begins('k', null);
    expect(keys.violations(new Map())).toEqual([]);
    keys.stored(deletion, 8);
    expect(keys.violations(new Map())).toEqual([]);
    expect(keys.violations(new Map([['k', { value: 'b', offset: 7 }]]))).toEqual([
      'compacted: k ends with b at 7, null was acknowledged at 8',
    ]);
  });

  test('a key that nobody wrote is wrong', () => {
    expect(new KeyLedger().violations(new Map([['k', { value: 'a', offset: 0 }]]))).toEqual([
      'compacted: k was read and never written',
    ]);
  });
});

describe('a topic that keeps its latest records only', () => {
  const record = (offset: number, value: string) => ({ offset, value: Buffer.from(value) });

  test('a reader may begin where the log begins now, and passes over what was never acknowledged', () => {
    const log = new RetainedLog();
    for (const offset of [3, 4, 6]) log.stored(offset, `value ${offset}`);
    const reading = new Reading('reader', log);
    reading.begins(4);
    reading.takes([record(4, 'value 4'), record(6, 'value 6')], 7);
    expect([...log.violations, ...reading.missed()]).toEqual([]);
  });

  test('a record that is read twice, in two places, changed, or passed over is wrong', () => {
    const log = new RetainedLog();
    for (const offset of [0, 1, 2]) log.stored(offset, `value ${offset}`);
    const reading = new Reading('reader', log);
    reading.begins(0);
    reading.takes([record(0, 'value 0'), record(2, 'value 1')], 3);
    reading.takes([record(2, 'value 2')], 3);
    expect(log.violations).toEqual([
      'retained: value 1 was read at 2, where value 2 was before',
      'retained: reader read 2 again, being at 3',
    ]);
    expect(reading.missed()).toEqual(['retained: reader passed over 1, which was acknowledged']);
    const other = new Reading('other', log);
    other.begins(1);
    other.takes([record(1, 'value 1')], 2);
    expect(log.violations.slice(2)).toEqual(['retained: value 1 was read at 2 and at 1']);
  });
});

describe('topics', () => {
  test('what was made exists with its partitions, what was deleted does not, what is in doubt may', () => {
    const ledger = new TopicLedger('t');
    const random = new SeededRandom('topics');
    const next = () => ledger.next(random, () => true);
    const [made, deleted] = [next(), next(), next()];
    Object.assign(made, { state: 'exists', isUnwanted: false, partitions: 2 });
    deleted.state = 'is gone';
    expect(ledger.violations(new Map([['t-0', 2]]))).toEqual([]);
    expect(
      ledger.violations(
        new Map([
          ['t-0', 2],
          ['t-2', 1],
          ['other', 1],
        ]),
      ),
    ).toEqual([]);
    expect(
      ledger.violations(
        new Map([
          ['t-0', 1],
          ['t-1', 1],
          ['t-9', 1],
        ]),
      ),
    ).toEqual([
      'topics: t-9 exists and was never made',
      'topics: t-0 has 1 partitions, 2 were made',
      'topics: t-1 exists and was deleted',
    ]);
    expect(ledger.violations(new Map())).toEqual(['topics: t-0 does not exist and was made']);
    // Its first deletion may still come: the name is not used again.
    expect(next().name).toBe('t-3');
  });
});
