/**
 * A ZooKeeper for simulated worlds: one server, or an ensemble of several, each on a machine of its own, that speak the
 * real protocol over the simulated network, so that brokers run their own session engine against it.
 *
 * - `new SimulatedZooKeeper(world, { servers: 3 })`, then `start()`: machines `zookeeper-1` to `zookeeper-3`; with one
 *   server, the default, the machine is `zookeeper`. `connectString`, `hosts` and `host` (the first) name them.
 * - Reads come from the tree of the server that is asked, which follows the leader at a small distance; writes are
 *   decided by the leader when a majority is in touch, in the order of their zxids. Who loses the leader or the
 *   majority closes its connections, and serves again after an election. Sessions belong to the ensemble.
 * - To hurt it: `world.kill(host)` or `world.crash(host)` and later `startServer(n)`; `world.network.cut` between two
 *   servers; `loseLeader()`; `lag(n, ms)`; `expire(session)`. `leader` is the number of the server that leads.
 * - To look at it: `tree` (what is decided, which no server is ahead of; `tree.onApplied` hears of it), `treeOf(n)`,
 *   `sessions()`.
 *
 * Kept simple: the log of transactions is one array, and what is in it is decided for ever. A write is lost with its
 * leader or its server only before it got there; then, as after it, its client hears of a lost connection and no more.
 */
import type { World } from '../index.ts';
import { SeededRandom } from '../seeded-random.ts';
import type { ClientConnection } from './client-connection.ts';
import { DataTree } from './data-tree.ts';
import type { Applied } from './data-tree.ts';
import { ZK_ERROR } from './errors.ts';
import { JuteWriter } from './jute.ts';
import { LeaderLink } from './leader-link.ts';
import { Quorum } from './quorum.ts';
import { Server } from './server.ts';
import type { Decision, Leadership } from './server.ts';
import { Sessions, TICK_MS } from './sessions.ts';
import { endSession, perform } from './transactions.ts';
import type { Transaction } from './transactions.ts';

const EPOCH_BITS = 32n;

export interface SimulatedZooKeeperOptions {
  readonly servers?: number;
  readonly host?: string;
  readonly port?: number;
}

export class SimulatedZooKeeper {
  /** What is decided: every server's tree is this one, or was. */
  readonly tree = new DataTree();
  readonly hosts: readonly string[];
  readonly port: number;
  readonly #world: World;
  readonly #servers: readonly Server[];
  readonly #links = new Map<Server, LeaderLink>();
  readonly #quorum: Quorum;
  readonly #sessions = new Sessions<ClientConnection>();
  /** Kept whole: a world lives for minutes. */
  readonly #log: Transaction[] = [];
  /** Sessions to end as soon as somebody leads. */
  readonly #expiring = new Set<bigint>();
  #epochOfCounter = 0;
  #counter = 0n;
  #isTicking = false;
  #awaitingLeader: (() => void)[] = [];

