/**
 * One ZooKeeper session over as many connections as it takes: the production side of the `ZooKeeperSession` port,
 * written because the package's own connection manager can wedge, stay silent and drop fencing versions (ADR 002).
 *
 * Invariants: every call ends; after a lost connection the calls on the wire fail with ConnectionLoss, those not yet
 * sent wait for the next connection or their deadline. Identities are presented before anything else on each
 * connection, then the watches, then calls. Expiry is the server's word alone, and final: every call and every watch
 * is told, and a new session is somebody else's decision (zookeeper-client.ts).
 *
 * One owner: all state changes in callbacks of the event loop, none across an await.
 */
import { Deferred } from '../../common/index.ts';
import { isZkError, ZkError } from '../session.ts';
import { CallQueue } from './call-queue.ts';
import { parseConnectString, shuffled, withoutChroot } from './connect-string.ts';
import { FrameTooLargeError } from './frame-reader.ts';
import { Identities, type Identity } from './identities.ts';
import { Link } from './link.ts';
import {
  handshakeFrame,
  PASSWORD_BYTES,
  readHandshake,
  readReply,
  readWatcherEvent,
  requestFrame,
  requests,
  XID,
} from './records.ts';
import { WatchTable } from './watch-table.ts';
import { ZnodeCalls } from './znode-calls.ts';
import type { FactStream } from '../../observe/index.ts';
import type { Clock, Connection, Logger, Network, Random, Timer, Timers } from '../../runtime/index.ts';
import type {
  Acl,
  CreateMode,
  ExpectedVersion,
  MultiOp,
  MultiResult,
  SessionState,
  Stat,
  WatchOption,
  ZnodeData,
  ZooKeeperSession,
} from '../session.ts';
import type { ZooKeeperServer } from './connect-string.ts';
import type { Reply, Request } from './records.ts';

export interface SessionOptions {
  /** zookeeper.connect, chroot and all. */
  readonly connect: string;
  /** zookeeper.session.timeout.ms; the server may grant another. */
  readonly sessionTimeoutMs: number;
  /** zookeeper.max.in.flight.requests */
  readonly maxInFlightRequests?: number;
  /** How long a call may take, waiting for a connection included. */
  readonly callTimeoutMs?: number;
  /** jute.maxbuffer: the largest frame taken or sent. */
  readonly maxFrameBytes?: number;
  /** Carries on a session whose id and password are known, instead of beginning one. */
  readonly resume?: { readonly sessionId: bigint; readonly password: Buffer };
  /** TLS comes in here: a Network whose connections are encrypted. */
  readonly network: Network;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly logger: Logger;
  readonly facts?: FactStream;
}

const DEFAULT_MAX_IN_FLIGHT = 10;
const DEFAULT_CALL_TIMEOUT_MS = 60_000;
/** What Kafka sets for its client. */
const DEFAULT_MAX_FRAME_BYTES = 4 * 1024 * 1024;
const FIRST_ATTEMPTS_OF_SESSION = 3;
const MIN_BACKOFF_MS = 20;
const MAX_BACKOFF_MS = 1000;
/** A close that gets no answer is given up; the server then lets the session expire. */
const CLOSE_TIMEOUT_MS = 3000;
const MAX_XID = 0x7fff_ffff;

export function openZooKeeperSession(options: SessionOptions): ZooKeeperSession {
  return new SessionEngine(options);
}

class SessionEngine implements ZooKeeperSession {
  readonly #options: SessionOptions;
  readonly #servers: readonly ZooKeeperServer[];
  readonly #chroot: string;
  readonly #calls: CallQueue;
  readonly #watches = new WatchTable();
  readonly #znodes: ZnodeCalls;
  readonly #identities = new Identities();
  readonly #listeners = new Set<(state: SessionState) => void>();
  readonly #callTimeoutMs: number;
  readonly #maxFrameBytes: number;
  #state: SessionState = 'connecting';
  #sessionId: bigint;
  #password: Buffer;
  #sessionTimeoutMs: number;
  #lastZxid = 0n;
  #xid = 0;
  #link: Link | undefined;
  /** Attempts since the last handshake that worked. */
  #failedAttempts = 0;
  #reconnectTimer: Timer | undefined;
  #closing: Deferred<void> | undefined;
  #closeXid: number | undefined;

