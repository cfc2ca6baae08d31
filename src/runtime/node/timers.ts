/**
 * Node's timers. They are unref'd: a broker lives as long as its sockets, never because of a timeout nobody will
 * see. Delays beyond what Node can count are waited for in several steps, since Node would fire them at once.
 *
 * After the loop stood still, what came from the network meanwhile goes first: a timer that waits for a sign of life
 * must not run out while the sign lies unread in a socket. Node itself calls all timers that are due before it looks.
 */
import type { Timer, Timers } from '../clock.ts';

const MAX_DELAY_MS = 0x7fff_ffff;
/** A timer this late is taken as a sign that the loop stood still. */
const LATE_MS = 100;

export class NodeTimers implements Timers {
  /** The loop stood still, and what came meanwhile has not been looked at. */
  #isLate = false;

  after(delayMs: number, callback: () => void): Timer {
    return new NodeTimer(Math.max(0, delayMs), (dueMs) => {
      if (this.#isLate || performance.now() - dueMs >= LATE_MS) return this.#afterEvents(callback);
      callback();
      return undefined;
    });
  }

  endOfTurn(callback: () => void): void {
    setImmediate(callback);
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve));
  }

  /** All timers that are due, in their order, once the sockets have been read. */
  #afterEvents(callback: () => void): NodeJS.Immediate {
    this.#isLate = true;
    return setImmediate(() => {
      this.#isLate = false;
      callback();
    });
  }
}

class NodeTimer implements Timer {
  readonly #onDue: (dueMs: number) => NodeJS.Immediate | undefined;
  #timeout: NodeJS.Timeout | undefined;
  #late: NodeJS.Immediate | undefined;

  constructor(delayMs: number, onDue: (dueMs: number) => NodeJS.Immediate | undefined) {
    this.#onDue = onDue;
    this.#wait(delayMs);
  }

  cancel(): void {
    clearTimeout(this.#timeout);
    clearImmediate(this.#late);
  }

  #wait(remainingMs: number): void {
    const stepMs = Math.min(remainingMs, MAX_DELAY_MS);
    const dueMs = performance.now() + stepMs;
    this.#timeout = setTimeout(() => {
      if (stepMs < remainingMs) this.#wait(remainingMs - stepMs);
      else this.#late = this.#onDue(dueMs);
    }, stepMs);
    this.#timeout.unref();
  }
}
