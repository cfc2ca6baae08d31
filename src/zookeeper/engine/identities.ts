/**
 * Who a session says it is: identities are presented before anything else on each connection, so no call is ever made
 * as somebody less. The server answers them in the order in which they came.
 *
 * Invariant: an identity that was accepted, or is on the wire, is presented again on every later connection.
 */
import { Deferred } from '../../common/index.ts';
import { ZkError } from '../session.ts';

export interface Identity {
  readonly scheme: string;
  readonly auth: Buffer;
}

type Send = (identity: Identity) => void;

export class Identities {
  readonly #presented: Identity[] = [];
  /** On the wire, oldest first; undefined for one whose owner has had his answer on an earlier connection. */
  #unanswered: (Deferred<void> | undefined)[] = [];
  #waiting: { readonly identity: Identity; readonly answer: Deferred<void> }[] = [];

  /** A new one: sent at once, or with the next connection when there is none (`send` undefined). */
  add(identity: Identity, send: Send | undefined): Deferred<void> {
    const answer = new Deferred<void>();
    if (send === undefined) this.#waiting.push({ identity, answer });
    else this.#present(identity, answer, send);
    return answer;
  }

  onConnected(send: Send): void {
    for (const identity of [...this.#presented]) this.#present(identity, undefined, send);
    for (const { identity, answer } of this.#waiting.splice(0)) this.#present(identity, answer, send);
  }

  #present(identity: Identity, answer: Deferred<void> | undefined, send: Send): void {
    if (!this.#presented.includes(identity)) this.#presented.push(identity);
    this.#unanswered.push(answer);
    send(identity);
  }

  /** False when the server refused it: the session ends with that. */
  onAnswer(error: number): boolean {
    const answer = this.#unanswered.shift();
    if (error === 0) answer?.resolve();
    else answer?.reject(new ZkError('AuthFailed'));
    return error === 0;
  }

  onConnectionEnd(): void {
    const lost = this.#unanswered;
    this.#unanswered = [];
    for (const answer of lost) answer?.reject(new ZkError('ConnectionLoss', null, 'while authenticating'));
  }

  /** The session is over: those that never went out hear of it. */
  failWaiting(code: 'SessionExpired' | 'AuthFailed', detail: string): void {
    for (const { answer } of this.#waiting.splice(0)) answer.reject(new ZkError(code, null, detail));
  }
}
