/**
 * Work over many things, cut into turns of the event loop. One loop owns all of a broker's state: whoever walks through
 * thousands of partitions in one go holds up every client and the heartbeats of the session. Between two turns anything
 * may happen, so what was read before is read again.
 */
import type { Clock, Timers } from './clock.ts';

/** So many small steps take a few milliseconds at most, also while their code is not compiled yet. */
const STEPS_PER_TURN = 100;

/** A turn that worked for so long takes up nothing more that can as well be done in the next. */
const TURN_MS = 8;

/** Resolves in another turn of the loop, after the others had theirs. */
export function nextTurn(timers: Pick<Timers, 'endOfTurn'>): Promise<void> {
  return new Promise((resolve) => timers.endOfTurn(resolve));
}

/** For steps in between, each over all of the things: where these are many, the next step gets a turn of its own. */
export async function turnBetween(timers: Pick<Timers, 'endOfTurn'>, things: number): Promise<void> {
  if (things >= STEPS_PER_TURN) await nextTurn(timers);
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

/**
 * How long the turn has been at work whose size others choose, such as the requests of many clients that came together.
 * Each may be small, and all of them in one turn still take too long.
 */
export class TurnBudget {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #timers: Pick<Timers, 'endOfTurn'>;
  #startedAtMs: number | undefined;

  constructor(clock: Pick<Clock, 'monotonicMs'>, timers: Pick<Timers, 'endOfTurn'>) {
    this.#clock = clock;
    this.#timers = timers;
  }

  /** Asked before each piece of work; the first of a turn is always told to go on. */
  isSpent(): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (this.#startedAtMs !== undefined) return nowMs - this.#startedAtMs >= TURN_MS;
    this.#startedAtMs = nowMs;
    this.#timers.endOfTurn(() => {
      this.#startedAtMs = undefined;
    });
    return false;
  }
}
