/**
 * The moment at which a partition leaves one log for another that holds the same (moves/). Until it is over nobody may
 * append to either or cut them: who comes meanwhile waits, and goes on with the new log in the order of coming. It is
 * Klassik's stand-in for the locks that the original takes.
 */
export class LogHandover {
  /** What changes the log in several steps, and is under way. */
  #changes = 0;
  #waiting: (() => void)[] | undefined;

  get isUnderWay(): boolean {
    return this.#waiting !== undefined;
  }

  /** Goes on now, or as soon as the handover is over. */
  afterwards(goOn: () => void): void {
    if (this.#waiting === undefined) goOn();
    else this.#waiting.push(goOn);
  }

  /** Runs the task now or afterwards; no handover begins before it has ended. */
  change<T>(task: () => Promise<T>): Promise<T> {
    const changing = async (): Promise<T> => {
      this.#changes += 1;
      try {
        return await task();
      } finally {
        this.#changes -= 1;
      }
    };
    if (this.#waiting === undefined) return changing();
    return new Promise((resolve, reject) => this.afterwards(() => void changing().then(resolve, reject)));
  }

  /** Undefined when it cannot begin, because somebody is changing the log at this moment. */
  tryBegin<T>(task: () => Promise<T>): Promise<T> | undefined {
    if (this.#changes > 0 || this.#waiting !== undefined) return undefined;
    this.#waiting = [];
    return task().finally(() => {
      const waiting = this.#waiting ?? [];
      this.#waiting = undefined;
      for (const goOn of waiting) goOn();
    });
  }
}
