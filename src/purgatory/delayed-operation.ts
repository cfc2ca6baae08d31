/**
 * A request that waits for something: Kafka's DelayedOperation. It completes exactly once, because its condition
 * holds or because its time is up, and `onComplete` runs once in either case; after a timeout `onExpiration` runs too.
 */
import type { WheelTimeout } from './timing-wheel.ts';

/** A list that watches operations for one key. */
export interface WatchList {
  remove(operation: DelayedOperation): void;
}

export abstract class DelayedOperation {
  /** How long it waits at most. */
  readonly delayMs: number;
  #completed = false;
  #timeout: WheelTimeout | undefined;
  #lists: WatchList[] = [];

  constructor(delayMs: number) {
    this.delayMs = delayMs;
  }

  get isCompleted(): boolean {
    return this.#completed;
  }

  /** If the condition holds now: returns forceComplete(). Else false. Called as often as something changes. */
  abstract tryComplete(): boolean;

  /** Answers the request. Runs once. */
  abstract onComplete(): void;

  /** Runs after onComplete when time was up: counts it, logs it. */
  onExpiration(): void {
    // Most operations have nothing to add to an expiration.
  }

  /** Completes it unless it is completed; true for the one call that did. */
  forceComplete(): boolean {
    if (this.#completed) return false;
    this.#completed = true;
    this.#timeout?.cancel();
    this.#timeout = undefined;
    const lists = this.#lists;
    this.#lists = [];
    for (const list of lists) list.remove(this);
    this.onComplete();
    return true;
  }

  /** For the purgatory: the list will be told when the operation completes. */
  watchedBy(list: WatchList): void {
    this.#lists.push(list);
  }

  /** For the purgatory: the timeout to cancel on completion. */
  expiresBy(timeout: WheelTimeout): void {
    this.#timeout = timeout;
  }
}
