/**
 * A network in memory. Bytes of one connection arrive in order, cut into pieces anywhere, after delays that differ
 * from connection to connection. Links between machines can be slowed or cut, in one direction or both: what is sent
 * over a cut link arrives when it is mended, as TCP would deliver it, and neither end learns of the cut.
 */
import type {
  ConnectAddress,
  Connection,
  ListenAddress,
  Listener,
  Network,
} from '../../../src/runtime/index.ts';
import { systemError } from './memory-disk.ts';
import { MemoryConnection } from './memory-connection.ts';
import type { SeededRandom } from './seeded-random.ts';

/** A process on a machine: what it schedules is forgotten when it dies. */
export interface NetworkProcess {
  readonly host: string;
  readonly isAlive: boolean;
  readonly isPaused: boolean;
  after(delayMs: number, callback: () => void): { cancel(): void };
}

interface Listening {
  readonly process: NetworkProcess;
  readonly onConnection: (connection: Connection) => void;
}

/** Below the first port a real system hands out, so that they are not mixed up in traces. */
const FIRST_PORT = 20_000;

/** When a connection's first segment gets no answer it is sent again after 1, 2, 4, ... seconds. */
const FIRST_CONNECT_RETRY_MS = 1000;
const LAST_CONNECT_RETRY_MS = 64_000;

export class MemoryNetwork {
  readonly #random: SeededRandom;
  readonly #schedule: (delayMs: number, callback: () => void) => void;
  readonly #onDelivery: (from: string, to: string, bytes: number) => void;
  readonly #listening = new Map<string, Listening>();
  readonly #connections = new Set<MemoryConnection>();
  readonly #cut = new Set<string>();
  readonly #delays = new Map<string, readonly [min: number, max: number]>();
  readonly #addresses = new Map<string, string>();
  readonly #nowMs: () => number;
  readonly #isUp: (host: string) => boolean;
  #held: { readonly from: string; readonly to: string; readonly action: () => void }[] = [];
  #nextPort = FIRST_PORT;
  /** How long a piece takes between two machines, unless `setDelay` says otherwise for the two. */
  delayMs: readonly [min: number, max: number] = [0.1, 2];

  constructor(options: {
    readonly random: SeededRandom;
    readonly schedule: (delayMs: number, callback: () => void) => void;
    readonly nowMs: () => number;
    readonly isUp: (host: string) => boolean;
    readonly onDelivery: (from: string, to: string, bytes: number) => void;
  }) {
    this.#nowMs = options.nowMs;
    this.#isUp = options.isUp;
    this.#random = options.random;
    this.#schedule = options.schedule;
    this.#onDelivery = options.onDelivery;
  }

  /** What leaves `from` for `to` does not arrive until `mend`. */
  cutOneWay(from: string, to: string): void {
    this.#cut.add(link(from, to));
  }

  cut(a: string, b: string): void {
    this.cutOneWay(a, b);
    this.cutOneWay(b, a);
  }

