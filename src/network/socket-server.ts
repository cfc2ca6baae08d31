/**
 * The broker's side of the network: Kafka's SocketServer with its acceptors and processors. It takes connections on
 * several listeners, keeps their number, idleness and memory within bounds, and hands each request to one function.
 *
 * It starts in two steps, as Kafka's does: `bind` opens the listeners, so that the port is known and connections
 * gather; `startProcessing` begins to read from them, once the broker can answer.
 */
import type { Fact, FactStream } from '../observe/index.ts';
import type { Metrics } from '../metrics/index.ts';
import { TurnBudget } from '../runtime/index.ts';
import type { Connection, Listener, Logger, Network, Runtime } from '../runtime/index.ts';
import { ConnectionLimits } from './connection-limits.ts';
import type { ConnectionLimitSettings } from './connection-limits.ts';
import { ConnectionPace } from './connection-pace.ts';
import { FramePool } from './frame-pool.ts';
import { IdleConnections } from './idle-connections.ts';
import { RequestMemory } from './request-memory.ts';
import { ServerConnection } from './server-connection.ts';
import type { ChannelHost, ReceivedRequest } from './server-connection.ts';
import { ListenerMetrics } from './socket-server-metrics.ts';

export interface ServerListener {
  readonly listenerName: string;
  /** '' means every interface. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** What accepts and secures its connections, if not the runtime's plain network. */
  readonly network?: Network;
}

export interface SocketServerOptions<Session> {
  readonly runtime: Pick<Runtime, 'clock' | 'timers' | 'network' | 'logger'>;
  readonly metrics: Metrics;
  readonly facts?: FactStream;
  readonly listeners: readonly ServerListener[];
  /** The listener between brokers: unless it is the only one, `max.connections` does not keep brokers out. */
  readonly protectedListener?: string;
  readonly limits?: Partial<ConnectionLimitSettings>;
  /** `connections.max.idle.ms`; below 0: never. */
  readonly connectionsMaxIdleMs?: number;
  /** `socket.request.max.bytes` */
  readonly socketRequestMaxBytes?: number;
  /** The listener of the controller: its requests queue behind nobody else's. */
  readonly controlPlaneListener?: string | undefined;
  /** `queued.max.request.bytes`; below 1: no bound. */
  readonly queuedMaxRequestBytes?: number;
  /** `socket.listen.backlog.size` */
  readonly socketListenBacklogSize?: number;
  /** APIs whose handlers keep no byte of a request once it is answered: its Buffer is used again. */
  readonly reusedApis?: ReadonlySet<number>;
  /** Makes what the other rooms keep per connection. */
  readonly openSession: (connection: ServerConnection<Session>) => Session;
  /** Called for one request of a connection at a time, unless one lets the next follow. Must not throw: that closes the connection. */
  readonly onRequest: (request: ReceivedRequest<Session>) => void;
  readonly onConnectionClosed?: (connection: ServerConnection<Session>) => void;
}

/** Connections accepted beyond the limits wait here unread, as they wait in the backlog while Kafka's acceptor is blocked. */
const MAX_WAITING_CONNECTIONS = 1000;

interface Accepted<Session> {
  readonly socket: Connection;
  readonly listenerName: string;
  /** For the pace at which connections may come. */
  isCounted: boolean;
  connection: ServerConnection<Session> | undefined;
}

export class SocketServer<Session> {
  readonly #options: SocketServerOptions<Session>;
  readonly #logger: Logger;
  readonly #limits: ConnectionLimits;
  readonly #pace: ConnectionPace;
  readonly #memory: RequestMemory;
  readonly #idle: IdleConnections<ServerConnection<Session>>;
  readonly #bound = new Map<string, Listener>();
  readonly #connections = new Set<ServerConnection<Session>>();
  readonly #waiting = new Set<Accepted<Session>>();
  readonly #metrics = new Map<string, ListenerMetrics>();
  readonly #host: ChannelHost<Session>;
  #nextIndex = 0;
  #isProcessing = false;
  #stopped = false;

