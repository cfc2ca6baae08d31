/**
 * Kafka's ZooKeeperClient: it outlives sessions. It waits for a connection, retries what a lost connection left
 * undecided, keeps the handlers of watched paths, and opens a fresh session when the old one expired.
 *
 * Invariants: only ConnectionLoss is retried; SessionExpired reaches the caller, who must know that its ephemeral
 * znodes are gone. A handler stays registered over sessions, its watch does not: after a new session the owner reads
 * again in `afterInitializingSession`, as the state may have changed unseen (contract section 2.7).
 * A watch is set by reading a path that has a handler; registering alone sets none.
 */
import { Deferred, SerialQueue } from '../common/index.ts';
import { isZkError, ZkError } from './session.ts';
import type { Logger, Timers } from '../runtime/index.ts';
import type { SessionState, Stat, WatchEvent, Watcher, ZnodeData, ZooKeeperSession } from './session.ts';

/** Told of one znode's coming, going and changes. Runs in the turn in which the event arrived: enqueue and return. */
export interface ZNodeChangeHandler {
  readonly path: string;
  handleCreation?(): void;
  handleDeletion?(): void;
  handleDataChange?(): void;
}

/** Told when a znode's children came or went. */
export interface ZNodeChildChangeHandler {
  readonly path: string;
  handleChildChange(): void;
}

/** Told of the session's own fate; `name` identifies it for unregistering. */
export interface StateChangeHandler {
  readonly name: string;
  /** The session expired and the new one is not yet opened: the last moment to let go of what it held. */
  beforeInitializingSession?(): void | Promise<void>;
  /** The new session was opened, though it may not be connected yet: read again and re-register. */
  afterInitializingSession?(): void | Promise<void>;
  onAuthFailure?(): void;
}

export interface ZooKeeperClientOptions {
  /** Opens one session; called again after each expiry. */
  readonly openSession: () => ZooKeeperSession;
  readonly timers: Timers;
  readonly logger: Logger;
  /** How long `connect` waits: zookeeper.connection.timeout.ms. */
  readonly connectionTimeoutMs: number;
}

/** After a failed authentication a new session is tried this much later, as in the original. */
const RETRY_AUTH_AFTER_MS = 1000;

export class ZooKeeperClient {
  readonly #options: ZooKeeperClientOptions;
  readonly #changeHandlers = new Map<string, ZNodeChangeHandler>();
  readonly #childChangeHandlers = new Map<string, ZNodeChildChangeHandler>();
  readonly #stateChangeHandlers = new Map<string, StateChangeHandler>();
  readonly #reinitializations = new SerialQueue();
  #session: ZooKeeperSession;
  #connectionChange = new Deferred<void>();
  #closed = false;

  constructor(options: ZooKeeperClientOptions) {
    this.#options = options;
    this.#session = this.#open();
  }

  /** 0n until connected. */
  get sessionId(): bigint {
    return this.#session.sessionId;
  }

  get state(): SessionState {
    return this.#closed ? 'closed' : this.#session.state;
  }

  /** Waits for the first connection; rejects with ConnectionLoss when it does not come in time. */
  async connect(): Promise<void> {
    const { timers, connectionTimeoutMs } = this.#options;
    const deadline = { passed: false };
    const timer = timers.after(connectionTimeoutMs, () => {
      deadline.passed = true;
      this.#announceChange();
    });
    try {
      while (this.state !== 'connected') {
        if (deadline.passed)
          throw new ZkError('ConnectionLoss', null, `not connected within ${connectionTimeoutMs} ms`);
        await this.#nextChange();
      }
    } finally {
      timer.cancel();
    }
  }

  /** Waits as long as it takes; rejects when this client is closed or not allowed in. */
  async waitUntilConnected(): Promise<void> {
    while (this.state !== 'connected') await this.#nextChange();
  }

