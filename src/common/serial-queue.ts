/**
 * Runs asynchronous tasks one after another, in the order they came. State that is changed only inside the tasks
 * of one queue has one owner at a time, although the tasks await: this is Klassik's stand-in for Kafka's locks.
 * A task that fails rejects its own promise and stops nobody else.
 */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T> | T): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.then(settled, settled);
    return result;
  }

  /** Resolves when every task queued so far has ended. */
  async drain(): Promise<void> {
    await this.#last;
  }
}

const settled = (): void => undefined;
