/**
 * Transactions while producers, coordinators and leaders are killed or lose their power, at every step of a transaction
 * (some of them, drawn by a seed; `npm run test:transaction-kills` takes all). Whatever happens:
 *
 *   - a read_committed consumer sees all of a committed transaction, in every partition, and nothing of another
 *   - what it saw while it happened is what everybody sees who reads anew
 *   - nothing is seen twice, and committed offsets move with their transaction
 */
import { expect, test } from '@jest/globals';
import { Kills, VICTIMS, type Played, type Victim } from './kills.ts';

/** How many steps are drawn for each victim; 0: every one. */
const DRAWN = Number(process.env['KILLS'] ?? 2);
const SEED = process.env['SEED'] ?? '1';

const isWhole = ({ values }: Played, seen: ReadonlySet<string>): boolean =>
  values.every((value) => seen.has(value));

async function expectAllOrNothing(kills: Kills): Promise<void> {
  const { live, anew, offsets } = await kills.settle();
  expect(live).toEqual(anew);
  const all = live.flat();
  const seen = new Set(all);
  expect(seen.size).toBe(all.length);
  const told = (outcome: Played['outcome']): Played[] =>
    kills.played.filter((one) => one.outcome === outcome);
  expect(told('committed').filter((one) => !isWhole(one, seen))).toEqual([]);
  expect(told('aborted').filter(({ values }) => values.some((value) => seen.has(value)))).toEqual([]);
  const isPartial = (one: Played): boolean =>
    one.values.some((value) => seen.has(value)) && !isWhole(one, seen);
  expect(told('unknown').filter(isPartial)).toEqual([]);
  for (const [id, offset] of Object.entries(offsets)) {
    const whole = kills.played.filter((one) => one.id === id && isWhole(one, seen));
    expect({ id, offset }).toEqual({ id, offset: whole.at(-1)?.number ?? -1 });
  }
  expect(kills.cluster.leaders.violations).toEqual([]);
  expect(kills.cluster.fatal).toEqual([]);
}

test.each<Victim>(VICTIMS)(
  'with the %s killed at any step, transactions are seen whole or not at all',
  async (victim) => {
    const kills = await Kills.start(`${SEED} ${victim}`);
    const { random } = kills.cluster.world;
    const steps = await kills.countSteps();
    const chosen =
      DRAWN === 0
        ? Array.from({ length: steps }, (_, step) => step)
        : Array.from({ length: DRAWN }, () => random.below(steps));
    for (const atStep of chosen)
      for (const result of ['commit', 'abort'] as const) await kills.play(result, { atStep, victim });
    // Of the last steps some transactions have fewer.
    expect(kills.kills).toBeGreaterThan(chosen.length / 2);
    expect(kills.played.some(({ outcome }) => outcome === 'committed')).toBe(true);
    await expectAllOrNothing(kills);
  },
  DRAWN === 0 ? 3_600_000 : 120_000,
);
