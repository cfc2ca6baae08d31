/** What a seed stands for, and how a plan that fails is made shorter. */
import { expect, test } from '@jest/globals';
import { FAULT_KINDS } from './faults/index.ts';
import { planOf, type Plan } from './plan.ts';
import { shrink } from './shrink.ts';

const SEEDS = Array.from({ length: 200 }, (_, index) => String(index + 1));
const namesOf = ({ rounds }: Plan): string[] =>
  rounds.flatMap(({ faults }) => faults.map(({ name }) => name));

test('a seed has one plan, and another seed another', () => {
  expect(planOf('7')).toEqual(planOf('7'));
  expect(planOf('8')).not.toEqual(planOf('7'));
});

test('every plan takes ten virtual minutes and has five kinds of faults at least; together they have all', () => {
  const seen = new Set<string>();
  for (const seed of SEEDS) {
    const plan = planOf(seed);
    const names = new Set(namesOf(plan));
    expect(names.size).toBeGreaterThanOrEqual(5);
    for (const name of names) seen.add(name);
    const faultyMs = plan.rounds.reduce(
      (sum, { restMs, faults }) =>
        sum + restMs + Math.max(...faults.map(({ afterMs, durationMs }) => afterMs + durationMs)),
      0,
    );
    expect(faultyMs + plan.calmMs).toBeGreaterThanOrEqual(10 * 60_000);
  }
  expect([...seen].sort()).toEqual(Object.keys(FAULT_KINDS).sort());
});

test('nothing else is wrong while a machine loses its power', () => {
  for (const seed of SEEDS)
    for (const { faults } of planOf(seed).rounds)
      if (faults.some(({ name }) => FAULT_KINDS[name].isAlone)) expect(faults).toHaveLength(1);
});

test('of a plan that fails, what has no part in it is left out', async () => {
  const plan = planOf('7');
  const wanted = new Set(['kill', 'expire']);
  const shortest = await shrink(plan, {
    fails: (candidate) =>
      Promise.resolve([...wanted].every((name) => namesOf(candidate).some((other) => other === name))),
    onProgress: () => undefined,
  });
  expect(namesOf(shortest).sort()).toEqual([...wanted].sort());
});

test('no more plans are tried than are asked for', async () => {
  let tried = 0;
  const plan = planOf('7');
  const shortest = await shrink(plan, {
    fails: () => {
      tried += 1;
      return Promise.resolve(false);
    },
    onProgress: () => undefined,
    attemptsMax: 5,
  });
  expect(tried).toBe(5);
  expect(shortest).toEqual(plan);
});
