/**
 * The sessions of an ensemble, as its leader keeps them: how long each may be silent, when it was last heard of, and
 * which connection it lives on now. A session belongs to no server; the one who may write in its name is its owner.
 */

/** `tickTime` of the real server's sample configuration; a session may take from 2 to 20 of them. */
export const TICK_MS = 2_000;
const MIN_SESSION_TIMEOUT_MS = 2 * TICK_MS;
const MAX_SESSION_TIMEOUT_MS = 20 * TICK_MS;
const FIRST_SESSION = 0x1000_0000n;
const PASSWORD_BYTES = 16;

export interface Session<Owner> {
  readonly id: bigint;
  readonly password: Buffer;
  readonly timeoutMs: number;
  heardAtMs: number;
  owner: Owner | undefined;
}

export class Sessions<Owner> {
  readonly #sessions = new Map<bigint, Session<Owner>>();
  #next = FIRST_SESSION;

  ids(): bigint[] {
    return [...this.#sessions.keys()];
  }

  get(id: bigint): Session<Owner> | undefined {
    return this.#sessions.get(id);
  }

  open(wantedMs: number, owner: Owner, nowMs: number): Session<Owner> {
    const timeoutMs = Math.min(MAX_SESSION_TIMEOUT_MS, Math.max(MIN_SESSION_TIMEOUT_MS, wantedMs));
    const id = this.#next++;
    const password = Buffer.alloc(PASSWORD_BYTES, Number(id & 0xffn));
    const session = { id, password, timeoutMs, heardAtMs: nowMs, owner };
    this.#sessions.set(id, session);
    return session;
  }

  heard(id: bigint, nowMs: number): void {
    const session = this.#sessions.get(id);
    if (session !== undefined) session.heardAtMs = nowMs;
  }

  /** A new leader knows nobody's last word: every session begins its time anew. */
  heardAll(nowMs: number): void {
    for (const session of this.#sessions.values()) session.heardAtMs = nowMs;
  }

  silent(nowMs: number): bigint[] {
    return [...this.#sessions.values()]
      .filter(({ heardAtMs, timeoutMs }) => nowMs - heardAtMs > timeoutMs)
      .map(({ id }) => id);
  }

  remove(id: bigint): void {
    this.#sessions.delete(id);
  }
}
