/** What happened in a world, as one hash over all of it and as the latest lines of it: two runs of a seed must agree. */
import { createHash } from 'node:crypto';

const LATEST_LINES = 200;
/** Lines are hashed together: one by one costs several times as much. */
const HASHED_AT_ONCE = 500;

export class Trace {
  readonly #hash = createHash('sha256');
  readonly #latest: string[] = [];
  #unhashed: string[] = [];
  #count = 0;
  /** Told every line as it is added. */
  onLine: (line: string) => void = () => undefined;

  get count(): number {
    return this.#count;
  }

  add(atMs: number, host: string, what: unknown): void {
    const line = `${atMs.toFixed(3)} ${host} ${typeof what === 'string' ? what : JSON.stringify(what)}`;
    this.#unhashed.push(line);
    if (this.#unhashed.length >= HASHED_AT_ONCE) this.#hashAll();
    this.#count += 1;
    this.onLine(line);
    this.#latest.push(line);
    if (this.#latest.length > LATEST_LINES) this.#latest.shift();
  }

  /** The SHA-256 over every line so far. */
  digest(): string {
    this.#hashAll();
    return this.#hash.copy().digest('hex');
  }

  latest(): readonly string[] {
    return this.#latest;
  }

  #hashAll(): void {
    if (this.#unhashed.length === 0) return;
    this.#hash.update(`${this.#unhashed.join('\n')}\n`);
    this.#unhashed = [];
  }
}
