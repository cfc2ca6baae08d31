/**
 * When a listener may take its next connection: those of the broker together and those of the listener alone come no
 * faster than they may. Brokers among themselves are not held up by what clients do: on the listener between them only
 * its own rate counts.
 */
import type { Clock } from '../runtime/index.ts';
import type { ConnectionLimits } from './connection-limits.ts';
import { ConnectionRate } from './connection-rate.ts';

export class ConnectionPace {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #limits: Pick<ConnectionLimits, 'rates' | 'isProtected'>;
  readonly #ofBroker = new ConnectionRate();
  readonly #ofListener = new Map<string, ConnectionRate>();
  readonly #blocked = new Set<string>();

  constructor(clock: Pick<Clock, 'monotonicMs'>, limits: Pick<ConnectionLimits, 'rates' | 'isProtected'>) {
    this.#clock = clock;
    this.#limits = limits;
  }

  isBlocked(listener: string): boolean {
    return this.#blocked.has(listener);
  }

  /** Counts a connection; how long it and those behind it have to wait. Above 0, the listener is blocked until then. */
  onConnection(listener: string): number {
    const nowMs = this.#clock.monotonicMs();
    const { ofBroker, ofListener } = this.#limits.rates(listener);
    const waitMs = Math.max(
      this.#limits.isProtected(listener) ? 0 : this.#ofBroker.record(nowMs, ofBroker),
      this.#rateOf(listener).record(nowMs, ofListener),
    );
    if (waitMs > 0) this.#blocked.add(listener);
    return waitMs;
  }

  unblock(listener: string): void {
    this.#blocked.delete(listener);
  }

  forget(listener: string): void {
    this.#ofListener.delete(listener);
    this.#blocked.delete(listener);
  }

  #rateOf(listener: string): ConnectionRate {
    let rate = this.#ofListener.get(listener);
    if (rate === undefined) this.#ofListener.set(listener, (rate = new ConnectionRate()));
    return rate;
  }
}
