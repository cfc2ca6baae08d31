/**
 * A ZooKeeper for simulated worlds: one server on one machine that speaks the real protocol over the simulated
 * network, so that brokers run their own session engine against it. What it has acknowledged survives a crash of
 * its machine, as an ensemble's word would. Sessions can be expired at will.
 */
import { FrameReader } from '../../../../src/network/index.ts';
import type { Connection, Listener, Runtime } from '../../../../src/runtime/index.ts';
import type { World } from '../index.ts';
import { DataTree, parentOf, ZK_ERROR, ZkFailure } from './data-tree.ts';
import type { Applied, Change, Znode } from './data-tree.ts';
import { JuteReader, JuteWriter } from './jute.ts';
import { OP, readChange, readMulti, writeMultiFailure, writeMultiResult, writeStat } from './messages.ts';
import { WATCH_EVENT, Watches } from './watches.ts';
import type { Watcher } from './watches.ts';

const MIN_SESSION_TIMEOUT_MS = 4_000;
const MAX_SESSION_TIMEOUT_MS = 40_000;
const TICK_MS = 2_000;
const MAX_FRAME_BYTES = 4 * 1024 * 1024;
const SYNC_CONNECTED = 3;
const NOTIFICATION_XID = -1;

interface Session {
  readonly id: bigint;
  readonly password: Buffer;
  readonly timeoutMs: number;
  heardAtMs: number;
  client: Client | undefined;
}

export class SimulatedZooKeeper {
  readonly tree = new DataTree();
  readonly host: string;
  readonly port: number;
  readonly #world: World;
  readonly #watches = new Watches();
  readonly #sessions = new Map<bigint, Session>();
  #runtime: Runtime | undefined;
  #listener: Listener | undefined;
  #nextSession = 0x1000_0000n;

  constructor(world: World, { host = 'zookeeper', port = 2181 } = {}) {
    this.#world = world;
    this.host = host;
    this.port = port;
  }

  get connectString(): string {
    return `${this.host}:${this.port}`;
  }

  sessions(): bigint[] {
    return [...this.#sessions.keys()];
  }

  /** Starts the server, or starts it again after its machine was killed or crashed. */
  async start(): Promise<this> {
    const runtime = this.#world.runtimeFor(this.host);
    this.#runtime = runtime;
    for (const session of this.#sessions.values()) {
      session.client = undefined;
      session.heardAtMs = runtime.clock.monotonicMs();
    }
    this.#listener = await runtime.network.listen({ host: '', port: this.port }, (connection) => {
      new Client(connection, this.#world, this.#serve);
    });
    this.#tick(runtime);
    return this;
  }

  async stop(): Promise<void> {
    await this.#listener?.close();
    this.#world.kill(this.host);
  }

