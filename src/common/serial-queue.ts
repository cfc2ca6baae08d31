/**
 * Runs asynchronous tasks one after another, in the order they came. State that is changed only inside the tasks
 * of one queue has one owner at a time, although the tasks await: this is Klassik's stand-in for Kafka's locks.
 * A task that fails rejects its own promise and stops nobody else.
 */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();
  #length = 0;

  /** Tasks waiting or running. */
  get length(): number {
    return this.#length;
  }

  run<T>(task: () => Promise<T> | T): Promise<T> {
    this.#length += 1;
    const result = this.#last.then(task);
    this.#last = result.then(
      () => (this.#length -= 1),
      () => (this.#length -= 1),
    );
    return result;
  }

  /** Resolves when every task queued so far has ended. */
  async drain(): Promise<void> {
    await this.#last;
  }
}
