/**
 * Work over many things, cut into turns of the event loop. One loop owns all of a broker's state: whoever walks through
 * thousands of partitions in one go holds up every client and the heartbeats of the session. Between two turns anything
 * may happen, so what was read before is read again.
 */
import type { Timers } from './clock.ts';

/** So many small steps take a few milliseconds at most, also while their code is not compiled yet. */
const STEPS_PER_TURN = 100;

/** Resolves in another turn of the loop, after the others had theirs. */
export function nextTurn(timers: Pick<Timers, 'endOfTurn'>): Promise<void> {
  return new Promise((resolve) => timers.endOfTurn(resolve));
}

/** Visits all in their order, a few in each turn. */
export async function inTurns<T>(
  timers: Pick<Timers, 'endOfTurn'>,
  things: readonly T[],
  visit: (thing: T, index: number) => void | Promise<void>,
): Promise<void> {
  for (const [index, thing] of things.entries()) {
    if (index > 0 && index % STEPS_PER_TURN === 0) await nextTurn(timers);
    const visiting = visit(thing, index);
    if (visiting !== undefined) await visiting;
  }
}
