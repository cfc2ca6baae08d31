/**
 * The clocks of one group: a session for each member and each pending member, the end of the join phase, the end of
 * waiting for SyncGroup. They only wake somebody up: whoever is woken looks at the group again before acting.
 *
 * A heartbeat moves a session's deadline and leaves the armed timer alone; a timer that fires early re-arms itself.
 * So the request that every member sends every few seconds costs one property write instead of a timer.
 */
import type { Clock, Timer, Timers } from '../../runtime/index.ts';

export class Session {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #expired: () => void;
  #deadlineMs = 0;
  #armedForMs = 0;
  #timer: Timer | null = null;

  constructor(clock: Clock, timers: Timers, expired: () => void) {
    this.#clock = clock;
    this.#timers = timers;
    this.#expired = expired;
  }

  extend(timeoutMs: number): void {
    const nowMs = this.#clock.monotonicMs();
    this.#deadlineMs = nowMs + timeoutMs;
    if (this.#timer !== null && this.#armedForMs <= this.#deadlineMs) return;
    this.#timer?.cancel();
    this.#arm(nowMs);
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #arm(nowMs: number): void {
    this.#armedForMs = this.#deadlineMs;
    this.#timer = this.#timers.after(Math.max(0, Math.ceil(this.#deadlineMs - nowMs)), () => this.#fired());
  }

  #fired(): void {
    this.#timer = null;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#deadlineMs) this.#arm(nowMs);
    else this.#expired();
  }
}

export class GroupTimers {
  readonly #sessions = new Map<string, Session>();
  #join: Timer | null = null;
  #sync: Timer | null = null;
  /** The first join phase of a group ends by time alone, however many members wait (contract 5.1). */
  #isInitialJoin = false;

  get isInitialJoin(): boolean {
    return this.#isInitialJoin;
  }

  get isJoinPending(): boolean {
    return this.#join !== null;
  }

  startJoin(timer: Timer, isInitial: boolean): void {
    this.#join?.cancel();
    this.#join = timer;
    this.#isInitialJoin = isInitial;
  }

  endJoin(): void {
    this.#join?.cancel();
    this.#join = null;
    this.#isInitialJoin = false;
  }

  startSync(timer: Timer): void {
    this.#sync?.cancel();
    this.#sync = timer;
  }

  endSync(): void {
    this.#sync?.cancel();
    this.#sync = null;
  }

  /** The member's session, made by `create` if it has none. */
  session(memberId: string, create: () => Session): Session {
    let session = this.#sessions.get(memberId);
    if (session === undefined) this.#sessions.set(memberId, (session = create()));
    return session;
  }

  cancelSession(memberId: string): void {
    this.#sessions.get(memberId)?.cancel();
    this.#sessions.delete(memberId);
  }

  cancelAll(): void {
    this.endJoin();
    this.endSync();
    for (const session of this.#sessions.values()) session.cancel();
    this.#sessions.clear();
  }
}