  constructor(options: SessionOptions) {
    const { servers, chroot } = parseConnectString(options.connect);
    this.#options = options;
    this.#servers = shuffled(servers, options.random);
    this.#chroot = chroot;
    this.#sessionTimeoutMs = options.sessionTimeoutMs;
    this.#sessionId = options.resume?.sessionId ?? 0n;
    this.#password = options.resume?.password ?? Buffer.alloc(PASSWORD_BYTES);
    this.#callTimeoutMs = options.callTimeoutMs ?? DEFAULT_CALL_TIMEOUT_MS;
    this.#maxFrameBytes = options.maxFrameBytes ?? DEFAULT_MAX_FRAME_BYTES;
    this.#calls = new CallQueue({
      clock: options.clock,
      timers: options.timers,
      maxInFlight: options.maxInFlightRequests ?? DEFAULT_MAX_IN_FLIGHT,
      onOverdueInFlight: () => this.#link?.end(new Error('a call on the wire passed its deadline')),
    });
    this.#znodes = new ZnodeCalls({
      chroot,
      watches: this.#watches,
      enqueue: (operation, path, request, read) => this.#enqueue(operation, path, request, read),
    });
    void this.#connect();
  }

  get state(): SessionState {
    return this.#state;
  }

  get sessionId(): bigint {
    return this.#sessionId;
  }

  get sessionTimeoutMs(): number {
    return this.#sessionTimeoutMs;
  }

  onState(listener: (state: SessionState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  // ---- connections

  async #connect(): Promise<void> {
    const { network } = this.#options;
    const server = this.#servers[this.#failedAttempts % this.#servers.length]!;
    const timeoutMs = this.#attemptTimeoutMs();
    try {
      this.#handshake(await network.connect({ ...server, timeoutMs }), timeoutMs);
    } catch (error) {
      this.#onConnectionEnd(error);
    }
  }

  /**
   * How long one attempt may take, its handshake included. A connection that broke leaves a whole session timeout to
   * find the next: that is enough for some tries, and one that goes unanswered must not use all of it up. Patience
   * grows from round to round, as a server under load may need it.
   */
  #attemptTimeoutMs(): number {
    const servers = this.#servers.length;
    const rounds = Math.floor(this.#failedAttempts / servers);
    const growing = ((1 + rounds) * this.#sessionTimeoutMs) / FIRST_ATTEMPTS_OF_SESSION;
    return Math.max(1, Math.floor(Math.min(growing, this.#sessionTimeoutMs / servers)));
  }

  #handshake(connection: Connection, handshakeTimeoutMs: number): void {
    if (this.#isFinal()) {
      connection.destroy();
      return;
    }
    let shaken = false;
    const link = new Link({
      connection,
      clock: this.#options.clock,
      timers: this.#options.timers,
      maxFrameBytes: this.#maxFrameBytes,
      handshakeTimeoutMs,
      onFrame: (frame) => {
        if (shaken) {
          this.#onReply(readReply(frame));
          return;
        }
        shaken = true;
        this.#onHandshake(link, frame);
      },
      onEnd: (reason) => this.#onConnectionEnd(reason),
    });
    this.#link = link;
    link.send(
      handshakeFrame({
        lastZxid: this.#lastZxid,
        sessionTimeoutMs: this.#options.sessionTimeoutMs,
        sessionId: this.#sessionId,
        password: this.#password,
      }),
    );
  }

  #onHandshake(link: Link, frame: Buffer): void {
    const { sessionId, sessionTimeoutMs, password } = readHandshake(frame);
    if (sessionTimeoutMs <= 0) {
      this.#finish('expired', 'SessionExpired');
      return;
    }
    this.#failedAttempts = 0;
    this.#sessionId = sessionId;
    this.#password = password;
    this.#sessionTimeoutMs = sessionTimeoutMs;
    link.keepAlive(sessionTimeoutMs);
    if (this.#closing !== undefined) {
      this.#sendClose(link);
      return;
    }
    this.#identities.onConnected((identity) => sendIdentity(link, identity));
    for (const piece of this.#watches.pieces(this.#chroot))
      link.send(requestFrame(XID.SET_WATCHES, requests.setWatches(this.#lastZxid, piece)));
    this.#become('connected');
    this.#sendCalls();
  }

  #onConnectionEnd(reason: unknown): void {
    const wasConnected = this.#state === 'connected';
    this.#link = undefined;
    this.#identities.onConnectionEnd();
    if (this.#isFinal()) return;
    const detail = reason instanceof FrameTooLargeError ? reason.message : '';
    // Asked again the answer would be as large: that one call must not be retried for ever.
    if (detail !== '') this.#calls.failOldest('MarshallingError', detail);
    this.#calls.failInFlight('ConnectionLoss', '');
    if (this.#closing !== undefined) {
      this.#finish('closed', 'SessionExpired');
      return;
    }
    if (wasConnected) {
      this.#options.logger.warn('the connection to ZooKeeper is lost', { error: reason });
      this.#become('disconnected');
    } else {
      this.#failedAttempts += 1;
    }
    this.#reconnectTimer = this.#options.timers.after(this.#backoffMs(), () => {
      if (this.#isFinal()) return;
      this.#become('connecting');
      void this.#connect();
    });
  }

  /** Another server is tried at once; when all have been, growing pauses of random length, so that brokers disperse. */
  #backoffMs(): number {
    const rounds = Math.floor(this.#failedAttempts / this.#servers.length);
    if (this.#failedAttempts === 0 || this.#failedAttempts % this.#servers.length !== 0) return 0;
    const limitMs = Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** Math.min(rounds, 10));
    return limitMs / 2 + this.#options.random.below(Math.ceil(limitMs / 2));
  }

  #onReply(reply: Reply): void {
    if (reply.zxid > this.#lastZxid) this.#lastZxid = reply.zxid;
    switch (reply.xid) {
      case XID.NOTIFICATION: {
        this.#onNotification(reply.body);
        return;
      }
      case XID.PING:
      case XID.SET_WATCHES:
        return;
      case XID.AUTH: {
        if (!this.#identities.onAnswer(reply.error)) this.#finish('auth-failed', 'AuthFailed');
        return;
      }
      default:
        if (reply.xid === this.#closeXid) {
          this.#finish('closed', 'SessionExpired');
          return;
        }
        {
          this.#onAnswer(reply);
          return;
        }
    }
  }

  #onAnswer(reply: Reply): void {
    const call = this.#calls.answered(reply);
    if (call === undefined) {
      this.#link?.end(new Error(`the server answered request ${reply.xid} out of turn`));
      return;
    }
    try {
      call.settle(reply);
    } catch (error) {
      call.fail(isZkError(error) ? error : new ZkError('MarshallingError', call.path, String(error)));
    }
    this.#sendCalls();
  }

  #sendCalls(): void {
    const link = this.#link;
    if (this.#state !== 'connected' || link === undefined || this.#closing !== undefined) return;
    this.#calls.sendWaiting((request) => {
      const xid = this.#nextXid();
      link.send(requestFrame(xid, request));
      return xid;
    });
  }

  #nextXid(): number {
    this.#xid = this.#xid === MAX_XID ? 1 : this.#xid + 1;
    return this.#xid;
  }

  // ---- the session's states

  #isFinal(): boolean {
    return this.#state === 'expired' || this.#state === 'closed' || this.#state === 'auth-failed';
  }

  #become(state: SessionState): void {
    if (this.#state === state) return;
    this.#state = state;
    const { facts, logger } = this.#options;
    const sessionId = `0x${this.#sessionId.toString(16)}`;
    logger.info(`ZooKeeper session ${sessionId} is ${state}`);
    if (facts?.active) facts.emit({ kind: 'zookeeper-session', state, sessionId });
    for (const listener of [...this.#listeners]) listener(state);
  }

  #finish(state: 'expired' | 'closed' | 'auth-failed', code: 'SessionExpired' | 'AuthFailed'): void {
    if (this.#isFinal()) return;
    this.#reconnectTimer?.cancel();
    this.#become(state);
    this.#link?.end(new Error(`the session is ${state}`));
    const detail = state === 'closed' ? 'the session was closed' : '';
    this.#calls.failAll(code, detail);
    this.#identities.failWaiting(code, detail);
    for (const { path, watchers } of this.#watches.takeAll())
      for (const watcher of watchers) watcher({ kind: 'session-ended', path });
    this.#closing?.resolve();
  }

  close(): Promise<void> {
    if (this.#closing !== undefined) return this.#closing.promise;
    this.#closing = new Deferred<void>();
    if (this.#isFinal()) {
      this.#closing.resolve();
      return this.#closing.promise;
    }
    // A handshake under way is awaited (onHandshake then closes), lest the server keep a session nobody knows.
    this.#options.timers.after(CLOSE_TIMEOUT_MS, () => this.#finish('closed', 'SessionExpired'));
    if (this.#state === 'connected' && this.#link !== undefined) this.#sendClose(this.#link);
    else if (this.#link === undefined) this.#finish('closed', 'SessionExpired');
    return this.#closing.promise;
  }

  #sendClose(link: Link): void {
    this.#closeXid = this.#nextXid();
    link.send(requestFrame(this.#closeXid, requests.closeSession()));
  }

  // ---- identities

  async addAuth(scheme: string, auth: Buffer): Promise<void> {
    if (this.#isFinal() || this.#closing !== undefined) throw new ZkError('SessionExpired');
    const link = this.#state === 'connected' ? this.#link : undefined;
    const send = link && ((identity: Identity): void => sendIdentity(link, identity));
    const answer = this.#identities.add({ scheme, auth }, send);
    const timer = this.#options.timers.after(this.#callTimeoutMs, () =>
      answer.reject(new ZkError('ConnectionLoss', null, 'its deadline passed while authenticating')),
    );
    try {
      await answer.promise;
    } finally {
      timer.cancel();
    }
  }

  // ---- watches

  #onNotification(body: Buffer): void {
    const { type, path } = readWatcherEvent(body);
    const fired = this.#watches.take(type, withoutChroot(this.#chroot, path));
    if (fired === null) return;
    const { event, watchers } = fired;
    const { facts, logger } = this.#options;
    if (facts?.active) facts.emit({ kind: 'zookeeper-watch', event: event.kind, path: event.path });
    for (const watcher of watchers) {
      try {
        watcher(event);
      } catch (error) {
        // One owner's fault must not keep the event from the others.
        logger.error(`a watcher of ${event.path} failed`, { error });
      }
    }
  }

  // ---- calls

  #enqueue<T>(operation: string, path: string, request: Request, read: (reply: Reply) => T): Promise<T> {
    if (this.#isFinal() || this.#closing !== undefined)
      return Promise.reject(
        new ZkError(this.#state === 'auth-failed' ? 'AuthFailed' : 'SessionExpired', path),
      );
    const bytes = request.body.reduce((sum, record) => sum + record.byteLength(), 0);
    if (bytes > this.#maxFrameBytes)
      return Promise.reject(new ZkError('BadArguments', path, `${bytes} bytes are more than jute.maxbuffer`));
    const { clock, facts } = this.#options;
    const told = (result: string): void => {
      if (facts?.active) facts.emit({ kind: 'zookeeper-operation', operation, path, result });
    };
    return new Promise<T>((resolve, reject) => {
      this.#calls.add({
        operation,
        path,
        request,
        deadlineMs: clock.monotonicMs() + this.#callTimeoutMs,
        settle: (reply) => {
          const value = read(reply);
          told('ok');
          resolve(value);
        },
        fail: (error) => {
          told(error.code);
          reject(error);
        },
      });
      this.#sendCalls();
    });
  }

  create(
    path: string,
    data: Buffer | null,
    mode: CreateMode,
    acl?: readonly Acl[],
  ): Promise<{ readonly path: string }> {
    return this.#znodes.create(path, data, mode, acl);
  }

  getData(path: string, options?: WatchOption): Promise<ZnodeData> {
    return this.#znodes.getData(path, options);
  }

  setData(path: string, data: Buffer | null, version: ExpectedVersion): Promise<Stat> {
    return this.#znodes.setData(path, data, version);
  }

  delete(path: string, version: ExpectedVersion): Promise<void> {
    return this.#znodes.delete(path, version);
  }

  exists(path: string, options?: WatchOption): Promise<Stat | null> {
    return this.#znodes.exists(path, options);
  }

  getChildren(
    path: string,
    options?: WatchOption,
  ): Promise<{ readonly children: readonly string[]; readonly stat: Stat }> {
    return this.#znodes.getChildren(path, options);
  }

  multi(ops: readonly MultiOp[]): Promise<MultiResult> {
    return this.#znodes.multi(ops);
  }

  getAcl(path: string): Promise<{ readonly acl: readonly Acl[]; readonly stat: Stat }> {
    return this.#znodes.getAcl(path);
  }

  setAcl(path: string, acl: readonly Acl[], aclVersion: ExpectedVersion): Promise<Stat> {
    return this.#znodes.setAcl(path, acl, aclVersion);
  }

  sync(path: string): Promise<void> {
    return this.#znodes.sync(path);
  }
}

function sendIdentity(link: Link, { scheme, auth }: Identity): void {
  link.send(requestFrame(XID.AUTH, requests.auth(scheme, auth)));
}