  /**
   * Kafka's retryRequestUntilConnected: runs `call` on the current session, again after each ConnectionLoss. The lost
   * call may have happened on the server, so a retried create can meet its own NodeExists: callers whose znode has an
   * owner compare it.
   */
  async retryUntilConnected<T>(call: (session: ZooKeeperSession) => Promise<T>): Promise<T> {
    for (;;) {
      if (this.state !== 'connected') await this.waitUntilConnected();
      try {
        return await call(this.#session);
      } catch (error) {
        if (!isZkError(error, 'ConnectionLoss')) throw error;
      }
    }
  }

  // ---- reading with the watches that handlers ask for

  getData(path: string): Promise<ZnodeData> {
    return this.retryUntilConnected((session) => session.getData(path, { watch: this.#dataWatch(path) }));
  }

  exists(path: string): Promise<Stat | null> {
    return this.retryUntilConnected((session) => session.exists(path, { watch: this.#dataWatch(path) }));
  }

  /** `watch` false reads without setting the watch although a handler is registered. */
  getChildren(path: string, watch = true): Promise<{ children: readonly string[]; stat: Stat }> {
    const watched = watch && this.#childChangeHandlers.has(path) ? this.#onWatchEvent : undefined;
    return this.retryUntilConnected((session) => session.getChildren(path, { watch: watched }));
  }

  #dataWatch(path: string): Watcher | undefined {
    return this.#changeHandlers.has(path) ? this.#onWatchEvent : undefined;
  }

  // ---- handlers

  registerZNodeChangeHandler(handler: ZNodeChangeHandler): void {
    this.#changeHandlers.set(handler.path, handler);
  }

  /** Registers, and sets the watch by asking for the znode; says whether it is there. */
  async registerZNodeChangeHandlerAndCheckExistence(handler: ZNodeChangeHandler): Promise<boolean> {
    this.registerZNodeChangeHandler(handler);
    return (await this.exists(handler.path)) !== null;
  }

  unregisterZNodeChangeHandler(path: string): void {
    this.#changeHandlers.delete(path);
  }

  registerZNodeChildChangeHandler(handler: ZNodeChildChangeHandler): void {
    this.#childChangeHandlers.set(handler.path, handler);
  }

  unregisterZNodeChildChangeHandler(path: string): void {
    this.#childChangeHandlers.delete(path);
  }

  registerStateChangeHandler(handler: StateChangeHandler): void {
    this.#stateChangeHandlers.set(handler.name, handler);
  }

  unregisterStateChangeHandler(name: string): void {
    this.#stateChangeHandlers.delete(name);
  }

  // One function for all paths: the session fires it once per event, however often a path was read.
  readonly #onWatchEvent: Watcher = ({ kind, path }: WatchEvent): void => {
    switch (kind) {
      case 'created':
        return this.#changeHandlers.get(path)?.handleCreation?.();
      case 'deleted':
        return this.#changeHandlers.get(path)?.handleDeletion?.();
      case 'data-changed':
        return this.#changeHandlers.get(path)?.handleDataChange?.();
      case 'children-changed':
        return this.#childChangeHandlers.get(path)?.handleChildChange();
      case 'session-ended':
        return; // afterInitializingSession tells the owners
    }
  };

  // ---- the session's life

  #open(): ZooKeeperSession {
    const session = this.#options.openSession();
    session.onState((state) => {
      if (session !== this.#session) return;
      this.#announceChange();
      if (state === 'expired') void this.reinitialize();
      if (state === 'auth-failed') this.#afterFailedAuthentication(session);
    });
    return session;
  }

  #afterFailedAuthentication(session: ZooKeeperSession): void {
    this.#options.logger.error('ZooKeeper refused the authentication of this session');
    for (const handler of [...this.#stateChangeHandlers.values()]) handler.onAuthFailure?.();
    this.#options.timers.after(RETRY_AUTH_AFTER_MS, () => {
      if (session === this.#session) void this.reinitialize();
    });
  }

  /** Gives up the session for a new one and tells every owner before and after; one such change at a time. */
  reinitialize(): Promise<void> {
    const ended = this.#session;
    return this.#reinitializations.run(async () => {
      if (this.#closed || ended !== this.#session) return;
      await this.#tell('beforeInitializingSession');
      await ended.close();
      if (this.#isClosed()) return;
      this.#session = this.#open();
      this.#announceChange();
      await this.#tell('afterInitializingSession');
    });
  }

  async #tell(moment: 'beforeInitializingSession' | 'afterInitializingSession'): Promise<void> {
    for (const handler of [...this.#stateChangeHandlers.values()]) {
      try {
        await handler[moment]?.();
      } catch (error) {
        this.#options.logger.error(`${handler.name} failed in ${moment}`, { error });
      }
    }
  }

  #isClosed(): boolean {
    return this.#closed;
  }

  #announceChange(): void {
    const announced = this.#connectionChange;
    this.#connectionChange = new Deferred<void>();
    announced.resolve();
  }

  async #nextChange(): Promise<void> {
    if (this.#closed) throw new ZkError('SessionExpired', null, 'the client is closed');
    if (this.state === 'auth-failed') throw new ZkError('AuthFailed');
    // Waiting for the next session here would wait for ever: it is opened when the owners, who wait for us, let go.
    if (this.state === 'expired') throw new ZkError('SessionExpired');
    await this.#connectionChange.promise;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#changeHandlers.clear();
    this.#childChangeHandlers.clear();
    this.#stateChangeHandlers.clear();
    await this.#session.close();
    this.#announceChange();
  }
}
