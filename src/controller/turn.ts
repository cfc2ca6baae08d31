/**
 * The right to change the controller's state. The event that is running holds it and loses it when it ends.
 *
 * Kafka gets "one writer at a time" from its single controller thread. Our events await ZooKeeper, so a forgotten
 * promise could go on changing the context while the next event runs; with a Turn in every mutating call, that is an
 * assertion instead of a corrupted cluster.
 */
import { assert } from '../common/index.ts';

export class Turn {
  readonly event: string;
  #over = false;

  constructor(event: string) {
    this.event = event;
  }

  /** Called by the owner of the turn when the event has ended, well or badly. */
  end(): void {
    this.#over = true;
  }

  /** Throws when the event this turn belongs to has ended. */
  check(): void {
    assert(!this.#over, `the ${this.event} event has ended and may no longer change the controller context`);
  }
}