  constructor(options: SocketServerOptions<Session>) {
    const { runtime, metrics, limits = {}, connectionsMaxIdleMs = 600_000 } = options;
    this.#options = options;
    this.#logger = runtime.logger.child('kafka.network.SocketServer');
    this.#limits = new ConnectionLimits(limits);
    this.#pace = new ConnectionPace(runtime.clock, this.#limits);
    this.#memory = new RequestMemory(options.queuedMaxRequestBytes ?? -1);
    this.#idle = new IdleConnections({
      runtime,
      maxIdleMs: connectionsMaxIdleMs,
      onIdle: (connection) => this.#onIdle(connection),
    });
    this.#host = this.#hostOf(options);
    metrics.gauge('kafka.network:type=SocketServer,name=MemoryPoolUsed', () => this.#memory.usedBytes);
    metrics.gauge(
      'kafka.network:type=SocketServer,name=MemoryPoolAvailable',
      () => this.#memory.availableBytes,
    );
    for (const plane of ['', 'ControlPlane'])
      metrics.gauge(`kafka.network:type=SocketServer,name=${plane}ExpiredConnectionsKilledCount`, () =>
        this.#expiredOf((listener) => (listener === options.controlPlaneListener) === (plane !== '')),
      );
  }

  #expiredOf(counts: (listenerName: string) => boolean): number {
    let expired = 0;
    for (const [listenerName, metrics] of this.#metrics)
      if (counts(listenerName)) expired += metrics.expired.count;
    return expired;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Open connections, those that waited longest for anything to happen first. */
  connections(): IterableIterator<ServerConnection<Session>> {
    return this.#idle.oldestFirst();
  }

  /** Opens every listener; resolves with the port of each by its name. Fails if one cannot be opened. */
  async bind(): Promise<ReadonlyMap<string, number>> {
    try {
      for (const listener of this.#options.listeners) await this.addListener(listener);
    } catch (error) {
      await this.#closeListeners();
      throw error;
    }
    return this.ports();
  }

  ports(): ReadonlyMap<string, number> {
    return new Map([...this.#bound].map(([name, { port }]) => [name, port]));
  }

  /** Starts reading requests, from the connections at hand and those to come. */
  startProcessing(): void {
    this.#isProcessing = true;
    for (const connection of this.#connections) connection.start();
  }

  /** Opens one more listener (`listeners` can be changed while the broker runs); returns its port. */
  async addListener(listener: ServerListener): Promise<number> {
    const { listenerName, host, port, network = this.#options.runtime.network } = listener;
    const backlog = this.#options.socketListenBacklogSize;
    this.#metricsOf(listenerName);
    const bound = await network.listen(
      { host, port, ...(backlog === undefined ? {} : { backlog }) },
      (socket) => this.#onAccept(socket, listenerName),
    );
    this.#bound.set(listenerName, bound);
    this.#protect();
    this.#logger.info(`Awaiting socket connections on ${host === '' ? '0.0.0.0' : host}:${bound.port}.`, {
      listener: listenerName,
    });
    return bound.port;
  }

  /** Closes a listener with all its connections. */
  async removeListener(listenerName: string): Promise<void> {
    const bound = this.#bound.get(listenerName);
    this.#bound.delete(listenerName);
    this.#protect();
    await bound?.close();
    for (const accepted of [...this.#waiting])
      if (accepted.listenerName === listenerName) accepted.socket.destroy();
    for (const connection of [...this.#connections])
      if (connection.listenerName === listenerName) connection.close('the listener was removed');
    this.#pace.forget(listenerName);
    this.#metrics.get(listenerName)?.unregister();
    this.#metrics.delete(listenerName);
  }

  /** The only listener there is needs no protection from others. */
  #protect(): void {
    this.#limits.protect(this.#bound.size > 1 ? this.#options.protectedListener : undefined);
  }

  changeLimits(limits: Partial<ConnectionLimitSettings>): void {
    this.#limits.change(limits);
    this.#admitWaiting();
  }

  /** No new requests are read; those being handled can still be answered. */
  stopProcessing(): void {
    this.#isProcessing = false;
  }

  /** Closes the listeners, then every connection. */
  async shutdown(): Promise<void> {
    this.#stopped = true;
    this.stopProcessing();
    await this.#closeListeners();
    for (const accepted of [...this.#waiting]) accepted.socket.destroy();
    for (const connection of [...this.#connections]) connection.close('the broker is shutting down');
    this.#idle.close();
  }

  async #closeListeners(): Promise<void> {
    const bound = [...this.#bound.values()];
    this.#bound.clear();
    await Promise.all(bound.map((listener) => listener.close()));
  }

  #onAccept(socket: Connection, listenerName: string): void {
    const accepted: Accepted<Session> = { socket, listenerName, isCounted: false, connection: undefined };
    const decided = this.#limits.decide(listenerName, socket.remoteAddress);
    const admission = decided !== 'refuse' && this.#isHeldUp(accepted) ? 'wait' : decided;
    const isFull = admission === 'wait' && this.#waiting.size >= MAX_WAITING_CONNECTIONS;
    if (this.#stopped || admission === 'refuse' || isFull) {
      if (!this.#stopped)
        this.#logger.info(
          `Rejected connection from ${socket.remoteAddress}, address already has the configured maximum of connections.`,
        );
      socket.onClose(() => undefined);
      socket.destroy();
      return;
    }
    this.#limits.countAddress(socket.remoteAddress);
    socket.onClose((error) => this.#onSocketClosed(accepted, error));
    if (admission === 'wait') this.#waiting.add(accepted);
    else this.#open(accepted);
  }

  /** Connections come too fast: it waits, and all of its listener behind it. */
  #isHeldUp(accepted: Accepted<Session>): boolean {
    const { listenerName, isCounted } = accepted;
    if (this.#pace.isBlocked(listenerName)) return true;
    if (isCounted) return false;
    accepted.isCounted = true;
    const waitMs = this.#pace.onConnection(listenerName);
    if (waitMs === 0) return false;
    this.#options.runtime.timers.after(waitMs, () => {
      this.#pace.unblock(listenerName);
      this.#admitWaiting();
    });
    return true;
  }

  #open(accepted: Accepted<Session>): void {
    const { socket, listenerName } = accepted;
    this.#limits.countConnection(listenerName);
    const connection = new ServerConnection(this.#host, socket, listenerName, this.#nextIndex++);
    accepted.connection = connection;
    this.#connections.add(connection);
    this.#idle.touch(connection);
    this.#metricsOf(listenerName).opened.mark();
    this.#emit({ kind: 'connection-opened', connection: connection.id, listener: listenerName });
    if (this.#limits.isOver) this.#closeOldestUnprotected();
    if (this.#isProcessing) connection.start();
  }

  #closeOldestUnprotected(): void {
    for (const connection of this.#idle.oldestFirst()) {
      if (this.#limits.isProtected(connection.listenerName)) continue;
      connection.close('the broker has too many connections and this one was idle longest');
      return;
    }
  }

  #onSocketClosed(accepted: Accepted<Session>, error: Error | undefined): void {
    this.#limits.uncountAddress(accepted.socket.remoteAddress);
    this.#waiting.delete(accepted);
    accepted.connection?.onSocketClosed(error);
  }

  #onChannelClosed(connection: ServerConnection<Session>, reason: string): void {
    this.#connections.delete(connection);
    this.#idle.forget(connection);
    this.#limits.uncountConnection(connection.listenerName);
    this.#metrics.get(connection.listenerName)?.closed.mark();
    this.#emit({ kind: 'connection-closed', connection: connection.id, reason });
    if (this.#logger.isEnabled('debug')) this.#logger.debug(`Closed connection ${connection.id}: ${reason}`);
    this.#options.onConnectionClosed?.(connection);
    this.#admitWaiting();
  }

  #admitWaiting(): void {
    if (this.#stopped) return;
    for (const accepted of this.#waiting) {
      if (this.#isHeldUp(accepted)) continue;
      // It counts for its address already, so only the other limits can still hold it back.
      const admission = this.#limits.decide(accepted.listenerName, '');
      if (admission === 'wait') continue;
      this.#waiting.delete(accepted);
      this.#open(accepted);
    }
  }

  #onIdle(connection: ServerConnection<Session>): void {
    this.#metrics.get(connection.listenerName)?.expired.mark();
    connection.close('it was idle for longer than connections.max.idle.ms');
  }

  #hostOf({
    runtime,
    openSession,
    onRequest,
    socketRequestMaxBytes,
    reusedApis,
    controlPlaneListener,
  }: SocketServerOptions<Session>): ChannelHost<Session> {
    const isProcessing = (): boolean => this.#isProcessing;
    const turn = new TurnBudget(runtime.clock, runtime.timers);
    return {
      memory: this.#memory,
      frames: new FramePool(),
      mayReuse: (apiKey) => reusedApis?.has(apiKey) === true,
      maxRequestBytes: socketRequestMaxBytes ?? 104_857_600,
      get isProcessing() {
        return isProcessing();
      },
      nowMs: () => runtime.clock.monotonicMs(),
      after: (delayMs, callback) => runtime.timers.after(delayMs, callback),
      endOfTurn: (callback) => runtime.timers.endOfTurn(callback),
      isTurnSpent: (listenerName) => listenerName !== controlPlaneListener && turn.isSpent(),
      openSession,
      onBytes: (connection, bytes) => {
        this.#idle.touch(connection);
        this.#metrics.get(connection.listenerName)?.incomingBytes.mark(bytes);
      },
      onRequest: (request) => {
        this.#metrics.get(request.connection.listenerName)?.requests.mark();
        onRequest(request);
      },
      onResponse: (connection, response) => {
        this.#idle.touch(connection);
        this.#metrics.get(connection.listenerName)?.onResponse(response);
      },
      onClosed: (connection, reason) => this.#onChannelClosed(connection, reason),
    };
  }

  #metricsOf(listenerName: string): ListenerMetrics {
    let found = this.#metrics.get(listenerName);
    if (found === undefined) {
      found = new ListenerMetrics(this.#options.metrics, listenerName, () =>
        this.#limits.ofListener(listenerName),
      );
      this.#metrics.set(listenerName, found);
    }
    return found;
  }

  #emit(fact: Fact): void {
    const { facts } = this.#options;
    if (facts?.active === true) facts.emit(fact);
  }
}
