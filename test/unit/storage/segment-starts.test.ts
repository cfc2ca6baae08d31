import { describe, expect, test } from '@jest/globals';
import { startsBefore } from '../../../src/storage/segment-starts.ts';

describe('where segments begin', () => {
  const starts = [
    { offset: 5, modifiedMs: 100 },
    { offset: 10, modifiedMs: 300 },
    { offset: 20, modifiedMs: 200 },
    { offset: 25, modifiedMs: 900 },
  ];
  test.each([
    ['the latest', -1, 2, [25, 20]],
    ['the latest, all of them', -1, 9, [25, 20, 10, 5]],
    ['the earliest', -2, 9, [5]],
    ['before the first', 99, 9, []],
    ['just at the first', 100, 9, [5]],
    ['before the last: file times need not rise', 250, 9, [20, 10, 5]],
    ['none', -1, 0, []],
    ['less than none', -1, -1, []],
  ])('%s', (_what, timestamp, count, offsets) => {
    expect(startsBefore(starts, timestamp, count)).toEqual(offsets);
  });
});
