/**
 * The calls of one session that have no answer yet, oldest first: those on the wire and those that wait their turn.
 *
 * Invariants: answers come in the order of the requests; at most `maxInFlight` are on the wire; each call ends, by
 * its answer, by the end of the connection or the session, or by its deadline.
 */
import { Fifo } from './fifo.ts';
import { ZkError } from '../session.ts';
import type { Clock, Timer, Timers } from '../../runtime/index.ts';
import type { ZkErrorName } from '../session.ts';
import type { Reply, Request } from './records.ts';

export interface Call {
  readonly operation: string;
  /** As the caller named it, without the chroot. */
  readonly path: string;
  readonly request: Request;
  readonly deadlineMs: number;
  /** Takes the answer; throws when it cannot be read. */
  readonly settle: (reply: Reply) => void;
  readonly fail: (error: ZkError) => void;
}

export interface CallQueueOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly maxInFlight: number;
  /** A call on the wire passed its deadline: its place in the order of answers is lost, and so is the connection. */
  readonly onOverdueInFlight: () => void;
}

export class CallQueue {
  readonly #options: CallQueueOptions;
  readonly #waiting = new Fifo<Call>();
  readonly #inFlight = new Fifo<{ readonly xid: number; readonly call: Call }>();
  #timer: Timer | undefined;
  #timerDeadlineMs = 0;

  constructor(options: CallQueueOptions) {
    this.#options = options;
  }

  get inFlight(): number {
    return this.#inFlight.length;
  }

  add(call: Call): void {
    this.#waiting.push(call);
    this.#watchDeadline();
  }

  /** Sends what the window allows; `send` returns the id the request went out under. */
  sendWaiting(send: (request: Request) => number): void {
    while (this.#inFlight.length < this.#options.maxInFlight) {
      const call = this.#waiting.take();
      if (call === undefined) return;
      this.#inFlight.push({ xid: send(call.request), call });
    }
  }

  /** The call that `reply` answers; undefined when the server answers something else. */
  answered(reply: Reply): Call | undefined {
    if (this.#inFlight.peek()?.xid !== reply.xid) return undefined;
    return this.#inFlight.take()?.call;
  }

  /** The connection is gone: what was on the wire may or may not have happened. */
  failInFlight(code: ZkErrorName, detail: string): void {
    for (const { call } of this.#inFlight.takeAll()) call.fail(new ZkError(code, call.path, detail));
  }

  /** Only the oldest call on the wire, for an answer that cannot be taken. */
  failOldest(code: ZkErrorName, detail: string): void {
    const oldest = this.#inFlight.take()?.call;
    oldest?.fail(new ZkError(code, oldest.path, detail));
  }

  /** The session is gone. */
  failAll(code: ZkErrorName, detail: string): void {
    this.failInFlight(code, detail);
    for (const call of this.#waiting.takeAll()) call.fail(new ZkError(code, call.path, detail));
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  // One timer serves all: deadlines pass in the order of the calls.
  #watchDeadline(): void {
    const oldest = this.#inFlight.peek()?.call ?? this.#waiting.peek();
    if (oldest === undefined || this.#timer !== undefined) return;
    const { clock, timers } = this.#options;
    this.#timerDeadlineMs = oldest.deadlineMs;
    this.#timer = timers.after(Math.max(1, oldest.deadlineMs - clock.monotonicMs()), () => {
      this.#timer = undefined;
      // A timer may fire a shade early by the clock; the call it was set for is overdue all the same.
      this.#endOverdue(Math.max(clock.monotonicMs(), this.#timerDeadlineMs));
      this.#watchDeadline();
    });
  }

  #endOverdue(deadlineMs: number): void {
    const oldestOnWire = this.#inFlight.peek();
    if (oldestOnWire !== undefined && oldestOnWire.call.deadlineMs <= deadlineMs)
      this.#options.onOverdueInFlight();
    for (;;) {
      const oldest = this.#waiting.peek();
      if (oldest === undefined || oldest.deadlineMs > deadlineMs) return;
      this.#waiting.take();
      oldest.fail(new ZkError('ConnectionLoss', oldest.path, 'its deadline passed before it could be sent'));
    }
  }
}
