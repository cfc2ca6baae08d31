import { expect, test } from '@jest/globals';
import { inTurns, turnBetween, TurnBudget } from '../../../src/runtime/index.ts';

test('work over many things gives others their turns, keeps the order and waits for each step', async () => {
  let turns = 0;
  const timers = {
    endOfTurn: (callback: () => void) => {
      turns += 1;
      setImmediate(callback);
    },
  };
  const things = Array.from({ length: 1000 }, (_, index) => index);
  const seen: number[] = [];
  let inThisTurn = 0;
  let most = 0;
  let ended = false;
  const others = (async () => {
    while (!ended) {
      await new Promise((resolve) => setImmediate(resolve));
      inThisTurn = 0;
    }
  })();
  await inTurns(timers, things, async (thing, index) => {
    expect(index).toBe(thing);
    most = Math.max(most, (inThisTurn += 1));
    await Promise.resolve();
    seen.push(thing);
  });
  ended = true;
  await others;
  expect(seen).toEqual(things);
  expect(turns).toBe(9);
  expect(most).toBeLessThanOrEqual(200);
});

test('few things take no turn, and a step that fails ends it', async () => {
  const timers = { endOfTurn: () => expect('a turn').toBe('not taken') };
  const seen: number[] = [];
  await inTurns(timers, [1, 2, 3], (thing) => void seen.push(thing));
  expect(seen).toEqual([1, 2, 3]);
  const failing = inTurns(timers, [1, 2, 3], (thing) => {
    if (thing === 2) throw new Error('two');
    seen.push(thing);
  });
  await expect(failing).rejects.toThrow('two');
  expect(seen).toEqual([1, 2, 3, 1]);
});

test('a turn that worked long enough takes up no more; the next begins anew', () => {
  let nowMs = 100;
  const ends: (() => void)[] = [];
  const budget = new TurnBudget({ monotonicMs: () => nowMs }, { endOfTurn: (end) => void ends.push(end) });
  expect(budget.isSpent()).toBe(false);
  nowMs += 7.9;
  expect(budget.isSpent()).toBe(false);
  nowMs += 0.1;
  expect(budget.isSpent()).toBe(true);
  expect(budget.isSpent()).toBe(true);
  expect(ends).toHaveLength(1);
  ends[0]!();
  nowMs += 1000;
  expect(budget.isSpent()).toBe(false);
  expect(ends).toHaveLength(2);
});

test('between two steps over many things there is a turn, over few there is none', async () => {
  let turns = 0;
  const timers = {
    endOfTurn: (callback: () => void) => {
      turns += 1;
      callback();
    },
  };
  await turnBetween(timers, 99);
  expect(turns).toBe(0);
  await turnBetween(timers, 100);
  expect(turns).toBe(1);
});
