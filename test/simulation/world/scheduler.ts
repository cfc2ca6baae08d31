/**
 * Virtual time. Events lie in a heap by time, then by the order in which they were scheduled; running one sets the
 * clock to its time, calls it, and lets its promises settle before anything else happens. As nothing in a simulation
 * waits for the real world, the same seed gives the same order, and a day passes in as long as its events take.
 */
import { setImmediate } from 'node:timers';
import { setImmediate as realTurn } from 'node:timers/promises';

const TURNS_AT_ONCE = 64;

/** What a turn says of those that follow; it waits for work that really takes time. */
type Turn = 'goes on' | 'waits' | 'is over';

interface Event {
  readonly atMs: number;
  readonly sequence: number;
  callback: (() => void) | undefined;
}

/** A pending event; cancelled ones stay in the heap until their time comes. */
export interface ScheduledEvent {
  cancel(): void;
}

export class Scheduler {
  readonly #heap: Event[] = [];
  readonly #turnEnd: (() => void)[] = [];
  readonly #realWork = new Set<Promise<unknown>>();
  #sequence = 0;
  #nowMs = 0;
  #steps = 0;
  /** Called after each event, when its promises have settled: what must hold at every moment is looked at here. */
  afterStep: (() => void) | undefined;

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Events that have run. */
  get steps(): number {
    return this.#steps;
  }

  after(delayMs: number, callback: () => void): ScheduledEvent {
    const event: Event = { atMs: this.#nowMs + Math.max(0, delayMs), sequence: this.#sequence++, callback };
    this.#push(event);
    return { cancel: () => (event.callback = undefined) };
  }

  /** Calls back at this moment, once the running event's promises have settled. */
  endOfTurn(callback: () => void): void {
    this.#turnEnd.push(callback);
  }

  /** Holds time still until the promise settles: work that really takes time, such as loading a module. */
  holdFor<T>(work: Promise<T>): Promise<T> {
    const settled = work.then(
      () => undefined,
      () => undefined,
    );
    this.#realWork.add(settled);
    void settled.then(() => this.#realWork.delete(settled));
    return work;
  }

  /** Runs every event of the next `durationMs`, or until `isDone` says so after one of them. */
  async run(durationMs: number, isDone: () => boolean = () => false): Promise<void> {
    const untilMs = this.#nowMs + durationMs;
    let hasRun = false;
    const step = (): Turn => {
      if (this.#realWork.size > 0) return 'waits';
      const turnEnd = this.#turnEnd.shift();
      if (turnEnd !== undefined) {
        turnEnd();
        return 'goes on';
      }
      if (hasRun) this.afterStep?.();
      if (isDone()) return 'is over';
      hasRun = this.#runNext(untilMs);
      return hasRun ? 'goes on' : 'is over';
    };
    for (;;) {
      await realTurn();
      if (this.#realWork.size > 0) await Promise.all(this.#realWork);
      else if (await this.#runSome(step)) break;
    }
    if (!isDone()) this.#nowMs = untilMs;
  }

  /** False when there is no event left until then. */
  #runNext(untilMs: number): boolean {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.atMs > untilMs) return false;
      this.#pop();
      if (next.callback === undefined) continue;
      this.#nowMs = next.atMs;
      this.#steps += 1;
      next.callback();
      return true;
    }
  }

  /**
   * Some turns in one of Node's event loop: it lets every microtask run between two of its immediates, however many
   * follow from each other, so a turn need not cost a round of the loop. Gives whether it is over; rejects with what
   * a turn throws.
   */
  async #runSome(step: () => Turn): Promise<boolean> {
    const latest: { turn: Turn; failure?: { readonly thrown: unknown } } = { turn: 'goes on' };
    const turn = (): void => {
      if (latest.turn !== 'goes on' || latest.failure !== undefined) return;
      try {
        latest.turn = step();
      } catch (thrown) {
        latest.failure = { thrown };
      }
    };
    for (let left = TURNS_AT_ONCE; left > 0; left--) setImmediate(turn);
    await realTurn();
    if (latest.failure !== undefined) throw latest.failure.thrown;
    return latest.turn === 'is over';
  }

  #push(event: Event): void {
    const heap = this.#heap;
    heap.push(event);
    let at = heap.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (isBefore(heap[parent]!, heap[at]!)) return;
      [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
      at = parent;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    heap[0] = last;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= heap.length) return;
      const right = left + 1;
      const child = right < heap.length && isBefore(heap[right]!, heap[left]!) ? right : left;
      if (isBefore(heap[at]!, heap[child]!)) return;
      [heap[at], heap[child]] = [heap[child]!, heap[at]!];
      at = child;
    }
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);
}