  /** Both directions work again; what waited is delivered. */
  mend(a: string, b: string): void {
    this.#cut.delete(link(a, b));
    this.#cut.delete(link(b, a));
    const held = this.#held;
    this.#held = [];
    for (const { from, to, action } of held) this.#schedule(0, () => this.whenConnected(from, to, action));
    for (const connection of this.#connections) connection.linkMended();
  }

  setDelay(a: string, b: string, delayMs: readonly [min: number, max: number]): void {
    this.#delays.set(link(a, b), delayMs).set(link(b, a), delayMs);
  }

  /** Breaks every connection between two machines: both ends see ECONNRESET. */
  reset(a: string, b: string): void {
    for (const connection of [...this.#connections])
      if (connection.isBetween(a, b)) connection.fail(systemError('ECONNRESET', 'read', `${a}-${b}`));
  }

  /** A process died. Its machine tells the other ends, unless the machine died too. */
  endProcess(process: NetworkProcess, machineDied: boolean): void {
    // Nobody sends again what a cut link held back.
    this.#held = this.#held.filter(({ from }) => from !== process.host);
    for (const [key, { process: owner }] of this.#listening)
      if (owner === process) this.#listening.delete(key);
    for (const connection of [...this.#connections])
      if (connection.process === process) connection.vanish(!machineDied);
  }

  networkFor(process: NetworkProcess): Network {
    return {
      listen: (address, onConnection) => this.#listen(process, address, onConnection),
      connect: (address) => this.#connect(process, address),
    };
  }

  isCut(from: string, to: string): boolean {
    return from !== to && this.#cut.has(link(from, to));
  }

  delayBetween(from: string, to: string): number {
    if (from === to) return this.#random.between(0.01, 0.05);
    return this.#random.between(...(this.#delays.get(link(from, to)) ?? this.delayMs));
  }

  /** Where to cut what is sent: mostly not at all, else anywhere. */
  pieceBytes(available: number): number {
    return available > 1 && this.#random.chance(0.2) ? 1 + this.#random.below(available) : available;
  }

  get nowMs(): number {
    return this.#nowMs();
  }

  isUp(host: string): boolean {
    return this.#isUp(host);
  }

  /** Runs `action` now, or when the link is mended, in the order in which it came. */
  whenConnected(from: string, to: string, action: () => void): void {
    if (this.isCut(from, to)) this.#held.push({ from, to, action });
    else action();
  }

  schedule(delayMs: number, callback: () => void): void {
    this.#schedule(delayMs, callback);
  }

  delivered(from: string, to: string, bytes: number): void {
    this.#onDelivery(from, to, bytes);
  }

  forget(connection: MemoryConnection): void {
    this.#connections.delete(connection);
  }

  #listen(
    process: NetworkProcess,
    { port }: ListenAddress,
    onConnection: (connection: Connection) => void,
  ): Promise<Listener> {
    const chosen = port === 0 ? this.#nextPort++ : port;
    const key = endpoint(process.host, chosen);
    if (this.#listening.has(key)) return Promise.reject(systemError('EADDRINUSE', 'listen', key));
    this.#listening.set(key, { process, onConnection });
    return Promise.resolve({
      port: chosen,
      close: () => {
        this.#listening.delete(key);
        return Promise.resolve();
      },
    });
  }

  #connect(process: NetworkProcess, { host, port, timeoutMs }: ConnectAddress): Promise<Connection> {
    const target = this.#resolve(process, host);
    return new Promise((resolve, reject) => {
      let isGivenUp = false;
      const timeout = process.after(timeoutMs, () => {
        isGivenUp = true;
        reject(systemError('ETIMEDOUT', 'connect', endpoint(target, port)));
      });
      const settle = (action: () => void): void => {
        timeout.cancel();
        if (process.isAlive) action();
      };
      this.#cross(process.host, target, () => {
        // Nobody sends again for a caller who is gone.
        if (isGivenUp || !process.isAlive) return;
        const listening = this.#listening.get(endpoint(target, port));
        const connected = listening === undefined ? undefined : this.#open(process, listening, port);
        this.#cross(target, process.host, () =>
          settle(() => {
            if (isGivenUp) connected?.destroy();
            else if (connected === undefined)
              reject(systemError('ECONNREFUSED', 'connect', endpoint(target, port)));
            else resolve(connected);
          }),
        );
      });
    });
  }

  /** Runs `action` on the other machine after the link's delay; over a cut link it is tried again, as TCP does. */
  #cross(from: string, to: string, action: () => void, retryMs = FIRST_CONNECT_RETRY_MS): void {
    this.#schedule(this.delayBetween(from, to), () => {
      if (!this.isCut(from, to)) action();
      else if (retryMs <= LAST_CONNECT_RETRY_MS)
        this.#schedule(retryMs, () => this.#cross(from, to, action, 2 * retryMs));
    });
  }

  #open(process: NetworkProcess, listening: Listening, port: number): MemoryConnection {
    const clientPort = this.#nextPort++;
    const client = { process, port: clientPort, address: this.#addressOf(process.host) };
    const server = { process: listening.process, port, address: this.#addressOf(listening.process.host) };
    const ours = new MemoryConnection(this, client, server);
    const theirs = new MemoryConnection(this, server, client);
    ours.attach(theirs);
    theirs.attach(ours);
    this.#connections.add(ours).add(theirs);
    if (listening.process.isPaused) listening.process.after(0, () => listening.onConnection(theirs));
    else listening.onConnection(theirs);
    return ours;
  }

  #resolve(process: NetworkProcess, host: string): string {
    if (host === 'localhost' || host === '127.0.0.1' || host === '') return process.host;
    for (const [name, address] of this.#addresses) if (address === host) return name;
    return host;
  }

  #addressOf(host: string): string {
    let address = this.#addresses.get(host);
    if (address === undefined) this.#addresses.set(host, (address = `10.0.0.${this.#addresses.size + 1}`));
    return address;
  }
}

function link(from: string, to: string): string {
  return `${from}>${to}`;
}

function endpoint(host: string, port: number): string {
  return `${host}:${port}`;
}
