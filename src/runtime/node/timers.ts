/**
 * Node's timers. They are unref'd: a broker lives as long as its sockets, never because of a timeout nobody will
 * see. Delays beyond what Node can count are waited for in several steps, since Node would fire them at once.
 */
import type { Timer, Timers } from '../clock.ts';

const MAX_DELAY_MS = 0x7fff_ffff;

export class NodeTimers implements Timers {
  after(delayMs: number, callback: () => void): Timer {
    let handle: NodeJS.Timeout;
    const wait = (remainingMs: number): void => {
      handle =
        remainingMs > MAX_DELAY_MS
          ? setTimeout(() => wait(remainingMs - MAX_DELAY_MS), MAX_DELAY_MS)
          : setTimeout(callback, Math.max(0, remainingMs));
      handle.unref();
    };
    wait(delayMs);
    return { cancel: () => clearTimeout(handle) };
  }

  endOfTurn(callback: () => void): void {
    setImmediate(callback);
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve));
  }
}
