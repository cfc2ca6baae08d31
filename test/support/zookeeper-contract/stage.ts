/**
 * Where the sentences about ZooKeeper are played: a real server, or simulated ones in a simulated world. Clients reach
 * it through a network of their own that can be cut, so that both are hurt in the same way.
 */
import { openZooKeeperSession } from '../../../src/zookeeper/index.ts';
import type { SessionOptions, WatchEvent, ZooKeeperSession } from '../../../src/zookeeper/index.ts';
import { isZkError, parseConnectString } from '../../../src/zookeeper/index.ts';
import type { Connection, Network, Runtime } from '../../../src/runtime/index.ts';
import { Wire } from './wire.ts';
import type { WireOptions } from './wire.ts';

export interface ZooKeeperPlace {
  /** `host:port`, by comma. */
  readonly servers: string;
  /** Where the clients live: an empty znode, or nothing for the root. */
  readonly chroot: string;
  readonly sessionTimeoutMs: { readonly min: number; readonly max: number };
  readonly runtimeOf: (client: string) => Runtime;
  /** Lets time pass until the work is done. */
  readonly run: <T>(work: Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

const POLL_MS = 5;
const PATIENCE_MS = 30_000;
const SESSION_TIMEOUT_MS = 10_000;

export class ZooKeeperStage {
  readonly place: ZooKeeperPlace;
  readonly #networks = new Map<string, CuttableNetwork>();
  readonly #sessions: ZooKeeperSession[] = [];
  readonly #wires: Wire[] = [];

  constructor(place: ZooKeeperPlace) {
    this.place = place;
  }

  /** A session that is connected. */
  async open(client: string, options: Partial<SessionOptions> = {}): Promise<ZooKeeperSession> {
    const session = this.begin(client, options);
    await this.until(() => session.state === 'connected', `${client} is connected`);
    return session;
  }

  /** A session on its way. */
  begin(client: string, options: Partial<SessionOptions> = {}): ZooKeeperSession {
    const { servers, chroot, runtimeOf } = this.place;
    const session = openZooKeeperSession({
      ...runtimeOf(client),
      network: this.#network(client),
      connect: servers + chroot,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      ...options,
    });
    this.#sessions.push(session);
    return session;
  }

  /** A connection of bare frames to one of the servers, behind its handshake. */
  async wire(client: string, options: WireOptions = {}): Promise<Wire> {
    const { servers } = parseConnectString(this.place.servers);
    const { network } = this.place.runtimeOf(client);
    const connection = await network.connect({ ...servers[0]!, timeoutMs: PATIENCE_MS });
    const wire = new Wire(connection, { sessionTimeoutMs: SESSION_TIMEOUT_MS, ...options });
    this.#wires.push(wire);
    await this.until(() => wire.handshake !== undefined || wire.isClosed, `${client} has shaken hands`);
    return wire;
  }

  /** Breaks the client's connections; until `mend` it gets no new one. */
  cut(client: string): void {
    this.#network(client).cut();
  }

  mend(client: string): void {
    this.#network(client).mend();
  }

  async until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const { clock } = this.place.runtimeOf('stage');
    const deadlineMs = clock.monotonicMs() + PATIENCE_MS;
    while (!(await condition())) {
      if (clock.monotonicMs() > deadlineMs) throw new Error(`after ${PATIENCE_MS} ms still not: ${what}`);
      await this.sleep(POLL_MS);
    }
  }

  sleep(ms: number): Promise<void> {
    return this.place.runtimeOf('stage').timers.sleep(ms);
  }

  async close(): Promise<void> {
    for (const network of this.#networks.values()) network.mend();
    for (const wire of this.#wires) wire.close();
    await this.place.run(this.#leave());
    await this.place.close();
  }

  /** What only its owner may delete is gone before others clear up. */
  async #leave(): Promise<void> {
    const { chroot } = this.place;
    for (const session of this.#sessions) {
      if (chroot !== '' && session.state === 'connected') await removeBelow(session, '/');
      await session.close();
    }
  }

  #network(client: string): CuttableNetwork {
    let network = this.#networks.get(client);
    if (network === undefined)
      this.#networks.set(client, (network = new CuttableNetwork(this.place.runtimeOf(client).network)));
    return network;
  }
}

/** As far as this session may. */
async function removeBelow(session: ZooKeeperSession, path: string): Promise<void> {
  try {
    for (const name of (await session.getChildren(path)).children) {
      const child = path === '/' ? `/${name}` : `${path}/${name}`;
      await removeBelow(session, child);
      await session.delete(child, 'any');
    }
  } catch (error) {
    if (!isZkError(error, 'NoAuth', 'NotEmpty', 'NoNode', 'BadArguments')) throw error;
  }
}

class CuttableNetwork implements Network {
  readonly #network: Network;
  readonly #connections = new Set<Connection>();
  #isCut = false;

  constructor(network: Network) {
    this.#network = network;
  }

  cut(): void {
    this.#isCut = true;
    for (const connection of this.#connections) connection.destroy();
    this.#connections.clear();
  }

  mend(): void {
    this.#isCut = false;
  }

  listen: Network['listen'] = (address, onConnection) => this.#network.listen(address, onConnection);

  connect: Network['connect'] = async (address) => {
    if (this.#isCut) throw Object.assign(new Error('the network is cut'), { code: 'ECONNREFUSED' });
    const connection = await this.#network.connect(address);
    this.#connections.add(connection);
    return connection;
  };
}

/** What came of a call: 'ok', or the name of ZooKeeper's complaint. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    if (isZkError(error)) return error.code;
    throw error;
  }
}

/** Collects what watches tell, as `kind path`. */
export function recorder(): { readonly events: string[]; readonly watch: (event: WatchEvent) => void } {
  const events: string[] = [];
  return { events, watch: ({ kind, path }) => void events.push(`${kind} ${path}`) };
}

export const data = (text: string): Buffer => Buffer.from(text);