  constructor(
    world: World,
    { servers = 1, host = 'zookeeper', port = 2181 }: SimulatedZooKeeperOptions = {},
  ) {
    this.#world = world;
    this.port = port;
    this.hosts = Array.from({ length: servers }, (_, index) =>
      servers === 1 ? host : `${host}-${index + 1}`,
    );
    this.#servers = this.hosts.map(
      (name, index) => new Server(world, this.#leadership, { id: index + 1, host: name, port }),
    );
    const random = new SeededRandom(`${world.seed}/zookeeper`);
    this.#quorum = new Quorum(world, random, this.#servers, () => this.#onLeader());
    if (servers > 1)
      for (const server of this.#servers)
        this.#links.set(server, new LeaderLink(world, random, this.#quorum, server));
  }

  /** The first server's machine. */
  get host(): string {
    return this.hosts[0]!;
  }

  get connectString(): string {
    return this.hosts.map((host) => `${host}:${this.port}`).join();
  }

  /** The number of the server that leads; undefined while nobody does. */
  get leader(): number | undefined {
    return this.#isStandalone ? 1 : this.#quorum.leader?.id;
  }

  /** The tree of one server, which may lag behind. */
  treeOf(n: number): DataTree {
    return this.#server(n).tree;
  }

  sessions(): bigint[] {
    return this.#sessions.ids();
  }

  /** Starts every server that does not run, and resolves when clients are served. */
  async start(): Promise<this> {
    for (const { id } of this.#servers) await this.startServer(id);
    if (this.leader === undefined)
      await new Promise<void>((resolve) => void this.#awaitingLeader.push(resolve));
    return this;
  }

  /** Starts one server, for the first time or after its machine was killed or crashed. */
  async startServer(n: number): Promise<void> {
    const server = this.#server(n);
    if (server.isRunning && this.#world.network.isUp(server.host)) return;
    if (this.#isStandalone) server.died();
    else this.#quorum.look();
    await server.start();
    if (this.#isStandalone) {
      server.serve();
      this.#onLeader();
    } else this.#quorum.begin();
    this.#beginToTick();
  }

  async stop(): Promise<void> {
    for (const server of this.#servers) if (server.isRunning) await server.stop();
    if (!this.#isStandalone) this.#quorum.look();
  }

  /** Ends a session as if its client had been silent for too long; without a leader, as soon as there is one. */
  expire(id: bigint): void {
    if (this.#sessions.get(id) === undefined) return;
    if (!this.#canDecide()) {
      this.#expiring.add(id);
      return;
    }
    this.#note(`session 0x${id.toString(16)} expires`);
    this.#end(id);
  }

  /** Makes a server follow that much later; 0 ends it. What is under way keeps its time. */
  lag(n: number, ms: number): void {
    const link = this.#links.get(this.#server(n));
    if (link === undefined) throw new RangeError('a single server has nobody to follow');
    link.lagMs = ms;
  }

  /** The leader gives up, as after a pause that was too long: nobody serves until one of them is elected. */
  loseLeader(): void {
    this.#quorum.loseLeader();
  }

  // ---- what the leader does

  readonly #leadership: Leadership = this.#makeLeadership();

  #makeLeadership(): Leadership {
    const length = (): number => this.#log.length;
    return {
      get position() {
        return length();
      },
      transaction: (index) => this.#log[index]!,
      ask: (server, action) => {
        const link = this.#links.get(server);
        if (link === undefined) action();
        else link.ask(action);
      },
      left: (server) => this.#links.get(server)?.drop(),
      heard: (server, session) => {
        if (this.#isStandalone || this.#quorum.hears(server))
          this.#sessions.heard(session, this.#world.nowMs);
      },
      openSession: (client, timeoutMs) => {
        const session = this.#sessions.open(timeoutMs, client, this.#world.nowMs);
        this.#note(`session 0x${session.id.toString(16)} opens`);
        this.#append({ ...this.#next(), session: session.id, kind: 'open-session' }, []);
        return session;
      },
      claimSession: (client, id, password) => {
        const session = this.#sessions.get(id);
        if (session === undefined || password?.equals(session.password) !== true) return undefined;
        session.owner = client;
        session.heardAtMs = this.#world.nowMs;
        return session;
      },
      closeSession: (client) => {
        if (!this.#isOwner(client)) return undefined;
        return this.#end(client.session);
      },
      write: (client, request) => {
        if (!this.#isOwner(client)) return undefined;
        const at = this.#next();
        const { error, body, applied } = perform(this.tree, request, at);
        const kind = applied.length === 0 ? 'failed-write' : 'write';
        const position = this.#append({ ...at, session: client.session, kind }, applied);
        return { position, zxid: at.zxid, error, body };
      },
    };
  }

  /** A session that has moved to another connection is served there alone. */
  #isOwner(client: ClientConnection): boolean {
    return this.#sessions.get(client.session)?.owner === client;
  }

  #end(id: bigint): Decision {
    this.#sessions.remove(id);
    const at = this.#next();
    const applied = endSession(this.tree, id, at);
    const position = this.#append({ ...at, session: id, kind: 'close-session' }, applied);
    return { position, zxid: at.zxid, error: ZK_ERROR.ok, body: new JuteWriter() };
  }

  /** The next place in the log, by the leader's clock. */
  #next(): { readonly zxid: bigint; readonly wallMs: number } {
    const { epoch } = this.#quorum;
    if (epoch !== this.#epochOfCounter) {
      this.#epochOfCounter = epoch;
      this.#counter = 0n;
    }
    this.#counter += 1n;
    const { clock } = this.#leadingServer.runtime!;
    return { zxid: (BigInt(epoch) << EPOCH_BITS) + this.#counter, wallMs: clock.wallMs() };
  }

  #append(transaction: Omit<Transaction, 'changes'>, applied: readonly Applied[]): number {
    this.#log.push({ ...transaction, changes: applied.map(({ change }) => change) });
    for (const { change, path } of applied) if (change.op !== 'check') this.#note(`${change.op} ${path}`);
    if (this.#isStandalone) this.#servers[0]!.applyThrough(this.#log.length);
    else for (const link of this.#links.values()) link.follow(this.#log.length);
    return this.#log.length;
  }

  #onLeader(): void {
    this.#sessions.heardAll(this.#world.nowMs);
    this.#expireSessions();
    const awaiting = this.#awaitingLeader;
    this.#awaitingLeader = [];
    for (const resolve of awaiting) resolve();
  }

  #beginToTick(): void {
    if (this.#isTicking) return;
    this.#isTicking = true;
    const tick = (): void => {
      this.#world.scheduler.after(TICK_MS, () => {
        if (this.#canDecide()) this.#expireSessions();
        tick();
      });
    };
    tick();
  }

  #expireSessions(): void {
    const ids = [...this.#expiring, ...this.#sessions.silent(this.#world.nowMs)];
    this.#expiring.clear();
    for (const id of ids) this.expire(id);
  }

  #canDecide(): boolean {
    if (this.#isStandalone) return this.#world.network.isUp(this.host);
    const { leader } = this.#quorum;
    return leader !== undefined && this.#quorum.canCommit(leader);
  }

  get #isStandalone(): boolean {
    return this.#servers.length === 1;
  }

  get #leadingServer(): Server {
    return this.#server(this.leader ?? 1);
  }

  #server(n: number): Server {
    const server = this.#servers[n - 1];
    if (server === undefined) throw new RangeError(`there is no server ${n}`);
    return server;
  }

  #note(what: string): void {
    this.#world.note(this.#leadingServer.host, what);
  }
}