  /** Ends a session as if its client had been silent for too long. */
  expire(id: bigint): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    this.#note(`session 0x${id.toString(16)} expires`);
    this.#end(session);
    session.client?.close();
  }

  readonly #serve = {
    connect: (client: Client, request: JuteReader): void => this.#connect(client, request),
    request: (client: Client, frame: Buffer): void => this.#request(client, frame),
    closed: (client: Client): void => {
      this.#watches.forget(client.watcher);
      if (client.session?.client === client) client.session.client = undefined;
    },
  };

  #tick(runtime: Runtime): void {
    runtime.timers.after(TICK_MS, () => {
      const nowMs = runtime.clock.monotonicMs();
      for (const session of [...this.#sessions.values()])
        if (nowMs - session.heardAtMs > session.timeoutMs) this.expire(session.id);
      this.#tick(runtime);
    });
  }

  #connect(client: Client, request: JuteReader): void {
    request.int();
    request.long();
    const wantedMs = request.int();
    const id = request.long();
    const password = request.bytes();
    const session = id === 0n ? this.#open(wantedMs) : this.#sessions.get(id);
    const isKnown = session !== undefined && (id === 0n || password?.equals(session.password) === true);
    const reply = new JuteWriter().int(0);
    if (!isKnown) {
      client.write(reply.int(0).long(0n).bytes(Buffer.alloc(16)).bool(false));
      client.end();
      return;
    }
    session.client?.close();
    session.client = client;
    session.heardAtMs = this.#nowMs();
    client.session = session;
    client.write(reply.int(session.timeoutMs).long(session.id).bytes(session.password).bool(false));
  }

  #open(wantedMs: number): Session {
    const timeoutMs = Math.min(MAX_SESSION_TIMEOUT_MS, Math.max(MIN_SESSION_TIMEOUT_MS, wantedMs));
    const id = this.#nextSession++;
    const session = {
      id,
      password: Buffer.alloc(16, Number(id & 0xffn)),
      timeoutMs,
      heardAtMs: 0,
      client: undefined,
    };
    this.#sessions.set(id, session);
    this.#note(`session 0x${id.toString(16)} opens`);
    return session;
  }

  #request(client: Client, frame: Buffer): void {
    const { session } = client;
    const reader = new JuteReader(frame);
    const [xid, op] = [reader.int(), reader.int()];
    if (session === undefined || !this.#sessions.has(session.id)) {
      client.close();
      return;
    }
    session.heardAtMs = this.#nowMs();
    const body = new JuteWriter();
    let error: number = ZK_ERROR.ok;
    const applied: Applied[] = [];
    try {
      this.#perform(client, session, op, reader, body, applied);
    } catch (failure) {
      if (!(failure instanceof ZkFailure)) throw failure;
      error = failure.code;
    }
    // Watchers hear of a change before the one who made it, as they do from the real server.
    for (const change of applied) this.#tell(change);
    const reply = new JuteWriter().int(xid).long(this.tree.zxid).int(error);
    client.write(error === ZK_ERROR.ok ? reply.append(body) : reply);
    if (op === OP.closeSession) {
      this.#end(session);
      client.end();
    }
  }

  #perform(
    client: Client,
    session: Session,
    op: number,
    reader: JuteReader,
    body: JuteWriter,
    applied: Applied[],
  ): void {
    const context = { session: session.id, wallMs: this.#clock().wallMs() };
    switch (op) {
      case OP.ping:
      case OP.auth:
      case OP.closeSession:
        return;
      case OP.sync:
        body.string(reader.string());
        return;
      case OP.multi: {
        const changes = readMulti(reader);
        try {
          applied.push(...this.tree.apply(changes, context));
          writeMultiResult(body, applied);
        } catch (failure) {
          if (!(failure instanceof ZkFailure)) throw failure;
          writeMultiFailure(body, changes.length, failure);
        }
        return;
      }
      case OP.setWatches:
        this.#setWatches(client.watcher, reader);
        return;
      case OP.create:
      case OP.create2:
      case OP.delete:
      case OP.setData:
      case OP.setAcl: {
        const [done] = this.tree.apply([readChange(op, reader)], context);
        applied.push(done!);
        if (op === OP.create || op === OP.create2) body.string(done!.path);
        if (op !== OP.create && op !== OP.delete) writeStat(body, done!.node!);
        return;
      }
      default:
        this.#read(client.watcher, op, reader, body);
    }
  }

  #read(watcher: Watcher, op: number, reader: JuteReader, body: JuteWriter): void {
    const path = reader.string();
    const wantsWatch = !reader.isAtEnd && reader.bool();
    if (op === OP.exists && wantsWatch) this.#watches.watchData(path, watcher);
    const node = this.tree.get(path);
    switch (op) {
      case OP.exists:
        writeStat(body, node);
        return;
      case OP.getData:
        if (wantsWatch) this.#watches.watchData(path, watcher);
        writeStat(body.bytes(node.data), node);
        return;
      case OP.getAcl:
        body.vector(node.acl, ({ permissions, scheme, id }) =>
          body.int(permissions).string(scheme).string(id),
        );
        writeStat(body, node);
        return;
      case OP.getChildren:
      case OP.getChildren2:
        if (wantsWatch) this.#watches.watchChildren(path, watcher);
        body.vector([...node.children], (name) => body.string(name));
        if (op === OP.getChildren2) writeStat(body, node);
        return;
      default:
        throw new ZkFailure(ZK_ERROR.unimplemented);
    }
  }

  /** A client that reconnects names its watches: it hears at once of what changed meanwhile. */
  #setWatches(watcher: Watcher, reader: JuteReader): void {
    const seen = reader.long();
    const [data, exist, child] = [0, 1, 2].map(() => reader.vector(() => reader.string()));
    for (const path of data!) {
      const node = this.tree.find(path);
      if (node === undefined) watcher(WATCH_EVENT.deleted, path);
      else if (node.mzxid > seen) watcher(WATCH_EVENT.dataChanged, path);
      else this.#watches.watchData(path, watcher);
    }
    for (const path of exist!) {
      if (this.tree.find(path) === undefined) this.#watches.watchData(path, watcher);
      else watcher(WATCH_EVENT.created, path);
    }
    for (const path of child!) {
      const node: Znode | undefined = this.tree.find(path);
      if (node === undefined) watcher(WATCH_EVENT.deleted, path);
      else if (node.pzxid > seen) watcher(WATCH_EVENT.childrenChanged, path);
      else this.#watches.watchChildren(path, watcher);
    }
  }

  #end(session: Session): void {
    this.#sessions.delete(session.id);
    const context = { session: session.id, wallMs: this.#clock().wallMs() };
    for (const path of this.tree.ephemeralsOf(session.id)) {
      const change: Change = { op: 'delete', path, version: -1 };
      for (const applied of this.tree.apply([change], context)) this.#tell(applied);
    }
  }

  #tell({ change, path }: Applied): void {
    if (change.op === 'check') return;
    this.#note(`${change.op} ${path}`);
    if (change.op === 'create') this.#watches.created(path, parentOf(path));
    else if (change.op === 'delete') this.#watches.deleted(path, parentOf(path));
    else if (change.op === 'setData') this.#watches.dataChanged(path);
  }

  #clock(): Runtime['clock'] {
    return (this.#runtime ?? this.#world.runtimeFor(this.host)).clock;
  }

  #nowMs(): number {
    return this.#clock().monotonicMs();
  }

  #note(what: string): void {
    this.#world.note(this.host, what);
  }
}

interface Service {
  connect(client: Client, request: JuteReader): void;
  request(client: Client, frame: Buffer): void;
  closed(client: Client): void;
}

/** One connection: the first frame is its connect request, all others are calls. */
class Client {
  session: Session | undefined;
  readonly #connection: Connection;
  readonly #reader = new FrameReader({ maxBytes: MAX_FRAME_BYTES });
  #isConnected = false;
  readonly watcher: Watcher = (event, path) =>
    this.write(
      new JuteWriter().int(NOTIFICATION_XID).long(-1n).int(0).int(event).int(SYNC_CONNECTED).string(path),
    );

  constructor(connection: Connection, world: World, service: Service) {
    this.#connection = connection;
    connection.onClose(() => service.closed(this));
    connection.onData((chunk) => {
      for (const frame of this.#reader.push(chunk)) {
        if (this.#isConnected) service.request(this, frame);
        else service.connect(this, new JuteReader(frame));
        this.#isConnected = true;
      }
    });
    world.note('zookeeper', `connection from ${connection.remoteAddress}`);
  }

  write(message: JuteWriter): void {
    this.#connection.write([message.frame()]);
  }

  end(): void {
    this.#connection.end();
  }

  close(): void {
    this.#connection.destroy();
  }
}
