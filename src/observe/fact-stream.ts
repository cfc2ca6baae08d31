/**
 * Where facts flow. A room emits behind one `if (facts.active)`, so an unwatched broker pays one property read per
 * fact. Subscribers run synchronously and must not throw into the broker: one that throws is dropped.
 */
import type { Fact, RecordedFact } from './facts.ts';

export class FactStream {
  readonly #subscribers = new Set<(fact: RecordedFact) => void>();
  readonly #broker: number;
  readonly #nowMs: () => number;

  constructor(options: { readonly broker: number; readonly nowMs: () => number }) {
    this.#broker = options.broker;
    this.#nowMs = options.nowMs;
  }

  /** True while somebody listens: ask before building a fact. */
  get active(): boolean {
    return this.#subscribers.size > 0;
  }

  emit(fact: Fact): void {
    const recorded: RecordedFact = { ...fact, atMs: this.#nowMs(), broker: this.#broker };
    for (const subscriber of this.#subscribers) {
      try {
        subscriber(recorded);
      } catch {
        this.#subscribers.delete(subscriber);
      }
    }
  }

  /** Returns the function that ends the subscription. */
  subscribe(subscriber: (fact: RecordedFact) => void): () => void {
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }
}
